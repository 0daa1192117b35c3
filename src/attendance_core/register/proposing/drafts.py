"""Drafts: a proposal while it is being worked out, and the values that come of it."""

from collections.abc import Iterable
from collections.abc import Mapping as Dict

from attrs import field, frozen

from attendance_core.errors import join_names
from attendance_core.model.mappings import Mapping
from attendance_core.reference.headings import field_ranks
from attendance_core.register.proposing.samples import Column, Sample

_SHOWN = 40


@frozen(kw_only=True)
class Question:
    """Something that the file does not prove.

    Attributes:
        key: Key path in the mapping that the answer goes to, as in ``columns.pupil_id`` or ``values.A``.
        choices: The answers there are; none where only another export helps, and the text says which.
        suggestion: The likeliest of them; empty where nothing speaks for any.
    """

    key: str
    text: str
    choices: tuple[str, ...] = ()
    suggestion: str = ""


@frozen(kw_only=True, eq=False)
class Proposal:
    """How an unknown file could be read.

    Attributes:
        mapping: The mapping, open questions filled with their suggestions; None where there is not enough for one.
        reasons: Why each column was taken, and which were not.
        questions: What has to be answered before the mapping can be relied upon.
        answers: What has been answered so far.
    """

    mapping: Mapping | None
    reasons: tuple[str, ...]
    questions: tuple[Question, ...]
    answers: Dict[str, str] = field(factory=dict)
    pupils: bool = False
    marks: Mapping | None = None
    sample: Sample = field(repr=False)

    @property
    def sure(self) -> bool:
        """Whether the mapping can be used as it is."""
        return self.mapping is not None and not self.questions


class Draft:
    """A proposal in the making: what was taken, why, and what is still to be asked."""

    def __init__(self, sample: Sample, answers: Dict[str, str]) -> None:
        self.sample = sample
        self.answers = answers
        self.columns: dict[str, str] = {}
        self.reasons: list[str] = []
        self.questions: list[Question] = []
        self.used: set[str] = set()

    def ask(self, key: str, text: str, choices: Iterable[str] = (), suggestion: str = "") -> str | None:
        """Return the answer given to a question; where there is none, keep the question and return None."""
        listed = tuple(choices)
        answer = self.answers.get(key)
        if answer is not None and answer in listed:
            reason = f"{key} is {answer!r}: answered"
            if reason not in self.reasons:
                self.reasons.append(reason)
            return answer
        if all(question.key != key for question in self.questions):
            self.questions.append(Question(key=key, text=text, choices=listed, suggestion=suggestion))
        return None

    def take(self, name: str, column: Column, why: str) -> None:
        """Use a column for a field."""
        self.columns[name] = column.name
        self.used.add(column.name)
        self.reasons.append(f"{name} is column {column.name!r}: {why}")

    def use(self, column: Column, reason: str) -> None:
        """Mark a column as understood without giving it a field."""
        self.used.add(column.name)
        self.reasons.append(reason)

    def named(self, field_name: str) -> list[Column]:
        """Return the columns not used so far whose heading stands for a field, the best first."""
        ranks = field_ranks()[field_name]
        found = [column for column in self.free() if column.key in ranks]
        return sorted(found, key=lambda column: (ranks[column.key], column.name))

    def free(self) -> list[Column]:
        """Return the columns not used so far, by name."""
        return [column for column in self.sample.columns if column.name not in self.used]

    def column(self, name: str) -> Column:
        """Return a column of the file by its name."""
        return next(column for column in self.sample.columns if column.name == name)

    def close(self, hidden: Iterable[str] = ()) -> None:
        """Say which columns are not used; those in ``hidden``, which a person's name may head, are only counted."""
        unseen = {column.name for column in self.free()} & set(hidden)
        unused = [column.name for column in self.free() if column.name not in unseen]
        if unused:
            self.reasons.append(f"not used: {join_names(map(repr, unused), limit=_SHOWN)}")
        if unseen:
            self.reasons.append(f"not used: {len(unseen)} columns whose headings say nothing and are not repeated here")
