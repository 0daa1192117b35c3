"""Mark words: whether a file's marks are DfE codes, and if not, what they say."""

from collections.abc import Iterable, Sequence

from attrs import field, frozen

from attendance_core.errors import join_names
from attendance_core.reference.codes import ENGLAND, FOREIGN, load_codebook
from attendance_core.reference.headings import Word, field_ranks, load_headings
from attendance_core.register.characteristics import says_yes
from attendance_core.register.proposing.drafts import Draft
from attendance_core.register.proposing.roles import NO_WORDS
from attendance_core.register.proposing.samples import Column
from attendance_core.register.texts import MarkReading, read_mark

DFE = "DfE codes"
OWN = "the system's own values"
NO_MARK = "no mark was made"
REFUSE = "refuse it"
SLASHES = frozenset("/\\")
#: More unknown values than this are no marks.
_MOST = 30
_LONGEST = 30


@frozen(kw_only=True)
class Scheme:
    """What the marks of a file are."""

    values: dict[str, str] = field(factory=dict)
    listed_only: bool = False
    no_mark: tuple[str, ...] = ("", "-")


def dfe_codes() -> frozenset[str]:
    """Return every code that the codebook of England holds."""
    return frozenset(code.code for code in load_codebook(ENGLAND).codes)


def read(text: str) -> MarkReading:
    """Read a value as a DfE code, mended where a spreadsheet mangled it."""
    return read_mark(text, values={}, no_mark=("", "-"), listed_only=False, known=dfe_codes())


def words() -> dict[str, Word]:
    """Return the words that stand for marks in other systems."""
    return {word.word: word for word in load_headings().words}


def looks_like_marks(texts: Iterable[str]) -> bool:
    """Whether at least half of some values are codes, signs of no mark, or words for marks."""
    listed = list(texts)
    known = words()
    good = [text for text in listed if not read(text).reject or text.casefold() in known]
    return bool(listed) and len(listed) <= _MOST * 2 and len(good) * 2 >= len(listed)


def are_codes(texts: Iterable[str]) -> bool:
    """Whether all values are DfE codes and the signs of presence are among them, so that nothing else can be meant."""
    readings = [read(text) for text in texts]
    return all(not r.reject for r in readings) and any(r.code in SLASHES for r in readings)


def find_scheme(draft: Draft, texts: Sequence[str], *, code: Column | None, shared: frozenset[str] | None) -> Scheme:
    """Decide what marks mean; ask for every value that nothing proves.

    Args:
        draft: Takes reasons and questions.
        texts: The different values.
        code: The column that holds them, where it is one: other columns may prove what they mean.
        shared: Values that may be shown, because several pupils have them; None where none is a pupil's.
    """
    readings = {text: read(text) for text in texts}
    known = [text for text, found in readings.items() if found.code is not None]
    unknown = [text for text, found in readings.items() if found.reject]
    slashes = [text for text in known if readings[text].code in SLASHES]
    if slashes and len(known) >= len(unknown):
        draft.reasons.append(f"marks are DfE codes: {len(known)} different ones, and the signs / or \\ are among them")
        mended = sum(bool(readings[text].doubt) for text in known)
        if mended:
            draft.reasons.append(f"{mended} of them are mangled or in lower case, and will be read with a doubt")
        return _with_strays(draft, unknown, shared)
    if slashes:
        text = f"Marks hold / or \\, and {len(unknown)} values that are no DfE codes. What are they?"
    elif code is not None and code.key in field_ranks()["presence"] and all(map(_yes_or_no, texts)):
        return _foreign(draft, list(texts), code, shared)
    elif known and not unknown:
        text = (
            f"All values ({join_names(map(repr, known))}) are DfE codes, but neither / nor \\ is among them; a letter "
            "such as P may also mean something else here. What are they? (If they are DfE codes, the file holds no "
            "sessions attended, and its rates would not be the school's.)"
        )
    else:
        return _foreign(draft, list(texts), code, shared)
    looks_foreign = {reading.casefold() for reading in known} <= {"p", "l", "e", "t", "u", "n", "y", "1", "0"}
    suggestion = OWN if looks_foreign or not known else DFE
    answer = draft.ask("marks", text, (DFE, OWN), suggestion)
    if (answer or suggestion) == DFE:
        return _with_strays(draft, unknown, shared)
    return _foreign(draft, list(texts), code, shared)


def _shown(texts: Iterable[str], shared: frozenset[str] | None) -> tuple[list[str], int]:
    """Split values into those that can be shown, and the number of those that may say who somebody is."""
    listed = list(texts)
    shown = [t for t in listed if len(t) <= _LONGEST and (shared is None or t in shared or len(t) <= 2)]
    return shown, len(listed) - len(shown)


