"""Concerns: what several policies found in a register on a day."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
from attrs import evolve, field, frozen

from attendance_core.dates import DateRange
from attendance_core.engine import frame_of
from attendance_core.errors import Fault, FigureIdError, UnknownNameError, alike, join_names
from attendance_core.model.concerns import Certainty, Concern, ConcernId
from attendance_core.model.marks import CODE, DATE, ENROLMENT, NUMBER, PUPIL, SCHOOL, SESSION, STAT
from attendance_core.model.policies import RuleVersion
from attendance_core.policy.evaluate import sessions_behind
from attendance_core.policy.facts import Facts, Frame
from attendance_core.policy.results import RuleResult
from attendance_core.policy.settings import bearing
from attendance_core.policy.words import definition

#: Columns of `Concerns.frame`, after those that name the concern.
_SHOWN = ("start", "end", "met_on", "count", "of", "certainty", "open", "allowance", "detail")


@frozen(kw_only=True, eq=False)
class Concerns:
    """What policies found in a register on a day.

    Attributes:
        as_of: The day asked about.
        results: One for each rule of each policy, in their order.
    """

    as_of: date
    results: tuple[RuleResult, ...]
    facts: Facts = field(repr=False)

    def frame(self, *, everything: bool = False) -> Frame:
        """Lay the concerns out, one row each.

        Args:
            everything: Also those that no longer hold, those of pupils who have left, and of rules that only serve
                as parts of others.

        Returns:
            concern (its id), policy, version (date), rule, title, enrolment_id, school_id, pupil_id (texts), start,
            end, met_on (dates), count, of, allowance (Int64), unit, certainty, detail, recommends, to (texts), open,
            on_roll, provisional inputs as told by certainty (bool). Sorted by policy and rule as written, then by
            enrolment and start.
        """
        people = self.facts.register.enrolments.select(
            NUMBER, ENROLMENT, SCHOOL, PUPIL, on_roll=nw.col("end") >= self.as_of
        )
        tables = []
        for order, result in enumerate(self.results):
            if result.frame.is_empty() or not (everything or result.rule.listed):
                continue
            versions = {version.in_force_from: version for version in result.rule.versions}
            table = result.frame.join(people, on=NUMBER, how="inner").with_columns(
                __order=nw.lit(order, nw.Int64),
                policy=nw.lit(result.policy.id),
                rule=nw.lit(result.rule.id),
                title=nw.lit(result.rule.title),
            )
            for first, version in versions.items():
                rows = table.filter(nw.col("version") == first)
                if not rows.is_empty():
                    tables.append(
                        rows.with_columns(
                            unit=nw.lit(version.body.unit.value),
                            recommends=nw.lit(version.recommends),
                            to=nw.lit(version.to),
                        )
                    )
        before = ("policy", "version", "rule", "title", ENROLMENT, SCHOOL, PUPIL)
        names = (*before, *_SHOWN, "on_roll", "unit", "recommends", "to")
        if not tables:
            return frame_of({name: [] for name in ("concern", *names)}, _types(names))
        whole = nw.concat(tables)
        if not everything:
            whole = whole.filter(nw.col("open"), nw.col("on_roll"))
        ordered = whole.sort("__order", ENROLMENT, "start").select(*names)
        ids = [
            str(ConcernId(policy=policy, version=version, rule=rule, enrolment=enrolment, start=start))
            for policy, version, rule, enrolment, start in ordered.select(
                "policy", "version", "rule", ENROLMENT, "start"
            ).iter_rows()
        ]
        named = ordered.with_columns(nw.new_series("concern", ids, nw.String, backend=ordered.implementation))
        return named.select("concern", *names)

    def only(self, rules: Iterable[str]) -> "Concerns":
        """Return the concerns of a few rules.

        Raises:
            UnknownNameError: If a name is no rule of these policies; with all such.
        """
        known = {result.rule.id for result in self.results}
        wanted = list(rules)
        faults = [
            Fault(
                f"rule {name!r}",
                "is no rule of these policies",
                f"one of {join_names(sorted(known), limit=40)}",
                f"Did you mean {alike(name, known)[0]!r}?" if alike(name, known) else "See: attendance policy show ID",
            )
            for name in wanted
            if name not in known
        ]
        if faults:
            raise UnknownNameError(*faults)
        return evolve(self, results=tuple(result for result in self.results if result.rule.id in wanted))

    def find(self, id: ConcernId) -> tuple[RuleResult, RuleVersion, Frame]:
        """Find a concern again.

        Returns:
            The rule's result, the version, and the one row of its frame.

        Raises:
            FigureIdError: If the policies at hand give no such concern on this day.
        """
        for result in self.results:
            if (result.policy.id, result.rule.id) != (id.policy, id.rule):
                continue
            version = next((one for one in result.rule.versions if one.in_force_from == id.version), None)
            numbers = self.facts.register.enrolments.filter(nw.col(ENROLMENT) == id.enrolment)[NUMBER].to_list()
            rows = result.frame.filter(
                nw.col(NUMBER).is_in(numbers), nw.col("version") == id.version, nw.col("start") == id.start
            )
            if version is not None and not rows.is_empty():
                return result, version, rows.head(1)
        raise FigureIdError(
            Fault(
                f"concern {id.policy}@{id.version}/{id.rule}/enrolment=.../{id.start}",
                f"is not found on {self.as_of}",
                "a concern of these policies, this register and this day",
                "List the concerns again, and give the same `policies` and `as_of`",
            )
        )

    def concern(self, id: ConcernId) -> Concern:
        """Return one concern as it is shown.

        Raises:
            FigureIdError: If there is no such concern.
        """
        result, version, rows = self.find(id)
        row = rows.rows(named=True)[0]
        person = self.facts.register.enrolments.filter(nw.col(NUMBER) == row[NUMBER]).rows(named=True)[0]
        body = result.bodies[version.in_force_from]
        profile = self.facts.profile
        return Concern(
            id=id,
            title=result.rule.title,
            definition=definition(body),
            pupil_id=person[PUPIL],
            school_id=person[SCHOOL],
            episode=DateRange(row["start"], row["end"]),
            met_on=row["met_on"],
            count=row["count"],
            of=row["of"],
            unit=body.unit,
            certainty=Certainty(row["certainty"]),
            open=row["open"],
            on_roll=person["end"] >= self.as_of,
            allowance=row["allowance"],
            detail=row["detail"],
            recommends=version.recommends,
            to=version.to,
            cites=version.cites,
            doubt=version.doubt,
            settings=tuple((name, profile.get(name)) for name in bearing(version)),
        )

    def sessions(self, id: ConcernId) -> Frame:
        """List the sessions behind a concern.

        Returns:
            enrolment_id, pupil_id, school_id, date, session, code, stat (texts), in_numerator and in_denominator
            (bool): what its count, and what that is held against, count.

        Raises:
            FigureIdError: If there is no such concern.
        """
        result, _, row = self.find(id)
        mine = {one.rule.id: one for one in self.results if one.policy.id == id.policy}
        listed = sessions_behind(result, self.facts, row, mine)
        people = self.facts.register.enrolments.select(NUMBER, ENROLMENT, PUPIL, SCHOOL)
        return (
            listed.join(people, on=NUMBER, how="inner")
            .select(ENROLMENT, PUPIL, SCHOOL, DATE, SESSION, CODE, STAT, "in_numerator", "in_denominator")
            .sort(DATE, SESSION)
        )


def _types(names: Iterable[str]) -> dict[str, Any]:
    dates = ("version", "start", "end", "met_on")
    numbers = ("count", "of", "allowance")
    flags = ("open", "on_roll")
    types: dict[str, Any] = {"concern": nw.String}
    for name in names:
        types[name] = nw.Date if name in dates else nw.Int64 if name in numbers else nw.String
        types[name] = nw.Boolean if name in flags else types[name]
    return types
