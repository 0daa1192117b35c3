"""Mappings that a program writes: members by their text, and a clear answer to what is none."""

from typing import Any

import pytest
from attrs import evolve

from attendance_core import DocumentError, Mapping
from attendance_core.documents.converter import structure, unstructure
from attendance_core.model.mappings import DateOrder, Duplicates, Layout


def test_members_may_be_given_as_texts() -> None:
    mapping = Mapping(id="ours", layout="lesson", dates="day-first", duplicates="latest")
    assert mapping.layout is Layout.LESSON
    assert mapping.dates is DateOrder.DAY_FIRST
    assert mapping.duplicates is Duplicates.LATEST
    assert mapping == Mapping(id="ours", layout=Layout.LESSON, dates=DateOrder.DAY_FIRST, duplicates=Duplicates.LATEST)
    assert structure(unstructure(mapping), Mapping, where="ours") == mapping


@pytest.mark.parametrize("key", ["layout", "dates", "duplicates"])
def test_a_text_that_is_no_member_is_refused_with_those_there_are(key: str) -> None:
    wrong: dict[str, Any] = {key: "sideways"}
    with pytest.raises(DocumentError, match=r"mapping: 'sideways' is no \w+; expected one of \w+"):
        evolve(Mapping(id="ours"), **wrong)
    with pytest.raises(DocumentError, match=f"ours.toml: {key}: "):
        structure({"id": "ours", **wrong}, Mapping, where="ours.toml")
