"""Letters and statements: templates as data, and what each says of a pupil."""

from enum import StrEnum

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault
from attendance_core.model.sources import Citation


class LetterTone(StrEnum):
    """What a letter does to its reader; what is checked before it goes out depends on it."""

    POSITIVE = "positive"
    """It says what goes well."""
    NEUTRAL = "neutral"
    """It informs, or offers help."""
    THREATENING = "threatening"
    """It warns of a statutory step."""


class AbsenceKind(StrEnum):
    """Why a pupil was absent, as far as a letter tells it; each absent session is of one kind."""

    UNAUTHORISED = "unauthorised"
    """Without leave, and for no reason that the school accepts."""
    UNEXPLAINED = "unexplained"
    """Nobody knows the reason yet."""
    ILLNESS = "illness"
    """Illness, and medical or dental appointments."""
    GRANTED = "granted"
    """With leave, or for another reason that the school accepts."""


class RecognitionKind(StrEnum):
    """What is recognised in a pupil's attendance, never in comparison with other pupils."""

    IMPROVED = "improved"
    """Better than the pupil's own earlier period."""
    SUSTAINED = "sustained"
    """Held for some school weeks."""


@frozen(kw_only=True)
class LetterText:
    """A template's words in one language.

    Attributes:
        language: Language code, such as ``en`` or ``cy``.
        subject: The line above the letter.
        body: The letter: plain text with fields between double braces, paragraphs apart by an empty line.
    """

    language: str
    subject: str
    body: str


@frozen(kw_only=True)
class LetterTemplate:
    """A letter or statement as data.

    Attributes:
        id: Its id.
        title: What lists call it.
        tone: What it does to its reader.
        concerns: Whom it is for: pupils with one of these concerns, as ``policy/rule``; without any and without
            ``recognition``, every pupil.
        recognition: Whom it is for: pupils of whom this is recognised.
        counts: The kinds of absence that a threatening letter holds against a family.
        at_least: Percent of possible sessions that must have been missed in these ways; 0: one session is enough.
        minimum_possible: Possible sessions below which no such letter is sent, since a rate of few says nothing.
        again_after_days: Days for which the same letter is not sent again; 0: no limit.
        families: Whether brothers and sisters are written of in one letter.
        texts: Its words, one for each language; the first is used where a family's is missing.
        cites: What it rests on.
    """

    id: str
    title: str
    tone: LetterTone
    concerns: tuple[str, ...] = ()
    recognition: RecognitionKind | None = None
    counts: tuple[AbsenceKind, ...] = (AbsenceKind.UNAUTHORISED,)
    at_least: int = 0
    minimum_possible: int = 20
    again_after_days: int = 0
    families: bool = True
    texts: tuple[LetterText, ...]
    cites: tuple[Citation, ...] = field(default=(), repr=False)

    def __attrs_post_init__(self) -> None:
        faults = []
        languages = [text.language for text in self.texts]
        if not languages:
            faults.append(Fault("texts", "are none", "one text or more", "Add [[texts]]"))
        for at, language in enumerate(languages):
            if language in languages[:at]:
                faults.append(
                    Fault(f"texts[{at}].language", f"{language!r} stands twice", "once", "Remove one of the texts")
                )
        numbers = (
            ("at_least", self.at_least, 0, 100),
            ("minimum_possible", self.minimum_possible, 1, 1_000),
            ("again_after_days", self.again_after_days, 0, 1_000),
        )
        faults += [
            Fault(name, f"{number} found", f"{least} to {most}", "Correct it")
            for name, number, least, most in numbers
            if not least <= number <= most
        ]
        if self.concerns and self.recognition is not None:
            faults.append(Fault("recognition", "stands beside concerns", "one of the two", "Make two templates"))
        if self.recognition is not None and self.tone is LetterTone.THREATENING:
            faults.append(Fault("tone", "threatens where something is recognised", "positive", "Correct one"))
        if not self.counts:
            faults.append(Fault("counts", "is empty", "one kind of absence or more", "Name what is counted"))
        if self.at_least and self.tone is not LetterTone.THREATENING:
            faults.append(Fault("at_least", "is asked of threatening letters alone", "0", "Remove it"))
        if faults:
            raise DocumentError(*faults)

    @property
    def threatening(self) -> bool:
        """Whether it warns of a statutory step."""
        return self.tone is LetterTone.THREATENING

    def text(self, language: str) -> LetterText:
        """Return the words in a language, else the first ones: ask the text which language it is."""
        return next((one for one in self.texts if one.language == language), self.texts[0])
