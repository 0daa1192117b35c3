"""Count columns: what the columns of a counts layout hold, checked so that nothing is counted twice."""

from collections.abc import Mapping as Dict
from datetime import date

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault, join_names
from attendance_core.model.mappings import CountResidual, Mapping
from attendance_core.model.marks import CODE, ROW, STAT
from attendance_core.register.slots import Resolver

#: Columns of a counts frame besides its keys.
COUNT_COLUMNS = ("row", CODE, STAT, "sessions")


@frozen(kw_only=True)
class CountedColumn:
    """One mapped column and what its numbers are.

    Attributes:
        stat: Statistical group of the code on the source's day.
        total: The column is the total of a residual, whose excess is of this code.
        early: The code is not yet in force: the column may hold zeros only.
        doubt: Why its sessions should be looked at; empty where all is well.
    """

    column: str
    code: str
    stat: str
    total: bool = False
    early: bool = False
    doubt: str = ""


def counted_columns(mapping: Mapping, resolver: Resolver, on: date | None) -> tuple[CountedColumn, ...]:
    """Say what each column of a mapping holds.

    Args:
        mapping: A mapping of layout ``counts``.
        resolver: What codes mean.
        on: The day whose codes count; None: as last in force.

    Raises:
        DocumentError: If the mapping counts something twice, names an unknown code, or leaves a residual's group
            open; with every such fault.
    """
    check = _Check(mapping=mapping, resolver=resolver, on=on)
    if not mapping.counts:
        check.fault("counts", "is empty", "a column and its code for each kind of session", "Name the columns")
    for index, key in enumerate(mapping.keys):
        check.once("key", key, f"keys[{index}]")
        if key in (*COUNT_COLUMNS, ROW) or key in mapping.columns:
            names = join_names((*COUNT_COLUMNS, ROW, *mapping.columns))
            check.fault(f"keys[{index}]", f"{key!r} is a column of the result", f"none of {names}", "Rename the column")
    found: list[CountedColumn] = []
    for index, count in enumerate(mapping.counts):
        check.once("column", count.column, f"counts[{index}].column")
        column = check.column(count.column, count.code, f"counts[{index}].code")
        found += [column] if column else []
    groups = {column.code: column.stat for column in found}
    for index, residual in enumerate(mapping.residuals):
        column = check.residual(residual, groups, f"residuals[{index}]")
        found += [column] if column else []
    if check.faults:
        raise DocumentError(*check.faults)
    return tuple(found)


@frozen(kw_only=True)
class _Check:
    """Gathers the faults of one mapping."""

    mapping: Mapping
    resolver: Resolver
    on: date | None
    faults: list[Fault] = field(factory=list)
    taken: dict[str, str] = field(factory=dict)

    def fault(self, path: str, what: str, expected: str, remedy: str) -> None:
        self.faults.append(Fault(f"mapping {self.mapping.id!r}: {path}", what, expected, remedy))

    def once(self, kind: str, name: str, path: str) -> None:
        first = self.taken.setdefault(f"{kind} {name}", path)
        if first != path:
            self.fault(path, f"{kind} {name!r} stands in {first} already", "each once", "Leave one of them out")

    def column(self, column: str, code: str, path: str) -> CountedColumn | None:
        if code not in self.resolver.codes:
            known = join_names(sorted(self.resolver.codes), limit=60)
            self.fault(path, f"code {code!r} is in no codebook", f"one of {known}", "Name the code of its sessions")
            return None
        rows = self.resolver.rows[code]
        row = rows[-1] if self.on is None else self.resolver.at(code, self.on)
        # A code that is not yet in force has a meaning all the same, for the zeros in its column.
        stat = row.stat or next(later.stat for later in rows if later.stat)
        return CountedColumn(column=column, code=code, stat=stat, early=bool(row.reject), doubt=row.doubt)

    def residual(self, residual: CountResidual, groups: Dict[str, str], path: str) -> CountedColumn | None:
        listed = {count.code for count in self.mapping.counts}
        self.once("column", residual.total, f"{path}.total")
        for code in residual.codes:
            self.once("summand", code, f"{path}.codes")
        strange = [code for code in residual.codes if code not in listed]
        if strange:
            self.fault(f"{path}.codes", f"{join_names(strange)} is in no column", "codes of [[counts]]", "Correct it")
        if residual.code in listed:
            self.fault(f"{path}.code", f"{residual.code!r} has a column already", "a code of its own", "Rename it")
            return None
        if residual.code in self.resolver.codes:
            column = self.column(residual.total, residual.code, f"{path}.code")
            if column and column.early:
                self.fault(
                    f"{path}.code",
                    f"{residual.code!r} is not yet in force on {self.on}",
                    "a code of that day",
                    "Use another",
                )
            return column and CountedColumn(
                column=residual.total, code=residual.code, stat=column.stat, total=True, doubt=column.doubt
            )
        stats = sorted({groups[code] for code in residual.codes if code in groups})
        if len(stats) != 1:
            self.fault(
                f"{path}.code",
                f"the group of {residual.code!r} cannot be told from its codes ({join_names(stats) or 'none'})",
                "codes of one group, or a code that a codebook holds",
                "Split the residual",
            )
            return None
        return CountedColumn(column=residual.total, code=residual.code, stat=stats[0], total=True)
