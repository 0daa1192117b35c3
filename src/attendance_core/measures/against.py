"""Against: another system's figures held against the register, and the one setting that explains each difference."""

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
from attrs import define, field, frozen

from attendance_core.dates import DateRange
from attendance_core.engine import frame_of
from attendance_core.errors import Fault, InputError
from attendance_core.measures.definitions import load_measures
from attendance_core.measures.reconcile import TOTAL, Standings, Status, switched
from attendance_core.measures.scope import CLAUSES
from attendance_core.measures.totals import Rules
from attendance_core.model.marks import NUMBER, PUPIL, SCHOOL
from attendance_core.model.profiles import NotChecked, Profile
from attendance_core.reference.settings import load_settings
from attendance_core.register.other_figures import SESSIONS, OtherFigure, OtherFigures, OtherReject, Rounding
from attendance_core.register.register import Register

Frame = nw.DataFrame[Any]
Key = tuple[str, str]
ROUNDING = "rounding"
NOT_EXPLAINED, ONLY_HERE, ONLY_THERE = "not explained", "only here", "only there"
_SUMS = (*SESSIONS, "persistent")


@frozen(kw_only=True, eq=False)
class Against:
    """Another system held against a register under one profile. A pupil's enrolments at a school are added up.

    Rows of its file = agreed + differing + only there + rejected.

    Attributes:
        profile: The profile of the register's own figures.
        period: The days.
        name: The other system's file.
        fields: What its file gives.
        rows: Rows of its file, blank ones left out.
        agreed: Rows whose every field is the register's own.
        pupils: One row for each pupil that differs: row, pupil_id, school_id, attended, absent, possible (Int64
            sessions), attendance (percent or null), status; of the other system other_attendance, other_absence
            (as printed), other_attended, other_absent, other_possible (Int64), other_persistent (yes, no), empty or
            null where it does not say; setting and choice that give its figure (``not explained`` where none alone
            does), also (others that give it as well).
        only_here: Pupils with a possible session that its file lacks: pupil_id, school_id, attended, absent,
            possible, status, and the setting and choice that would leave them out, if one does.
        only_there: Rows of pupils whom the register does not know: row, pupil_id, school_id.
        rejects: Rows that cannot be compared: row, reason, detail; of their pupils nothing is compared.
        totals: Setting, choice, pupils, and by how much the other system has more: attended, absent, possible,
            persistent (severe too); null where its file does not say. The last row, ``total``, is the whole
            difference.
        not_checked: Clauses of the profile that the register cannot judge.
        untried: Clauses that could explain nothing, as the register cannot judge them.
    """

    profile: Profile
    period: DateRange
    name: str
    fields: tuple[str, ...]
    rows: int
    agreed: int
    pupils: Frame = field(repr=False)
    only_here: Frame = field(repr=False)
    only_there: Frame = field(repr=False)
    rejects: Frame = field(repr=False)
    totals: Frame = field(repr=False)
    not_checked: tuple[NotChecked, ...] = ()
    untried: tuple[NotChecked, ...] = ()

    @property
    def differences(self) -> int:
        """Pupils that differ or stand on one side only, and rows that could not be compared."""
        return len(self.pupils) + len(self.only_here) + len(self.only_there) + len(self.rejects)


@frozen(kw_only=True)
class _Ours:
    """The register's sessions of one pupil."""

    attended: int = 0
    absent: int = 0
    possible: int = 0

    def status(self, rules: Rules) -> Status:
        """How the pupil stands, by whole numbers."""
        if not self.possible:
            return Status.NOT_COUNTED
        for name, status in (("severe-absence", Status.SEVERE), ("persistent-absence", Status.PERSISTENT)):
            band = load_measures()[name].band
            over = 100 * self.absent - (band.at_least if band else 0) * self.possible
            if over > 0 or (over == 0 and not rules.strict):
                return status
        return Status.BELOW

    def persistent(self, rules: Rules) -> bool:
        """Whether the pupil is persistently absent, severely or not."""
        return self.status(rules) in (Status.PERSISTENT, Status.SEVERE)


@define(kw_only=True, eq=False)
class _View:
    """The register under one profile and rounding, by pupil."""

    setting: str = ""
    choice: str = ""
    rules: Rules
    ours: dict[Key, _Ours]
    rounding: Rounding = Rounding.HALF_UP

    def agrees(self, key: Key, other: OtherFigure) -> bool:
        """Whether every figure that the other system gives is the register's."""
        mine = self.ours.get(key, _Ours())
        counts = ((getattr(other, name), getattr(mine, name)) for name in SESSIONS)
        if any(theirs is not None and theirs != own for theirs, own in counts):
            return False
        for printed, part in ((other.attendance, mine.attended), (other.absence, mine.absent)):
            if printed is not None and not printed.shows(part, mine.possible, self.rounding):
                return False
        return other.persistent is None or other.persistent == mine.persistent(self.rules)


