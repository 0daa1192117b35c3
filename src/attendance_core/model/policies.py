"""Policies: dated, cited rules that turn marks into concerns.

A rule is data of one of a few kinds. Each kind counts **items** (sessions, whole days, or other units) of a
**selection** of marks: those whose code is listed, or whose group in statistics is. How each kind counts is said in
its class; `policy` works it out over lazy frames.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

from attrs import field, fields_dict, frozen

from attendance_core.dates import DateRange
from attendance_core.errors import DocumentError, Fault, join_names
from attendance_core.model.codes import StatGroup
from attendance_core.model.side_records import SideRecord
from attendance_core.model.sources import Citation, Source


class RuleUnit(StrEnum):
    """What a rule counts in."""

    SESSIONS = "sessions"
    """Single sessions: half days."""
    DAYS = "days"
    """Whole school days: every possible session of the day is selected (setting ``absent-day``)."""
    WEEKS = "weeks"
    """School weeks of an enrolment."""
    RECORDS = "records"
    """Side records."""
    POINTS = "points"
    """Points of a score."""


class WindowUnit(StrEnum):
    """What a rolling window is measured in."""

    SCHOOL_WEEKS = "school-weeks"
    """Weeks in which the enrolment's school holds at least one session, by its calendar (the day on which a week
    begins is the setting ``school-week-begins``). Others are skipped; so is a week in which every open session of the
    calendar is marked # for the enrolment, and under the setting ``cancelled-week`` also one marked # or Y4 alone."""
    SCHOOL_DAYS = "school-days"
    """Days on which the school holds a session, by its calendar."""
    CALENDAR_DAYS = "calendar-days"
    """All days."""


@frozen(kw_only=True)
class Window:
    """A rolling window: so many weeks or days that follow each other.

    Attributes:
        length: How many.
        of: Of what.
    """

    length: int
    of: WindowUnit

    def __attrs_post_init__(self) -> None:
        if self.length < 1:
            raise DocumentError(
                Fault("length", f"a window of {self.length} holds nothing", "1 or more", "Give the window a length")
            )

    @property
    def most_days(self) -> int:
        """Days that it can hold."""
        return self.length * (7 if self.of is WindowUnit.SCHOOL_WEEKS else 1)

    def __str__(self) -> str:
        unit = self.of.value.replace("-", " ")
        return f"{self.length} {unit if self.length > 1 else unit.removesuffix('s')}"


class Since(StrEnum):
    """Where a count that has no rolling window begins."""

    ACADEMIC_YEAR = "academic-year"
    """1 August before the day asked about."""
    FIRST_WEEK = "first-week"
    """The first school week of the academic year in which the enrolment has a possible session, and no other. A
    concern about it is open for six school weeks, that one included."""
    ENROLMENT = "enrolment"
    """The enrolment's first mark."""


class Horizon(StrEnum):
    """How far a rate looks."""

    SO_FAR = "so-far"
    """Selected sessions over possible sessions, both up to the day asked about."""
    YEAR_CERTAIN = "year-certain"
    """Selected sessions so far over the year's possible sessions: those so far, and all that the calendar still holds
    for the enrolment. What is met will stay met if no further session is missed."""
    YEAR_PROJECTED = "year-projected"
    """Selected sessions so far, and those to come if the rate of the recent window goes on, over the year's."""


@frozen(kw_only=True)
class Selection:
    """Which marks a rule counts: those with one of the codes, and those of one of the groups in statistics.

    Attributes:
        codes: Codes, as the register spells them.
        groups: Groups of `StatGroup`, such as authorised and unauthorised.
    """

    codes: tuple[str, ...] = ()
    groups: tuple[StatGroup, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.codes or self.groups)

    def __str__(self) -> str:
        words = [group.value.replace("-", " ") + (" absence" if group.absent else "") for group in self.groups]
        if set(self.groups) == {StatGroup.AUTHORISED, StatGroup.UNAUTHORISED, StatGroup.UNCLASSIFIED}:
            words = ["absence of any kind"]
        codes = f"{'code' if len(self.codes) == 1 else 'codes'} {', '.join(self.codes)}" if self.codes else ""
        return " or ".join([codes, *words] if codes else words)


