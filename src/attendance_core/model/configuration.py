"""What a school writes down once: ``attendance.toml``."""

from datetime import date

from attrs import field, frozen

from attendance_core.model.calendars import CalendarDocument
from attendance_core.model.cohorts import Cohort
from attendance_core.model.mappings import Mapping
from attendance_core.model.retention import Retention
from attendance_core.model.support_tiers import Factor


@frozen(kw_only=True)
class School:
    """Who the school is, as far as comparisons need it.

    Attributes:
        id: The school's id where the files have no column for it.
        name: What reports are headed with.
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
        measure: Id of the measure.
        value: In the measure's unit, percent for rates.
        academic_year: As in ``2025/26``.
        cohort: The population that the target is for.
        note: Where the target comes from, shown beside it.
    """

    measure: str
    value: float
    academic_year: str
    cohort: str = "all"
    note: str = ""


@frozen(kw_only=True)
class Choices:
    """What this school chooses: definitions of figures, and the policies that are asked.

    Attributes:
        profile: Id of the profile.
        settings: Id of a setting to the choice made.
        use: Ids of policies, or TOML files of them (relative to ``attendance.toml``), in the order of lists.
    """

    profile: str = "year-to-date"
    settings: dict[str, str] = field(factory=dict)
    use: tuple[str, ...] = ("england-national", "early-signs")


@frozen(kw_only=True)
class Member:
    """A dated membership of a cohort; without days it holds as long as the enrolment.

    Attributes:
        pupil_id: The pupil's id as the register spells it.
        cohort: Id of the cohort.
        school_id: The school, where the register holds several.
        start: First day of the membership.
        end: Last day of the membership.
    """

    pupil_id: str = field(repr=False)
    cohort: str
    school_id: str = ""
    start: date | None = None
    end: date | None = None


@frozen(kw_only=True)
class Files:
    """Files that go with every register of this school, relative to ``attendance.toml``.

    Attributes:
        marks: The register that the weekly cycle reads.
        lessons: Lesson marks.
        pupils: The pupils file.
        calendar: The calendar file.
        records: The folder of side records.
        store: The store of support: a SQLite file or a folder.
        plan: The improvement plan.
        meeting: The record of the last meeting of the kind that the weekly agenda is for.
        weekly: The packs of the weekly cycle; empty: those that the library ships.
    """

    marks: str = ""
    lessons: str = ""
    pupils: str = ""
    calendar: str = ""
    records: str = ""
    store: str = ""
    plan: str = ""
    meeting: str = ""
    weekly: str = ""


@frozen(kw_only=True)
class SupportChoices:
    """How this school supports pupils: its pathway, its own words, and the documents that it keeps beside.

    Attributes:
        pathway: Id of a pathway, or a TOML file of one (relative to ``attendance.toml``).
        focus: More words for what help can work on.
        factors: More barriers, risk and protective factors.
        programmes: The programme catalogue, a TOML or JSON file.
        directory: The support directory, a TOML or JSON file.
    """

    pathway: str = "support-first"
    focus: tuple[str, ...] = ()
    factors: tuple[Factor, ...] = ()
    programmes: str = ""
    directory: str = ""


@frozen(kw_only=True)
class Configuration:
    """Everything that commands take from ``attendance.toml``.

    Attributes:
        school: Who the school is.
        mapping: How the marks file is read.
        pupils: How the pupils file is read: its columns and characteristics.
        lessons: How the file of lesson marks is read.
        calendar: Calendars, one for each school and academic year.
        cohorts: The school's own cohorts; one with the id of a shipped cohort replaces it.
        targets: What the school wants to reach.
        memberships: Dated memberships of cohorts, where no column of the pupils file tells them.
        files: Files that go with every register.
        policy: Definition choices, and which policies are asked.
        support: Its pathway, programmes and directory.
        retention: For how many years the school keeps what.
    """

    school: School = field(factory=School)
    mapping: Mapping | None = None
    pupils: Mapping | None = None
    lessons: Mapping | None = None
    calendar: tuple[CalendarDocument, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    targets: tuple[Target, ...] = ()
    memberships: tuple[Member, ...] = field(default=(), repr=False)
    files: Files = field(factory=Files)
    policy: Choices = field(factory=Choices)
    support: SupportChoices = field(factory=SupportChoices)
    retention: Retention = field(factory=Retention)
