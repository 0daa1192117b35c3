"""Counts: sources that give numbers of sessions by code instead of marks (census, CTF, published tables).

They hold no sessions, so they enter at the tally. A row gives figures only when every cell that its mapping names
could be read: a withheld number is never zero, and a sum without it would say too little.
"""

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from datetime import date
from enum import StrEnum
from typing import Any

import narwhals.stable.v2 as nw
from attrs import field, frozen

from attendance_core.engine import collect, frame_of
from attendance_core.errors import Fault, InputError, LayoutError
from attendance_core.model.codes import Codebook, Late
from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.marks import CODE, PUPIL, ROW, SCHOOL, STAT
from attendance_core.register.account import Doubt, Input
from attendance_core.register.count_columns import COUNT_COLUMNS, CountedColumn, counted_columns
from attendance_core.register.layouts import check_columns
from attendance_core.register.reading import Source
from attendance_core.register.slots import Resolver

Frame = nw.DataFrame[Any]

#: Whole numbers, also with commas between thousands or written as decimals; fifteen digits are beyond any country.
_NUMBER = r"^(\d{1,15}|\d{1,3}(,\d{3}){1,4})(\.0*)?$"
_BELOW_ZERO = r"^[-\x{2212}]\s*[\d,]*\.?\d+$"
_FRACTION = r"^[\d,]*\.\d+$"
_WITHHELD = "withheld"
_REJECTED = "rejected"


class CountReject(StrEnum):
    """Why a cell was refused; its text stands in the rejects' ``reason`` column."""

    NO_NUMBER = "not-a-number"
    BELOW_ZERO = "negative-count"
    FRACTION = "fractional-count"
    NOT_IN_FORCE = "code-not-yet-in-force"
    TOTAL_TOO_SMALL = "total-below-its-codes"


_DETAILS = {
    CountReject.NO_NUMBER: "holds no number of sessions",
    CountReject.BELOW_ZERO: "holds a number below zero",
    CountReject.FRACTION: "holds a part of a session",
    CountReject.NOT_IN_FORCE: "holds sessions of a code that is not yet in force",
    CountReject.TOTAL_TOO_SMALL: "is less than the sum of its codes",
}
COUNT_REMEDIES = {
    CountReject.NO_NUMBER: "Correct the cell, or list its text under no_mark where it says that a number is withheld",
    CountReject.BELOW_ZERO: "Correct the cell: a number of sessions is 0 or more",
    CountReject.FRACTION: "Map the column that holds sessions; means, days and percentages are no counts",
    CountReject.NOT_IN_FORCE: "Give the day that the counts speak of, or correct the column's code in the mapping",
    CountReject.TOTAL_TOO_SMALL: "Correct the row, or list under the residual only codes that the total holds",
}


@frozen(kw_only=True, eq=False)
class CountAccount:
    """What became of every row and cell.

    A row with a refused cell is rejected, else one with a withheld cell is withheld, else it is kept.

    Attributes:
        rows: Rows read, without empty ones and those of another layout.
        rows_empty: Rows with nothing in any mapped column.
        rows_other: Rows that the mapping's ``keep`` leaves out.
        cells_in: Cells of ``rows`` that the mapping counts.
        cells_kept: Cells of kept rows.
        cells_withheld: Cells that the source withholds.
        cells_rejected: Cells that were refused.
        cells_aside: Sound cells of rows that give no figure, because another of their cells is withheld or refused.
        rejects: Frame with columns source_row (Int64), column, reason, detail, remedy.
        doubts: What was kept and should be looked at; their ``marks`` are sessions.
        assumptions: What was decided for want of a word from the caller.
    """

    rows: int
    rows_kept: int
    rows_withheld: int
    rows_rejected: int
    rows_empty: int = 0
    rows_other: int = 0
    cells_in: int
    cells_kept: int
    cells_withheld: int
    cells_rejected: int
    cells_aside: int
    rejects: Frame = field(repr=False)
    doubts: tuple[Doubt, ...] = ()
    assumptions: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()

    @property
    def conserved(self) -> bool:
        """Cells in = kept + withheld + rejected + set aside with them; rows in = kept + withheld + rejected."""
        cells = self.cells_kept + self.cells_withheld + self.cells_rejected + self.cells_aside
        return self.cells_in == cells and self.rows == self.rows_kept + self.rows_withheld + self.rows_rejected

    @property
    def findings(self) -> int:
        """Refused cells, and doubts."""
        return self.cells_rejected + len(self.doubts)


