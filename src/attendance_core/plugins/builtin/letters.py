"""Letters as text: templates held to a closed set of fields, filled in, and listed for approval."""

import csv
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from attendance_core.documents.loader import read_text
from attendance_core.errors import DocumentError, Fault, alike, join_names
from attendance_core.model.letters import LetterTemplate
from attendance_core.plugins.builtin.formatting import clean, day
from attendance_core.plugins.builtin.render_csv import harmless
from attendance_core.support.letters import LETTER_FIELDS, PUPIL_FIELDS, Letter, digest_of

FILTERS: Final = ("length", "upper", "lower", "join", "first", "last")
_LOOP: Final = ("first", "last", "index", "length")
_COLUMNS: Final = ("letter", "pupils", "template", "language", "subject", "digest", "notes", "approve")

#: What a template may be made of; whatever else Jinja can do is refused when a template is read.
_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Const,
    nodes.Filter,
)


def check_template(template: LetterTemplate, *, where: str = "template") -> tuple[Fault, ...]:
    """Return what is wrong with the fields of a template: every text of it, before any is filled in."""
    faults: list[Fault] = []
    for at, text in enumerate(template.texts):
        for key, words in (("subject", text.subject), ("body", text.body)):
            faults += _check(words, f"{where}: texts[{at}].{key}")
    return tuple(faults)


def _check(words: str, where: str) -> list[Fault]:
    try:
        tree = _environment().parse(words)
    except TemplateSyntaxError as error:
        return [Fault(f"{where}: line {error.lineno}", str(error.message), "fields as {{ school }}", "Correct it")]
    faults: list[Fault] = []

    def visit(node: nodes.Node, names: Mapping[str, Collection[str] | None]) -> None:
        place = f"{where}: line {node.lineno}"
        if not isinstance(node, _ALLOWED):
            faults.append(
                Fault(place, f"{type(node).__name__.lower()} is not allowed", "fields, if, and for", "Take it out")
            )
            return
        if isinstance(node, nodes.Name):
            if names.get(node.name, ()) is not None:
                faults.append(_unknown(place, node.name, [name for name, of in names.items() if of is None]))
            return
        if isinstance(node, nodes.Getattr):
            of = node.node
            known = names.get(of.name) if isinstance(of, nodes.Name) else None
            if known is None:
                faults.append(Fault(place, f"{node.attr!r} of that is unknown", "pupil.NAME", "Take it out"))
            elif node.attr not in known:
                faults.append(_unknown(place, f"pupil.{node.attr}", [f"pupil.{name}" for name in known]))
            return
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            faults.append(Fault(place, f"the filter {node.name!r} is unknown", join_names(FILTERS), "Take it out"))
        if isinstance(node, nodes.For):
            target, over = node.target, node.iter
            if not (
                isinstance(target, nodes.Name)
                and target.name == "pupil"
                and isinstance(over, nodes.Name)
                and over.name == "pupils"
            ):
                faults.append(Fault(place, "loops over something else", "for pupil in pupils", "Correct it"))
                return
            inner = {**names, "pupil": tuple(PUPIL_FIELDS), "loop": _LOOP}
            for child in (*node.body, *node.else_):
                visit(child, inner)
            return
        for child in node.iter_child_nodes():
            visit(child, names)

    for child in tree.body:
        visit(child, dict.fromkeys(LETTER_FIELDS))
    return faults


def _unknown(where: str, name: str, known: Collection[str]) -> Fault:
    near = alike(name, known)
    if name == "pupil":
        return Fault(where, "'pupil' stands outside its loop", "for pupil in pupils", "Put it into the loop")
    remedy = f"Did you mean {near[0]!r}?" if near else "Name one of them"
    return Fault(where, f"the field {name!r} is unknown", f"one of {join_names(sorted(known), limit=40)}", remedy)


def fill_in(words: str, values: Mapping[str, Any]) -> str:
    """Fill a template in that `check_template` found no fault with; blank lines are never doubled."""
    text = _compiled(words).render(values)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip() + "\n"


@lru_cache(maxsize=32)
def _compiled(words: str) -> Template:
    """Compile a template once for all families: it takes longer than filling it in."""
    return _environment().from_string(words)


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.finalize = _shown
    return environment


def _shown(value: Any) -> Any:
    """Write a value as letters do: days in words, numbers with one place at most, nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, date):
        return day(value)
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return clean(value) if isinstance(value, str) else value


def approval_list(letters: Iterable[tuple[str, Letter]], template: LetterTemplate) -> bytes:
    """Write the list in which a person marks the letters to approve, as CSV.

    Args:
        letters: The letters with the names of their files.
        template: The template that they were made from.
    """
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, letter in letters:
        pupils = " ".join(line.pupil.who.pupil_id for line in letter.pupils)
        digest = digest_of(letter, template)
        cells = (
            name,
            pupils,
            template.id,
            letter.language,
            letter.subject.strip(),
            digest,
            "; ".join(letter.notes),
            "",
        )
        writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue().encode("utf-8")


def read_approvals(path: Path) -> Mapping[str, str]:
    """Read the list back: the digests of the letters that were marked ``yes``, with their names.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: If it is no such list, or a mark is neither yes, no nor empty; with every fault.
    """
    rows = list(csv.DictReader(StringIO(read_text(path))))
    if not rows or not {"letter", "digest", "approve"} <= set(rows[0]):
        raise DocumentError(
            Fault(path.name, "is no list of letters", "columns letter, digest, approve", "Give the list as written")
        )
    found, faults = {}, []
    for line, row in enumerate(rows, start=2):
        mark = (row["approve"] or "").strip().lower()
        if mark not in ("", "yes", "y", "no", "n"):
            faults.append(Fault(f"{path.name}: line {line}: approve", "is unclear", "yes, no or empty", "Correct it"))
        elif mark in ("yes", "y"):
            found[(row["digest"] or "").strip()] = (row["letter"] or "").strip()
    if faults:
        raise DocumentError(*faults)
    return found
