"""Figures that another system gives for each pupil: read, never counted; every row is kept, or named with a reason."""

import re
from collections.abc import Mapping as Dict
from enum import StrEnum
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.errors import Fault, LayoutError, MissingColumnError, UnknownNameError, alike, join_names
from attendance_core.model.marks import ROW
from attendance_core.reference.headings import FieldHeadings, field_ranks, fold
from attendance_core.reference.locate import read_reference
from attendance_core.register.characteristics import says_yes
from attendance_core.register.columns import columns_there, missing_column_remedy

#: Fields that are percentages, and those that are numbers of sessions.
PERCENTAGES = ("attendance", "absence")
SESSIONS = ("attended", "absent", "possible")
_FIGURES = (*PERCENTAGES, *SESSIONS)
_FIELDS = ("pupil_id", "school_id", *_FIGURES, "persistent")
#: Fields of keys that may hold a pupil's id, surest first; the last one only where no other is there.
_KEYS = ("pupil_id", "upn", "admission_number", "uln", "perhaps_pupil_id")
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d+))? ?%?", re.ASCII)
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+(?:\.0+)?", re.ASCII)
_NO = frozenset(("", "n", "no", "false", "f", "0", "not persistent"))
_PERSISTENT = frozenset(("pa", "persistent", "persistently absent", "severe", "severely absent"))
#: A percentage with more decimals is compared to so many.
_MOST_DECIMALS = 6


