"""``attendance support plan``, ``review``, ``refer`` and ``step``: what is agreed, looked at again, and formal."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import evolve

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import DAY, FINDINGS, open_workbench, print_json, progress, say
from attendance_core.cli.support_options import (
    QuietCommand,
    day_or,
    mind_unknown,
    open_ledgers,
    pupil_of,
    school_option,
    writer_options,
)
from attendance_core.documents.converter import unstructure
from attendance_core.errors import Fault, SupportError
from attendance_core.model.events import EventId
from attendance_core.model.ledgers import Record
from attendance_core.model.support_contacts import Referral
from attendance_core.model.support_gates import GateResult, ProofState
from attendance_core.model.support_plans import Review, ReviewOutcome, SupportPlan
from attendance_core.model.support_steps import StatutoryStep, StepKind, StepState
from attendance_core.support.gate import ask_gate
from attendance_core.support.ledger import Ledger
from attendance_core.support.planning import due_review, next_review, reviewed_record, with_review_day

F = TypeVar("F", bound=Callable[..., Any])


def _texts(name: str, help: str) -> Callable[[F], F]:
    """Add an option that can be given several times."""
    return click.option(name, multiple=True, help=f"{help}; repeatable.")


def _day(name: str, help: str) -> Callable[[F], F]:
    return click.option(name, type=DAY, help=help)


def _text(name: str, help: str) -> Callable[[F], F]:
    return click.option(name, default="", help=help)


@click.command(cls=QuietCommand)
@click.argument("pupil")
@click.option("--tier", required=True, help="Id of the tier that the plan belongs to, such as targeted.")
@_texts("--goal", "What is to be reached")
@_texts("--adjustment", "What school does otherwise")
@_text("--key-adult", "Who is there for the pupil, as a role or a name.")
@_texts("--programme", "Id of a programme of the catalogue")
@_texts("--helps", "What helps")
@_texts("--does-not-help", "What does not")
@_text("--next-step", "The next small step.")
@_text("--child-voice", "What the child said.")
@_text("--parent-voice", "What the parent said.")
@_texts("--agreed-with", "Who agreed, such as child or parent")
@_day("--start", "First day; else the day of --as-of.")
@_day("--review-due", "When it is to be reviewed; else as its tier says.")
@school_option
@writer_options
def plan(
    pupil: str,
    goal: tuple[str, ...],
    adjustment: tuple[str, ...],
    programme: tuple[str, ...],
    start: date | None,
    school: str,
    as_of: date,
    by: str,
    store: Path | None,
    config: Path | None,
    **more: Any,
) -> None:
    """Write down a support plan that was agreed, and print its id.

    A plan of a tier whose plans are reviewed after so many days gets the day of its review, unless it says one.
    """
    ledgers = open_ledgers(store, config)
    given = SupportPlan(
        start=day_or(start, as_of), goals=goal, adjustments=adjustment, programmes=programme, **more
    )  # fmt: skip
    event = with_review_day(given, open_workbench(config).review_days())
    mind_unknown(event, config)
    click.echo(str(ledgers.add(pupil_of(pupil, school), event, written_on=as_of, by=by)))
    say(
        f"To be reviewed on {event.review_due}."
        if event.review_due
        else "No day is set for a review: give --review-due."
    )


@click.command(cls=QuietCommand)
@click.argument("pupil")
@click.argument("record")
@_day("--held", "When it was held.")
@click.option("--missed", is_flag=True, help="It was due and was not held; say why with --note.")
@click.option("--outcome", type=click.Choice([one.value for one in ReviewOutcome]), help="What was decided.")
@_day("--due", "When it was due; else as the record or its last review says.")
@_texts("--helps", "What helps")
@_texts("--does-not-help", "What does not")
@_text("--next-step", "The next small step.")
@_day("--next-due", "When the next review is due; else as the plan's tier says.")
@_text("--child-voice", "What the child said.")
@_text("--parent-voice", "What the parent said.")
@_texts("--present", "Who took part, as a role")
@_text("--note", "More, in words.")
@school_option
@writer_options
def review(
    pupil: str,
    record: str,
    held: date | None,
    missed: bool,
    outcome: str | None,
    due: date | None,
    next_due: date | None,
    school: str,
    as_of: date,
    by: str,
    store: Path | None,
    config: Path | None,
    **more: Any,
) -> None:
    """Write down a review of RECORD, a plan, an arrangement or a step of PUPIL, and print its id."""
    if missed == (held is not None):
        raise SupportError(
            Fault("review", "was either held or missed", "--held DAY, or --missed", "Give one of the two")
        )
    ledgers = open_ledgers(store, config)
    who = pupil_of(pupil, school)
    ledger = ledgers.of(who)
    found = reviewed_record(ledger, EventId.parse(record))
    decided = None if outcome is None else ReviewOutcome(outcome)
    if next_due is None and held is not None and decided is not None:
        next_due = next_review(found.event, held, decided, open_workbench(config).review_days())
    event = Review(
        of=found.id.place,
        due=due_review(ledger, found) if due is None else due,
        held=held,
        outcome=decided,
        next_due=next_due,
        **more,
    )
    click.echo(str(ledgers.add(who, event, written_on=as_of, by=by)))
    if event.next_due is not None:
        say(f"To be reviewed again on {event.next_due}.")


@click.command(cls=QuietCommand)
@click.argument("pupil")
@_text("--to", "To whom: welfare, parents-support, school, health, behaviour, family-help, safeguarding, or others.")
@_text("--reason", "Why.")
@_day("--on", "When; else the day of --as-of.")
@click.option("--consent/--no-consent", default=None, help="Whether the family agreed; neither: not asked.")
@_day("--answer-due", "By when an answer is looked for.")
@click.option("--answers", metavar="ID", help="Write down what came of this referral, with --outcome.")
@_text("--outcome", "What came of it.")
@_day("--outcome-on", "When; else the day of --as-of.")
@_text("--handover", "Who in school goes on with the work, and what training was given.")
@school_option
@writer_options
def refer(
    pupil: str,
    on: date | None,
    answers: str | None,
    outcome: str,
    outcome_on: date | None,
    school: str,
    as_of: date,
    by: str,
    store: Path | None,
    config: Path | None,
    **more: Any,
) -> None:
    """Write down a referral of PUPIL or the family to a service, or what came of one, and print its id."""
    ledgers = open_ledgers(store, config)
    who = pupil_of(pupil, school)
    answered: dict[str, Any] = {"outcome": outcome, "outcome_on": day_or(outcome_on, as_of)} if outcome else {}
    if answers is None:
        event = Referral(on=day_or(on, as_of), **more, **answered)
        click.echo(str(ledgers.add(who, event, written_on=as_of, by=by)))
        return
    if not outcome:
        raise SupportError(Fault("referral", "is answered without an outcome", "--outcome", "Say what came of it"))
    found = _referral(ledgers.of(who), EventId.parse(answers))
    given: dict[str, Any] = {name: value for name, value in more.items() if value not in ("", None)}
    event = evolve(found.event, **given, **answered)
    click.echo(str(ledgers.revise(found.id, event, written_on=as_of, by=by)))


def _referral(ledger: Ledger, id: EventId) -> Record[Referral]:
    for record in ledger.records(Referral):
        if id in [entry.id for entry in record.history]:
            return record
    raise SupportError(
        Fault(f"record {id}", "is no referral of this ledger", "", "Copy its id from attendance support show")
    )


@click.command(cls=QuietCommand)
@click.argument("pupil")
@click.argument("kind", metavar="KIND", type=click.Choice([one.value for one in StepKind]))
@_day("--on", "When it is taken; else the day of --as-of.")
@click.option(
    "--state",
    type=click.Choice([one.value for one in StepState]),
    default=StepState.ISSUED.value,
    show_default=True,
    help="How it stands.",
)
@_text("--parent", "Which parent it concerns, such as 'parent 1'; never a name.")
@_day("--start", "First day that it covers.")
@_day("--end", "Last day that it covers.")
@_text("--reason", "Why it is taken although proof is missing, such as 'risk dictates'.")
@_text("--decided-by", "Who decided that.")
@_text("--note", "More, in words.")
@click.option("--marks", type=click.Path(path_type=Path), help="The register, to see whether a threshold is met.")
@click.option("--pupils", type=click.Path(path_type=Path), help="The pupils file that goes with it.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@school_option
@writer_options
def step(
    pupil: str,
    kind: str,
    on: date | None,
    state: str,
    reason: str,
    decided_by: str,
    marks: Path | None,
    pupils: Path | None,
    format_: str,
    school: str,
    as_of: date,
    by: str,
    store: Path | None,
    config: Path | None,
    **more: Any,
) -> None:
    """Hold a statutory step against the support that was offered, and write it down.

    What is missing is a warning, never a stop: with --reason and --decided-by the step is written all the same, with
    what was missing. Without them nothing is written, and the exit status is 1.
    """
    workbench = open_workbench(config)
    ledgers = open_ledgers(store, config)
    who = pupil_of(pupil, school)
    taken = StatutoryStep(
        step=StepKind(kind),
        on=day_or(on, as_of),
        state=StepState(state),
        reason=reason,
        decided_by=decided_by,
        **more,
    )
    concerns = None
    if marks is not None:
        with progress() as steps:
            found = read_sessions(workbench, progress=steps, marks=marks, pupils=pupils, as_of=as_of)
            concerns = workbench.open_concerns(found.register, who, progress=steps)
    inclusive = workbench.profile.get("notice-years") == "inclusive"
    result = ask_gate(taken, ledgers.of(who), as_of=as_of, concerns=concerns, inclusive=inclusive)
    missing = tuple(proof.requirement.id for proof in result.missing)
    goes_on = not missing or bool(reason.strip() and decided_by.strip())
    written = None
    if goes_on:
        written = ledgers.add(who, evolve(taken, missing=missing), written_on=as_of, by=by)
    if format_ == "json":
        print_json({"written": written and str(written), "gate": as_data(result)})
    else:
        for line in as_lines(result):
            say(line)
        if written is not None:
            click.echo(str(written))
    if not goes_on:
        say("Nothing was written. Bring about what is missing, or go on with --reason TEXT and --decided-by NAME.")
        raise SystemExit(FINDINGS)


def as_lines(result: GateResult) -> list[str]:
    """Return what the gate found, for a person to read."""
    if result.version is None:
        return [f"{result.gate.title}: nothing is looked for before {result.gate.versions[0].in_force_from}."]
    marks = {ProofState.MET: "there", ProofState.MISSING: "MISSING", ProofState.NOT_CHECKED: "not checked"}
    lines = [f"{result.gate.title}, {result.on}:"]
    for proof in result.proofs:
        listed = f" ({', '.join(map(str, proof.records))})" if proof.records else ""
        lines.append(f"  {marks[proof.state]}: {proof.requirement.asks}: {proof.says}{listed}")
        if proof.state is not ProofState.MET:
            lines.append(f"      {proof.requirement.remedy}")
    return [*lines, f"  Mind: {result.version.doubt}"] if result.missing and result.version.doubt else lines


def as_data(result: GateResult) -> dict[str, Any]:
    """Return what the gate found as plain data."""
    version = result.version
    return {
        "step": result.gate.step.value,
        "on": result.on.isoformat(),
        "version": version.in_force_from.isoformat() if version else None,
        "proofs": [
            {
                "requirement": proof.requirement.id,
                "asks": proof.requirement.asks,
                "state": proof.state.value,
                "says": proof.says,
                "records": [str(id) for id in proof.records],
                "remedy": proof.requirement.remedy,
            }
            for proof in result.proofs
        ],
        "doubt": version.doubt if version else "",
        "cites": unstructure(version.cites) if version else [],
    }
