"""Reports: a document tree that no renderer needs to compute anything for."""

from datetime import date
from enum import StrEnum

from attrs import field, frozen

from attendance_core.model.figures import Figure

Cell = str | int | float | date | None


class ColumnKind(StrEnum):
    """How the cells of a column are written and sorted."""

    TEXT = "text"
    INTEGER = "integer"
    PERCENT = "percent"
    """Percent as a number from 0 to 100; shown with one decimal place."""
    POINTS = "points"
    """A difference in percentage points, shown with its sign."""
    DAYS = "days"
    DATE = "date"
    FIGURE = "figure-id"


@frozen(kw_only=True)
class Column:
    """A table's column."""

    key: str
    title: str
    kind: ColumnKind = ColumnKind.TEXT
    personal: bool = False
    """Names or identifies a pupil: taken out of any view that names none."""


@frozen(kw_only=True)
class Paragraph:
    """A sentence or a few."""

    text: str


@frozen(kw_only=True)
class FigureTable:
    """Figures side by side, each with its counts and comparisons.

    Attributes:
        partition: The figures divide one total between them, so one of them can be worked out from the others.
    """

    title: str
    figures: tuple[Figure, ...]
    caption: str = ""
    partition: bool = False
    labels: tuple[str, ...] = ()
    """What each row is called; empty: the figures' titles."""


@frozen(kw_only=True)
class Table:
    """Rows of cells, for what is no figure: counts of reading, lists of pupils, findings."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    empty: str = "Nothing to list."


class ChartKind(StrEnum):
    """The charts that every renderer can draw."""

    LINE = "line"
    BAR = "bar"
    HEATMAP = "heatmap"


@frozen(kw_only=True)
class Series:
    """One line or set of bars: a value for each category (None is a gap)."""

    name: str
    values: tuple[float | None, ...]
    figures: tuple[str, ...] = ()
    """The id of the figure behind each value; empty where there is none."""


@frozen(kw_only=True)
class Chart:
    """A chart as data, with words that say the same.

    Attributes:
        categories: The labels along the first axis (weeks, bands, weekdays).
        series: What is drawn; for a heat map one series a row.
        unit: Unit of the values, for the axis.
        text: What the chart shows, for somebody who cannot see it.
    """

    id: str
    title: str
    kind: ChartKind
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    category_title: str
    value_title: str
    text: str


Block = Paragraph | FigureTable | Table | Chart


@frozen(kw_only=True)
class Section:
    """A heading and what stands under it."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@frozen(kw_only=True)
class Provenance:
    """What a report was made from, so that it can be made again.

    Attributes:
        as_of: The day up to which it speaks.
        inputs: (role, file name, sha256) of each file read.
        definitions: (name, value) of profile, settings, codebooks, calendar.
        plugins: (name, version, distribution) of everything that took part.
    """

    as_of: date
    version: str
    inputs: tuple[tuple[str, str, str], ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    plugins: tuple[tuple[str, str, str], ...] = ()


@frozen(kw_only=True)
class Report:
    """A whole report for one outline, before disclosure control."""

    title: str
    subtitle: str
    audience: str
    sections: tuple[Section, ...]
    provenance: Provenance
    notes: tuple[str, ...] = field(factory=tuple)
    """What is missing or degraded, and why: shown first."""


class SectionKind(StrEnum):
    """The sections that the library can build."""

    READING = "reading"
    HEADLINES = "headlines"
    PERSISTENCE = "persistence"
    PUNCTUALITY = "punctuality"
    GROUPS = "groups"
    COHORTS = "cohorts"
    TREND = "trend"
    REASONS = "reasons"
    HEATMAP = "heatmap"
    SPELLS = "spells"
    PUPILS = "pupils"
    CONCERNS = "concerns"
    LESSONS = "lessons"
    DEFINITIONS = "definitions"


@frozen(kw_only=True)
class OutlineSection:
    """A section of an outline, with its heading and an opening sentence in the outline's own words.

    Attributes:
        dimensions: The divisions of the school that a section on groups shows; empty: all that the register can tell.
    """

    kind: SectionKind
    title: str
    opening: str = ""
    measures: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()


@frozen(kw_only=True)
class Audience:
    """Who a view is for.

    Attributes:
        names_pupils: May read names and identifiers of pupils.
        inside: Belongs to the school: small numbers are not suppressed.
    """

    id: str
    title: str
    names_pupils: bool = False
    inside: bool = False


@frozen(kw_only=True)
class Outline:
    """What a report holds, in which order, for whom. TOML; a plugin can bring another."""

    id: str
    title: str
    audience: Audience
    sections: tuple[OutlineSection, ...]
    context: bool = False
    """Every figure has a sentence of context."""


@frozen(kw_only=True)
class View:
    """A report made safe for one audience: all that a renderer ever gets."""

    audience: Audience
    report: Report
    suppressed: int = 0
    """How many figures were withheld."""


@frozen(kw_only=True)
class RenderOptions:
    """What a renderer may be told."""

    name: str = "attendance-report"
    width: int | None = None
    """Columns of the terminal; None: never cut or wrap to a width."""
    colour: bool = False


@frozen(kw_only=True)
class RenderedFile:
    """One file that a renderer made; the host decides where it goes."""

    name: str
    media_type: str
    content: bytes