@frozen(kw_only=True)
class RateRule:
    """Rate over a window: the share of possible sessions that is selected.

    Judged on the day asked about: 100 x selected >= at_least x possible, in whole numbers (> where ``strict``), and
    below ``below`` where it is given. An enrolment without a possible session, or with fewer than
    ``minimum_possible``, is left out. The concern is open (but see
    ``first-week``), and met on the day asked about. Possible sessions
    are attended and absent ones, and coronavirus marks where the profile says so.

    The window is ``since`` or a rolling ``window`` that ends with the week or day asked about. With a ``horizon`` of
    a whole year the calendar must reach the year's end, else the rule is not checked; then the concern also says how
    many sessions may still be missed: the most that leave the year's rate below the limit. The projected rate of an
    enrolment with fewer than ``minimum_possible`` sessions in the ``recent`` window is not judged.

    An episode begins with the first day of the window (of the academic year: its first school day by the calendar; of
    an enrolment: its start) and ends with the day asked about; of a first week, with that week's last day. A window
    of school weeks begins with the first day of its first week.

    Attributes:
        unit: Must be sessions.
        select: What counts.
        at_least: Percent of possible sessions, a whole number.
        below: Percent at which another rule takes over; None: no upper limit.
        since: Where the window begins.
        window: A rolling window instead.
        horizon: Whether the year still to come is counted in.
        recent: The window whose rate is carried forward; only with ``year-projected``.
        minimum_possible: Fewer possible sessions in the window are not judged.
        strict: The limit itself does not meet the rule.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    below: int | None = None
    since: Since | None = None
    window: Window | None = None
    horizon: Horizon = Horizon.SO_FAR
    recent: Window | None = None
    minimum_possible: int = 1
    strict: bool = False

    def __attrs_post_init__(self) -> None:
        faults = []
        if self.unit is not RuleUnit.SESSIONS:
            faults.append(Fault("unit", f"a rate is of sessions, not {self.unit.value}", "sessions", "Write sessions"))
        if not self.select:
            faults.append(Fault("select", "selects no mark", "codes or groups", "Say what counts"))
        if not 0 < self.at_least <= 100:
            faults.append(Fault("at_least", f"{self.at_least} % is no limit", "1 to 100", "Correct the limit"))
        if self.below is not None and self.below <= self.at_least:
            faults.append(
                Fault(
                    "below",
                    f"{self.below} is not above {self.at_least}: the rule can never fire",
                    f"more than {self.at_least}",
                    "Raise it",
                )
            )
        if (self.since is None) == (self.window is None):
            faults.append(Fault("since", "since or window, one of the two, is needed", "since or window", "Give one"))
        for name, window in (("window", self.window), ("recent", self.recent)):
            if window is not None and self.minimum_possible > 2 * window.most_days:
                faults.append(
                    Fault(
                        "minimum_possible",
                        f"{name}, {window}, holds at most {2 * window.most_days} sessions: the rule can never fire",
                        f"up to {2 * window.most_days}",
                        "Lower the number or widen the window",
                    )
                )
        if self.horizon is not Horizon.SO_FAR and self.since is not Since.ACADEMIC_YEAR:
            faults.append(
                Fault("horizon", "a year's end needs the year's beginning", 'since = "academic-year"', "Correct since")
            )
        if (self.horizon is Horizon.YEAR_PROJECTED) != (self.recent is not None):
            faults.append(
                Fault("recent", "goes with year-projected, and only with it", "a recent window", "Add or remove it")
            )
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class CountRule:
    """Count in a rolling window: so many items within a window that may lie anywhere up to the day asked about.

    Every window that ends with an item is looked at. Items that lie together in a window with at least ``at_least``
    of them belong to one **episode**; two such windows that share an item make one episode; on one day it is always
    the same. The rule is met on the day of the item that first completes a window, and is open while the window that
    ends on the day asked about still holds enough.

    Items before ``counts_from`` do not count. With ``uses = "notices"`` and notices given, items that a notice which
    was not withdrawn has counted (from its ``start`` to its ``end``) are used up (setting ``notice-marks``), and an
    enrolment with ``limit`` such notices within ``limit_years`` years is told apart. Where removing marks of
    ``provisional`` codes leaves no full window in the episode, the concern is *provisional*: met only if they stand.

    Attributes:
        unit: sessions or days.
        select: What counts.
        at_least: How many items.
        window: Within what.
        counts_from: First day whose marks count.
        provisional: Codes that may yet be replaced.
        uses: The side record whose entries use marks up.
        limit: So many of them at most.
        limit_years: Within so many years.
        minutes: Also say how many minutes late the counted marks give, where the register has them.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    window: Window
    counts_from: date | None = None
    provisional: tuple[str, ...] = ()
    uses: SideRecord | None = None
    limit: int | None = None
    limit_years: int | None = None
    minutes: bool = False

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, self.at_least)
        most = self.window.most_days * (2 if self.unit is RuleUnit.SESSIONS else 1)
        if self.at_least > most:
            faults.append(
                Fault(
                    "at_least",
                    f"{self.window} hold at most {most} {self.unit.value}: the rule can never fire",
                    f"up to {most}",
                    "Lower the number or widen the window",
                )
            )
        if set(self.provisional) - set(self.select.codes):
            faults.append(
                Fault("provisional", "names a code that is not counted", "codes of select", "Count it, or remove it")
            )
        if (self.limit is None) != (self.limit_years is None) or (self.limit is not None and self.uses is None):
            faults.append(
                Fault("limit", "limit, limit_years and uses go together", "all three or none", "Complete them")
            )
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class RunRule:
    """Unbroken run: so many selected items that follow each other.

    A possible session that is not selected breaks a run. What else does is the setting ``run-interruption``: by
    default sessions that were not possible for the pupil (codes such as Q, Y1 to Y7, X, D, #) and sessions without a
    mark neither count nor break; the other choice lets any other session of the calendar, marked otherwise or not at
    all, break it. An **episode** is one run. The rule is met on the day of the item that completes the number, and is
    open while the run is the enrolment's last and nothing has broken it.

    Attributes:
        unit: sessions or days.
        select: What counts.
        at_least: How many items.
        counts_from: First day whose marks count.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    counts_from: date | None = None

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, self.at_least)
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class CumulativeRule:
    """Cumulative since a date: so many items in all, however they lie.

    With ``since = "academic-year"`` every academic year of the register is an **episode** of its own, from its first
    item; with ``enrolment`` or a date there is one. The rule is met on the day of the item that completes the number;
    it is open while its year is that of the day asked about.

    Attributes:
        unit: sessions or days.
        select: What counts.
        at_least: How many items.
        since: Where counting begins: academic-year or enrolment.
        since_date: A day to count from instead.
    """

    unit: RuleUnit
    select: Selection
    at_least: int
    since: Since | None = None
    since_date: date | None = None

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, self.at_least)
        if (self.since is None) == (self.since_date is None):
            faults.append(
                Fault("since", "since or since_date, one of the two, is needed", "one of them", "Give just one")
            )
        if self.since is Since.FIRST_WEEK:
            faults.append(
                Fault("since", "first-week is for rates", "academic-year or enrolment", "Choose one, or make it a rate")
            )
        if faults:
            raise DocumentError(*faults)


class DayKind(StrEnum):
    """Which days a deadline is counted in."""

    SCHOOL_DAYS = "school-days"
    """Days on which the school holds a session."""
    WEEKDAYS = "weekdays"
    """Monday to Friday, holidays included."""


@frozen(kw_only=True)
class UnresolvedRule:
    """Unresolved code: marks whose code should have been replaced by now.

    A mark is overdue when more than ``after`` days of the kind given have passed since its own: with ``after = 5``
    and school days, a mark of Monday is overdue on the Tuesday of the week after, not before. One concern an
    enrolment, from its first overdue mark to its last; marks that are not yet overdue are not in it.

    Attributes:
        unit: Must be sessions.
        select: The codes that should not stay.
        after: How many days are allowed after the mark's own.
        days: Which days.
    """

    unit: RuleUnit
    select: Selection
    after: int
    days: DayKind = DayKind.SCHOOL_DAYS

    def __attrs_post_init__(self) -> None:
        faults = _items_faults(self.unit, self.select, 1)
        if self.unit is not RuleUnit.SESSIONS:
            faults.append(Fault("unit", "unresolved codes are counted in sessions", "sessions", "Write sessions"))
        if self.after < 0:
            faults.append(
                Fault("after", f"{self.after} lies before the mark", "0 or more", "Say how many days are allowed")
            )
        if faults:
            raise DocumentError(*faults)


class Sign(StrEnum):
    """The patterns that the library defines. Each compares an enrolment with all enrolments of its school.

    Every sign is a share, or a difference of two shares, of the enrolment; the same of the whole school is the
    baseline. All definitions are this library's own.
    """

    WEEKDAY = "weekday"
    """Share of selected among possible sessions on one weekday, minus that on the other weekdays. All five are looked
    at; of those that meet the rule the one with the most selected sessions is told (the earliest of equals)."""
    NEXT_TO_BREAK = "next-to-break"
    """The same for the last school day before and the first after more than four days without school, minus that on
    all other days."""
    BROKEN_WEEKS = "broken-weeks"
    """Share of the enrolment's school weeks that were broken: with a selected and an attended session."""
    SPELLS = "spells"
    """Spells of selected sessions (see the measure ``spells``) begun, for each of the enrolment's school weeks."""
    FALL = "fall"
    """Share of selected among possible sessions in the half term of the day asked about, minus that in the half term
    before it."""
    GROWTH = "growth"
    """The same in the rolling window up to the day asked about, minus that in the window of the same length before."""


