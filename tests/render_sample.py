"""A view with every kind of block, built by hand: gaps, suppressed figures, and texts that try to get out."""

from datetime import date

from attendance_core.dates import DateRange
from attendance_core.model.figures import Comparison, ComparisonKind, Figure, FigureId, Unit
from attendance_core.model.reports import (
    Audience,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    FigureTable,
    Paragraph,
    Provenance,
    Report,
    Section,
    Series,
    Table,
    View,
)

YEAR = DateRange(date(2025, 9, 1), date(2026, 7, 17))
HTML = '<script>alert("x")</script> & <b>bold</b>'
FORMULA = '=HYPERLINK("http://example.invalid","x")'
WEEKS = tuple(f"{1 + 7 * (week % 4)} {('Sep', 'Oct', 'Nov', 'Dec', 'Jan', 'Feb')[week // 4]}" for week in range(24))
THIS_YEAR = (
    95.61, 95.2, 94.8, 94.55, 94.1, 93.7, 93.9, 93.2, 92.95, 92.4, 92.05, 91.6, 91.0, 90.2, 93.6, 93.1, 92.7,
    None, 92.9, 93.05, 93.3, 93.55, None, None,
)  # fmt: skip
LAST_YEAR = (
    95.0, 94.7, 94.5, 94.0, 93.6, 93.0, 93.25, 92.6, 92.1, 91.9, 91.5, 90.8, 90.1, 89.0, 92.9, 92.6, 92.2,
    91.9, 92.1, None, 92.6, 92.8, 93.1, 92.0,
)  # fmt: skip


def figure_id(measure: str, population: str = "all", slot: str = "", period: DateRange = YEAR) -> FigureId:
    return FigureId(measure=measure, population=population, period=period, slot=slot, profile="year-to-date")


def compared(value: float, unit: str = "") -> tuple[Comparison, ...]:
    return (
        Comparison(
            kind=ComparisonKind.TARGET, label="Target", value=95.0, difference=value - 95.0, source="attendance.toml"
        ),
        Comparison(
            kind=ComparisonKind.LAST_YEAR, label="Last year, same weeks", value=92.6 + 1 / 3, period="2024/25",
            difference=value - (92.6 + 1 / 3), source="this register",
        ),
        Comparison(
            kind=ComparisonKind.NATIONAL, label="National, secondary", value=91.4, difference=value - 91.4,
            period="2025/26 to week 29", source="DfE, Pupil attendance in schools", provisional=True,
        ),
        Comparison(
            kind=ComparisonKind.REGION, label="Region", value=None, note="no region is set for this school",
        ),
    )  # fmt: skip


ATTENDANCE = Figure(
    id=figure_id("attendance"), title="Attendance", unit=Unit.PERCENT, value=100 * 168_211 / 180_017,
    numerator=168_211, denominator=180_017, enrolments=612, comparisons=compared(100 * 168_211 / 180_017),
    note="About thirteen days lost for each enrolment over a whole year.",
)  # fmt: skip
ABSENCE = Figure(
    id=figure_id("absence"), title="Overall absence", unit=Unit.PERCENT, value=100 * 11_806 / 180_017,
    numerator=11_806, denominator=180_017, enrolments=612,
    comparisons=(
        Comparison(
            kind=ComparisonKind.NATIONAL, label="National, secondary", value=8.6,
            difference=100 * 11_806 / 180_017 - 8.6, period="2025/26 to week 29",
            source="DfE, Pupil attendance in schools", provisional=True,
        ),
        Comparison(kind=ComparisonKind.TARGET, label="Target", value=6.56, difference=0.001, source="attendance.toml"),
    ),
    note="Sessions missed with or without leave.",
)  # fmt: skip
PERSISTENT = Figure(
    id=figure_id("persistent-absence"), title="Persistent absence", unit=Unit.PERCENT, value=100 * 97 / 612,
    numerator=97, denominator=612, enrolments=612, comparisons=compared(100 * 97 / 612)[2:],
    note="Ten per cent or more of possible sessions missed.",
)  # fmt: skip
DAYS_LOST = Figure(
    id=figure_id("days-lost"), title="Days lost", unit=Unit.DAYS, value=5903.0, numerator=11_806, enrolments=612
)
LATE = Figure(
    id=figure_id("late-minutes"), title="Minutes late", unit=Unit.MINUTES, value=None,
    note="The register holds no minutes.",
)  # fmt: skip
HEADLINES = FigureTable(
    title="The main figures", figures=(ATTENDANCE, ABSENCE, PERSISTENT, DAYS_LOST, LATE),
    caption="Autumn, spring and summer to date.",
)  # fmt: skip


