"""Letters: the fields that a template may use, the templates that ship, and what each letter says of its pupils."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml, read_text
from attendance_core.errors import DocumentError, Fault, SupportError
from attendance_core.model.events import EventId
from attendance_core.model.ledgers import PupilKey
from attendance_core.model.letters import LetterTemplate
from attendance_core.model.support_contacts import LetterSent
from attendance_core.support.ledger import Ledgers
from attendance_core.support.pathway import unknown_rules
from attendance_core.support.preflight import Refusal
from attendance_core.support.roll import OnRoll
from attendance_core.support.sessions import PupilSessions

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

#: What a template may say of the letter as a whole.
LETTER_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "school": "The school's name.",
        "written_on": "The day of the letter.",
        "from_day": "First day of the period.",
        "to_day": "Last day of the period.",
        "period": "The period's name, such as the autumn term; empty if it has none.",
        "previous": "The earlier period's name; empty if there is none.",
        "contact": "Whom to speak to, as --contact gives it.",
        "pupils": "The pupils of the family: write for pupil in pupils.",
        "many": "Whether there are several pupils.",
    }
)

#: What a template may say of each pupil, as ``pupil.NAME``.
PUPIL_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name": "The pupil's name where the register has one, else the id.",
        "possible": "Possible sessions.",
        "attended": "Sessions attended.",
        "absent": "Sessions missed, for whatever reason.",
        "days_lost": "Days missed: half the sessions.",
        "percent": "Attendance in percent; empty without a possible session.",
        "authorised": "Sessions missed with leave or for another reason that the school accepts, illness among them.",
        "unauthorised": "Sessions missed without leave.",
        "unexplained": "Sessions missed for a reason that nobody knows yet.",
        "illness": "Sessions missed for illness or a medical appointment.",
        "other": "Sessions missed for any other reason.",
        "late": "Times that the pupil came late.",
        "late_after": "Times after the register had closed: these count as missed.",
        "target": "The school's target for attendance, in percent; empty if it has none.",
        "before_percent": "Attendance in the earlier period, in percent; empty if there is none.",
        "before_days_lost": "Days missed in the earlier period; empty if there is none.",
        "improved": "Whether the pupil does better than before.",
        "sustained": "Whether the pupil has held it.",
    }
)


@frozen(kw_only=True)
class PupilLines:
    """What a letter says of one pupil.

    Attributes:
        pupil: The pupil.
        who: Whose ledger is theirs.
        name: The name, or the id.
        sessions: Sessions of the period.
        before: Sessions of the earlier period.
        target: The school's target for attendance in percent.
        improved: Whether improvement is recognised.
        sustained: Whether holding it is recognised.
    """

    pupil: OnRoll
    who: PupilKey
    name: str = field(repr=False)
    sessions: PupilSessions
    before: PupilSessions | None = None
    target: float | None = None
    improved: bool = False
    sustained: bool = False

    def fields(self) -> dict[str, Any]:
        """Return the values of `PUPIL_FIELDS`."""
        mine, before = self.sessions, self.before
        values = {name: getattr(mine, name) for name in _COUNTS}
        return values | {
            "name": self.name,
            "percent": mine.percent,
            "other": mine.absent - mine.illness,
            "target": self.target,
            "before_percent": None if before is None else before.percent,
            "before_days_lost": None if before is None or not before.possible else before.days_lost,
            "improved": self.improved,
            "sustained": self.sustained,
        }


_COUNTS = (
    "possible", "attended", "absent", "days_lost", "authorised", "unauthorised", "unexplained", "illness", "late",
    "late_after",
)  # fmt: skip


@frozen(kw_only=True)
class Letter:
    """A letter that waits for a person.

    Attributes:
        number: Its number in the list, from 1.
        pupils: Whom it is about: one family.
        language: In which language it is.
        subject: Its subject line.
        text: Its words.
        notes: What whoever approves should know.
    """

    number: int
    pupils: tuple[PupilLines, ...] = field(repr=False)
    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Held:
    """A letter that is kept back.

    Attributes:
        pupil: Whom it would be about.
        refusals: What stopped it.
    """

    pupil: OnRoll
    refusals: tuple[Refusal, ...]


@frozen(kw_only=True, eq=False)
class Letters:
    """What came of a template for a register.

    Attributes:
        template: The template.
        letters: Letters that wait for a person, one a family.
        held: Pupils for whom it was asked and is kept back, each with every stop.
        notes: What could not be asked.
    """

    template: LetterTemplate
    letters: tuple[Letter, ...] = field(repr=False)
    held: tuple[Held, ...] = field(repr=False)
    notes: tuple[str, ...] = ()


@cache
def load_templates() -> Mapping[str, LetterTemplate]:
    """Return the templates that ship, by id; their fields are checked by whoever fills them in.

    Raises:
        DocumentError: With every fault of the files.
    """
    folder = resources.files("attendance_core.support").joinpath("letter_templates")
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    found = [parse_template(one.read_text(encoding="utf-8"), where=one.name) for one in files]
    return MappingProxyType({template.id: template for template in found})


def load_template(path: Path) -> LetterTemplate:
    """Read a template from a TOML file.

    Raises:
        UnreadableFileError: If the file cannot be read.
        DocumentError: With every fault and its key path.
    """
    return parse_template(read_text(path), where=path.name)


def parse_template(text: str, *, where: str) -> LetterTemplate:
    """Read a template from TOML.

    Raises:
        DocumentError: With every fault and its key path.
    """
    template = structure(parse_toml(text, where=where), LetterTemplate, where=where)
    faults = lint_template(template, where=where)
    if faults:
        raise DocumentError(*faults)
    return template


def lint_template(
    template: LetterTemplate, known: Collection[str] | None = None, *, where: str = "template"
) -> tuple[Fault, ...]:
    """Return what is wrong with a template beside its fields.

    Args:
        template: The template.
        known: Rules that there are, as ``policy/rule``; None: only how they are spelled is looked at.
        where: Name of the file, for messages.
    """
    faults = list(unknown_rules(template.concerns, known, f"{where}: concerns"))
    if not _ID.fullmatch(template.id):
        faults.append(
            Fault(f"{where}: id", f"{template.id!r} is no id", "lower-case letters, digits and hyphens", "Rename it")
        )
    for at, text in enumerate(template.texts):
        path = f"{where}: texts[{at}]"
        if not _LANGUAGE.fullmatch(text.language):
            faults.append(
                Fault(f"{path}.language", f"{text.language!r} is no language code", "such as en or cy", "Correct it")
            )
        faults += [
            Fault(f"{path}.{key}", "is empty", "the words of the letter", "Write them")
            for key, words in (("subject", text.subject), ("body", text.body))
            if not words.strip()
        ]
    return tuple(faults)


def numbered(count: int) -> Sequence[str]:
    """Return names for so many letters, of equal length, that tell nothing of whom they are about."""
    width = max(3, len(str(count)))
    return [f"{number:0{width}d}" for number in range(1, count + 1)]


def digest_of(letter: Letter, template: LetterTemplate) -> str:
    """Return what stands for a letter's very words in a list, so that nothing else is approved than was read."""
    pupils = [f"{line.pupil.school_id}|{line.pupil.who.pupil_id}" for line in letter.pupils]
    whole = "\x1f".join((template.id, letter.language, letter.subject, letter.text, *pupils))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def chosen(found: Letters, digests: Mapping[str, str]) -> tuple[Letter, ...]:
    """Return the letters that a person marked in a list.

    Args:
        found: The letters as they are now.
        digests: What was marked, with the names of the letters then.

    Raises:
        SupportError: If a letter that was marked is not there as it was read; with all such.
    """
    now: dict[str, list[Letter]] = {}
    for letter in found.letters:
        now.setdefault(digest_of(letter, found.template), []).append(letter)
    faults = [
        Fault(
            f"letter {name}",
            "is not there any more as it was read",
            "the words that were approved",
            "Marks or records have changed: make the letters again and read them",
        )
        for digest, name in digests.items()
        if digest not in now
    ]
    if faults:
        raise SupportError(*faults)
    return tuple(letter for digest in digests for letter in now[digest])


def log_approved(
    letters: Sequence[Letter], template: LetterTemplate, ledgers: Ledgers, *, by: str, on: date
) -> tuple[EventId, ...]:
    """Write into each pupil's ledger that a person approved a letter; what is written already is not written again.

    Raises:
        SupportError: If nobody approved.
        StoreError: If it cannot be written.
    """
    written = []
    for letter in letters:
        sent = LetterSent(
            on=on, template=template.id, language=letter.language, approved_by=by, threatening=template.threatening
        )
        for line in letter.pupils:
            before = [record.event for record in ledgers.of(line.who).records(LetterSent)]
            if not any((one.on, one.template) == (on, template.id) for one in before):
                written.append(ledgers.add(line.who, sent, written_on=on, by=by))
    return tuple(written)
