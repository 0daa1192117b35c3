"""Disclosure control: from a report to a view that is safe for one audience. Applied last; fails closed.

- An audience that names no pupils gets no table with a personal column and no figure of one enrolment.
- For an audience outside the school, small numbers are suppressed: a figure whose enrolments, or whose numerator or
  the rest of it, are fewer than `SMALLEST`; and in a table that divides one total, one more, so that none can be
  worked out from the others. Cohorts marked sensitive are withheld altogether, and so are comparisons with the rest.
- An audience that nobody defined is the strictest.
"""

from attrs import evolve, frozen

from attendance_core.measures.definitions import get_measure
from attendance_core.model.figures import ComparisonKind, Figure
from attendance_core.model.measures import MeasureKind
from attendance_core.model.reports import Audience, Block, Chart, FigureTable, Paragraph, Report, Section, Table, View

#: Numbers below this are small: DfE withheld 1 and 2 (methodology 2018, 1.9); five is the library's own choice.
SMALLEST = 5

STRICTEST = Audience(id="unknown", title="Unknown audience", names_pupils=False, inside=False)


@frozen(kw_only=True)
class _Control:
    audience: Audience
    sensitive: frozenset[str]

    def withholds(self, figure: Figure) -> bool:
        """Whether a figure itself must not be shown."""
        parts = figure.id.population.replace("not:", "").split("+")
        if any(part.startswith("enrolment=") for part in parts) and not self.audience.names_pupils:
            return True
        if self.audience.inside:
            return False
        if self.sensitive & set(parts):
            return True
        if figure.id.population != "all" and (figure.enrolments is None or figure.enrolments < SMALLEST):
            return True
        if figure.enrolments is not None and 0 < figure.enrolments < SMALLEST:
            return True
        measure, _ = get_measure(figure.id.measure)
        numerator, denominator = figure.numerator, figure.denominator
        if numerator is not None and 0 < numerator < SMALLEST:
            return True
        if measure.kind is MeasureKind.SHARE and numerator is not None and denominator is not None:
            return 0 < denominator - numerator < SMALLEST
        return False


def _hidden(figure: Figure) -> Figure:
    return evolve(
        figure,
        value=None,
        numerator=None,
        denominator=None,
        enrolments=None,
        comparisons=(),
        suppressed=True,
        small=False,
        note="withheld: small numbers",
    )


def _shown(figure: Figure, control: _Control) -> Figure:
    if control.audience.inside:
        return figure
    kept = tuple(item for item in figure.comparisons if item.kind is not ComparisonKind.REST)
    # The sentence may quote what was taken out; the counts of everybody else would give small numbers away.
    return evolve(figure, comparisons=kept, note="" if len(kept) < len(figure.comparisons) else figure.note)


def _secondary(figures: tuple[Figure, ...], hidden: set[int]) -> set[int]:
    """Add the next smallest cell where a single hidden one could be worked out from the total."""
    if len(hidden) != 1:
        return hidden
    rest = [index for index in range(len(figures)) if index not in hidden]
    if not rest:
        return hidden
    smallest = min(rest, key=lambda index: (figures[index].enrolments or 0, figures[index].numerator or 0, index))
    return hidden | {smallest}


def _figures(block: FigureTable, control: _Control, gone: dict[str, bool]) -> FigureTable:
    hidden = {index for index, figure in enumerate(block.figures) if control.withholds(figure)}
    if block.partition and not control.audience.inside:
        hidden = _secondary(block.figures, hidden)
    for index in hidden:
        gone[block.figures[index].key] = True
    figures = tuple(
        _hidden(figure) if index in hidden else _shown(figure, control) for index, figure in enumerate(block.figures)
    )
    caption = block.caption if control.audience.inside else ""
    return evolve(block, figures=figures, caption=caption)


def _table(block: Table, control: _Control) -> Block:
    personal = any(column.personal for column in block.columns)
    if personal and not control.audience.names_pupils:
        return Paragraph(text=f"{block.title}: withheld, the list names pupils.")
    return block


#: Tables of an account or of counts by code: they hold small numbers that no figure rule can judge.
_SAFE_TABLES = frozenset({"measures", "settings", "comparators", "cohorts-not-available"})


def make_view(report: Report, audience: Audience | None, *, sensitive: frozenset[str] = frozenset()) -> View:
    """Make a report safe for an audience.

    Args:
        report: The whole report.
        audience: Who will read it; None: nobody knows, so the strictest rules hold.
        sensitive: Cohorts that never leave the school.
    """
    who = audience or STRICTEST
    control = _Control(audience=who, sensitive=sensitive)
    gone: dict[str, bool] = {}
    drafts: list[tuple[Section, list[Block]]] = []
    for section in report.sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, FigureTable):
                blocks.append(_figures(block, control, gone))
            elif isinstance(block, Table):
                if not who.inside and block.id not in _SAFE_TABLES:
                    blocks.append(Paragraph(text=f"{block.title}: withheld outside the school."))
                else:
                    blocks.append(_table(block, control))
            else:
                blocks.append(block)
        drafts.append((section, blocks))
    sections = tuple(
        evolve(section, blocks=tuple(_again(block, who, gone) for block in blocks)) for section, blocks in drafts
    )
    return View(audience=who, report=evolve(report, audience=who.id, sections=sections), suppressed=len(gone))


def _again(block: Block, audience: Audience, gone: dict[str, bool]) -> Block:
    """Second round: a figure hidden in one place is hidden in all, charts included."""
    if isinstance(block, FigureTable) and any(figure.key in gone and not figure.suppressed for figure in block.figures):
        return evolve(
            block,
            figures=tuple(
                _hidden(figure) if figure.key in gone and not figure.suppressed else figure for figure in block.figures
            ),
        )
    if isinstance(block, Chart) and not audience.inside:
        series = []
        touched = False
        for one in block.series:
            if not one.figures:
                series.append(one)
                continue
            values = tuple(None if key in gone else value for value, key in zip(one.values, one.figures, strict=True))
            touched = touched or values != one.values
            series.append(evolve(one, values=values))
        text = "Some values are withheld because the numbers are small." if touched else block.text
        return evolve(block, series=tuple(series), text=text)
    return block
