"""Reading: registers, lessons and counts from files and frames."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from attrs import define, evolve

from attendance_core.dates import DateRange
from attendance_core.errors import Fault, LayoutError
from attendance_core.intake import Ready
from attendance_core.measures.periods import within
from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.marks import DATE
from attendance_core.plugins.guarding import reading
from attendance_core.register.account import Reject
from attendance_core.register.counts import Counts, read_counts
from attendance_core.register.lessons import LessonRegister, read_lessons
from attendance_core.register.reading import Membership, read_register
from attendance_core.register.register import Register
from attendance_core.register.saved import is_saved, load_register
from attendance_core.workbench.base import Bench, Progress, quiet


@define(kw_only=True, eq=False)
class Reading(Bench):
    """Registers, lessons and counts from files and frames."""

    def read(
        self,
        marks: object,
        *,
        pupils: object | None = None,
        calendar: Path | str | Iterable[CalendarDocument] | None = None,
        mapping: Mapping | str | Path | None = None,
        as_of: date | None = None,
        week: date | None = None,
        memberships: Iterable[Membership] = (),
        sheet: str = "",
        progress: Progress = quiet,
    ) -> Register:
        """Read a register of session marks.

        Args:
            marks: A file, a folder of a checked register, or a frame (polars, pandas, PyArrow, DuckDB).
            pupils: The pupils file or frame; None: the configuration's, else none.
            calendar: Calendar file or documents; None: the configuration's, else inferred from the marks.
            mapping: A mapping, its name, or its file; None: the configuration's, else what the columns prove.
            as_of: Take no marks after this day; None: the last marked day.
            week: Monday of week-wide input without a week column.
            memberships: Dated cohort memberships beside the configuration's.
            sheet: Worksheet of a workbook.
            progress: Told the name of each step.

        Raises:
            InputError: If something cannot be used; with file, row or key path, and remedy.
        """
        if isinstance(marks, str | Path) and is_saved(Path(marks)):
            with reading(Path(marks), "a checked register", "Save it again: attendance check MARKS --save FOLDER"):
                saved = load_register(Path(marks), codebooks=self.plugins.codebooks())
            return saved if as_of is None else _asked_of(saved, as_of)
        progress("opening files")
        ready = marks if isinstance(marks, Ready) else self.intake.marks(marks, mapping, sheet=sheet)
        layout = ready.source.mapping.layout
        if layout in (Layout.LESSON, Layout.COUNTS):
            raise LayoutError(
                Fault(
                    ready.source.name,
                    f"is mapped as {layout.value}, which are no session marks",
                    "session marks",
                    f"Use read_{layout.value.removesuffix('s')}s; the command line does so by itself",
                )
            )
        found = self.intake.pupils(pupils)
        members = [
            Membership(
                pupil_id=member.pupil_id,
                cohort=member.cohort,
                start=member.start,
                end=member.end,
                school_id=member.school_id,
            )
            for member in self.configuration.memberships
        ]
        with reading(Path(ready.source.name), "a table"):
            register = read_register(
                ready.source,
                pupils=found.source if found else None,
                calendars=self.intake.calendars(calendar),
                codebooks=self.plugins.codebooks(),
                settings=dict(self.profile.settings),
                memberships=[*members, *memberships],
                as_of=as_of,
                school=self.configuration.school.id,
                week=week,
                progress=progress,
            )
        notes = (*ready.notes, *(found.notes if found else ()))
        account = evolve(register.account, assumptions=(*register.account.assumptions, *notes))
        return evolve(register, account=account)

    def read_lessons(
        self,
        marks: object,
        *,
        pupils: object | None = None,
        mapping: Mapping | str | Path | None = None,
        as_of: date | None = None,
        sheet: str = "",
        progress: Progress = quiet,
    ) -> LessonRegister:
        """Read lesson marks: another fact than sessions, and never turned into them.

        Args:
            marks: A file or a frame, mapped with layout ``lesson``.
            pupils: The pupils file or frame; None: the configuration's, else none.
            mapping: A mapping, its name, or its file; None: as `read` chooses.
            as_of: Take no marks after this day; None: the last marked day.
            sheet: Worksheet of a workbook.
            progress: Told the name of each step.

        Raises:
            InputError: If something cannot be used; with file, row or key path, and remedy.
        """
        progress("opening files")
        ready = marks if isinstance(marks, Ready) else self.intake.marks(marks, mapping, sheet=sheet)
        found = self.intake.pupils(pupils)
        with reading(Path(ready.source.name), "a table"):
            lessons = read_lessons(
                ready.source,
                pupils=found.source if found else None,
                codebooks=self.plugins.codebooks(),
                settings=dict(self.profile.settings),
                as_of=as_of,
                school=self.configuration.school.id,
                progress=progress,
            )
        notes = (*ready.notes, *(found.notes if found else ()))
        account = evolve(lessons.account, assumptions=(*lessons.account.assumptions, *notes))
        return evolve(lessons, account=account)

    def read_counts(
        self,
        counts: object,
        *,
        mapping: Mapping | str | Path | None = None,
        on: date | None = None,
        sheet: str = "",
    ) -> Counts:
        """Read a source that holds numbers of sessions by code instead of marks.

        Args:
            counts: A file or a frame, mapped with layout ``counts``.
            mapping: A mapping, its name, or its file; None: as `read` chooses.
            on: The day whose codes hold; None: as last in force.
            sheet: Worksheet of a workbook.

        Raises:
            InputError: If something cannot be used; with file, row or key path, and remedy.
        """
        ready = counts if isinstance(counts, Ready) else self.intake.marks(counts, mapping, sheet=sheet)
        with reading(Path(ready.source.name), "a table"):
            return read_counts(
                ready.source, codebooks=self.plugins.codebooks(), settings=dict(self.profile.settings), on=on
            )


def until(register: Register, day: date) -> Register:
    """Return a register without the marks after a day; the account counts them as what they are."""
    span = register.span
    if span is None or day >= (span.end or day):
        return register
    kept = DateRange(min(span.start, day), day)
    slots = register.slots.filter(within(kept))
    left = int(register.slots["marks"].sum() or 0) - int(slots["marks"].sum() or 0)
    account = register.account
    counts = dict(account.reject_counts)
    counts[Reject.AFTER_AS_OF] = counts.get(Reject.AFTER_AS_OF, 0) + left
    account = evolve(
        account,
        as_of=day,
        coded=account.coded - left,
        reject_counts=tuple(sorted(counts.items(), key=lambda pair: -pair[1])),
        first_mark=None if slots.is_empty() else account.first_mark,
        last_mark=slots[DATE].max(),
    )
    return evolve(register, marks=register.marks.filter(within(kept, register.marks)), slots=slots, account=account)


def _asked_of(register: Register, day: date) -> Register:
    """Return a checked register that speaks to a day, and say what it holds later or never held."""
    found = until(register, day)
    account = evolve(found.account, as_of=day, as_of_given=True)
    notes = []
    if found.account.coded < register.account.coded:
        left = register.account.coded - found.account.coded
        notes.append(f"{left:,} marks of the checked register lie after {day} and were left out; they are not listed")
    if register.account.as_of_given and register.as_of < day:
        notes.append(f"The register was saved as of {register.as_of}: what was marked later is not in it")
    return evolve(found, account=evolve(account, assumptions=(*account.assumptions, *notes)))