@frozen(kw_only=True, eq=False)
class Counts:
    """Numbers of sessions by code, for each kept row of a source.

    Attributes:
        frame: The keys (text), row (Int64, as the source numbers it), code, stat (text), sessions (Int64); one line
            for each kept row and code, zeros included.
        keys: Columns that name the population of a row.
        incomplete: Rows that give no figure: the keys, row, why (``withheld`` or ``rejected``).
        on: The day whose codes were taken; None: as last in force.
        late_before: Codes of arrival before the register closes.
        late_after: Codes of arrival after it.
    """

    frame: Frame = field(repr=False)
    keys: tuple[str, ...]
    incomplete: Frame = field(repr=False)
    on: date | None
    account: CountAccount
    late_before: tuple[str, ...] = ()
    late_after: tuple[str, ...] = ()

    @property
    def enrolment_keys(self) -> tuple[str, ...]:
        """The keys that name an enrolment, where rows are about pupils; else none."""
        return tuple(key for key in (SCHOOL, PUPIL) if key in self.keys) if PUPIL in self.keys else ()


def read_counts(
    source: Source, *, codebooks: Iterable[Codebook], settings: Dict[str, str], on: date | None = None
) -> Counts:
    """Read numbers of sessions by code, and account for them.

    Args:
        source: The table (with ``source_row``) and a mapping of layout ``counts``. The mapping's ``keys``, and the
            columns that it names by field (``pupil_id``, ``school_id``), tell the rows apart.
        codebooks: What codes mean.
        settings: Open questions decided (see ``reference.settings``).
        on: A day whose codes the source uses, such as the last one of its period; None: codes as last in force.

    Returns:
        The counts; ``account`` says what became of every row and cell.

    Raises:
        LayoutError: If the mapping is for another layout.
        MissingColumnError: If the mapping names columns that are not there.
        DocumentError: If the mapping counts something twice or names unknown codes; with every such fault.
        InputError: If there is no row of this layout, or every row is refused.
    """
    mapping, where = source.mapping, source.name
    if mapping.layout is not Layout.COUNTS:
        raise LayoutError(
            Fault(
                f"mapping {mapping.id!r}",
                f"is for layout {mapping.layout.value!r}",
                "layout 'counts'",
                "Read marks as a register, or set the layout",
            )
        )
    check_columns(mapping, tuple(source.frame.collect_schema().names()), where)
    resolver = Resolver.of(codebooks, settings)
    columns = counted_columns(mapping, resolver, on)
    table, keys, empty, other = _table(source, columns)
    if table.is_empty():
        passed = f"; {other} rows were passed over" if other else ""
        raise InputError(
            Fault(where, f"holds no row of counts{passed}", "at least one row of numbers", "Export the file again")
        )
    cells, excess = _judge(table, columns, mapping)
    rejects = _rejects(cells)
    rows = _rows(cells, table.select("row", *keys))
    states = rows["why"].to_list()
    if states.count(_REJECTED) == len(states):
        raise InputError(*_why_nothing(rejects, where))
    kept = rows.filter(nw.col("why") == "").drop("why")
    frame = _kept(cells.join(kept.select("row"), on="row", how="inner"), excess)
    frame = kept.join(frame, on="row", how="inner").select(*keys, *COUNT_COLUMNS).sort("row", CODE)
    assumptions = [] if on is not None else [f"{where}: no day was given; codes are read as last in force"]
    if empty:
        assumptions.append(f"{where}: {empty} empty rows were passed over")
    if other:
        kinds = "; ".join(f"{column} is not {' or '.join(values)}" for column, values in mapping.keep.items())
        assumptions.append(f"{where}: {other} rows were passed over ({kinds})")
    cells_kept = len(kept) * len(columns)
    account = CountAccount(
        rows=len(states),
        rows_kept=len(kept),
        rows_withheld=states.count(_WITHHELD),
        rows_rejected=states.count(_REJECTED),
        rows_empty=empty,
        rows_other=other,
        cells_in=len(states) * len(columns),
        cells_kept=cells_kept,
        cells_withheld=len(cells.filter(nw.col("status") == _WITHHELD)),
        cells_rejected=len(rejects),
        cells_aside=len(cells.filter(nw.col("status") == "")) - cells_kept,
        rejects=rejects,
        doubts=(*_doubtful_codes(frame, columns), *_same_keys(kept, keys)),
        assumptions=tuple(assumptions),
        inputs=(Input(role="counts", name=where, sha256=source.sha256, rows=len(states) + empty + other),),
    )
    return Counts(
        frame=frame,
        keys=keys,
        incomplete=rows.filter(nw.col("why") != "").select(*keys, "row", "why").sort("row"),
        on=on,
        account=account,
        late_before=resolver.late(Late.BEFORE_CLOSE.value),
        late_after=resolver.late(Late.AFTER_CLOSE.value),
    )