@frozen(kw_only=True)
class PatternRule:
    """Pattern against a baseline: a sign stands out by so many percentage points from the school's own.

    Met where the enrolment has at least ``at_least`` items, at least ``minimum_possible`` possible sessions (weeks
    for signs of weeks) on each side of the comparison, and its sign is ``points`` or more percentage points above the
    school's; compared by whole numbers, never by rounded shares. Other pupils can change the answer: it is a baseline
    of all.

    An episode begins with the first day of the window, or of the half term.

    Attributes:
        unit: sessions, or weeks for broken weeks and spells.
        select: What counts.
        sign: What is compared.
        at_least: Items that the enrolment must have: its minimum of evidence.
        points: Percentage points above the school's own.
        minimum_possible: Possible sessions (weeks) needed on each side.
        window: A rolling window; None: the academic year so far. ``fall`` has none, ``growth`` needs one.
    """

    unit: RuleUnit
    select: Selection
    sign: Sign
    at_least: int
    points: int
    minimum_possible: int
    window: Window | None = None

    def __attrs_post_init__(self) -> None:
        faults = []
        wanted = RuleUnit.WEEKS if self.sign in (Sign.BROKEN_WEEKS, Sign.SPELLS) else RuleUnit.SESSIONS
        if self.unit is not wanted:
            faults.append(
                Fault("unit", f"{self.sign.value} is counted in {wanted.value}", wanted.value, f"Write {wanted.value}")
            )
        if not self.select:
            faults.append(Fault("select", "selects no mark", "codes or groups", "Say what counts"))
        faults += [
            Fault(name, f"{number} is no evidence for a pattern", "1 or more", "Give a minimum")
            for name, number in (("at_least", self.at_least), ("minimum_possible", self.minimum_possible))
            if number < 1
        ]
        if not 0 <= self.points <= 100:
            faults.append(
                Fault("points", f"{self.points} is no difference of shares", "0 to 100", "Give percentage points")
            )
        if self.sign is Sign.FALL and self.window is not None:
            faults.append(Fault("window", "half terms are not windows", "no window", "Remove it"))
        if self.sign is Sign.GROWTH and self.window is None:
            faults.append(Fault("window", "is missing: growth compares two windows", "a window", "Add it"))
        if faults:
            raise DocumentError(*faults)


