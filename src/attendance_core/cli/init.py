"""``attendance init``: look at an unknown export and write attendance.toml."""

import sys
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.shared import finish, format_option, print_json, say
from attendance_core.documents.configuring import CONFIG_NAME
from attendance_core.documents.converter import unstructure
from attendance_core.errors import AttendanceError, Fault, InputError, LayoutError
from attendance_core.intake import Ready, open_questions
from attendance_core.model.configuration import Configuration, Files, School
from attendance_core.model.mappings import Layout
from attendance_core.register.attaching import Source
from attendance_core.register.configfile import calendar_document, write_config
from attendance_core.register.proposals import Proposal, answer
from attendance_core.workbench import Workbench


@click.command(name="init")
@click.argument("marks", type=click.Path(path_type=Path))
@click.option("--pupils", type=click.Path(path_type=Path), help="The pupils file that goes with the marks.")
@click.option("--school", default="", help="The school's name.")
@click.option("--phase", type=click.Choice(["primary", "secondary", "special"]), help="The school's phase.")
@click.option("--authority", default="", help="The local authority, for comparisons.")
@click.option("--region", default="", help="The region, for comparisons.")
@click.option("--answer", "answers", multiple=True, help="Answer a question beforehand: key=choice; repeatable.")
@click.option("--sheet", default="", help="Worksheet of a workbook.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(CONFIG_NAME), show_default=True, help="File to write."
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@format_option("terminal", "json", default="terminal")
def command(
    marks: Path,
    pupils: Path | None,
    school: str,
    phase: str | None,
    authority: str,
    region: str,
    answers: tuple[str, ...],
    sheet: str,
    out: Path,
    force: bool,
    format_: str,
) -> None:
    """Look at the export MARKS, propose how to read it, ask where unsure, and write attendance.toml.

    Nothing is guessed: what the columns and values do not prove is asked. Without a terminal, open questions are
    printed and nothing is written (answer them with --answer).
    """
    if out.exists() and not force:
        raise InputError(Fault(str(out), "is there already", "a new file", "Use --force to replace it, or --out"))
    workbench = Workbench.open(Configuration())
    given = _given(answers)
    table = workbench.intake.table(marks, sheet=sheet)
    proposal = _settled(workbench.intake.propose(table), given, "the marks", format_)
    roster = None
    if pupils is not None:
        rows = workbench.intake.table(pupils, name="pupils")
        found = workbench.intake.propose_pupils(rows, proposal.mapping)
        roster = _settled(found, given, "the pupils file", format_)
    _unused(given, proposal, roster)
    calendars, note = _calendars(workbench, table.frame, table.name, proposal)
    text = write_config(
        proposal.mapping,
        roster.mapping if roster else None,
        school=School(id="school", name=school, phase=phase or "", authority=authority, region=region),
        calendar_documents=calendars,
        reasons=proposal.reasons,
        pupils_reasons=roster.reasons if roster else (),
        files=Files(pupils=_relative(pupils, out)) if pupils is not None else None,
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            Fault(str(out), f"cannot be written ({error.strerror})", "a place that may be written", "Choose --out")
        ) from None
    if format_ == "json":
        print_json(
            {
                "file": str(out),
                "mapping": unstructure(proposal.mapping),
                "reasons": list(proposal.reasons),
                "pupils": unstructure(roster.mapping) if roster else None,
                "pupils_reasons": list(roster.reasons) if roster else [],
                "note": note,
            }
        )
    else:
        for reason in (*proposal.reasons, *(roster.reasons if roster else ())):
            click.echo(f"- {reason}")
        if note:
            click.echo(f"- {note}")
        say(f"Wrote {out}. Look through it, then: attendance check {marks}")
    finish(workbench)


def _given(answers: tuple[str, ...]) -> dict[str, str]:
    found = {}
    faults = []
    for text in answers:
        key, sign, choice = text.partition("=")
        if not sign or not key:
            faults.append(Fault(f"--answer {text}", "is no answer", "key=choice", "Write columns.pupil_id=UPN"))
        found[key] = choice
    if faults:
        raise InputError(*faults)
    return found


def _settled(proposal: Proposal, given: dict[str, str], what: str, format_: str) -> Proposal:
    """Answer every question: from the options, else by asking on a terminal, else not at all.

    Raises:
        LayoutError: With every open question, where there is nobody to ask.
    """
    while not proposal.sure:
        questions = open_questions(proposal)
        ready = {question.key: given[question.key] for question in questions if question.key in given}
        if ready:
            proposal = answer(proposal, ready)
            continue
        askable = [question for question in questions if question.choices]
        if not askable or format_ == "json" or not sys.stdin.isatty():
            raise LayoutError(
                *(
                    Fault(
                        f"{proposal.sample.where}: {question.key}",
                        question.text,
                        " or ".join(question.choices) or "another export",
                        f"Answer with --answer {question.key}=..." if question.choices else "Export the file again",
                    )
                    for question in questions
                )
            )
        question = askable[0]
        say(f"About {what}: {question.text}")
        choice = click.prompt(
            question.key,
            type=click.Choice(list(question.choices)),
            default=question.suggestion or None,
            err=True,
        )
        try:
            proposal = answer(proposal, {question.key: choice})
        except AttendanceError as error:
            say(str(error))
    return proposal


def _unused(given: dict[str, str], *proposals: Proposal | None) -> None:
    """Refuse answers that nothing asked for: a slip in a key must not pass in silence."""
    asked = {key for proposal in proposals if proposal is not None for key in proposal.answers}
    faults = [
        Fault(f"--answer {key}", "answers no question that was asked", "a key printed with a question", "Leave it out")
        for key in given
        if key not in asked
    ]
    if faults:
        raise InputError(*faults)


def _calendars(workbench: Workbench, frame: Any, name: str, proposal: Proposal) -> tuple[tuple[Any, ...], str]:
    """Infer a calendar from the marks, as a start for the school's own."""
    mapping = proposal.mapping
    if mapping is None or mapping.layout in (Layout.LESSON, Layout.COUNTS):
        return (), ""
    try:
        register = workbench.read(Ready(source=Source(frame=frame, mapping=mapping, name=name)))
    except AttendanceError as error:
        return (), f"no calendar could be inferred: {error.faults[0]}"
    documents = [calendar_document(calendar) for calendar in register.calendars.schools.values() if calendar.days]
    return tuple(documents), "the calendar was inferred from the marks: check its terms and closures"


def _relative(path: Path, out: Path) -> str:
    """Spell a file as seen from the folder of the configuration."""
    try:
        return path.resolve().relative_to(out.resolve().parent).as_posix()
    except ValueError:
        return path.resolve().as_posix()
