"""Suppression: which figures must be withheld outside the school, so that no small number is shown or can be found.

Three steps, repeated until nothing changes, since each may make work for the others:

- A figure is withheld when a number behind it, the rest of it, or everybody else beside it, is small.
- In a table that divides one total, what is withheld together must not be small, nor stand alone: the total less what
  is shown would give it away.
- What is shown of one population and period must not add up to what is withheld (attendance and absence, the bands of
  absence, the codes of a group).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from attrs import field, frozen

from attendance_core.errors import CodebookError, UnknownNameError
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.tallies import STATS
from attendance_core.model.figures import Figure
from attendance_core.model.measures import Measure, MeasureKind
from attendance_core.model.reports import FigureTable

#: Numbers below this are small: DfE withheld 1 and 2 (methodology 2018, 1.9); five is the library's own choice.
SMALLEST = 5

_SHARES = (MeasureKind.RATIO, MeasureKind.SHARE, MeasureKind.LESSONS)
#: What the derived tally columns are made of.
_PARTS = {
    "attended": ("present", "aea"),
    "absent": ("authorised", "unauthorised", "unclassified"),
    "possible": ("present", "aea", "authorised", "unauthorised", "unclassified"),
}
Form = Mapping[str, int]


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


def _measure(figure: Figure) -> Measure | None:
    try:
        return get_measure(figure.id.measure)[0]
    except UnknownNameError:
        return None


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
        before = -1
        while len(self.hidden) != before:
            before = len(self.hidden)
            self._alike()
            for table in self.tables:
                if table.partition:
                    self._populations(table)
                    self._partition(table.figures)
            for family in self._families():
                self._family(family)
        return frozenset(self.hidden)

    def figures(self) -> Iterator[Figure]:
        """Yield every figure of the tables."""
        for table in self.tables:
            yield from table.figures

    # -- one figure by itself

    def withholds(self, figure: Figure) -> bool:
        """Whether a figure is small, or of a group that is never shown outside."""
        parts = parts_of(figure.id.population)
        measure = _measure(figure)
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
        measure = _measure(figures[0])
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

    # -- figures of one population that add up

    def _families(self) -> Iterable[list[Figure]]:
        found: dict[tuple[object, ...], dict[str, Figure]] = {}
        for figure in self.figures():
            id = figure.id
            found.setdefault((id.population, id.period, id.slot, id.profile), {})[figure.key] = figure
        return [list(figures.values()) for figures in found.values()]

    def _family(self, figures: Sequence[Figure]) -> None:
        forms = {figure.key: _forms(figure) for figure in figures}
        relations = list(_relations(figures))
        while True:
            left = [figure for figure in figures if figure.key not in self.hidden and forms[figure.key][0]]
            targets = [forms[figure.key][0] for figure in figures if figure.key in self.hidden and forms[figure.key][0]]

            def found(shown: Sequence[Figure], targets: Sequence[Form] = targets) -> bool:
                span = _Span(
                    [*relations, *_known(figures), *(form for one in shown for form in forms[one.key] if form)]
                )
                return any(span.holds(target) for target in targets)

            if not left or not targets or not found(left):
                return
            ranked = sorted(left, key=_size)
            # The smallest of those that matter; where no single one is enough, the smallest, and again.
            enough = (
                one
                for one in ranked
                if not found([other for other in left if other is not one], [*targets, forms[one.key][0]])
            )
            self.hidden.add(next(enough, ranked[0]).key)


def _size(figure: Figure) -> tuple[int, int, str]:
    return (figure.enrolments or 0, figure.numerator or 0, figure.key)


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _counts_enrolments(figure: Figure) -> bool:
    return figure.enrolments is not None


def _counts_sessions(figure: Figure) -> bool:
    measure = _measure(figure)
    return measure is not None and measure.kind is MeasureKind.RATIO and "possible" in measure.denominator


def _columns(names: Iterable[str]) -> Form:
    form: dict[str, int] = {}
    for name in names:
        for part in _PARTS.get(name, (name,)):
            form[part] = form.get(part, 0) + 1
    return form


def _bands(at_least: int, below: int | None) -> Form:
    """Absence in whole percent, as steps: wide enough for every band that a measure names."""
    return {f"band:{percent}": 1 for percent in range(at_least, 101 if below is None else below)}


def _forms(figure: Figure) -> tuple[Form, Form]:
    """Return what a figure's numerator and denominator are sums of; empty where nothing adds up to them."""
    measure = _measure(figure)
    if measure is None:
        return {}, {}
    if measure.kind in (MeasureKind.SHARE, MeasureKind.ENROLMENTS) and measure.band is not None:
        return _bands(measure.band.at_least, measure.band.below), _bands(0, None)
    if measure.per_code:
        code = figure.id.measure.partition(".")[2]
        return {f"code:{code}": 1}, _columns(measure.denominator)
    if measure.kind is MeasureKind.RATIO and measure.band is not None:
        return {f"absence of:{measure.id}": 1}, _columns(measure.denominator)
    if measure.kind in (MeasureKind.RATIO, MeasureKind.COUNT, MeasureKind.DAYS, MeasureKind.DAYS_EACH):
        return _columns(measure.numerator), _columns(measure.denominator)
    return {}, {}


def _known(figures: Sequence[Figure]) -> Iterator[Form]:
    """Totals that anybody may know: enrolments, and possible sessions where some figure is a rate of them."""
    if any(_forms(figure)[1] for figure in figures):
        yield _bands(0, None)
        yield _columns(["possible"])


def _relations(figures: Sequence[Figure]) -> Iterator[Form]:
    """Yield sums that are nothing: the codes of a group make up the group."""
    from attendance_core.reference.codes import load_codebook

    book = load_codebook("england")
    groups: dict[str, dict[str, int]] = {}
    names = {group: name for name, group in STATS.items()}
    for figure in figures:
        measure, _, code = figure.id.measure.partition(".")
        if measure != "reason" or figure.id.period.end is None:
            continue
        try:
            version = book.at(code, figure.id.period.end)
        except CodebookError:
            continue
        groups.setdefault(names[version.stat_group], {})[f"code:{code}"] = 1
        late = {"L": "late_before", "U": "late_after"}.get(code)
        if late is not None:
            yield {f"code:{code}": 1, late: -1}
    for name, form in groups.items():
        yield {**form, name: -1}


class _Span:
    """All that adds up from some sums."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._rows: dict[str, dict[str, Fraction]] = {}
        for form in forms:
            rest = self._reduced(form)
            if rest:
                pivot = min(rest)
                self._rows[pivot] = {name: number / rest[pivot] for name, number in rest.items()}

    def _reduced(self, form: Form) -> dict[str, Fraction]:
        rest = {name: Fraction(number) for name, number in form.items()}
        while True:
            pivot = next((name for name in sorted(rest) if name in self._rows), None)
            if pivot is None:
                return rest
            factor = rest[pivot]
            for name, number in self._rows[pivot].items():
                changed = rest.get(name, Fraction(0)) - factor * number
                if changed:
                    rest[name] = changed
                else:
                    rest.pop(name, None)

    def holds(self, form: Form) -> bool:
        """Whether a sum follows from the others."""
        return not self._reduced(form)