class Expect(StrEnum):
    """What a rule about side records looks for."""

    MARKS_WITHOUT_RECORD = "marks-without-record"
    """Selected marks on days that no live record covers."""
    RECORD_WITHOUT_MARKS = "record-without-marks"
    """A record that has covered ``after`` school days or more without one selected mark."""
    RECORD = "record"
    """A record that is live on the day asked about; a part for combinations."""


@frozen(kw_only=True)
class RecordRule:
    """Side record without marks, and marks without side record.

    A record is live from its ``start`` to its ``end`` (open: without an end), whatever its state but withdrawn. The
    rule is not checked where the host gives no such records. Marks without a record make one concern an enrolment,
    from the first such mark of the academic year to the last; a record without marks one concern a record.

    Attributes:
        unit: sessions for marks without record, records otherwise.
        record: Which side records.
        kinds: Their kinds; none: all.
        expect: What is looked for.
        select: The marks; not for ``record``.
        after: School days that a record must have covered before its missing marks count.
    """

    unit: RuleUnit
    record: SideRecord
    kinds: tuple[str, ...] = ()
    expect: Expect
    select: Selection = field(factory=Selection)
    after: int = 1

    def __attrs_post_init__(self) -> None:
        faults = []
        wanted = RuleUnit.SESSIONS if self.expect is Expect.MARKS_WITHOUT_RECORD else RuleUnit.RECORDS
        if self.unit is not wanted:
            faults.append(
                Fault(
                    "unit", f"{self.expect.value} is counted in {wanted.value}", wanted.value, f"Write {wanted.value}"
                )
            )
        if self.expect is Expect.RECORD and self.select:
            faults.append(Fault("select", "names marks, and a record alone has none", "no select", "Remove it"))
        if self.expect is not Expect.RECORD and not self.select:
            faults.append(Fault("select", "selects no mark", "codes or groups", "Say which marks go with the record"))
        if faults:
            raise DocumentError(*faults)


