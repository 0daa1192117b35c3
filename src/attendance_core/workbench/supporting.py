"""Supporting: the ledgers of what was offered to pupils and families."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from attrs import define, evolve

from attendance_core.engine import collect
from attendance_core.errors import named
from attendance_core.model.first_response import EmergencyContact, FirstResponse
from attendance_core.model.policies import Policy
from attendance_core.model.reports import View
from attendance_core.policy.evaluate import only_rule
from attendance_core.register.register import Register
from attendance_core.reports.disclosure import make_view
from attendance_core.reports.school_log import LEADERS, school_log_report
from attendance_core.reports.support_lists import AUDIENCES, OFFICER, dues_report, first_response_report
from attendance_core.support.contact_list import read_contacts
from attendance_core.support.dues import AHEAD, Asked, Dues, in_order, ledger_dues
from attendance_core.support.frames import side_records
from attendance_core.support.marked_dues import (
    NEED_MARKS,
    NO_MARKS,
    POLICY,
    RULES,
    concern_dues,
    unexplained,
    unheld,
    unrecorded,
    weeks_over,
)
from attendance_core.support.today import first_response
from attendance_core.support.words import counted
from attendance_core.workbench.base import Progress, quiet
from attendance_core.workbench.pathways import Pathways

NATIONAL = "england-national"
THRESHOLD = "penalty-notice-threshold"


@define(kw_only=True, eq=False, slots=False)
class Supporting(Pathways):
    """What was offered to pupils and families, and what is due."""

    def dues(
        self,
        as_of: date,
        *,
        register: Register | None = None,
        ahead: int = AHEAD,
        review_days: Mapping[str, int] | None = None,
        progress: Progress = quiet,
    ) -> Dues:
        """Return what is due, overdue, missing and open on a day, by the ledgers and, where it is given, a register.

        Args:
            as_of: The day; entries that were written later are left out, and counted.
            register: The register, for what only marks can tell; None: those lists are not checked.
            ahead: How many days are looked ahead.
            review_days: Days after which a plan is due for review, by tier; None: as the pathway says.
            progress: Told the name of each step.

        Raises:
            SupportError: If no store is given or named.
            StoreError: If a ledger cannot be read.
        """
        asked = Asked(as_of=as_of, ahead=ahead, review_days=self.review_days() if review_days is None else review_days)
        progress("ledgers")
        if register is None:
            found, later = ledger_dues(self.ledgers, asked)
            gaps = [(one, NO_MARKS) for one in NEED_MARKS]
            return Dues(as_of=as_of, items=in_order(found), not_checked=tuple(gaps), later=later)
        known = min(as_of, register.as_of)
        asked = evolve(
            asked,
            weeks=weeks_over(register, known),
            unexplained=unexplained(self.ledgers, register, known),
        )
        found, later = ledger_dues(self.ledgers, asked)
        side = side_records(self.ledgers, register, as_of)
        policy = only_rule(self.policy(POLICY), *RULES)
        concerns = self.concerns(
            register, () if policy is None else [policy], as_of=known, records=side, progress=progress
        )
        more, gaps = concern_dues(concerns, side)
        owed, unknown = unrecorded(concerns.facts.analysis, self.ledgers, known)
        notes = []
        if known < as_of:
            notes.append(f"Marks reach to {known} alone")
        strangers = unheld(self.ledgers, register)
        if strangers:
            notes.append(f"The register does not hold {counted(strangers, 'pupil')} with a ledger")
        return Dues(
            as_of=as_of,
            items=in_order([*found, *more, *owed]),
            not_checked=(*gaps, *unknown),
            notes=tuple(notes),
            later=later,
        )

    def dues_view(self, dues: Dues, *, audience: str = OFFICER.id, register: Register | None = None) -> View:
        """Lay out what is due for an audience: the attendance officer, or leaders, who read no name.

        Raises:
            UnknownNameError: If there is no such audience.
        """
        report = dues_report(
            dues,
            self._plan_provenance(dues.as_of, register),
            school=self.configuration.school.name,
            notes=self.notes(),
        )
        return make_view(report, named(audience, AUDIENCES, "audience"))

    def school_log_view(self, as_of: date) -> View:
        """Lay the school log out for senior leaders, as it was known on a day.

        Raises:
            SupportError: If no store is given or named.
            StoreError: If it cannot be read.
        """
        report = school_log_report(
            self.ledgers.school(),
            as_of,
            self._plan_provenance(as_of, None),
            frameworks=self.frameworks(),
            school=self.configuration.school.name,
            notes=self.notes(),
        )
        return make_view(report, LEADERS)

    def contacts(self, source: object) -> tuple[EmergencyContact, ...]:
        """Read a list of emergency contacts: a file or a frame.

        Raises:
            InputError: If it cannot be read.
            DocumentError: With every row that cannot be used.
        """
        where = Path(source).name if isinstance(source, str | Path) else "contacts"
        raw = self.intake.table(source, name=where)
        first = 2 if isinstance(source, str | Path) else 1
        return read_contacts(collect(raw.frame.drop("source_row")), where=where, first_row=first)

    def first_response(
        self,
        register: Register,
        as_of: date,
        *,
        contacts: Sequence[EmergencyContact] | None = None,
        policies: Iterable[str | Path | Policy] | None = None,
        progress: Progress = quiet,
    ) -> FirstResponse:
        """Return who is away without a known reason on a day, the most pressing first, and what was tried.

        Args:
            register: The register.
            as_of: The day.
            contacts: Emergency contacts; None: not checked.
            policies: Policies whose open concerns count; None: those that the configuration uses.
            progress: Told the name of each step.

        Raises:
            UnknownNameError: If there is no such policy.
            StoreError: If a ledger cannot be read.
        """
        kept = self.ledgers if self.has_store else None
        concerns = self.concerns(register, policies, as_of=as_of, progress=progress)
        progress("first-day response")
        return first_response(concerns.facts.analysis, as_of, ledgers=kept, contacts=contacts, concerns=concerns)

    def first_response_view(self, found: FirstResponse, register: Register, *, audience: str = OFFICER.id) -> View:
        """Lay out the first-day response for an audience: the attendance officer, or leaders, who read no name.

        Raises:
            UnknownNameError: If there is no such audience.
        """
        report = first_response_report(
            found,
            self._plan_provenance(found.as_of, register),
            school=self.configuration.school.name,
            notes=self.notes(),
        )
        return make_view(report, named(audience, AUDIENCES, "audience"))
