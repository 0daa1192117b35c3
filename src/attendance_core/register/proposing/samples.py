"""Samples: what is looked at in an unknown file before anything is understood."""

from collections.abc import Iterable
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import collect
from attendance_core.model.mappings import DateOrder
from attendance_core.model.marks import ROW
from attendance_core.reference.headings import fold, tokens
from attendance_core.register.texts import read_dates

HEAD_ROWS = 5_000
#: A column with more different values than this in the head is no list of marks, sessions or days.
_FEW = 1_000
_MANY = 4_000
#: So many pupils' rows are looked at throughout the file, to see what a pupil has on one day.
_PUPILS = 25


@frozen(kw_only=True, eq=False)
class Column:
    """One column of the file.

    Attributes:
        name: As the file has it.
        key: The name's letters and digits in lower case.
        texts: Different values, without padding and without the empty one; of the whole file if ``whole``.
        filled: Rows of the head that hold something.
        dates: Share of ``texts`` that can be read as a date, one way round or the other.
    """

    name: str
    key: str
    texts: tuple[str, ...] = field(repr=False)
    whole: bool
    filled: int
    blank: int
    dates: float

    @property
    def words(self) -> frozenset[str]:
        """The words of the heading."""
        return tokens(self.name)


@frozen(kw_only=True, eq=False)
class Sample:
    """The head of a file, the different values of its columns, and the way back to the whole of it."""

    where: str
    rows: int
    columns: tuple[Column, ...] = field(repr=False)
    frame: "nw.LazyFrame[Any]" = field(repr=False)

    def pairs(self, first: Column, second: Column) -> frozenset[tuple[str, str]]:
        """Return which values of two columns stand side by side anywhere in the file, rows with a blank left out."""
        table = collect(
            self.frame.select(a=_stripped(first.name), b=_stripped(second.name))
            .filter(nw.col("a") != "", nw.col("b") != "")
            .unique()
        )
        return frozenset(zip(table["a"].to_list(), table["b"].to_list(), strict=True))

    def one_to_one(self, first: Column, second: Column) -> bool:
        """Whether two columns say the same in other words: every value of one stands beside one of the other."""
        found = self.pairs(first, second)
        return bool(found) and len(found) == len({a for a, _ in found}) == len({b for _, b in found})

    def follows(self, second: Column, first: Column) -> bool:
        """Whether each value of ``first`` always has the same value of ``second`` beside it."""
        found = self.pairs(first, second)
        return bool(found) and len(found) == len({a for a, _ in found})

    def gaps(self, first: Column, second: Column) -> bool:
        """Whether some row has a value in ``second`` and none in ``first``."""
        holes = self.frame.select(a=_stripped(first.name), b=_stripped(second.name)).filter(
            nw.col("a") == "", nw.col("b") != ""
        )
        return len(collect(holes.head(1))) > 0

    def group_sizes(self, pupil: Column, *others: Column) -> tuple[int, ...]:
        """Return how many rows each combination of values has, for a few pupils and their rows in all of the file."""
        chosen = sorted(pupil.texts)[:: max(1, len(pupil.texts) // _PUPILS)][:_PUPILS]
        names = {f"c{index}": _stripped(column.name) for index, column in enumerate((pupil, *others))}
        rows = self.frame.select(**names).filter(nw.col("c0").is_in(chosen)).head(HEAD_ROWS * 4)
        table = collect(rows.group_by(*names).agg(nw.len().alias("n")))
        return tuple(sorted(int(n) for n in table["n"].to_list()))

    def shared(self, column: Column, pupil: Column | None) -> frozenset[str]:
        """Return the values that more than one pupil has: only these can be shown without showing anybody."""
        if pupil is None:
            return frozenset()
        owners: dict[str, set[str]] = {}
        for value, who in self.pairs(column, pupil):
            owners.setdefault(value, set()).add(who)
        return frozenset(value for value, who in owners.items() if len(who) > 1)


def _stripped(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.String).fill_null("").str.strip_chars()


def look(frame: "nw.LazyFrame[Any]", *, where: str) -> Sample:
    """Look at a raw table: its first rows, and the different values of columns that have few."""
    names = [name for name in frame.collect_schema().names() if name != ROW]
    bare = frame.select(*names) if names else frame
    if not names:
        return Sample(where=where, rows=0, columns=(), frame=bare)
    head = collect(bare.select(*[_stripped(name).alias(name) for name in names]).head(HEAD_ROWS))
    complete = len(head) < HEAD_ROWS
    columns = []
    for name in sorted(names):
        values = head[name].to_list()
        found = set(values)
        whole = complete
        if not complete and len(found) <= _FEW:
            more = collect(bare.select(v=_stripped(name)).unique().head(_MANY + 1))["v"].to_list()
            whole = len(more) <= _MANY
            found |= set(more)
        texts = tuple(sorted(found - {""}))
        blank = values.count("")
        columns.append(
            Column(
                name=name,
                key=fold(name),
                texts=texts,
                whole=whole,
                filled=len(values) - blank,
                blank=blank,
                dates=_share_of_dates(texts),
            )
        )
    return Sample(where=where, rows=len(head), columns=tuple(columns), frame=bare)


def readable_dates(texts: Iterable[str]) -> set[str]:
    """Return the texts that are a date, one way round or the other."""
    listed = list(texts)
    return {
        text for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST) for text in read_dates(listed, order=order).dates
    }


def _share_of_dates(texts: tuple[str, ...]) -> float:
    some = texts[:: max(1, len(texts) // _FEW)]
    return len(readable_dates(some)) / len(some) if some else 0.0