def hold_against(register: Register, profile: Profile, other: OtherFigures, period: DateRange) -> Against:
    """Hold another system's figures against a register.

    Of the choices that differ from the profile's, one at a time is switched: the clauses of `scope` first, then the
    other settings in the order of their list, last how a percentage is brought to its decimals.

    Args:
        register: The register.
        profile: The profile of its own figures.
        other: The other system's figures.
        period: The days.

    Raises:
        InputError: If not one of its pupils is known here.
    """
    standings = Standings(register=register, period=period)
    plain = _view(standings, profile)
    others, untried = _others(standings, profile, plain)
    rows, only_there, rejected, aside = _matched(register, other, plain)
    if not rows:
        raise InputError(
            Fault(
                other.name,
                "names not one pupil of the register",
                "ids as the register spells them",
                "Name the column in `columns`: pupil_id=HEADING",
            )
        )
    differing = [(key, one, _explaining(others, key, one)) for key, one in rows if not plain.agrees(key, one)]
    named = {key for key, _ in rows} | aside
    only_here = sorted(key for key, mine in plain.ours.items() if mine.possible and key not in named)
    judge = _Judge(rules=plain.rules, fields=other.fields)
    lines = _lines(judge, plain, [(view.setting, view.choice) for view in others], differing, only_here, only_there)
    whole = judge.sum([*[one for _, one in rows], *only_there], [plain.ours.get(key, _Ours()) for key, _ in rows])
    here = judge.sum([], [plain.ours[key] for key in only_here])
    lines.append((TOTAL, "", len(differing) + len(only_here) + len(only_there), *_added(whole, here)))
    return Against(
        profile=profile,
        period=period,
        name=other.name,
        fields=other.fields,
        rows=other.rows,
        agreed=len(rows) - len(differing),
        pupils=_differing_frame(differing, plain),
        only_here=_only_here_frame(only_here, plain, others),
        only_there=_frame(
            [(one.row, one.pupil, one.school) for one in only_there],
            {"row": nw.Int64, PUPIL: nw.String, SCHOOL: nw.String},
        ),
        rejects=_frame(
            sorted((row, reason.value, detail) for row, reason, detail in (*other.rejects, *rejected)),
            {"row": nw.Int64, "reason": nw.String, "detail": nw.String},
        ),
        totals=_frame(
            lines, {"setting": nw.String, "choice": nw.String, "pupils": nw.Int64, **dict.fromkeys(_SUMS, nw.Int64)}
        ),
        not_checked=standings.scope(profile).not_checked,
        untried=untried,
    )


def _view(standings: Standings, profile: Profile, setting: str = "") -> _View:
    """Add every pupil's enrolments at a school up."""
    people = standings.register.enrolments.select(NUMBER, SCHOOL, PUPIL)
    summed = (
        standings.of(profile)
        .join(people, on=NUMBER, how="inner")
        .group_by(SCHOOL, PUPIL)
        .agg(nw.col(*SESSIONS).sum())
        .select(SCHOOL, PUPIL, *SESSIONS)
    )
    ours = {
        (school, pupil): _Ours(attended=attended, absent=absent, possible=possible)
        for school, pupil, attended, absent, possible in summed.iter_rows()
    }
    choice = profile.get(setting) if setting else ""
    return _View(setting=setting, choice=choice, rules=Rules.of(profile), ours=ours)


def _others(standings: Standings, profile: Profile, plain: _View) -> tuple[list[_View], tuple[NotChecked, ...]]:
    """The register with one choice switched, each in turn; and the clauses that it cannot judge."""
    settings = load_settings()
    views, untried = [], []
    for name in (*CLAUSES, *[name for name in settings if name not in CLAUSES]):
        if settings[name].reading:
            continue
        for choice in settings[name].choices:
            if choice == profile.get(name):
                continue
            other = switched(profile, name, choice)
            views.append(_view(standings, other, name))
            untried += [one for one in standings.scope(other).not_checked if one.setting == name]
    for rounding in (Rounding.HALF_EVEN, Rounding.CUT):
        views.append(
            _View(setting=ROUNDING, choice=rounding.value, rules=plain.rules, ours=plain.ours, rounding=rounding)
        )
    return views, tuple(dict.fromkeys(untried))


Rejected = tuple[int, OtherReject, str]


def _matched(
    register: Register, other: OtherFigures, plain: _View
) -> tuple[list[tuple[Key, OtherFigure]], list[OtherFigure], list[Rejected], set[Key]]:
    """Find each row's pupil: rows of known pupils, of unknown ones, rows that may be of two; and who is set aside."""
    by_school = SCHOOL in other.fields
    keys: dict[Key, list[Key]] = {}
    for school, pupil in plain.ours:
        keys.setdefault((school if by_school else "", pupil), []).append((school, pupil))
    rows, unknown, rejected = [], [], []
    aside = {key for told in other.set_aside for key in keys.get(told, [])}
    for one in other.figures:
        mine = keys.get((one.school, one.pupil), [])
        if not mine:
            unknown.append(one)
        elif len(mine) > 1:
            rejected.append((one.row, OtherReject.SEVERAL_SCHOOLS, "two schools have a pupil of this id"))
            aside |= set(mine)
        else:
            rows.append((mine[0], one))
    return rows, unknown, rejected, aside


