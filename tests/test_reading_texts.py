"""Single cells: dates, sessions, marks, minutes and moments as schools' systems write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_core.model.mappings import DateOrder
from attendance_core.register.characteristics import canonical, says_yes
from attendance_core.register.texts import read_dates, read_mark, read_minutes, read_moments, read_session

DAY = date(2024, 9, 5)
CODES = frozenset(["/", "\\", "L", "C", "C1", "I", "I01", "N", "P", "present", "absent"])
LIKELY = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-05",
        "2024/9/5",
        "20240905",
        "2024-09-05T00:00:00",
        "2024-09-05 08:55",
        "2024-09-05T08:55:01.123Z",
        "2024-09-05T08:55:00+01:00",
        "05/09/2024",
        "5/9/2024",
        "05-09-24",
        "5.9.2024",
        "05/09/2024 00:00",
        "Thu 05/09/2024",
        "5 Sep 2024",
        "5th September 2024",
        "Thu 5 Sep 2024",
        "Thursday, 05-Sep-24",
        "05-SEP-2024",
        " 05/09/2024 ",
        "'05/09/2024",
    ],
)
def test_a_date_is_read_in_each_style(text: str) -> None:
    assert read_dates([text]).dates == {text: DAY}


@pytest.mark.parametrize(
    "text",
    ["31/02/2025", "2025-13-01", "29 Feb 2025", "45540", "yesterday", "5 Foo 2024", "01/01/1890", "0005-09-05"],
)
def test_what_is_no_date_is_said(text: str) -> None:
    reading = read_dates([text])
    assert not reading.dates
    assert reading.bad == {text: f"{text!r} is no possible date"}
    assert read_dates([" "]).bad == {" ": "no date"}


def test_the_file_itself_says_which_way_round_dates_are() -> None:
    proved = read_dates(["03/09/2024", "25/09/2024"])
    assert (proved.order, proved.assumed) == (DateOrder.DAY_FIRST, False)
    assert proved.dates["03/09/2024"] == date(2024, 9, 3)
    american = read_dates(["09/03/2024", "09/25/2024"])
    assert (american.order, american.assumed) == (DateOrder.MONTH_FIRST, False)
    assert american.dates["09/03/2024"] == date(2024, 9, 3)
    unproved = read_dates(["03/09/2024"])
    assert (unproved.order, unproved.assumed) == (DateOrder.DAY_FIRST, True)
    assert not read_dates(["2024-09-03"]).assumed


def test_what_the_mapping_says_goes_before_what_the_file_shows() -> None:
    assert read_dates(["09/03/2024"], order=DateOrder.MONTH_FIRST).dates["09/03/2024"] == date(2024, 9, 3)
    assert not read_dates(["09/03/2024"], order=DateOrder.ISO).dates
    assert read_dates(["5|9|24"], date_format="%d|%m|%y").dates["5|9|24"] == DAY
    assert not read_dates(["2024-09-05", "5|9|0024"], date_format="%d|%m|%Y").dates


@given(LIKELY, st.integers(0, 800))
def test_steps_by_days_and_by_weekdays(day: date, number: int) -> None:
    text = f"{day.isoformat()}+{number}d"
    assert read_dates([text]).dates[text] == day + timedelta(days=number)
    text = f"{day.isoformat()}+{number}w"
    found = read_dates([text]).dates[text]
    start = next(day + timedelta(days=ahead) for ahead in range(3) if (day + timedelta(days=ahead)).weekday() < 5)
    weekdays = [start + timedelta(days=ahead) for ahead in range((found - start).days)]
    assert found.weekday() < 5
    assert sum(one.weekday() < 5 for one in weekdays) == number


@settings(max_examples=300)
@given(st.lists(st.text("0123456789/-+.: dwSeptOct'٣²", max_size=14) | LIKELY.map(str), max_size=5))
def test_no_text_breaks_the_reading_of_dates(texts: list[str]) -> None:
    reading = read_dates(texts)
    assert set(reading.dates) | set(reading.bad) == set(texts)
    assert not set(reading.dates) & set(reading.bad)
    read_moments(texts)


@pytest.mark.parametrize("text", ["AM", "am ", "A", "Morning", "a.m.", "Session 1"])
def test_mornings(text: str) -> None:
    assert read_session(text, {}) == "AM"


def test_sessions_have_the_names_that_a_mapping_gives() -> None:
    names = {"Reg 1": "AM", "Reg 2": "PM", "A": "PM"}
    assert [read_session(text, names) for text in (" reg 1", "REG 2", "a", "pm", "P5")] == [
        "AM",
        "PM",
        "PM",
        "PM",
        None,
    ]


def mark(text: str, **values: str) -> tuple[str | None, str]:
    read = read_mark(text, values=values, no_mark=("", "-"), listed_only=False, known=CODES)
    assert not read.no_mark
    return read.code, read.reject or read.doubt


@pytest.mark.parametrize(
    ("text", "code", "note"),
    [
        ("/", "/", ""),
        (" \\ ", "\\", ""),
        ("I01", "I01", ""),
        ("//", "/", "mangled"),
        ("\\\\", "\\", "mangled"),
        ("'/", "/", "mangled"),
        ("／", "/", "mangled"),  # noqa: RUF001 - that is the sign meant
        ("∖", "\\", "mangled"),  # noqa: RUF001
        ('"\\"', "\\", "mangled"),
        ("l", "L", "lower case"),
        ("c1", "C1", "lower case"),
        ("?", None, "unknown"),
        ("/ \\", None, "unknown"),
        ("CC", None, "unknown"),
    ],
)
def test_marks_are_read_padded_or_mangled_and_doubted(text: str, code: str | None, note: str) -> None:
    found, said = mark(text)
    assert found == code
    assert note in said
    assert bool(said) == bool(note)


def test_listed_values_come_first_and_may_be_all_that_counts() -> None:
    def foreign(text: str) -> tuple[str | None, bool, str]:
        read = read_mark(
            text, values={"P": "present", "Absent": "absent"}, no_mark=("", "X"), listed_only=True, known=CODES
        )
        return read.code, read.no_mark, read.reject

    assert foreign("P") == ("present", False, "")
    assert foreign(" ABSENT ")[0] == "absent"
    assert foreign("X") == (None, True, "")
    assert foreign("I") == (None, False, "value 'I' is not listed in the mapping's values")
    assert mark("P", P="present") == ("present", "")


def test_signs_of_no_mark() -> None:
    read = [read_mark(text, values={}, no_mark=("", "-"), listed_only=False, known=CODES) for text in ("", " - ", "  ")]
    assert all(one.no_mark and one.code is None for one in read)
    # A blank that the mapping lists is what the mapping says.
    assert mark("", **{"": "/"}) == ("/", "")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("12", 12), (" 12.0 ", 12), ("0", 0), ("1440", 1440), ("1441", None), ("-3", None), ("soon", None), ("²", None)],
)
def test_minutes(text: str, minutes: int | None) -> None:
    assert read_minutes(text) == minutes


def test_moments_are_in_order_of_time_not_of_letters() -> None:
    ordered = [
        "9/9/2024 8:05",
        "09/09/2024 08:50:10",
        "09/09/2024 1:05 PM",
        "10/09/2024",
        "10/09/2024 00:01",
        "1/10/2024",
    ]
    found = read_moments(ordered, order=DateOrder.DAY_FIRST)
    assert sorted(ordered, key=found.__getitem__) == ordered
    zones = read_moments(["2024-09-09T10:00:00+01:00", "2024-09-09T09:30:00Z"])
    assert zones["2024-09-09T10:00:00+01:00"] < zones["2024-09-09T09:30:00Z"]
    numbers = read_moments(["9", "10", "100"])
    assert numbers["9"] < numbers["10"] < numbers["100"]
    assert read_moments(["", "soon"]) == {}
    days = read_moments(["20240909", "20240910"])
    assert days["20240910"] - days["20240909"] == 86400


@pytest.mark.parametrize(
    ("name", "texts", "value"),
    [
        ("year_group", ["7", "Year 7", "Yr07", " y7 ", "Year 7 (KS3)", "NC Year 7"], "7"),
        ("year_group", ["R", "Reception"], "R"),
        ("year_group", ["Mixed"], "Mixed"),
        ("sex", ["F", "female", " GIRL "], "F"),
        ("sex", ["x"], "x"),
        ("form", [" 7A "], "7A"),
    ],
)
def test_characteristics_have_one_spelling(name: str, texts: list[str], value: str) -> None:
    assert {canonical(name, text) for text in texts} == {value}


def test_yes() -> None:
    assert all(says_yes(text) for text in ("Y", "yes ", "TRUE", "1", "x", "✓"))
    assert not any(says_yes(text) for text in ("N", "no", "0", "", "false", "maybe"))