def _group(name: str, value: float | None, count: int, **more: bool) -> Figure:
    suppressed = more.get("suppressed", False)
    return Figure(
        id=figure_id("attendance", name), title=f"Attendance: {name}", unit=Unit.PERCENT, value=value,
        numerator=None if value is None else round(value * count * 3), enrolments=None if suppressed else count,
        denominator=None if value is None else count * 300, small=more.get("small", False), suppressed=suppressed,
        comparisons=() if value is None else (
            Comparison(kind=ComparisonKind.REST, label="Everybody else", value=93.9, difference=value - 93.9),
        ),
    )  # fmt: skip


GROUPS = FigureTable(
    title="Attendance by group",
    figures=(
        _group("fsm", 89.70000000000002, 141),
        _group("sen-support", 88.25, 96),
        _group("young-carer", 84.05, 7, small=True),
        _group("looked-after", None, 3, suppressed=True),
        _group("house=Ash | Oak", 93.449999, 80),
        _group("form=7B <A&B>", 0.1 + 0.2, 28),
    ),
    labels=("Free school meals", "SEN support", "Young carers", "Looked after", "House Ash | Oak", HTML),
)
BANDS = FigureTable(
    title="Enrolments by absence, each in one band",
    figures=tuple(
        Figure(
            id=figure_id(f"band-{low}"), title=f"{low}% to under {low + 5}%", unit=Unit.PERCENT,
            value=100 * count / 612, numerator=count, denominator=612, enrolments=612,
        )
        for low, count in ((0, 322), (5, 193), (10, 60), (15, 37))
    ),
    partition=True,
)  # fmt: skip
PUPILS = Table(
    id="pupils/../to see",
    title="Pupils to look at",
    columns=(
        Column(key="name", title="Name", personal=True),
        Column(key="form", title="Form"),
        Column(key="attendance", title="Attendance", kind=ColumnKind.PERCENT),
        Column(key="gap", title="Change | points", kind=ColumnKind.POINTS),
        Column(key="days", title="Days lost", kind=ColumnKind.DAYS),
        Column(key="unauthorised", title="Unauthorised sessions", kind=ColumnKind.INTEGER),
        Column(key="last", title="Last absence", kind=ColumnKind.DATE),
        Column(key="why", title="Reason why"),
        Column(key="figure", title="Figure", kind=ColumnKind.FIGURE),
    ),
    rows=(
        ("Amber Example", "7B", 84.25, -3.25, 12.5, 1204, date(2026, 3, 2), "Attendance fell by 3.3 points",
         str(figure_id("attendance", "enrolment=S1.P4.2025"))),
        (HTML, "7A", 79.05, 1.04, 20.0, 0, date(2026, 2, 27), "A | B\nsecond line `code` *stars*", None),
        (FORMULA, "+44", None, None, None, None, None, "@SUM(A1)", None),
        ("-2+3 Test", "\ttab", 100.0, 0.0, 0.0, 3, date(2025, 9, 4), "\rreturn \x1b[31mred\x1b[0m", None),
    ),
    caption="Ordered by days lost.",
)  # fmt: skip
NONE_LATE = Table(
    id="rejects",
    title="Rejected rows",
    columns=(Column(key="row", title="Row"),),
    rows=(),
    empty="No row was rejected.",
)
TREND = Chart(
    id="trend", title="Attendance by week", kind=ChartKind.LINE, categories=WEEKS,
    series=(
        Series(
            name="2025/26", values=THIS_YEAR,
            figures=tuple(
                str(figure_id("attendance", period=DateRange(date(2025, 9, 1 + day), date(2025, 9, 1 + day))))
                for day in range(len(WEEKS))
            ),
        ),
        Series(name="2024/25", values=LAST_YEAR),
    ),
    category_title="Week beginning", value_title="Attendance, %",
    text="Attendance fell from 95.6% in the first week to 90.2% before Christmas, and stood at 93.6% in March; "
    "it was above last year in every week that can be compared.",
)  # fmt: skip
REASONS = Chart(
    id="reasons", title="Sessions missed by reason", kind=ChartKind.BAR,
    categories=("Illness", "Medical appointment", "Holiday, not agreed", "No reason yet", "Excluded", HTML),
    series=(
        Series(name="2025/26", values=(6402.0, 1204.0, 1733.0, 940.0, None, 31.0)),
        Series(name="2024/25", values=(6127.0, 1311.0, 1502.0, 1022.0, 318.0, 12.0)),
    ),
    category_title="Reason", value_title="Sessions", text="Illness is the commonest reason in both years.",
)  # fmt: skip
YEARS = Chart(
    id="reasons", title="Attendance by year group", kind=ChartKind.BAR, categories=("7", "8", "9", "10", "11"),
    series=(Series(name="Attendance", values=(95.1, 94.2, 93.05, 92.4, 91.9)),),
    category_title="Year group", value_title="Attendance, %", text="It falls with age.",
)  # fmt: skip
HEAT = Chart(
    id="heat", title="Absence by weekday and session", kind=ChartKind.HEATMAP,
    categories=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    series=(
        Series(name="AM", values=(7.9, 6.1, 5.8, 6.0, 7.25),
               figures=tuple(str(figure_id("absence", slot=f"{day}-AM")) for day in
                             ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))),
        Series(name="PM", values=(7.2, 6.3, 6.0, None, 9.4)),
    ),
    category_title="Weekday", value_title="Absence, %", text="Friday afternoons stand out at 9.4%.",
)  # fmt: skip


