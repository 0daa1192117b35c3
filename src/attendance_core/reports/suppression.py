"""Suppression: which figures must be withheld outside the school, so that no small number is shown or can be found.

Three steps, repeated until nothing changes, since each may make work for the others:

- A figure is withheld when a number behind it, the rest of it, or everybody else beside it, is small.
- In a table that divides one total, what is withheld together must not be small, nor stand alone: the total less what
  is shown would give it away.
- What is shown of one population and period must not add up to what is withheld (attendance and absence, the bands of
  absence, the codes of a group).
"""

from collections.abc import Iterable, Iterator, Sequence

from attrs import field, frozen

from attendance_core.model.figures import Figure
from attendance_core.model.measures import MeasureKind
from attendance_core.model.reports import FigureTable
from attendance_core.reports.sums import Scope, measure_of

#: Numbers below this are small: DfE withheld 1 and 2 (methodology 2018, 1.9); five is the library's own choice.
SMALLEST = 5

_SHARES = (MeasureKind.RATIO, MeasureKind.SHARE, MeasureKind.LESSONS)


def parts_of(population: str) -> tuple[str, ...]:
    """Return the populations that a population is made of, without what negates them.

    >>> parts_of("not:fsm+year-group=7")
    ('fsm', 'year-group=7')
    """
    return tuple(part.removeprefix("not:") for part in population.split("+"))


def is_small(number: int | None) -> bool:
    """Whether a number could point to somebody.

    >>> is_small(4), is_small(0), is_small(5)
    (True, False, False)
    """
    return number is not None and 0 < number < SMALLEST


def _small_counts(enrolments: int | None, numerator: int | None, denominator: int | None, *, share: bool) -> bool:
    if is_small(enrolments) or is_small(numerator) or is_small(denominator):
        return True
    return share and numerator is not None and denominator is not None and is_small(denominator - numerator)