@frozen(kw_only=True)
class CombinationRule:
    """Boolean combination of other rules of the policy, or a score of them.

    Holds for an enrolment for which every rule of ``all_of`` is open, at least one of ``any_of`` (where any are
    named), none of ``none_of``, and the ``points`` of the rules that are open add up to ``at_least`` or more. An
    episode runs from the first day of the open episodes of its parts to the last; its sessions are theirs, each
    once. It is not checked where one of its parts is not.

    Attributes:
        unit: sessions, or points for a score.
        all_of: Ids of rules.
        any_of: Ids of rules.
        none_of: Ids of rules.
        points: Id of a rule to its weight; published with the rule.
        at_least: Points needed.
    """

    unit: RuleUnit
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    points: dict[str, int] = field(factory=dict)
    at_least: int = 0

    def __attrs_post_init__(self) -> None:
        faults = []
        if not (self.all_of or self.any_of or self.points):
            faults.append(
                Fault("all_of", "combines nothing: the rule can never fire", "ids of rules", "Name rules, or points")
            )
        unit = RuleUnit.POINTS if self.points else RuleUnit.SESSIONS
        if self.unit is not unit:
            what = "a score is in points" if self.points else "a combination without points is in sessions"
            faults.append(Fault("unit", what, unit.value, f"Write {unit.value}"))
        if self.points and not 0 < self.at_least <= sum(self.points.values()):
            faults.append(
                Fault(
                    "at_least",
                    f"{self.at_least} of {sum(self.points.values())} points: the rule always or never fires",
                    "1 to the sum of the points",
                    "Change the number or the weights",
                )
            )
        key = "all_of" if set(self.none_of) & {*self.all_of} else "any_of"
        if key == "all_of" or (self.any_of and set(self.any_of) <= {*self.none_of}):
            what = f"names {'a rule' if key == 'all_of' else 'every rule'} of {key}: the rule can never fire"
            faults.append(Fault("none_of", what, "other rules", "Take the rule out of one of the two"))
        if faults:
            raise DocumentError(*faults)

    @property
    def parts(self) -> tuple[str, ...]:
        """Every rule that it names, once."""
        return tuple(dict.fromkeys((*self.all_of, *self.any_of, *self.none_of, *self.points)))


@frozen(kw_only=True)
class CustomRule:
    """A rule of a plugin's own, by the hook ``attendance_rules``.

    Attributes:
        unit: What its count is in.
        rule: Id of the plugin's rule.
        select: The marks that it counts: those of an episode are listed as its evidence.
    """

    unit: RuleUnit
    rule: str
    select: Selection


def _items_faults(unit: RuleUnit, select: Selection, at_least: int) -> list[Fault]:
    """Return what is wrong with a rule that counts sessions or days."""
    faults = []
    if unit not in (RuleUnit.SESSIONS, RuleUnit.DAYS):
        faults.append(Fault("unit", f"{unit.value} are not counted here", "sessions or days", "Choose one"))
    if not select:
        faults.append(Fault("select", "selects no mark", "codes or groups", "Say what counts"))
    if at_least < 1:
        faults.append(Fault("at_least", f"{at_least} is met by everybody", "1 or more", "Say how many are needed"))
    return faults


Body = (
    RateRule
    | CountRule
    | RunRule
    | CumulativeRule
    | UnresolvedRule
    | PatternRule
    | RecordRule
    | CombinationRule
    | CustomRule
)


