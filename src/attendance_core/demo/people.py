"""The demo school's invented pupils: who they are, when they were on roll, and how apt they are to be absent."""

from datetime import date, timedelta
from typing import Final

from attrs import evolve, field, frozen

from attendance_core.dates import AcademicYear, DateRange
from attendance_core.demo.days import SCHOOL_LEAVING, YEARS, SchoolDay
from attendance_core.demo.dice import Dice

_FORENAMES: Final = {
    "F": (
        "Alvie", "Brisa", "Coralie", "Dorrie", "Elspa", "Fenna", "Gwenna", "Hestia", "Ilka", "Jorie", "Kessa",
        "Lunet", "Maribe", "Nerys", "Orla", "Zoë",
    ),
    "M": (
        "Aldo", "Brannoc", "Corwin", "Dario", "Eskil", "Fintan", "Garrow", "Hollin", "Idris", "Jarek", "Kelso",
        "Lorcan", "Merrin", "Noll", "Osric", "Tarn",
    ),
}  # fmt: skip
_SURNAMES: Final = (
    "Ashenby", "Birkwood", "Calderbeck", "Dunmoor", "Elmswick", "Farrowdale", "Garthside", "Hazelbrigg",
    "Ingerthorpe", "Jessop-Lund", "Kettlebeck", "Lingmoor", "Mossthwaite", "Netherwell", "O'Farren", "Pellworth",
    "Quarnby", "Ravensgill", "Sedgemoor", "Thackwray", "Underbank", "Vellacroft", "Wharfeholme", "Yewdale",
)  # fmt: skip
#: Ethnicity codes of the school census, with weights.
_ETHNICITIES: Final = (
    ("WBRI", 640), ("WOTH", 60), ("WIRI", 6), ("WROM", 8), ("WIRT", 4), ("APKN", 70), ("AIND", 40), ("ABAN", 20),
    ("BAFR", 60), ("BCRB", 14), ("CHNE", 8), ("MWBC", 20), ("MWAS", 22), ("MOTH", 18), ("NOBT", 10),
)  # fmt: skip

LAST_DAY: Final = {2024: date(2025, 7, 22), 2025: date(2026, 7, 20)}
FIRST_DAY: Final = {2024: date(2024, 9, 2), 2025: date(2025, 9, 1)}


@frozen(kw_only=True)
class PupilYear:
    """What the pupils file says of one pupil for one academic year; flags are yes or no."""

    begins: int
    year_group: int
    form: str
    sen: str
    fsm: bool
    pupil_premium: bool
    looked_after: bool
    previously_looked_after: bool
    child_protection: bool
    child_in_need: bool
    young_carer: bool

    @property
    def label(self) -> str:
        """The academic year as 2024/25."""
        return str(AcademicYear(self.begins))

    @property
    def social_worker(self) -> bool:
        """Whether any of the statuses that bring a social worker holds."""
        return self.looked_after or self.child_protection or self.child_in_need


@frozen(kw_only=True)
class Habits:
    """What only the generator knows of a pupil.

    Attributes:
        absence: Share of days that an ordinary year would cost.
        lateness: Share of mornings that begin late.
        role: A pattern planted on purpose; empty for most.
    """

    absence: float
    lateness: float
    bus: bool
    observes: bool
    role: str = ""


@frozen(kw_only=True)
class DemoPupil:
    """An invented pupil, with one range for each time on roll."""

    pupil_id: str = field(repr=False)
    forename: str = field(repr=False)
    surname: str = field(repr=False)
    sex: str
    born: date = field(repr=False)
    ethnicity: str
    eal: bool
    enrolments: tuple[DateRange, ...]
    years: tuple[PupilYear, ...]
    habits: Habits = field(repr=False)

    def year(self, begins: int) -> PupilYear | None:
        """Return what holds in one academic year, if the pupil was ever on roll in it."""
        return next((year for year in self.years if year.begins == begins), None)


