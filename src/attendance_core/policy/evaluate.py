"""Evaluate: every rule of a policy on one day, in the version that each decision belongs to."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve

from attendance_core.errors import AttendanceError, UnknownNameError
from attendance_core.measures.populations import shown
from attendance_core.model.combinations import CombinationRule, CustomRule
from attendance_core.model.marks import DATE, NUMBER, SESSION
from attendance_core.model.outcomes import Outcome
from attendance_core.model.patterns import PatternRule, Sign
from attendance_core.model.policies import Body, Policy, Rule, RuleVersion
from attendance_core.model.record_rules import RecordRule
from attendance_core.model.rules import CountRule, CumulativeRule, RateRule, RunRule, UnresolvedRule
from attendance_core.model.side_records import SIDE_KINDS, SIDE_STATES
from attendance_core.policy.evidence import evidence
from attendance_core.policy.facts import Facts, Frame, MissingInputError
from attendance_core.policy.items import no_concerns
from attendance_core.policy.kinds import combination, count, cumulative, pattern, rate, record, run, unresolved
from attendance_core.policy.results import RuleResult
from attendance_core.policy.settings import applied

#: Works a custom rule's concerns out: a plugin's own, checked by whoever hands it over.
Custom = Callable[[CustomRule, Facts], Frame]

_EPISODIC = (CountRule, RunRule, CumulativeRule, CustomRule)


def evaluate(policy: Policy, facts: Facts, customs: Mapping[str, Custom] | None = None) -> tuple[RuleResult, ...]:
    """Ask every rule of a policy.

    Rules that count episodes (count, run, cumulative, custom) give each to the version in force on the day on which
    it was met; the others are judged by the version in force on the day asked about.

    Args:
        policy: The policy.
        facts: The register on a day.
        customs: How custom rules are worked out, by their ids.
    """
    facts.prepare(_spans(policy, facts))
    done: dict[str, RuleResult] = {}
    for rule in policy.rules:
        _ask(policy, rule, facts, customs or {}, done, ())
    return tuple(done[rule.id] for rule in policy.rules)


def has_custom(policy: Policy) -> bool:
    """Say whether a policy names a plugin's own rule."""
    return any(isinstance(version.body, CustomRule) for _, version in policy.each())


def has_baseline(policy: Policy) -> bool:
    """Say whether other pupils' marks can change what a policy's rules find."""
    return any(isinstance(version.body, PatternRule | CustomRule) for _, version in policy.each())


def only_rule(policy: Policy, *rules: str) -> Policy | None:
    """Return the policy with some rules and those that they combine; None if it has none of them."""
    wanted = [rule for rule in rules if policy.rule(rule) is not None]
    if not wanted:
        return None
    for name in wanted:
        found = policy.rule(name)
        versions = () if found is None else found.versions
        wanted += [part for one in versions for part in getattr(one.body, "parts", ()) if part not in wanted]
    # Rules that are left out can no longer be covered.
    return evolve(policy, rules=tuple(evolve(one, covers=()) for one in policy.rules if one.id in wanted))


def resolve(version: RuleVersion, facts: Facts) -> RuleVersion:
    """Put the choices made for open questions in place of the fields that they decide."""
    return applied(version, {name: facts.profile.get(setting) for name, setting in version.settings.items()})


def _spans(policy: Policy, facts: Facts) -> list[Any]:
    """Return every run of days that rates and patterns will ask totals of."""
    found: list[Any] = []
    for rule in policy.rules:
        version = rule.at(facts.as_of)
        if version is None:
            continue
        match version.body:
            case RateRule() as body:
                found += rate.spans(body, facts)
                found += rate.rolling(body.recent, facts) if body.recent is not None else []
            case PatternRule() as body:
                if body.sign in (Sign.FALL, Sign.GROWTH):
                    found += [span for pair in pattern.pairs(body, facts) for span in pair]
                else:
                    found += pattern.windows(body, facts)
            case _:
                pass
    return list(dict.fromkeys(found))


def _ask(
    policy: Policy,
    rule: Rule,
    facts: Facts,
    customs: Mapping[str, Custom],
    done: dict[str, RuleResult],
    above: tuple[str, ...],
) -> RuleResult:
    """Ask a rule, after the rules that it names."""
    if rule.id in done:
        return done[rule.id]
    for version in rule.versions:
        for name in getattr(version.body, "parts", ()):
            part = policy.rule(name)
            if part is not None and name not in above:
                _ask(policy, part, facts, customs, done, (*above, rule.id))
    done[rule.id] = _result(policy, rule, facts, customs, done)
    return done[rule.id]