def _hidden(draft: Draft, number: int) -> None:
    if number:
        text = (
            f"{number} values are no marks that are known, and only one pupil has each, so that they are not shown. "
            "They will be refused. Is this the right column, and is that right?"
        )
        draft.ask("values", text, (REFUSE,), REFUSE)


def _with_strays(draft: Draft, unknown: list[str], shared: frozenset[str] | None) -> Scheme:
    """Ask for the few values that stand beside DfE codes and are none."""
    shown, hidden = _shown(unknown, shared)
    if len(shown) > _MOST:
        shown, hidden = [], len(unknown)
    _hidden(draft, hidden)
    signs = {sign.sign: sign.code or NO_MARK for sign in load_headings().signs}
    values: dict[str, str] = {}
    no_mark = ["", "-"]
    choices = (*sorted(dfe_codes()), NO_MARK, REFUSE)
    for text in shown:
        suggestion = signs.get(text, REFUSE)
        asked = f"The mark {text!r} is no DfE code. What does it say?"
        answer = draft.ask(f"values.{text}", asked, choices, suggestion) or suggestion
        if answer == NO_MARK:
            no_mark.append(text)
        elif answer != REFUSE:
            values[text] = answer
    return Scheme(values=values, no_mark=tuple(no_mark))


def _foreign(draft: Draft, texts: list[str], code: Column | None, shared: frozenset[str] | None) -> Scheme:
    """Say what another system's values mean, as far as words or other columns prove it; ask for the rest."""
    texts = [text for text in texts if text not in ("", "-")]
    proved = _proofs(draft, code) if code is not None else {}
    known = words()
    flag = code is not None and code.key in field_ranks()["presence"]
    shown, hidden = _shown([text for text in texts if text not in proved], shared)
    if len(shown) > _MOST:
        shown, hidden = [], len(texts)
    _hidden(draft, hidden)
    choices = (*sorted(entry.code for entry in load_codebook(FOREIGN).codes), NO_MARK, REFUSE)
    values: dict[str, str] = {}
    no_mark = ["", "-"]
    draft.reasons.append("marks are no DfE codes: only values that the mapping lists will be read")
    for text in sorted({*shown, *proved}):
        word = known.get(" ".join(text.casefold().replace("-", " ").replace("_", " ").split()))
        meaning, reason = "", ""
        if text in proved:
            meaning, reason = proved[text]
            if word is not None and word.code != meaning:
                meaning = ""
        elif word is not None and word.certain:
            meaning, reason = word.code, "the word says so"
        elif flag and _yes_or_no(text):
            meaning, reason = "present" if says_yes(text) else "absent", "the heading of the column says so"
        if meaning:
            draft.reasons.append(f"value {text!r} is {meaning!r}: {reason}")
            values[text] = meaning
            continue
        suggestion = word.code if word is not None else REFUSE
        hint = ""
        if word is not None and read(text).code is not None:
            hint = f" (Among DfE codes {text!r} would mean something else.)"
        asked = f"What does the value {text!r} say about a session?{hint}"
        answer = draft.ask(f"values.{text}", asked, choices, suggestion) or suggestion
        if answer == NO_MARK:
            no_mark.append(text)
        elif answer != REFUSE:
            values[text] = answer
    return Scheme(values=values, listed_only=True, no_mark=tuple(no_mark))


def _yes_or_no(text: str) -> bool:
    return says_yes(text) or text.casefold() in NO_WORDS


def _proofs(draft: Draft, code: Column) -> dict[str, tuple[str, str]]:
    """Find other columns that say in plain words, one to one, what the values of this one mean."""
    known = words()
    flags = field_ranks()["presence"]
    meanings: dict[str, set[str]] = {}
    witnesses: dict[str, list[str]] = {}
    for column in draft.free():
        if column.name == code.name or not column.whole or not 1 < len(column.texts) <= _MOST:
            continue
        said: dict[str, str] = {}
        for text in column.texts:
            word = known.get(text.casefold())
            if word is not None and word.certain:
                said[text] = word.code
            elif column.key in flags and _yes_or_no(text):
                said[text] = "present" if says_yes(text) else "absent"
        if len(said) < len(column.texts) or len(set(said.values())) < len(said):
            continue
        # A column that lumps two values together proves of neither what it alone means.
        pairs = draft.sample.pairs(code, column)
        beside: dict[str, set[str]] = {}
        for own, other in pairs:
            beside.setdefault(other, set()).add(own)
        for own in {own for own, _ in pairs}:
            others = {other for mine, other in pairs if mine == own}
            if len(others) > 1 or len(beside[next(iter(others))]) > 1:
                meanings.setdefault(own, set()).add("")
                continue
            meanings.setdefault(own, set()).add(said[next(iter(others))])
            witnesses.setdefault(own, []).append(column.name)
    return {
        own: (next(iter(found)), f"column {' and '.join(map(repr, witnesses[own]))} says so, one to one")
        for own, found in meanings.items()
        if len(found) == 1 and "" not in found
    }
