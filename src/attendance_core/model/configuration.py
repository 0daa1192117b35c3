"""What a school writes down once: ``attendance.toml``."""

from datetime import date

from attrs import field, frozen

from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.cohorts import Cohort
from attendance_core.model.mappings import Mapping


@frozen(kw_only=True)
class School:
    """Who the school is, as far as comparisons need it.

    Attributes:
        phase: primary, secondary, special or empty (then no comparison by phase).
        authority: Name or nine-character code of the local authority.
        region: Name or nine-character code of the region.
    """

    id: str = ""
    name: str = ""
    phase: str = ""
    authority: str = ""
    region: str = ""


@frozen(kw_only=True)
class Target:
    """A target for one measure, academic year and population.

    Attributes:
        value: In the measure's unit, percent for rates.
    """

    measure: str
    value: float
    academic_year: str
    cohort: str = "all"
    note: str = ""


@frozen(kw_only=True)
class Policy:
    """Definition choices of this school: the profile, and settings that differ from it."""

    profile: str = "year-to-date"
    settings: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Member:
    """A dated membership of a cohort; without days it holds as long as the enrolment."""

    pupil_id: str = field(repr=False)
    cohort: str
    school_id: str = ""
    start: date | None = None
    end: date | None = None


@frozen(kw_only=True)
class Files:
    """Files that go with every register of this school, relative to ``attendance.toml``."""

    pupils: str = ""
    calendar: str = ""


@frozen(kw_only=True)
class Configuration:
    """Everything that commands take from ``attendance.toml``."""

    school: School = field(factory=School)
    mapping: Mapping | None = None
    pupils: Mapping | None = None
    calendar: tuple[CalendarDocument, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    targets: tuple[Target, ...] = ()
    memberships: tuple[Member, ...] = field(default=(), repr=False)
    files: Files = field(factory=Files)
    policy: Policy = field(factory=Policy)