class Rounding(StrEnum):
    """How a percentage was brought to its decimals."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    CUT = "cut-off"


class OtherReject(StrEnum):
    """Why a row cannot be compared."""

    NO_PUPIL = "no-pupil"
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"
    SEVERAL_SCHOOLS = "several-schools"


@frozen(kw_only=True)
class Printed:
    """A percentage as printed: a whole number of units of its last decimal."""

    units: int
    decimals: int

    @property
    def text(self) -> str:
        """As it was printed, without a sign.

        >>> Printed(units=931, decimals=1).text
        '93.1'
        """
        if not self.decimals:
            return str(self.units)
        digits = f"{self.units:0{self.decimals + 1}}"
        return f"{digits[: -self.decimals]}.{digits[-self.decimals :]}"

    def shows(self, part: int, whole: int, rounding: Rounding) -> bool:
        """Say whether a share, brought to these decimals, is this percentage."""
        if not whole:
            return False
        scaled = 100 * 10**self.decimals * part
        down, rest = divmod(scaled, whole)
        if rounding is Rounding.CUT:
            up = False
        elif rounding is Rounding.HALF_UP:
            up = 2 * rest >= whole
        else:
            up = 2 * rest > whole or (2 * rest == whole and down % 2 == 1)
        return bool(down + up == self.units)


@frozen(kw_only=True)
class OtherFigure:
    """What the other system says of one pupil.

    Attributes:
        row: Row in its file.
        school: Empty where the file does not say.
        persistent: Whether it calls the pupil persistently absent; None where it does not say.
    """

    row: int
    pupil: str = field(repr=False)
    school: str = ""
    attendance: Printed | None = None
    absence: Printed | None = None
    attended: int | None = None
    absent: int | None = None
    possible: int | None = None
    persistent: bool | None = None


@frozen(kw_only=True)
class OtherFigures:
    """The other system's file.

    Attributes:
        name: Of the file, for messages.
        figures: One for each row that could be read.
        rejects: Row, reason, and what was found; no id.
        fields: The fields that the file gives.
        rows: How many rows it has, blank ones left out.
        set_aside: Schools and pupils of rejected rows, of whom nothing is compared.
    """

    name: str
    figures: tuple[OtherFigure, ...] = field(repr=False)
    rejects: tuple[tuple[int, OtherReject, str], ...] = ()
    fields: tuple[str, ...] = ()
    rows: int = 0
    set_aside: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)


@frozen(kw_only=True)
class FiguresDocument:
    """The form of ``other_figures.toml``."""

    fields: tuple[FieldHeadings, ...]


def _spelt(heading: str) -> str:
    return fold(heading.replace("%", " percent "))


@cache
def _headings() -> Dict[str, frozenset[str]]:
    entries = read_reference("other_figures.toml", FiguresDocument).fields
    return {entry.name: frozenset(map(_spelt, entry.headings)) for entry in entries}


def find_columns(columns: tuple[str, ...], given: Dict[str, str], *, where: str, schools: bool) -> dict[str, str]:
    """Return the column of each field: those given, and those whose heading says it.

    Args:
        columns: The headings of the file.
        given: Field to heading, as the caller says.
        where: Name of the file, for messages.
        schools: Whether a school column is wanted.

    Raises:
        UnknownNameError: If the caller names a field that there is none of.
        MissingColumnError: If a column that the caller names is not there.
        LayoutError: If no column holds the pupil's id or no column a figure, or several may.
    """
    unknown = [name for name in given if name not in _FIELDS]
    if unknown:
        raise UnknownNameError(
            *[
                Fault(
                    f"column {name!r}",
                    "is no field of another system's figures",
                    f"one of {join_names(_FIELDS)}",
                    f"Did you mean {near[0]!r}?" if (near := alike(name, _FIELDS)) else "Choose one of them",
                )
                for name in unknown
            ]
        )
    missing = [heading for heading in given.values() if heading not in columns]
    if missing:
        raise MissingColumnError(
            *[
                Fault(where, f"column {heading!r} is missing", "that column", missing_column_remedy(heading, columns))
                for heading in missing
            ]
        )
    found = dict(given)
    faults = []
    candidates = {name: [one for one in columns if _spelt(one) in _headings()[name]] for name in _headings()}
    ranks = field_ranks()
    candidates["pupil_id"] = [one for key in _KEYS[:-1] for one in columns if fold(one) in ranks[key]] or [
        one for one in columns if fold(one) in ranks[_KEYS[-1]]
    ]
    candidates["school_id"] = [one for one in columns if schools and fold(one) in ranks["school_id"]]
    for name, several in candidates.items():
        if name in found or not several:
            continue
        if len(several) > 1:
            what = f"{len(several)} columns may hold {name}: {join_names(several)}"
            faults.append(Fault(where, what, "one of them", f"Say which in `columns`: {name}=HEADING"))
        found[name] = several[0]
    if "pupil_id" not in found:
        what = "no column is known to hold the pupil's id"
        faults.append(Fault(where, what, "a column of ids as in the register", _name_it("pupil_id", columns)))
    if not set(_FIGURES) & set(found):
        what = "no column is known to hold a figure of attendance"
        expected = f"a percentage ({join_names(PERCENTAGES)}) or numbers of sessions ({join_names(SESSIONS)})"
        faults.append(Fault(where, what, expected, _name_it("attendance", columns)))
    if faults:
        raise LayoutError(*faults)
    return found


def _name_it(name: str, columns: tuple[str, ...]) -> str:
    return f"Name it in `columns`: {name}=HEADING. {columns_there(columns)}"


def read_other_figures(frame: "nw.LazyFrame[Any]", given: Dict[str, str], *, where: str, schools: bool) -> OtherFigures:
    """Read another system's figures.

    Args:
        frame: Raw table with ``source_row``.
        given: Field to heading, where the headings do not say it.
        where: Name of the file, for messages.
        schools: Whether pupils are told apart by school, because the register holds several.

    Raises:
        UnknownNameError: If a field does not exist.
        MissingColumnError: If a column named is not there.
        LayoutError: If columns are not to be told, or an attendance column holds fractions.
    """
    table = frame.collect("polars")
    columns = find_columns(tuple(name for name in table.columns if name != ROW), given, where=where, schools=schools)
    cells = {
        name: ["" if value is None else str(value).strip() for value in table[column].to_list()]
        for name, column in columns.items()
    }
    decimals = {name: _decimals(cells[name]) for name in PERCENTAGES if name in cells}
    _refuse_fractions(cells.get("attendance", []), where)
    figures: list[OtherFigure] = []
    rejects: list[tuple[int, OtherReject, str]] = []
    aside: set[tuple[str, str]] = set()
    seen: dict[tuple[str, str], list[OtherFigure]] = {}
    rows = 0
    for index, row in enumerate(table[ROW].to_list()):
        mine = {name: values[index] for name, values in cells.items()}
        if not any(mine.values()):
            continue
        rows += 1
        key = (mine.get("school_id", ""), mine["pupil_id"])
        if not mine["pupil_id"]:
            rejects.append((row, OtherReject.NO_PUPIL, "the row names no pupil"))
            continue
        values, bad = _values(mine, decimals)
        if bad:
            rejects.append((row, OtherReject.UNREADABLE, f"{', '.join(bad)}: nothing that can be read as such"))
            aside.add(key)
            continue
        figure = OtherFigure(row=row, pupil=key[1], school=key[0], **values)
        seen.setdefault(key, []).append(figure)
    for key, several in seen.items():
        same = len({_content(one) for one in several}) == 1
        kept = several[:1] if same and key not in aside else []
        figures += kept
        for one in several[len(kept) :]:
            what = f"the pupil stands in row {several[0].row} too" + ("" if same else ", with another figure")
            if key in aside and len(several) == 1:
                what = "another row of the pupil cannot be read"
            elif one is several[0]:
                what = "the pupil stands in another row too, with another figure"
            rejects.append((one.row, OtherReject.DUPLICATE, what))
        if not kept:
            aside.add(key)
    return OtherFigures(
        name=where,
        figures=tuple(sorted(figures, key=lambda one: one.row)),
        rejects=tuple(sorted(rejects)),
        fields=tuple(name for name in _FIELDS if name in columns),
        rows=rows,
        set_aside=frozenset(aside),
    )


def _content(figure: OtherFigure) -> tuple[Any, ...]:
    return tuple(getattr(figure, name) for name in (*_FIGURES, "persistent"))


def _values(mine: Dict[str, str], decimals: Dict[str, int]) -> tuple[dict[str, Any], list[str]]:
    """Read the cells of a row; name the fields that cannot be read."""
    values: dict[str, Any] = {}
    bad = []
    for name, text in mine.items():
        if name in PERCENTAGES:
            values[name] = _printed(text, decimals[name])
        elif name in SESSIONS:
            values[name] = int(float(text.replace(",", ""))) if _WHOLE.fullmatch(text) else None
        elif name == "persistent":
            folded = text.casefold()
            yes = says_yes(text) or folded in _PERSISTENT
            values[name] = True if yes else False if folded in _NO else None
        else:
            continue
        if values[name] is None:
            bad.append(name)
    return values, bad


def _decimals(texts: list[str]) -> int:
    """How many decimals a column prints: spreadsheets drop the last zeros of single cells."""
    found = [match for text in texts if (match := _PERCENT.fullmatch(text))]
    return min(max((len(match[2] or "") for match in found), default=0), _MOST_DECIMALS)


def _printed(text: str, decimals: int) -> Printed | None:
    match = _PERCENT.fullmatch(text)
    if match is None:
        return None
    digits = (match[2] or "").ljust(decimals + 1, "0")
    units = int(match[1]) * 10**decimals + int(digits[:decimals] or "0")
    # More decimals than are compared are rounded half up, as percentages are.
    units += digits[decimals] >= "5"
    return Printed(units=units, decimals=decimals) if units <= 100 * 10**decimals else None


def _refuse_fractions(texts: list[str], where: str) -> None:
    """Refuse shares of one where percentages are expected: 0.93 would read as less than one percent."""
    found = [float(f"{match[1]}.{match[2] or 0}") for text in texts if (match := _PERCENT.fullmatch(text))]
    if found and 0 < max(found) <= 1:
        raise LayoutError(
            Fault(where, "its attendance column holds nothing above 1", "percentages, as in 93.1", "Multiply by 100")
        )
