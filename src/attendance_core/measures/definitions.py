"""The measures that the library knows, read from their dated data."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from attrs import frozen

from attendance_core.documents.converter import structure
from attendance_core.documents.loader import parse_toml
from attendance_core.errors import Fault, FigureIdError, UnknownNameError, alike, join_names
from attendance_core.model.measures import Measure, MeasureKind


@frozen(kw_only=True)
class MeasuresDocument:
    """The form of ``definitions.toml``."""

    measure: tuple[Measure, ...]


@cache
def load_measures() -> Mapping[str, Measure]:
    """Return every measure by id."""
    text = resources.files("attendance_core.measures").joinpath("definitions.toml").read_text(encoding="utf-8")
    document = structure(parse_toml(text, where="definitions.toml"), MeasuresDocument, where="definitions.toml")
    return MappingProxyType({measure.id: measure for measure in document.measure})


def get_measure(id: str) -> tuple[Measure, str]:
    """Return a measure and the code behind its id (``reason.I``), empty where there is none.

    Raises:
        UnknownNameError: If there is no such measure, or the code is missing or out of place.
    """
    name, _, code = id.partition(".")
    known = load_measures()
    if name not in known:
        near = alike(name, known)
        raise UnknownNameError(
            Fault(
                f"measure {id!r}",
                "is unknown",
                f"one of {join_names(known, limit=40)}",
                f"Did you mean {near[0]!r}?" if near else "Choose one of them",
            )
        )
    measure = known[name]
    if measure.per_code is not bool(code):
        expected = f"{name}.CODE, as in {name}.I" if measure.per_code else name
        raise UnknownNameError(
            Fault(f"measure {id!r}", "needs a code" if measure.per_code else "takes no code", expected, "Rewrite it")
        )
    return measure, code


def get_session_measure(id: str) -> tuple[Measure, str]:
    """Return a measure of sessions, as `get_measure`.

    Raises:
        UnknownNameError: If there is no such measure.
        FigureIdError: If it is one of lessons, which no session figure is made of.
    """
    measure, code = get_measure(id)
    if measure.kind is MeasureKind.LESSONS:
        raise FigureIdError(
            Fault(f"measure {id!r}", "is one of lessons", "a measure of sessions", "Ask for it with the lesson marks")
        )
    return measure, code


def get_lesson_measure(id: str) -> Measure:
    """Return a measure of lessons.

    Raises:
        UnknownNameError: If there is no such measure.
        FigureIdError: If it is one of sessions.
    """
    measure, _ = get_measure(id)
    if measure.kind is not MeasureKind.LESSONS:
        known = [name for name, one in load_measures().items() if one.kind is MeasureKind.LESSONS]
        raise FigureIdError(
            Fault(f"measure {id!r}", "is one of sessions", f"one of {join_names(known)}", "Ask for it with a register")
        )
    return measure


#: Bands of five points, lowest first.
BANDS = tuple(f"absence-band-{start:02d}" for start in range(0, 55, 5))
