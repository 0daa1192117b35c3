"""Proposals: how an unknown export could be read, with reasons, asking where the file proves nothing.

The rule is "right or asking, never wrong": a column is taken by a heading that is known or by values that can mean
nothing else; all else is a question. No reason and no question holds the name or id of a pupil.
"""

from collections.abc import Mapping as Dict
from typing import Any

import narwhals.stable.v2 as nw

from attendance_core.errors import Fault, InputError, UnknownNameError, alike, join_names
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.register.proposing.counting import count_columns, find_counts
from attendance_core.register.proposing.drafts import Draft, Proposal, Question
from attendance_core.register.proposing.roles import find_pupil
from attendance_core.register.proposing.rows import find_code
from attendance_core.register.proposing.rows import finish as finish_rows
from attendance_core.register.proposing.samples import Sample, look, readable_dates
from attendance_core.register.proposing.traits import find_pupils_mapping
from attendance_core.register.proposing.wide import find_shapes
from attendance_core.register.proposing.wide import finish as finish_wide

__all__ = ["Proposal", "Question", "answer", "propose", "propose_pupils"]


def propose(frame: "nw.LazyFrame[Any]", *, where: str) -> Proposal:
    """Look at a marks file and propose a mapping.

    The first 5,000 rows are looked at, and beyond them the different values of columns that have few, and the rows of
    a few pupils.

    Args:
        frame: The raw table; a ``source_row`` column is passed over.
        where: The file's name.
    """
    return _marks(look(frame, where=where), {})


def propose_pupils(frame: "nw.LazyFrame[Any]", *, where: str, marks: Mapping | None = None) -> Proposal:
    """Look at a pupils file and propose a mapping.

    Args:
        frame: The raw table; a ``source_row`` column is passed over.
        where: The file's name.
        marks: The mapping of the marks that the file belongs to: both must name pupils by the same key.
    """
    return _pupils(look(frame, where=where), {}, marks)


def answer(proposal: Proposal, answers: Dict[str, str]) -> Proposal:
    """Answer questions of a proposal; the answers may raise others.

    Args:
        proposal: What was proposed.
        answers: Key of a question to one of its choices.

    Raises:
        UnknownNameError: If a key is no question of the proposal; all other faults come with it.
        InputError: If an answer is none of the choices; with every such fault.
    """
    questions = {question.key: question for question in proposal.questions}
    faults: list[Fault] = []
    unknown = False
    for key, choice in answers.items():
        question = questions.get(key)
        if question is None and key not in proposal.answers:
            unknown = True
            near = alike(key, questions)
            remedy = f"Did you mean {near[0]!r}?" if near else "Answer an open question"
            faults.append(Fault(proposal.sample.where, f"{key!r} is not asked", join_names(questions), remedy))
        elif question is not None and choice not in question.choices:
            expected = f"one of {join_names(question.choices, limit=40)}" if question.choices else "another export"
            faults.append(Fault(f"{proposal.sample.where}: {key}", "is no choice", expected, "Answer again"))
    if faults:
        raise (UnknownNameError if unknown else InputError)(*faults)
    given = {**proposal.answers, **answers}
    if proposal.pupils:
        return _pupils(proposal.sample, given, proposal.marks)
    return _marks(proposal.sample, given)


def _pupils(sample: Sample, answers: Dict[str, str], marks: Mapping | None) -> Proposal:
    draft = Draft(sample, answers)
    mapping = None
    if _is_table(draft):
        mapping = find_pupils_mapping(draft, marks=marks)
        draft.close()
    return Proposal(
        mapping=mapping,
        reasons=tuple(draft.reasons),
        questions=tuple(draft.questions),
        answers=dict(answers),
        pupils=True,
        marks=marks,
        sample=sample,
    )


def _marks(sample: Sample, answers: Dict[str, str]) -> Proposal:
    draft = Draft(sample, answers)
    mapping = _find_mapping(draft) if _is_table(draft) else None
    return Proposal(
        mapping=mapping,
        reasons=tuple(draft.reasons),
        questions=tuple(draft.questions),
        answers=dict(answers),
        sample=sample,
    )


def _is_table(draft: Draft) -> bool:
    """Whether there are rows under headings; without headings the first pupil's row would be taken for them."""
    columns = draft.sample.columns
    if not draft.sample.rows or not columns:
        draft.ask("rows", "The file has no rows below its headings. Export it again with its marks.")
        return False
    dated = [column for column in columns if column.dates >= 0.9 and readable_dates([column.name])]
    listed = [column for column in columns if column.name in column.texts]
    if dated or len(listed) * 2 > len(columns):
        draft.ask(
            "headings", "The first line holds values where the names of columns should be. Export it with headings."
        )
        return False
    return True


def _find_mapping(draft: Draft) -> Mapping | None:
    shapes = find_shapes(draft)
    code_named = [column for column in draft.named("code") if column.texts]
    layouts = list(shapes.layouts)
    counts = not (layouts or shapes.bare or shapes.weekdays or code_named) and len(count_columns(draft)) > 1
    if not counts:
        find_pupil(draft)
    layout: Layout | None = layouts[0] if layouts else None
    if len(layouts) > 1:
        text = "Marks stand in several shapes in this file. Which one is to be read?"
        choices = [found.value for found in layouts]
        layout = Layout(draft.ask("layout", text, choices, choices[0]) or choices[0])
    if layout is not None:
        mapping = finish_wide(draft, layout, shapes)
    elif shapes.bare or len(shapes.weekdays) > 1:
        mapping = None
        for column in (*shapes.bare, *shapes.weekdays):
            draft.used.add(column.name)
        said = "a date" if shapes.bare else "a weekday"
        text = (
            f"Columns are headed by {said} without AM or PM: one value a day cannot be read in this layout. Export it "
            "with a column for each session, or one row for each pupil and day."
        )
        draft.ask("layout", text)
    elif counts:
        mapping = find_counts(draft)
    elif len(shapes.anonymous) > 2 and not code_named:
        mapping = None
        text = "Many columns hold marks, and their headings say neither a day nor a session. Export one mark a row."
        draft.ask("layout", text)
    else:
        code = find_code(draft)
        mapping = finish_rows(draft, code) if code is not None else None
    draft.close(shapes.hidden)
    return mapping