def _explaining(others: Iterable[_View], key: Key, one: OtherFigure) -> list[tuple[str, str]]:
    return [(view.setting, view.choice) for view in others if view.agrees(key, one)]


Differing = tuple[Key, OtherFigure, list[tuple[str, str]]]
Sums = tuple[int | None, ...]


@frozen(kw_only=True)
class _Judge:
    """Adds up what both sides say; None where the other system's file does not say it."""

    rules: Rules
    fields: tuple[str, ...]

    def sum(self, theirs: Iterable[OtherFigure], ours: Iterable[_Ours]) -> Sums:
        """The other system's sums minus the register's."""
        there, here = list(theirs), list(ours)
        sums: list[int | None] = [
            sum(getattr(one, name) for one in there) - sum(getattr(one, name) for one in here)
            if name in self.fields
            else None
            for name in SESSIONS
        ]
        told = "persistent" in self.fields or {"absent", "possible"} <= set(self.fields)
        persistent = sum(map(self._persistent, there)) - sum(one.persistent(self.rules) for one in here)
        return (*sums, persistent if told else None)

    def _persistent(self, one: OtherFigure) -> bool:
        if one.persistent is not None:
            return one.persistent
        return _Ours(absent=one.absent or 0, possible=one.possible or 0).persistent(self.rules)


def _added(left: Sums, right: Sums) -> Sums:
    return tuple(None if one is None or two is None else one + two for one, two in zip(left, right, strict=True))


def _lines(
    judge: _Judge,
    plain: _View,
    order: Sequence[tuple[str, str]],
    differing: Sequence[Differing],
    only_here: Sequence[Key],
    only_there: Sequence[OtherFigure],
) -> list[tuple[Any, ...]]:
    """One line for each explanation that occurs, then what is not explained, and who stands on one side only."""
    lines: list[tuple[Any, ...]] = []
    for name in (*order, (NOT_EXPLAINED, "")):
        mine = [(key, one) for key, one, found in differing if (found[0] if found else (NOT_EXPLAINED, "")) == name]
        if mine:
            sums = judge.sum([one for _, one in mine], [plain.ours[key] for key, _ in mine])
            lines.append((*name, len(mine), *sums))
    if only_here:
        lines.append((ONLY_HERE, "", len(only_here), *judge.sum([], [plain.ours[key] for key in only_here])))
    if only_there:
        lines.append((ONLY_THERE, "", len(only_there), *judge.sum(only_there, [])))
    return lines


def _frame(rows: Sequence[tuple[Any, ...]], schema: dict[str, Any]) -> Frame:
    return frame_of({name: [row[index] for row in rows] for index, name in enumerate(schema)}, schema)


_OURS: dict[str, Any] = {
    **dict.fromkeys(SESSIONS, nw.Int64),
    "attendance": nw.Float64,
    "status": nw.String,
}


def _own(mine: _Ours, rules: Rules) -> tuple[Any, ...]:
    rate = 100 * mine.attended / mine.possible if mine.possible else None
    return (mine.attended, mine.absent, mine.possible, rate, mine.status(rules).value)


def _differing_frame(differing: Sequence[Differing], plain: _View) -> Frame:
    rows = []
    for (school, pupil), one, found in differing:
        said = {None: "", True: "yes", False: "no"}[one.persistent]
        printed = ["" if share is None else share.text for share in (one.attendance, one.absence)]
        first, also = (found[0], found[1:]) if found else ((NOT_EXPLAINED, ""), [])
        more = ", ".join(f"{name} = {choice}" for name, choice in also)
        sessions = [getattr(one, name) for name in SESSIONS]
        mine = _own(plain.ours[school, pupil], plain.rules)
        rows.append((one.row, pupil, school, *mine, *printed, *sessions, said, *first, more))
    schema = {
        "row": nw.Int64,
        PUPIL: nw.String,
        SCHOOL: nw.String,
        **_OURS,
        "other_attendance": nw.String,
        "other_absence": nw.String,
        **{f"other_{name}": nw.Int64 for name in SESSIONS},
        **dict.fromkeys(("other_persistent", "setting", "choice", "also"), nw.String),
    }
    return _frame(rows, schema)


def _only_here_frame(only_here: Sequence[Key], plain: _View, others: Sequence[_View]) -> Frame:
    rows = []
    for key in only_here:
        gone = [(view.setting, view.choice) for view in others if not view.ours.get(key, _Ours()).possible]
        rows.append((key[1], key[0], *_own(plain.ours[key], plain.rules), *(gone[0] if gone else ("", ""))))
    return _frame(rows, {PUPIL: nw.String, SCHOOL: nw.String, **_OURS, "setting": nw.String, "choice": nw.String})