def _result(
    policy: Policy, rule: Rule, facts: Facts, customs: Mapping[str, Custom], done: dict[str, RuleResult]
) -> RuleResult:
    begun = [version for version in rule.versions if version.in_force_from <= facts.as_of]
    current = rule.at(facts.as_of) if facts.as_of in policy.span else None
    notes: list[str] = []
    tables: list[Frame] = []
    bodies: dict[date, Body] = {}

    def result(outcome: Outcome, *, missing: tuple[str, ...] = ()) -> RuleResult:
        frame = nw.concat(tables) if tables else _dated(no_concerns(), facts.as_of)
        if tables and outcome is Outcome.PASSED and not frame.is_empty():
            outcome = Outcome.FAILED
        return RuleResult(
            policy=policy,
            rule=rule,
            version=current,
            outcome=outcome,
            missing=missing,
            notes=tuple(dict.fromkeys(notes)),
            frame=frame,
            bodies=bodies,
        )

    if not begun or facts.as_of < policy.in_force_from:
        return result(Outcome.NOT_APPLICABLE)
    try:
        for version in begun:
            ready = resolve(version, facts)
            bodies[version.in_force_from] = ready.body
            if not isinstance(ready.body, _EPISODIC) and version is not current:
                continue
            found = _concerns(policy, ready.body, facts, customs, done)
            found = _applying(ready, facts, found, notes)
            tables.append(_dated(_decided(found, version, tables), version.in_force_from))
    except MissingInputError as error:
        tables.clear()
        return result(Outcome.NOT_CHECKED, missing=(error.missing,))
    except AttendanceError as error:
        tables.clear()
        notes.append(str(error))
        return result(Outcome.ERROR)
    if not tables:
        return result(Outcome.NOT_APPLICABLE)
    notes += _notes(bodies, facts)
    return result(Outcome.PASSED)


def _concerns(
    policy: Policy, body: Body, facts: Facts, customs: Mapping[str, Custom], done: Mapping[str, RuleResult]
) -> Frame:
    match body:
        case RateRule():
            return rate.evaluate(body, facts)
        case CountRule():
            return count.evaluate(body, facts)
        case RunRule():
            return run.evaluate(body, facts)
        case CumulativeRule():
            return cumulative.evaluate(body, facts)
        case UnresolvedRule():
            return unresolved.evaluate(body, facts)
        case PatternRule():
            return pattern.evaluate(body, facts)
        case RecordRule():
            return record.evaluate(body, facts)
        case CombinationRule():
            return _combined(body, facts, done)
        case CustomRule():
            if body.rule not in customs:
                raise MissingInputError(f"the plugin that brings the rule {body.rule!r}")
            return customs[body.rule](body, facts)


def _combined(body: CombinationRule, facts: Facts, done: Mapping[str, RuleResult]) -> Frame:
    parts: dict[str, Frame] = {}
    sessions: dict[str, Frame] = {}
    for name in body.parts:
        part = done[name]
        if part.outcome in (Outcome.NOT_CHECKED, Outcome.ERROR):
            raise MissingInputError(f"the rule {name!r}, which needs {', '.join(part.missing) or 'mending'}")
        parts[name] = part.frame.filter(nw.col("open"))
        if not body.points:
            sessions[name] = sessions_behind(part, facts, parts[name], done)
    return combination.evaluate(body, facts, parts, sessions)


def sessions_behind(result: RuleResult, facts: Facts, concerns: Frame, done: Mapping[str, RuleResult]) -> Frame:
    """List the sessions behind some concerns of a rule: the columns of `evidence.EVIDENCE`.

    A combination's sessions are those of its parts, each once.
    """
    tables = [evidence(next(iter(result.bodies.values())), facts, concerns.head(0))]
    for first, body in result.bodies.items():
        mine = concerns.filter(nw.col("version") == first)
        if mine.is_empty():
            continue
        if not isinstance(body, CombinationRule):
            tables.append(evidence(body, facts, mine))
            continue
        keys = mine.select(NUMBER, "start")
        for name in (*body.all_of, *body.any_of, *body.points):
            part = done[name]
            numbers = mine[NUMBER].to_list()
            held = part.frame.filter(nw.col("open"), nw.col(NUMBER).is_in(numbers))
            listed = sessions_behind(part, facts, held, done).drop("start").join(keys, on=NUMBER, how="inner")
            tables.append(listed.filter(nw.col("in_numerator")).select(*tables[0].columns))
    whole = nw.concat(tables)
    return whole.unique([NUMBER, "start", DATE, SESSION], keep="first").sort(NUMBER, "start", DATE, SESSION)