@frozen(kw_only=True)
class RuleVersion:
    """A rule as it holds over a range of days, with what it recommends and the citation for just that.

    Exactly one of the kinds (``rate`` to ``custom``) is given. Decisions belong to the version in force on the day
    on which the rule is met: a later version changes none of them.

    Attributes:
        in_force_from: First day.
        in_force_to: Last day; None: until further notice.
        recommends: What to consider doing; a person decides.
        to: For whom the recommendation is.
        cites: Sources of just this version.
        last_checked_on: The day on which somebody last held it against its sources.
        excludes: Populations to which it does not apply, as figure ids spell them.
        settings: Name of a field of the kind (``select`` and ``window`` apart) to the setting that decides it.
        doubt: What a reader should know before relying on it.
    """

    in_force_from: date
    in_force_to: date | None = None
    recommends: str
    to: str
    cites: tuple[Citation, ...]
    last_checked_on: date
    excludes: tuple[str, ...] = ()
    settings: dict[str, str] = field(factory=dict)
    doubt: str = ""
    rate: RateRule | None = None
    count: CountRule | None = None
    run: RunRule | None = None
    cumulative: CumulativeRule | None = None
    unresolved: UnresolvedRule | None = None
    pattern: PatternRule | None = None
    record: RecordRule | None = None
    combination: CombinationRule | None = None
    custom: CustomRule | None = None

    def __attrs_post_init__(self) -> None:
        given = [name for name in KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise DocumentError(
                Fault(
                    "",
                    f"a rule has one kind, and this one has {' and '.join(given) or 'none'}",
                    f"one of {', '.join(KINDS)}",
                    "Give just one",
                )
            )
        unknown = sorted(set(self.settings) - {*fields_dict(type(self.body)), "excludes"})
        if unknown:
            raise DocumentError(
                Fault(
                    f"settings.{unknown[0]}",
                    f"is no field of the kind {self.kind}",
                    f"one of {join_names(sorted({*fields_dict(type(self.body)), 'excludes'}))}",
                    "Name the field that the setting decides",
                )
            )

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @property
    def body(self) -> Body:
        """The kind that is given."""
        found: Body = getattr(self, self.kind)
        return found

    @property
    def span(self) -> DateRange:
        """The days on which it holds."""
        return DateRange(self.in_force_from, self.in_force_to)


#: The kinds of rule, a closed set.
KINDS = ("rate", "count", "run", "cumulative", "unresolved", "pattern", "record", "combination", "custom")


@frozen(kw_only=True)
class Rule:
    """One rule, in its dated versions.

    Attributes:
        id: Unique in its policy.
        title: What it is called in lists.
        versions: Earliest first, never overlapping.
        listed: False for a part that only serves combinations.
        covers: Rules of the policy that need not be told of a pupil beside this one, such as persistent absence
            beside severe.
        early_sign: Defined by this library, not by law or guidance.
    """

    id: str
    title: str
    versions: tuple[RuleVersion, ...]
    listed: bool = True
    covers: tuple[str, ...] = ()
    early_sign: bool = False

    def at(self, on: date) -> RuleVersion | None:
        """Return the version in force on a day."""
        return next((version for version in self.versions if on in version.span), None)


@frozen(kw_only=True)
class Policy:
    """A set of rules of one author: a nation's, an authority's, a school's.

    Attributes:
        id: Lower case, as in ``england-national``.
        title: What it is called.
        jurisdiction: For whom it holds.
        in_force_from: First day of its validity.
        in_force_to: Last day; None: until further notice.
        cites: Where the whole comes from.
        last_checked_on: The day on which somebody last held it against its sources.
        note: What a reader should know of the whole.
        fictional: An example, of no real authority.
        sources: Documents that its rules cite, beside those of the package.
        rules: The rules.
    """

    id: str
    title: str
    jurisdiction: str
    in_force_from: date
    in_force_to: date | None = None
    cites: tuple[Citation, ...]
    last_checked_on: date
    note: str = ""
    fictional: bool = False
    sources: tuple[Source, ...] = ()
    rules: tuple[Rule, ...]

    @property
    def span(self) -> DateRange:
        """The days on which it holds."""
        return DateRange(self.in_force_from, self.in_force_to)

    def rule(self, id: str) -> Rule | None:
        """Return a rule by its id."""
        return next((rule for rule in self.rules if rule.id == id), None)

    def each(self) -> Iterator[tuple[Rule, RuleVersion]]:
        """Yield every version with its rule."""
        for rule in self.rules:
            for version in rule.versions:
                yield rule, version


def titled(policies: Iterable[Policy]) -> dict[str, Policy]:
    """Return policies by their ids."""
    return {policy.id: policy for policy in policies}