def _table(source: Source, columns: tuple[CountedColumn, ...]) -> tuple[Frame, tuple[str, ...], int, int]:
    """Take the mapped columns as text; count empty rows and those of another layout, and leave them out."""
    mapping = source.mapping
    fields = {**mapping.columns, **{key: key for key in mapping.keys}}
    wanted = dict.fromkeys([*fields.values(), *mapping.keep, *(column.column for column in columns)])
    raw = collect(source.frame.select(ROW, *wanted))
    other = nw.lit(False)
    for name, values in mapping.keep.items():
        other = other | ~_text(name, raw.schema).is_in(list(values))
    numbers = {f"__{index}": column.column for index, column in enumerate(columns)}
    wide = raw.select(
        nw.col(ROW).cast(nw.Int64).alias("row"),
        *[_text(name, raw.schema).alias(key) for key, name in {**fields, **numbers}.items()],
        other.alias("__other"),
    )
    blank = nw.lit(True)
    for name in (*fields, *numbers):
        blank = blank & (nw.col(name) == "")
    filled = wide.filter(~blank)
    mine = filled.filter(~nw.col("__other")).drop("__other")
    keys = tuple(fields)
    if mapping.school and SCHOOL not in keys:
        keys = (SCHOOL, *keys)
        mine = mine.with_columns(nw.lit(mapping.school).alias(SCHOOL))
    return mine, keys, len(wide) - len(filled), len(filled) - len(mine)


def _text(column: str, schema: Any) -> nw.Expr:
    """Take a column as text without padding; whole numbers that a format holds as floats read as whole numbers."""
    value = nw.col(column)
    text = value.cast(nw.String)
    if schema[column] in (nw.Float32, nw.Float64):
        whole = (value == value.round(0)) & (value.abs() < 1e15)
        text = nw.when(whole).then(nw.when(whole).then(value).cast(nw.Int64).cast(nw.String)).otherwise(text)
    return text.fill_null("").str.strip_chars()


def _judge(table: Frame, columns: tuple[CountedColumn, ...], mapping: Mapping) -> tuple[Frame, Frame]:
    """Give every cell its number and its status.

    Returns:
        Cells: row, column, code, stat, total, sessions, status ("" = sound, ``withheld``, or a `CountReject`). And
        the excess of every total over its codes in rows that are otherwise sound: row, column, excess.
    """
    names = [f"__{index}" for index in range(len(columns))]
    schema = {"column": nw.String, CODE: nw.String, STAT: nw.String, "total": nw.Boolean, "early": nw.Boolean}
    specs = frame_of(
        {"__cell": names} | {name: [getattr(column, name) for column in columns] for name in schema},
        {"__cell": nw.String} | schema,
    )
    text = nw.col("text")
    whole = text.str.replace_all(r"\.0*$", "").str.replace_all(",", "", literal=True)
    cells = (
        table.select("row", *names)
        .unpivot(names, index=["row"], variable_name="__cell", value_name="text")
        .with_columns(sessions=nw.when(text.str.contains(_NUMBER)).then(whole).cast(nw.Int64))
        .join(specs, on="__cell", how="inner")
    )
    withheld = text.is_in([mark.strip() for mark in mapping.no_mark])
    status = _first_of(
        (withheld, _WITHHELD),
        (~nw.col("sessions").is_null() & nw.col("early") & (nw.col("sessions") > 0), CountReject.NOT_IN_FORCE.value),
        (~nw.col("sessions").is_null(), ""),
        (text.str.contains(_BELOW_ZERO), CountReject.BELOW_ZERO.value),
        (text.str.contains(_FRACTION), CountReject.FRACTION.value),
        otherwise=CountReject.NO_NUMBER.value,
    )
    cells = cells.with_columns(status=status).drop("text", "early", "__cell")
    broken = cells.filter(nw.col("status") != "").select("row").unique()
    sound = cells.join(broken, on="row", how="anti")
    excess = nw.concat(
        [
            frame_of(
                {"row": [], "excess": [], "column": []}, {"row": nw.Int64, "excess": nw.Int64, "column": nw.String}
            ),
            *[
                sound.with_columns(
                    excess=nw.col("sessions")
                    * (
                        (nw.col("column") == residual.total).cast(nw.Int64)
                        - (nw.col(CODE).is_in(list(residual.codes)) & ~nw.col("total")).cast(nw.Int64)
                    )
                )
                .group_by("row")
                .agg(nw.col("excess").sum())
                .with_columns(column=nw.lit(residual.total))
                for residual in mapping.residuals
            ],
        ]
    )
    short = excess.filter(nw.col("excess") < 0).select("row", "column", short=nw.lit(True))
    cells = cells.join(short, on=["row", "column"], how="left").with_columns(
        status=_first_of((~nw.col("short").is_null(), CountReject.TOTAL_TOO_SMALL.value), otherwise=nw.col("status"))
    )
    return cells.drop("short"), excess


