"""``attendance tiers``: which tier of support is proposed for whom, and what a person decides."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from attendance_core.cli.reading import read_sessions
from attendance_core.cli.shared import (
    finish,
    marks_options,
    open_workbench,
    policy_options,
    progress,
    say,
)
from attendance_core.cli.showing import deliver, format_asked, out_options, render
from attendance_core.cli.support_options import open_ledgers
from attendance_core.errors import Fault, SupportError
from attendance_core.reports.tiers import TierProposals
from attendance_core.support.ledger import Ledgers
from attendance_core.support.tiers import TierProposal


@click.command(name="tiers")
@marks_options
@policy_options
@click.option("--everybody", is_flag=True, help="Also list pupils whose tier is the first and stays so.")
@click.option("--audience", default="leaders", show_default=True, help="Who reads it: leaders, governors, ...")
@click.option("--accept", "accepted", multiple=True, metavar="PUPIL", help="Decide as proposed; repeatable.")
@click.option("--override", nargs=2, metavar="PUPIL TIER", help="Decide otherwise; --reason says why.")
@click.option("--reason", default="", help="Why it is decided so; required where it is not as proposed.")
@click.option("--by", default="", help="Who decides, as a role or a name; needed to decide.")
@click.option("--school", default="", help="The school of the pupils decided on, where the register holds several.")
@out_options
def command(
    store: Path | None,
    everybody: bool,
    audience: str,
    accepted: tuple[str, ...],
    override: tuple[str, str] | None,
    reason: str,
    by: str,
    school: str,
    config: Path | None,
    policies: tuple[str, ...],
    records: Path | None,
    format_: str | None,
    out: Path | None,
    as_of: date | None,
    **reading: Any,
) -> None:
    """Propose a tier for each pupil of the register MARKS, with reasons, beside the tier that the pupil is in.

    Nothing changes by itself. With --accept or --override a person decides: the decision is written beside what was
    proposed on that day, and its id printed. That needs --as-of and --by.
    """
    deciding = bool(accepted or override)
    if deciding:
        _check(as_of, by, override, reason)
    workbench = open_workbench(config)
    format_ = format_asked(workbench, format_, out)
    workbench.outline(audience)
    ledgers = open_ledgers(store, config)
    with progress() as steps:
        found = read_sessions(workbench, as_of=as_of, progress=steps, **reading)
        proposals = workbench.tiers(
            found.register,
            as_of=as_of,
            policies=policies or None,
            records=records,
            ledgers=ledgers,
            progress=steps,
        )
    if deciding and as_of is not None:
        _decide(proposals, ledgers, accepted, override, reason=reason, by=by, school=school, on=as_of)
    else:
        if found.speaks_to:
            say(found.speaks_to)
        view = workbench.tier_view(proposals, found.register, audience=audience, everybody=everybody)
        deliver(render(workbench, view, format_, out, name="attendance-tiers"), format_, out)
    finish(workbench, findings=bool(found.findings))


def _check(as_of: date | None, by: str, override: tuple[str, str] | None, reason: str) -> None:
    """Refuse a decision without a day, a name or a reason, before anything is read."""
    faults = []
    if as_of is None:
        faults.append(Fault("--as-of", "is not given", "the day of the decision", "Give it"))
    if not by.strip():
        faults.append(Fault("--by", "nobody decides", "a role or a name", "Say who decides"))
    if override and not reason.strip():
        faults.append(Fault("--reason", "is not given", "why it is decided otherwise", "Say why"))
    if faults:
        raise SupportError(*faults)


def _decide(
    found: TierProposals,
    ledgers: Ledgers,
    accepted: tuple[str, ...],
    override: tuple[str, str] | None,
    *,
    reason: str,
    by: str,
    school: str,
    on: date,
) -> None:
    """Write decisions, all or none of them."""
    wanted = [(pupil, "") for pupil in accepted] + ([override] if override else [])
    chosen: list[tuple[TierProposal, str]] = []
    faults = []
    for at, (pupil, tier) in enumerate(wanted):
        where = f"--accept, pupil {at + 1} of {len(accepted)}" if at < len(accepted) else "--override"
        mine = [
            one
            for one, who in zip(found.proposals, found.people, strict=True)
            if one.who.pupil_id == pupil and school in ("", who.school_id)
        ]
        if len(mine) != 1:
            what = "is not on roll on this day" if not mine else "is on roll at several schools"
            faults.append(Fault(where, what, "one pupil of the register", "Copy the id, or name the --school"))
            continue
        if tier:
            found.pathway.place(tier)
        chosen.append((mine[0], tier))
    if len({one.who for one, _ in chosen}) < len(chosen):
        faults.append(Fault("--accept", "names a pupil twice", "each pupil once", "Decide once"))
    if faults:
        raise SupportError(*faults)
    decisions = [(one, one.decision(on, tier=tier, reason=reason)) for one, tier in chosen]
    for one, decision in decisions:
        click.echo(str(ledgers.add(one.who, decision, written_on=on, by=by)))