def make_pupils(size: int, seed: int, days: tuple[SchoolDay, ...]) -> tuple[DemoPupil, ...]:
    """Invent a school that has ``size`` pupils on roll on the first day of both years.

    In between, some leave, some join, Year 11 goes (a few stay for the sixth form) and a new Year 7 comes.
    """
    dice = Dice(f"{seed}/school")
    sixth = size * 8 // 100 if size >= 100 else 0
    groups = [(9, 8, 10, 7, 11)[k % 5] for k in range(size - sixth)] + [(12, 13)[k % 2] for k in range(sixth)]
    stay = sixth // 2
    roll: list[DemoPupil] = []
    for group in groups:
        stays = group == 11 and stay > 0
        stay -= stays
        roll.append(_pupil(len(roll), group, _entry(group), seed, size, stays=stays))
    _plant(roll, size, dice)
    _leave(roll, size, 2024, dice, days)
    for _ in range(size * 2 // 100):
        roll.append(_pupil(len(roll), dice.between(7, 10), _monday(dice, 2024, days), seed, size))
    continuing = sum(any(FIRST_DAY[2025] in span for span in pupil.enrolments) for pupil in roll)
    first_new = len(roll)
    for _ in range(max(0, size - continuing)):
        roll.append(_pupil(len(roll), 6, FIRST_DAY[2025], seed, size))
    for place in _severe(roll, range(first_new, len(roll)), size, dice):
        roll[place] = _with_role(roll[place], "severe")
    _leave(roll, size, 2025, dice, days)
    for _ in range(size * 2 // 100):
        roll.append(_pupil(len(roll), dice.between(6, 9), _monday(dice, 2025, days), seed, size))
    return tuple(roll)


def _entry(group: int) -> date:
    """Return the day on which a pupil of this 2024/25 year group began Year 7: September's first weekday."""
    first = date(2024 - (group - 7), 9, 1)
    return first + timedelta(days=(7 - first.weekday()) % 7 if first.weekday() >= 5 else 0)


def _monday(dice: Dice, begins: int, days: tuple[SchoolDay, ...]) -> date:
    """Return a Monday on which a newcomer starts, between October and May."""
    return dice.pick([d.day for d in days if _midyear(d.day, begins) and d.day.weekday() == 0])


def _midyear(day: date, begins: int) -> bool:
    return date(begins, 10, 1) <= day <= date(begins + 1, 5, 20)


def _pupil(number: int, group: int, start: date, seed: int, size: int, *, stays: bool = False) -> DemoPupil:
    """Invent one pupil; ``group`` is the year group in 2024/25 (6: comes up in 2025)."""
    dice = Dice(f"{seed}/pupil/{number}")
    sex = "F" if dice.chance(0.5) else "M"
    born = date(2024 - group - 5, 9, 1) + timedelta(days=dice.below(365))
    years, end = _years(dice, group, number // 5, size, start, stays=stays)
    now = years[0]
    # A long thin tail: most miss little, one in six much; need and poverty make it worse on purpose.
    low, spread = (0.012, 0.1) if dice.chance(0.86) else (0.08, 0.25)
    share = low + spread * dice.roll() * dice.roll()
    share *= (1.5 if now.fsm else 0.92) * {"N": 0.96, "K": 1.25, "E": 1.45}[now.sen]
    share *= {6: 0.85, 7: 0.85, 8: 0.95, 9: 1.05, 10: 1.1, 11: 1.1}.get(group, 0.9)
    return DemoPupil(
        pupil_id=f"P{number + 1:05d}",
        forename=dice.pick(_FORENAMES[sex]),
        surname=dice.pick(_SURNAMES),
        sex=sex,
        born=born,
        ethnicity=dice.weighted(_ETHNICITIES),
        eal=dice.chance(0.18),
        enrolments=(DateRange(start, end),),
        years=years,
        habits=Habits(
            absence=min(share, 0.45),
            lateness=0.012 + 0.18 * dice.roll() * dice.roll() * dice.roll() + share * 0.1,
            bus=dice.chance(0.08),
            observes=dice.chance(0.09),
        ),
    )


def _years(
    dice: Dice, group: int, place: int, size: int, start: date, *, stays: bool
) -> tuple[tuple[PupilYear, ...], date | None]:
    """Tell a pupil's years on roll, and the last day where there is one."""
    fsm, ever = dice.chance(0.26), dice.chance(0.1)
    sen = dice.weighted((("N", 80), ("K", 14), ("E", 6)))
    looked_after, before = dice.chance(0.009), dice.chance(0.009)
    protection, need, carer = dice.chance(0.009), dice.chance(0.03), dice.chance(0.02)
    years: list[PupilYear] = []
    for begins in YEARS:
        in_group = group + begins - 2024
        # Circumstances change between the years for a few.
        if begins > 2024:
            fsm ^= dice.chance(0.02)
            sen = {"N": "K", "K": "E", "E": "E"}[sen] if dice.chance(0.02) else sen
            need ^= dice.chance(0.01)
        if in_group < 7 or start > LAST_DAY[begins]:
            continue
        years.append(
            PupilYear(
                begins=begins,
                year_group=in_group,
                form=_form(in_group, place, size),
                sen=sen,
                fsm=fsm,
                pupil_premium=fsm or ever or looked_after,
                looked_after=looked_after,
                previously_looked_after=before and not looked_after,
                child_protection=protection,
                child_in_need=need,
                young_carer=carer,
            )
        )
        if in_group == 11 and not (stays and begins == 2024):
            return tuple(years), SCHOOL_LEAVING[begins]
        if in_group == 13:
            return tuple(years), LAST_DAY[begins]
    return tuple(years), None


def _form(group: int, place: int, size: int) -> str:
    """Name a form of some 30; below the sixth form its letter goes with the pupil from year to year."""
    forms = size // (150 if group < 12 else 750)
    return f"{group}{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[place % max(1, min(26, forms))]}"


def _plant(roll: list[DemoPupil], size: int, dice: Dice) -> None:
    """Give planted roles: severe absence to pupils below the sixth form, the others to pupils here for both years."""
    for place in _severe(roll, range(len(roll)), size, dice):
        roll[place] = _with_role(roll[place], "severe")
    edges = ("edge-tenth", "edge-under-tenth", "edge-half", "edge-twentieth", "edge-quarter")
    roles = [edges[k % len(edges)] for k in range(max(size // 75, 1 if size >= 5 else 0))]
    if size >= 20:
        roles += ["returns-same-year"] * max(1, size // 400)
    if size >= 50:
        roles += ["dual", "part-time", "arranged", "no-access", "mobile", "performer"] * max(1, size // 300)
    if size >= 100:
        roles += ["dual-all", "returns-next-year"]
    free = [k for k, pupil in enumerate(roll) if not pupil.habits.role and pupil.years[0].year_group < 10]
    for role, place in zip(roles, dice.shuffled(free), strict=False):
        pupil = _with_role(roll[place], role)
        start = pupil.enrolments[0].start
        if role == "returns-same-year":
            spans = (DateRange(start, date(2024, 11, 15)), DateRange(date(2025, 3, 3)))
            pupil = evolve(pupil, enrolments=spans)
        elif role == "returns-next-year":
            spans = (DateRange(start, date(2025, 2, 14)), DateRange(date(2025, 10, 6)))
            pupil = evolve(pupil, enrolments=spans)
        roll[place] = pupil


def _severe(roll: list[DemoPupil], places: range, size: int, dice: Dice) -> list[int]:
    """Choose about three in a hundred of some pupils; the poorer are chosen more often, as everywhere."""
    if size < 20:
        return []
    order = dice.shuffled([k for k in places if roll[k].years[0].year_group <= 11])
    likely = [k for k in order if roll[k].years[0].fsm or dice.chance(0.4)]
    return likely[: (len(places) + 16) // 33]


def _with_role(pupil: DemoPupil, role: str) -> DemoPupil:
    return evolve(pupil, habits=evolve(pupil.habits, role=role))


def _leave(roll: list[DemoPupil], size: int, begins: int, dice: Dice, days: tuple[SchoolDay, ...]) -> None:
    """Let some pupils go on a Friday in the middle of a year."""
    fridays = [d.day for d in days if _midyear(d.day, begins) and d.day.weekday() == 4]
    stayers = [
        k
        for k, pupil in enumerate(roll)
        if not pupil.habits.role
        and pupil.enrolments[-1].end is None
        and pupil.enrolments[-1].start <= FIRST_DAY[begins]
        and (year := pupil.year(begins)) is not None
        and year.year_group <= 10
    ]
    for place in dice.shuffled(stayers)[: size * 2 // 100]:
        pupil = roll[place]
        roll[place] = evolve(
            pupil,
            enrolments=(DateRange(pupil.enrolments[0].start, dice.pick(fridays)),),
            years=tuple(year for year in pupil.years if year.begins <= begins),
        )