def _first_of(*cases: tuple[nw.Expr, str], otherwise: nw.Expr | str) -> nw.Expr:
    """Return the text of the first condition that holds."""
    result = nw.lit(otherwise) if isinstance(otherwise, str) else otherwise
    for condition, text in reversed(cases):
        result = nw.when(condition).then(nw.lit(text)).otherwise(result)
    return result


def _rejects(cells: Frame) -> Frame:
    """List every refused cell by row and column; its content is not repeated, as it may be anything."""
    words = frame_of(
        {
            "reason": [reason.value for reason in CountReject],
            "__what": [_DETAILS[reason] for reason in CountReject],
            "remedy": [COUNT_REMEDIES[reason] for reason in CountReject],
        },
        {"reason": nw.String, "__what": nw.String, "remedy": nw.String},
    )
    bad = cells.filter(~nw.col("status").is_in(["", _WITHHELD]))
    detail = nw.concat_str([nw.lit("column '"), nw.col("column"), nw.lit("' "), nw.col("__what")])
    return (
        bad.rename({"row": ROW, "status": "reason"})
        .join(words, on="reason", how="left")
        .with_columns(detail=detail)
        .select(ROW, "column", "reason", "detail", "remedy")
        .sort(ROW, "column")
    )


def _rows(cells: Frame, keyed: Frame) -> Frame:
    """Say for each row whether it gives figures: row, keys, why ("" = it does)."""
    refused = cells.filter(~nw.col("status").is_in(["", _WITHHELD])).select("row").unique()
    withheld = cells.filter(nw.col("status") == _WITHHELD).select("row").unique()
    marked = keyed.join(refused.with_columns(refused=nw.lit(True)), on="row", how="left").join(
        withheld.with_columns(withheld=nw.lit(True)), on="row", how="left"
    )
    why = _first_of((~nw.col("refused").is_null(), _REJECTED), (~nw.col("withheld").is_null(), _WITHHELD), otherwise="")
    return marked.with_columns(why=why).drop("refused", "withheld")


def _kept(cells: Frame, excess: Frame) -> Frame:
    """Return the sessions of kept rows by code, a total standing for what it holds beyond its codes."""
    plain = cells.filter(~nw.col("total")).select("row", CODE, STAT, "sessions")
    totals = cells.filter(nw.col("total")).select("row", "column", CODE, STAT)
    over = totals.join(excess, on=["row", "column"], how="inner").select("row", CODE, STAT, sessions=nw.col("excess"))
    # Two columns may count one code (a morning and an afternoon): one line for a row and code.
    return nw.concat([plain, over]).group_by("row", CODE, STAT).agg(nw.col("sessions").sum())


def _why_nothing(rejects: Frame, where: str) -> list[Fault]:
    faults = [
        Fault(f"{where}, row {row}", detail, "a number of sessions", remedy)
        for row, detail, remedy in rejects.head(5).select(ROW, "detail", "remedy").iter_rows()
    ]
    return [Fault(where, "not one row of counts could be read", "numbers of sessions", "See the rows below"), *faults]


def _doubtful_codes(frame: Frame, columns: tuple[CountedColumn, ...]) -> list[Doubt]:
    """Say how many sessions are of codes that were withdrawn before the source's day."""
    doubts = []
    for code, text in sorted({column.code: column.doubt for column in columns if column.doubt}.items()):
        found = frame.filter(nw.col(CODE) == code, nw.col("sessions") > 0).sort("row")
        if not found.is_empty():
            rows = tuple(found["row"].head(10).to_list())
            doubts.append(Doubt(kind="doubtful-mark", text=text, marks=int(found["sessions"].sum()), rows=rows))
    return doubts


def _same_keys(rows: Frame, keys: tuple[str, ...]) -> list[Doubt]:
    """Say which kept rows share every key with another, and so may be one row given twice."""
    if not keys:
        return []
    sizes = rows.group_by(*keys).agg(nw.len().alias("__n")).filter(nw.col("__n") > 1)
    twins = rows.join(sizes, on=list(keys), how="inner").sort("row")
    if twins.is_empty():
        return []
    text = f"{len(twins)} rows share all their keys with another row; both are counted"
    return [Doubt(kind="same-keys", text=text, marks=0, rows=tuple(twins["row"].head(10).to_list()))]