def _less(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole - part


@frozen(kw_only=True, eq=False)
class Suppression:
    """The figures of one report, and which of them are withheld outside the school.

    Attributes:
        tables: Every table of figures of the report.
        sensitive: Cohorts that are never shown outside.
        hidden: Ids of the figures withheld; filled by `run`.
    """

    tables: Sequence[FigureTable]
    sensitive: frozenset[str] = frozenset()
    hidden: set[str] = field(factory=set, init=False)

    def run(self) -> frozenset[str]:
        """Return the ids of all figures that must not be shown."""
        self.hidden.update(figure.key for figure in self.figures() if self.withholds(figure))
        scopes = self._scopes()
        before = -1
        while len(self.hidden) != before:
            before = len(self.hidden)
            self._alike()
            for table in self.tables:
                if table.partition:
                    self._populations(table)
                    self._partition(table.figures)
            for scope in scopes:
                self._close(scope)
        return frozenset(self.hidden)

    def figures(self) -> Iterator[Figure]:
        """Yield every figure of the tables."""
        for table in self.tables:
            yield from table.figures

    # -- one figure by itself

    def withholds(self, figure: Figure) -> bool:
        """Whether a figure is small, or of a group that is never shown outside."""
        parts = parts_of(figure.id.population)
        measure = measure_of(figure)
        if measure is None or self.sensitive & set(parts) or any(part.startswith("enrolment=") for part in parts):
            return True
        share = measure.kind in _SHARES
        if _small_counts(figure.enrolments, figure.numerator, figure.denominator, share=share):
            return True
        if figure.id.population == "all":
            return False
        whole = self._whole(figure)
        others = whole is not None and _small_counts(
            _less(whole.enrolments, figure.enrolments),
            _less(whole.numerator, figure.numerator),
            _less(whole.denominator, figure.denominator),
            share=share,
        )
        # Nobody can judge a group's figure that does not say how many stand behind it.
        return figure.enrolments is None or others

    def _whole(self, figure: Figure) -> Figure | None:
        id = figure.id
        for other in self.figures():
            same = (other.id.measure, other.id.period, other.id.slot) == (id.measure, id.period, id.slot)
            if same and other.id.population == "all":
                return other
        return None

    def _alike(self) -> None:
        """A group under another name (a cohort that is also a value of a dimension) is the same figure."""

        def counts(figure: Figure) -> tuple[object, ...]:
            id = figure.id
            return (id.measure, id.period, id.slot, figure.numerator, figure.denominator, figure.enrolments)

        groups = [figure for figure in self.figures() if figure.id.population != "all"]
        gone = {counts(figure) for figure in groups if figure.key in self.hidden}
        self.hidden.update(figure.key for figure in groups if counts(figure) in gone)

    # -- tables that divide one total

    def _partition(self, figures: Sequence[Figure]) -> None:
        while True:
            gone = [figure for figure in figures if figure.key in self.hidden]
            left = [figure for figure in figures if figure.key not in self.hidden]
            if not gone or not left or (len(gone) > 1 and not self._small_together(gone)):
                return
            self.hidden.add(min(left, key=_size).key)

    def _small_together(self, figures: Sequence[Figure]) -> bool:
        apart = len({figure.id.population for figure in figures}) > 1
        measure = measure_of(figures[0])
        return _small_counts(
            _sum(figure.enrolments for figure in figures) if apart else None,
            _sum(figure.numerator for figure in figures),
            _sum(figure.denominator for figure in figures) if apart else None,
            share=apart and measure is not None and measure.kind in _SHARES,
        )

    def _populations(self, table: FigureTable) -> None:
        """The numbers on roll, and the possible sessions, of a group follow from its other figures too."""
        named = {figure.id.population: figure for figure in table.figures}
        if len(named) < 2:
            return
        period = table.figures[0].id.period
        for counts in (_counts_enrolments, _counts_sessions):
            shown = {
                figure.id.population
                for figure in self.figures()
                if figure.id.period == period and counts(figure) and figure.key not in self.hidden
            }
            missing = [figure for population, figure in named.items() if population not in shown]
            left = [figure for population, figure in named.items() if population in shown]
            while missing and left and (len(missing) < 2 or is_small(_sum(figure.enrolments for figure in missing))):
                next_one = min(left, key=_size)
                left.remove(next_one)
                missing.append(next_one)
                self.hidden.update(
                    figure.key
                    for figure in self.figures()
                    if figure.id.population == next_one.id.population and figure.id.period == period and counts(figure)
                )

    # -- figures that add up

    def _scopes(self) -> Iterable[Scope]:
        """Return the sets of figures within which sums can be formed: each division with its whole; the rest alone."""
        found: dict[tuple[object, ...], dict[str, Figure]] = {}
        for figure in self.figures():
            id = figure.id
            found.setdefault((id.period, id.slot, id.profile, id.population), {})[figure.key] = figure
        scopes: dict[tuple[object, ...], Scope] = {}
        divided = set()
        for table in self.tables:
            if not table.partition or not table.figures:
                continue
            id = table.figures[0].id
            populations = tuple(dict.fromkeys(figure.id.population for figure in table.figures))
            if len(populations) < 2:
                continue
            keys = [(id.period, id.slot, id.profile, population) for population in (*populations, "all")]
            divided.update(keys)
            held = {key: figure for name in keys for key, figure in found.get(name, {}).items()}
            scopes[(id.period, id.slot, id.profile, populations)] = Scope(
                figures=tuple(held.values()), parts=populations
            )
        alone = [Scope(figures=tuple(held.values())) for key, held in found.items() if key not in divided]
        return [*scopes.values(), *alone]

    def _close(self, scope: Scope) -> None:
        """Withhold more until no sum of what is shown gives something withheld."""
        targets = {figure.key: scope.form(figure) for figure in scope.figures if scope.form(figure)}
        while True:
            left = {figure.key: figure for figure in scope.figures if figure.key not in self.hidden}
            gone = [form for key, form in targets.items() if key not in left]
            behind = scope.behind(list(left.values()), gone)
            if not behind:
                return
            self.hidden.add(min((left[key] for key in behind), key=_size).key)


def _size(figure: Figure) -> tuple[int, int, str]:
    return (figure.enrolments or 0, figure.numerator or 0, figure.key)


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _counts_enrolments(figure: Figure) -> bool:
    return figure.enrolments is not None


def _counts_sessions(figure: Figure) -> bool:
    measure = measure_of(figure)
    return measure is not None and measure.kind is MeasureKind.RATIO and "possible" in measure.denominator