def _applying(version: RuleVersion, facts: Facts, found: Frame, notes: list[str]) -> Frame:
    """Leave out those to whom the rule does not apply when it is met, and close what it left open for them since."""
    for key in version.excludes:
        try:
            who = facts.analysis.populations.get(key)
        except UnknownNameError:
            if key.startswith(("school=", "enrolment=")):
                continue  # it is not of this register: nobody has to be left out
            raise MissingInputError(f"a cohort or dimension for {shown(key)!r}, which the rule leaves out") from None
        if not who.available:
            notes.append(
                f"Asked of everybody: the register has no {', '.join(who.missing)}, so nobody can be told to be "
                f"{who.title.lower()}"
            )
            continue
        keyed = found.with_row_index("__row")
        inside = keyed.join(who.frame, on=NUMBER, how="inner").filter(
            nw.col("met_on") >= nw.col("valid_from"), nw.col("met_on") <= nw.col("valid_to")
        )
        found = keyed.filter(~nw.col("__row").is_in(inside["__row"].to_list())).drop("__row")
        today = who.frame.filter(nw.col("valid_from") <= facts.as_of, nw.col("valid_to") >= facts.as_of)
        found = found.with_columns(open=nw.col("open") & ~nw.col(NUMBER).is_in(today[NUMBER].to_list()))
    return found


def _decided(found: Frame, version: RuleVersion, before: list[Frame]) -> Frame:
    """Keep what was decided while a version was in force.

    What would have been met earlier under this version is met on its first day, where it goes on then and no earlier
    version tells of the episode already; an earlier concern that has closed does not tell of one that is open.
    """
    first = version.in_force_from
    if not isinstance(version.body, _EPISODIC):
        return found
    if version.in_force_to is not None:
        found = found.filter(nw.col("met_on") <= version.in_force_to)
    old = found.filter(nw.col("met_on") < first)
    if old.is_empty():
        return found
    running = old.filter(nw.col("end") >= first).with_row_index("__row")
    earlier = (
        nw.concat([table.select(NUMBER, __start="start", __end="end", __open="open") for table in before])
        if before
        else None
    )
    if earlier is not None:
        same = running.join(earlier, on=NUMBER, how="inner").filter(
            nw.col("__start") <= nw.col("end"),
            nw.col("__end") >= nw.col("start"),
            nw.col("__open") | ~nw.col("open"),
        )
        running = running.filter(~nw.col("__row").is_in(same["__row"].to_list()))
    moved = running.drop("__row").with_columns(met_on=nw.lit(first, nw.Date))
    return nw.concat([found.filter(nw.col("met_on") >= first), moved]).sort(NUMBER, "start")


def _dated(frame: Frame, first: date) -> Frame:
    return frame.with_columns(version=nw.lit(first, nw.Date))


def _notes(bodies: Mapping[date, Body], facts: Facts) -> list[str]:
    """Say what a reader should know of a rule's run."""
    notes = []
    for body in bodies.values():
        if isinstance(body, CountRule) and body.uses is not None and facts.side.get(body.uses.value) is None:
            notes.append(f"No {body.uses.value} were given: marks that one has counted already cannot be told")
        notes += _unknown_words(body, facts)
        if isinstance(body, RateRule) and body.horizon.value != "so-far":
            short = [school for school in facts.register.schools if not facts.reaches_year_end(school)]
            if short:
                notes.append(
                    f"Not checked for {len(short)} of {len(facts.register.schools)} schools, whose calendar does not "
                    "reach the year's end"
                )
    return notes


def _unknown_words(body: Body, facts: Facts) -> list[str]:
    """Say how many side records a rule may take for something else, because their words are none that it knows."""
    record = body.uses if isinstance(body, CountRule) else body.record if isinstance(body, RecordRule) else None
    if record is None or facts.side.get(record.value) is None:
        return []
    given = facts.records(record)
    notes = []
    if record in SIDE_STATES:
        known = frozenset[str]().union(*SIDE_STATES[record])
        odd = len(given.filter(~nw.col("state").fill_null("").is_in(["", *known])))
        if odd:
            notes.append(f"{odd} of the {record.value}: the state is none of {_listed(known)}; counted all the same")
    if isinstance(body, RecordRule) and body.kinds and record in SIDE_KINDS:
        known = SIDE_KINDS[record] | set(body.kinds)
        odd = len(given.filter(~nw.col("kind").fill_null("").is_in(sorted(known))))
        if odd:
            notes.append(f"{odd} of the {record.value}: the kind is none of {_listed(known)}; not counted")
    return notes


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
