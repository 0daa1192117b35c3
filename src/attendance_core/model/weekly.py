"""The weekly cycle: which pack goes to whom, and what stands in it."""

from enum import StrEnum

from attrs import frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.dues import DueList
from attendance_core.model.reports import Audience

#: Lists of what is owed to a child by law or guidance, which tell why the child is known to somebody.
DUTIES = (DueList.SAFEGUARDING, DueList.LOOKED_AFTER, DueList.MEDICAL, DueList.EHCP)


class WeeklySection(StrEnum):
    """The sections that a weekly pack can hold."""

    COMPLETENESS = "completeness"
    """What is missing in the registers and how old the last mark is; always the first."""
    COHORTS = "cohorts"
    """Attendance of this week, the week before and the year, and persistent absence, by cohort."""
    PUPILS = "pupils"
    """Pupils with a concern, each with the reasons, the week, and what was done."""
    RULES = "rules"
    """How many pupils each rule found."""
    LESSONS = "lessons"
    """Attendance by subject, where lesson marks exist."""
    DUE = "due"
    """What is due or overdue in support: reviews, arrangements, follow-ups."""


@frozen(kw_only=True)
class WeeklyPack:
    """One pack of the week.

    Attributes:
        id: What its files are called.
        title: Its heading.
        audience: Who reads it.
        each: A dimension: one pack for each of its values, such as form; empty: one for all.
        cohorts: Whose pupils it is about: those of any of these cohorts; none: everybody.
        sections: What stands in it, in order.
        duties: Lists of what is owed to a child by law that its section on what is due shows beside the others; who
            need not know of them is not shown them.
    """

    id: str
    title: str
    audience: Audience
    each: str = ""
    cohorts: tuple[str, ...] = ()
    sections: tuple[WeeklySection, ...]
    duties: tuple[DueList, ...] = ()

    def __attrs_post_init__(self) -> None:
        faults = []
        if not self.sections or self.sections[0] is not WeeklySection.COMPLETENESS:
            what = "does not begin with how complete the registers are"
            faults.append(Fault("sections", what, "completeness first", "Put it first"))
        if len(set(self.sections)) < len(self.sections):
            faults.append(Fault("sections", "names a section twice", "each once", "Remove one"))
        if self.each and self.cohorts:
            faults.append(Fault("each", "stands beside cohorts", "one of the two", "Remove one"))
        personal = {WeeklySection.PUPILS, WeeklySection.DUE} & set(self.sections)
        if personal and not self.audience.names_pupils:
            listed = ", ".join(sorted(personal))
            faults.append(
                Fault("sections", f"lists pupils ({listed}) for readers who may not know them", "", "Remove it")
            )
        faults += [
            Fault(
                f"duties[{at}]", f"{one.value!r} is none", f"one of {', '.join(DUTIES)}", "Every pack shows the others"
            )
            for at, one in enumerate(self.duties)
            if one not in DUTIES
        ]
        if faults:
            raise DocumentError(*faults)

    @property
    def lists(self) -> tuple[DueList, ...]:
        """The lists that its section on what is due shows, in their order."""
        return tuple(one for one in DueList if one not in DUTIES or one in self.duties)


@frozen(kw_only=True)
class WeeklyCycle:
    """Everything that a week's cycle writes.

    Attributes:
        packs: In the order in which they are written.
        agenda: Kind of the agenda that goes with it; empty: none.
        agenda_weeks: Every how many weeks that meeting is held.
    """

    packs: tuple[WeeklyPack, ...]
    agenda: str = "pastoral-team"
    agenda_weeks: int = 2

    def __attrs_post_init__(self) -> None:
        ids = [pack.id for pack in self.packs]
        faults = [
            Fault(f"packs[{at}].id", f"{id!r} is used twice", "another id for each", "Rename one")
            for at, id in enumerate(ids)
            if id in ids[:at]
        ]
        if self.agenda_weeks < 1:
            faults.append(Fault("agenda_weeks", "is below 1", "1 or more", "Correct it"))
        if faults:
            raise DocumentError(*faults)
