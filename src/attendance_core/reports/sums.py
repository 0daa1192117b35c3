"""Sums: what figures are sums of, and whether one follows from others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from attrs import field, frozen

from attendance_core.errors import CodebookError, UnknownNameError
from attendance_core.measures.definitions import get_measure
from attendance_core.measures.tallies import STATS
from attendance_core.model.figures import Figure
from attendance_core.model.measures import Measure, MeasureKind

_ABSENT = ("authorised", "unauthorised")
_LATE = {"L": "late_before", "U": "late_after"}
#: An unknown to a factor; the sum of the products.
Form = Mapping[str, int]


def measure_of(figure: Figure) -> Measure | None:
    """Return a figure's measure; None where the library knows none of its name."""
    try:
        return get_measure(figure.id.measure)[0]
    except UnknownNameError:
        return None


@frozen(kw_only=True, eq=False)
class Scope:
    """Figures of one period among which sums can be formed.

    The unknowns are the sessions of each kind and the enrolments in each band of absence, for each population.

    Attributes:
        parts: Populations that divide everybody between them; empty: the figures are of one population.
    """

    figures: tuple[Figure, ...]
    parts: tuple[str, ...] = ()
    _forms: dict[str, tuple[Form, ...]] = field(factory=dict, init=False)
    _fixed: list[Form] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        edges = {0, 101}
        for figure in self.figures:
            measure = measure_of(figure)
            if measure is not None and measure.band is not None:
                edges |= {measure.band.at_least, 101 if measure.band.below is None else measure.band.below}
        steps = sorted(edges)
        # Absence of unknown kind is there where a figure speaks of it: anybody may take it for nothing elsewhere.
        unknown = any(figure.id.measure == "unclassified-absence" for figure in self.figures)
        absent = (*_ABSENT, "unclassified") if unknown else _ABSENT
        for figure in self.figures:
            self._forms[figure.key] = _forms(figure, steps, absent)
        self._fixed.extend(self._relations(steps, absent))

    def form(self, figure: Figure) -> Form:
        """Return what a figure's numerator is the sum of; empty where nothing adds up to it."""
        return self._forms[figure.key][0]

    def behind(self, shown: Sequence[Figure], targets: Sequence[Form]) -> frozenset[str]:
        """Return the ids of shown figures from which one of the targets follows; none where no target does."""
        span = _Span()
        for form in self._fixed:
            span.add(form, "")
        for figure in shown:
            for form in self._forms[figure.key]:
                span.add(form, figure.key)
        for target in targets:
            sources = span.behind(target)
            if sources is not None:
                return sources - {""}
        return frozenset()

    def _relations(self, steps: Sequence[int], absent: Sequence[str]) -> Iterator[Form]:
        """Yield sums that anybody knows: the whole school's totals, what divides it, and the codes of a group."""
        names = {name for forms in self._forms.values() for form in forms for name in form}
        whole = "all" if self.parts else next((figure.id.population for figure in self.figures), "all")
        yield _of(whole, _bands(steps, 0, None))
        yield _of(whole, _columns(["possible"], absent))
        for column in sorted({name.partition("\0")[2] for name in names}):
            if self.parts:
                yield {**{f"{part}\0{column}": 1 for part in self.parts}, f"all\0{column}": -1}
        yield from _codes(self.figures)


def _of(population: str, form: Form) -> Form:
    return {f"{population}\0{name}": factor for name, factor in form.items()}


def _columns(names: Iterable[str], absent: Sequence[str]) -> Form:
    """Write tally columns as those that they are made of."""
    attended = ("present", "aea")
    parts = {"attended": attended, "absent": absent, "possible": (*attended, *absent)}
    form: dict[str, int] = {}
    for name in names:
        for part in parts.get(name, (name,)):
            form[part] = form.get(part, 0) + 1
    return form


def _bands(steps: Sequence[int], at_least: int, below: int | None) -> Form:
    return {f"band:{step}": 1 for step in steps[:-1] if at_least <= step and (below is None or step < below)}


def _forms(figure: Figure, steps: Sequence[int], absent: Sequence[str]) -> tuple[Form, Form, Form]:
    """Return what a figure's numerator, denominator and enrolments are sums of; empty where nothing adds up to them."""
    measure = measure_of(figure)
    if measure is None:
        return {}, {}, {}
    numerator: Form = {}
    denominator = _columns(measure.denominator, absent)
    everybody = _bands(steps, 0, None)
    if measure.kind in (MeasureKind.SHARE, MeasureKind.ENROLMENTS) and measure.band is not None:
        numerator, denominator = _bands(steps, measure.band.at_least, measure.band.below), everybody
    elif measure.per_code:
        numerator = {f"code:{figure.id.measure.partition('.')[2]}": 1}
    elif measure.kind is MeasureKind.RATIO and measure.band is not None:
        numerator = {f"absence of:{measure.id}": 1}
    elif measure.kind in (MeasureKind.RATIO, MeasureKind.COUNT, MeasureKind.DAYS, MeasureKind.DAYS_EACH):
        numerator = _columns(measure.numerator, absent)
    enrolments = everybody if figure.enrolments is not None else {}
    who = figure.id.population
    return _of(who, numerator), _of(who, denominator), _of(who, enrolments)


def _codes(figures: Sequence[Figure]) -> Iterator[Form]:
    """Yield sums that are nothing: the codes of a group make up the group, two of them are the late arrivals."""
    from attendance_core.reference.codes import load_codebook

    book = load_codebook("england")
    names = {group: name for name, group in STATS.items()}
    groups: dict[str, dict[str, int]] = {}
    for figure in figures:
        measure, _, code = figure.id.measure.partition(".")
        if measure != "reason" or figure.id.period.end is None:
            continue
        who = figure.id.population
        if code in _LATE:
            yield {f"{who}\0code:{code}": 1, f"{who}\0{_LATE[code]}": -1}
        try:
            group = names[book.at(code, figure.id.period.end).stat_group]
        except CodebookError:
            continue
        groups.setdefault(f"{who}\0{group}", {})[f"{who}\0code:{code}"] = 1
    for name, form in groups.items():
        yield {**form, name: -1}


class _Span:
    """All that adds up from some sums, with where each came from."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[dict[str, Fraction], frozenset[str]]] = {}

    def add(self, form: Form, source: str) -> None:
        """Take a sum in."""
        rest, sources = self._reduced(form)
        if rest:
            pivot = min(rest)
            self._rows[pivot] = ({name: factor / rest[pivot] for name, factor in rest.items()}, sources | {source})

    def behind(self, form: Form) -> frozenset[str] | None:
        """Return where a sum comes from that follows from the others; None where it does not follow."""
        rest, sources = self._reduced(form)
        return None if rest else sources

    def _reduced(self, form: Form) -> tuple[dict[str, Fraction], frozenset[str]]:
        rest = {name: Fraction(factor) for name, factor in form.items()}
        sources: frozenset[str] = frozenset()
        while True:
            # Each row begins with its pivot, so pivots taken in order never come back.
            pivot = min((name for name in rest if name in self._rows), default=None)
            if pivot is None:
                return rest, sources
            row, behind = self._rows[pivot]
            sources |= behind
            factor = rest[pivot]
            for name, number in row.items():
                changed = rest.get(name, Fraction(0)) - factor * number
                if changed:
                    rest[name] = changed
                else:
                    rest.pop(name, None)