def sample() -> View:
    """Return the view."""
    return View(
        audience=Audience(id="leaders", title="School leaders", names_pupils=True, inside=True),
        suppressed=1,
        report=Report(
            title="Attendance report",
            subtitle="Example High School, 1 September 2025 to 17 July 2026",
            audience="leaders",
            notes=("No region is set, so regional figures are missing.", f"A cohort is called {HTML}", FORMULA),
            provenance=Provenance(
                as_of=date(2026, 3, 20),
                version="0.1.0",
                inputs=(("marks", "marks & more.csv", "0f" * 32), ("pupils", "=pupils.csv", "1e" * 32)),
                definitions=(("profile", "year-to-date"), ("small denominator", "10 enrolments")),
                plugins=(("dfe-codes", "0.1.0", "attendance-core"),),
            ),
            sections=(
                Section(id="reading", title="What was read", blocks=(
                    Paragraph(text="180,017 marks were read; none was lost."), NONE_LATE)),
                Section(id="headlines", title="Headlines", blocks=(
                    Paragraph(text="The figures that matter most, each with its comparisons."), HEADLINES)),
                Section(id="groups", title="Groups", blocks=(GROUPS, BANDS, YEARS)),
                Section(id="trend", title="Trend: by week [and term]*?", blocks=(TREND,)),
                Section(id="reasons", title="Trend: by week [and term]*?", blocks=(REASONS,)),
                Section(id="heat map", title="Week", blocks=(HEAT, HEADLINES)),
                Section(id="pupils", title="History", blocks=(Paragraph(text=f"# {HTML}\n\n- {FORMULA}"), PUPILS)),
                Section(id="pupils", title="", blocks=()),
            ),
        ),
    )  # fmt: skip
