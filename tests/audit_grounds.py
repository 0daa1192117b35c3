"""A small school for indicators: one pupil for each thing that they ask about, and side records to order."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.audits.grounds import Grounds
from attendance_core.audits.indicators import rules_needed
from attendance_core.engine import frame_of
from attendance_core.model.actions import Action
from attendance_core.model.audits import Audit
from attendance_core.model.calendars import CalendarDocument, Term, TermName
from attendance_core.model.checks import CheckResult
from attendance_core.model.indicators import Against, Indicator, IndicatorKind, RecordChoice, When
from attendance_core.model.marks import ENROLMENT, PUPIL
from attendance_core.model.plan_rows import Rhythm
from attendance_core.model.side_records import SIDE_COLUMNS
from attendance_core.policy.concerns import Concerns
from attendance_core.policy.evaluate import evaluate
from attendance_core.policy.facts import Facts
from attendance_core.policy.loading import load_policies
from attendance_core.policy.register_check.run import check_register
from attendance_core.policy.results import RuleResult
from attendance_core.reference.benchmarks import releases_for
from attendance_core.reference.cohorts import load_cohort_pack
from attendance_core.register.reading import Membership
from attendance_core.register.register import Register
from tests.audit_cases import answered, changed
from tests.registers import marks_table, profile, pupils_table, read

AS_OF = date(2025, 12, 19)
PUPILS = ("ill", "away", "late", "new", "d", "e", "f", "g", "h", "i")
JOINED = date(2025, 10, 6)
CALENDAR = CalendarDocument(
    terms=tuple(
        Term(name=name, start=start, end=end)
        for name, start, end in (
            (TermName.AUTUMN, date(2024, 9, 2), date(2024, 12, 20)),
            (TermName.SPRING, date(2025, 1, 6), date(2025, 4, 4)),
            (TermName.SUMMER, date(2025, 4, 22), date(2025, 7, 22)),
            (TermName.AUTUMN, date(2025, 9, 1), date(2025, 12, 19)),
            (TermName.SPRING, date(2026, 1, 5), date(2026, 3, 27)),
            (TermName.SUMMER, date(2026, 4, 13), date(2026, 7, 22)),
        )
    )
)
SIDE: dict[str, Any] = {name: nw.Date if name in ("on", "start", "end") else nw.String for name in SIDE_COLUMNS}
Row = dict[str, Any]


def _absences(year: int) -> dict[tuple[str, date], tuple[str, str]]:
    """A heavy autumn: one pupil long ill, one away without leave, one late, one new and often away."""
    found: dict[tuple[str, date], tuple[str, str]] = {}
    start = date(year, 9, 8)
    for offset in range(60):
        day = start + timedelta(days=offset)
        if offset < 50:
            found["ill", day] = ("I", "I")
        if offset < 40:
            found["away", day] = ("O", "O")
    for offset in range(70):
        day = date(year, 10, 8) + timedelta(days=offset)
        found["late", day] = ("U", "\\") if day.weekday() < 2 else ("L", "\\")
        if day.weekday() > 1:
            found["new", day] = ("C", "C")
    return found


@cache
def school(heavy: str, *, years: int = 2, groups: bool = True) -> Register:
    """The register, heavy ``now`` or ``before`` (last year); with ``years=1`` it holds this year alone."""
    codes = _absences(2025 if heavy == "now" else 2024)
    marks = []
    for term in CALENDAR.terms:
        for day in term.span.each_day():
            if day.weekday() > 4 or day > AS_OF or (years == 1 and day < date(2025, 8, 1)):
                continue
            for pupil in PUPILS:
                if pupil == "new" and date(2025, 8, 1) <= day < JOINED:
                    continue
                am, pm = codes.get((pupil, day), ("/", "\\"))
                marks += [(pupil, day, "AM", am), (pupil, day, "PM", pm)]
    if heavy == "now":  # a reason that nobody found out
        marks = [one if one[:3] != ("d", date(2025, 9, 9), "AM") else (*one[:3], "N") for one in marks]
    first = date(2024, 9, 2) if years == 2 else date(2025, 9, 1)
    people: list[Mapping[str, object]] = [
        {"Pupil": pupil, "Start": JOINED if pupil == "new" and years == 1 else first} for pupil in PUPILS
    ]
    if years == 2:  # left and came back
        people = [one for one in people if one["Pupil"] != "new"]
        people += [{"Pupil": "new", "Start": first, "End": date(2025, 7, 22)}, {"Pupil": "new", "Start": JOINED}]
    members = [
        Membership(pupil_id=pupil, cohort=cohort, start=date(2024, 9, 1), end=None)
        for pupil, cohort in (
            ("d", "child-protection"), ("e", "looked-after"), ("f", "ehcp"), ("g", "ehcp"), ("new", "new-to-school"),
            ("h", "looked-after"), ("i", "child-protection"),
        )
    ] if groups else []  # fmt: skip
    return read(
        marks_table(marks), pupils=pupils_table(people), calendars=(CALENDAR,), memberships=members, as_of=AS_OF
    )


def enrolments(register: Register) -> dict[str, str]:
    """Pupil to the enrolment that holds on the day asked about."""
    frame = register.enrolments.filter(nw.col("start") <= AS_OF, nw.col("end") >= AS_OF)
    return dict(frame.select(PUPIL, ENROLMENT).iter_rows())


def grounds(
    register: Register,
    side: Mapping[str, Iterable[Row]],
    *,
    phase: str = "primary",
    audit: Audit | None = None,
    as_of: date = AS_OF,
) -> Grounds:
    frames = {
        kind: frame_of({name: [row.get(name) for row in rows] for name in SIDE_COLUMNS}, SIDE)
        for kind, rows in ((kind, list(rows)) for kind, rows in side.items())
    }
    asked, results, checks = _asked(id(register), register)
    facts = Facts(analysis=asked.analysis, as_of=as_of, side=frames)
    return Grounds(
        facts=facts,
        concerns=Concerns(as_of=as_of, results=results, facts=facts),
        checks=checks,
        releases=releases_for("2024/25"),
        phase=phase,
        audit=audit,
    )


_KNOWN: dict[int, tuple[Facts, tuple[RuleResult, ...], tuple[CheckResult, ...]]] = {}


def _asked(key: int, register: Register) -> tuple[Facts, tuple[RuleResult, ...], tuple[CheckResult, ...]]:
    """Policies and checks, asked of each register once: the rules that indicators name need no side record."""
    if key not in _KNOWN:
        facts = Facts.of(register, profile(), (load_cohort_pack(),), as_of=AS_OF)
        results = tuple(one for id in rules_needed() for one in evaluate(load_policies()[id], facts))
        _KNOWN[key] = facts, results, check_register(register, settings=dict(profile().settings))
    return _KNOWN[key]


def row(choice: RecordChoice, who: str, *, on: date | None = None, state: str = "", end: date | None = None) -> Row:
    """A side record that a choice takes."""
    found: Row = {"enrolment_id": who, "kind": choice.kinds[0] if choice.kinds else "some"}
    found["state"] = state or (choice.states[0] if choice.states else "")
    if choice.when is When.LIVE:
        return found | {"start": on or AS_OF - timedelta(days=30), "end": end}
    return found | {"on": on or AS_OF - timedelta(days=1)}


def case(indicator: Indicator, wanted: str) -> tuple[Grounds, int]:
    """Grounds on which an indicator finds all (``full``), too little (``lacking``), or cannot tell (``missing``).

    Returns:
        The grounds, and of how many things some are lacking.
    """
    if indicator.kind is IndicatorKind.COMPARED:
        return _compared(indicator, wanted), 0
    register = school("before" if indicator.kind is IndicatorKind.REGISTER_CHECK and wanted == "full" else "now")
    keys = enrolments(register)
    side: dict[str, list[Row]] = {}
    audit = answered("g")
    if indicator.kind is IndicatorKind.ACTIONS:
        due = AS_OF + timedelta(days=30)
        acts = [Action(id=f"a{number}", text="Do", owner="lead", due=due) for number in range(3)]
        if wanted == "lacking":
            acts += [Action(id="b", text="Do"), Action(id="c", text="Do", owner="lead")]
        audit = changed(audit, "1.1", actions=() if wanted == "missing" else tuple(acts))
        return grounds(register, {}, audit=audit), 2
    if indicator.kind is IndicatorKind.REGISTER_CHECK:
        found = grounds(register, {})
        if wanted == "missing":
            found.checks = None
        return found, 1
    if wanted == "missing":
        among = {indicator.among.records[0].value: [row(indicator.among, keys["d"])]} if indicator.among else {}
        return grounds(register, among if indicator.has else {}), 0
    if indicator.among:
        side |= {one.value: list[Row]() for one in indicator.among.records}
        side[indicator.among.records[0].value] = _among(indicator, keys, wanted)
    # What is done once a year is only lacking when the year is over.
    as_of = date(2025, 7, 22) if indicator.every is Rhythm.ANNUAL else AS_OF
    if indicator.has:
        name = indicator.has.records[0].value
        side.setdefault(name, [])
        bare = {one.value: list[Row]() for one in indicator.has.records}
        side = bare | side
        rows = _has(indicator, grounds(register, side, as_of=as_of), keys)
        side[name] += rows if wanted == "full" else rows[2:] if len(rows) > 2 else rows[1:]
    lacking = 2 if indicator.has and len(rows) > 2 else 1
    return grounds(register, side, as_of=as_of), lacking


def _among(indicator: Indicator, keys: Mapping[str, str], wanted: str) -> list[Row]:
    assert indicator.among is not None
    if indicator.kind is IndicatorKind.DELAY:
        start = date(2025, 11, 10) if wanted == "full" else date(2025, 9, 10)
        kind = indicator.among.kinds[0]
        return [{"enrolment_id": keys[name], "kind": kind, "start": start} for name in ("ill", "d")]
    if indicator.kind is IndicatorKind.SINCE_START:
        start = date(2025, 10, 27) if wanted == "full" else date(2025, 9, 8)
        return [{"enrolment_id": keys["ill"], "kind": "mentoring", "start": start}]
    if indicator.kind is IndicatorKind.LIMITED:
        ends = date(2026, 1, 30)
        listed = [{"enrolment_id": keys["ill"], "start": date(2025, 11, 3), "end": ends, "kind": "flexible-start"}]
        return listed if wanted == "full" else [*listed, listed[0] | {"end": None}]
    return [row(indicator.among, keys[name]) for name in ("d", "e", "f", "g")]


def _has(indicator: Indicator, found: Grounds, keys: Mapping[str, str]) -> list[Row]:
    """Every record that there should be."""
    choice = indicator.has
    assert choice is not None
    if indicator.kind is IndicatorKind.RHYTHM:
        periods = found.periods(indicator.every or Rhythm.ANNUAL)
        states = choice.states or ("",)
        return [row(choice, "", on=period.start, state=state) for period in periods for state in states]
    if indicator.kind is IndicatorKind.FIRST_DAY:
        spells = found.facts.analysis.spells(found.facts.year)
        recent = spells.filter(nw.col("start") > AS_OF - timedelta(days=indicator.days))
        people = dict(found.facts.register.enrolments.select("enrolment_no", ENROLMENT).iter_rows())
        return [
            row(choice, people[number], on=start)
            for number, start in recent.select("enrolment_no", "start").iter_rows()
        ]
    on = AS_OF - timedelta(days=60) if choice.when is When.BEFORE else None
    return [row(choice, key, on=on) for key in found.group(indicator)]


def _compared(indicator: Indicator, wanted: str) -> Grounds:
    if wanted == "missing":
        years = 1 if indicator.against is Against.LAST_YEAR else 2
        return grounds(school("now", years=years, groups=False), {}, phase="")
    return grounds(school("before" if wanted == "full" else "now"), {})
