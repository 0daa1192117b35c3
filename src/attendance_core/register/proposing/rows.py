"""Row layouts: one mark in a row. Sessions, whole days and lessons are told apart, or asked."""

from collections.abc import Callable, Sequence

from attendance_core.model.mappings import Layout, Mapping
from attendance_core.model.marks import AM, PM
from attendance_core.register.characteristics import says_yes
from attendance_core.register.proposing.dating import date_them, is_weekday
from attendance_core.register.proposing.drafts import Draft
from attendance_core.register.proposing.markwords import are_codes, find_scheme, looks_like_marks, read, words
from attendance_core.register.proposing.roles import NO_WORDS, find_day, find_optional, find_school, is_name
from attendance_core.register.proposing.samples import Column
from attendance_core.register.texts import read_session

NEITHER = "neither"
_RAW = "rawmark"
_MOST_MARKS = 60
_MOST_CHOICES = 6


def find_code(draft: Draft) -> Column | None:
    """Find the column of marks by heading, else by values, else ask."""
    named = [c for c in draft.named("code") if c.texts and len(c.texts) <= _MOST_MARKS and not is_name(c)]
    flags = [c for c in draft.named("presence") if c.texts and len(c.texts) <= 4]
    cands = [c for c in named if looks_like_marks(c.texts)] or named
    if not cands:
        plain = [c for c in draft.free() if c.whole and c.blank < c.filled and not is_name(c) and are_codes(c.texts)]
        if len(plain) == 1:
            draft.take("code", plain[0], "it alone holds DfE codes, with the signs of presence among them")
            return plain[0]
        choices = plain or _may_be_marks(draft)
        if not plain and len(flags) == 1 and not [c for c in choices if c.name != flags[0].name]:
            draft.take("code", flags[0], "its heading says that it tells who was present")
            return flags[0]
        suggestion = choices[0].name if len(choices) == 1 else ""
        text = "No heading says which column holds the marks. Which one is it?"
        answer = draft.ask("columns.code", text, [c.name for c in choices], suggestion)
        if not (answer or suggestion):
            return None
        column = draft.column(answer or suggestion)
        draft.take("code", column, "answered" if answer else "suggested, not proved")
        return column
    best = cands[0]
    rivals = [other for other in cands[1:] if not _agree(draft, best, other)]
    if rivals or (draft.answers.get("columns.code") in {c.name for c in cands[1:]}):
        text = "Several columns could hold the mark, and they differ. Which one counts?"
        answer = draft.ask("columns.code", text, [c.name for c in cands], best.name)
        best = draft.column(answer or best.name)
        draft.take("code", best, "answered" if answer else "suggested, not proved")
    elif len(cands) > 1:
        others = ", ".join(repr(c.name) for c in cands[1:])
        draft.take("code", best, f"its heading says so, and it is preferred to {others}")
    else:
        draft.take("code", best, "its heading says so")
    for column in draft.named("subcode"):
        if column.texts:
            text = (
                f"Column {column.name!r} holds the second character of some codes, which a mapping cannot join. Export "
                "the whole code in one column, or read the first character alone?"
            )
            draft.ask("columns.code", text, (best.name,), best.name)
            draft.used.add(column.name)
    return best


def _agree(draft: Draft, best: Column, other: Column) -> bool:
    """Whether preferring one column of marks to another needs no question."""
    if other.key == _RAW and are_codes(best.texts):
        return True  # what was typed, beside what it counts as
    if not any(read(text).reject for text in other.texts):
        pairs = draft.sample.pairs(best, other)
        return all(first == second for first, second in pairs)  # a second column of codes must say the same
    if are_codes(best.texts):
        return draft.sample.follows(other, best)  # the other says no more than the code does
    return draft.sample.one_to_one(best, other) and not are_codes(other.texts)


def _may_be_marks(draft: Draft) -> list[Column]:
    known = words()
    found = [
        column
        for column in draft.free()
        if 1 < len(column.texts) <= _MOST_MARKS
        and not is_name(column)
        and column.dates < 0.5
        and (looks_like_marks(column.texts) or any(text.casefold() in known for text in column.texts))
        and not _all_sessions(column)
    ]
    # Many columns of marks may be a column for each pupil: their headings are not repeated.
    return found if len(found) <= _MOST_CHOICES else []


def _all_sessions(column: Column, *, letters: bool = False) -> bool:
    texts = column.texts
    return bool(texts) and all(read_session(text, {}) and (letters or len(text) > 1) for text in texts)


def finish(draft: Draft, code: Column) -> Mapping | None:
    """Make the mapping of a file with one mark in a row; pupil and code have been found already."""
    pupil = draft.column(draft.columns["pupil_id"]) if "pupil_id" in draft.columns else None
    day = find_day(draft)
    shared = draft.sample.shared(code, pupil)
    scheme = find_scheme(draft, code.texts, code=code, shared=shared)
    find_school(draft, code)
    if day is None:
        return None
    dating = date_them(draft, day.texts, fits=is_weekday, must="every day is a weekday")
    layout, sessions, keep = _layout(draft, pupil, day)
    keep |= find_optional(draft)
    if layout is Layout.LESSON:
        for column in draft.named("subject")[:1]:
            draft.take("subject", column, "its heading says so")
        for column in draft.named("section")[:1] if "subject" not in draft.columns else ():
            # Without it, two classes in one period would pass for two marks of one lesson.
            draft.take("subject", column, "no heading names a subject, so the class tells lessons apart")
    if layout is None or pupil is None or (layout is Layout.LESSON and "period" not in draft.columns):
        return None
    return Mapping(
        id="marks",
        layout=layout,
        columns=draft.columns,
        values=scheme.values,
        listed_only=scheme.listed_only,
        no_mark=scheme.no_mark,
        sessions=sessions,
        dates=dating.order,
        date_format=dating.date_format,
        keep=keep,
    )


_Rows = Callable[..., tuple[int, ...]]
_Decided = tuple[Layout | None, dict[str, str], dict[str, tuple[str, ...]]]


def _layout(draft: Draft, pupil: Column | None, day: Column) -> _Decided:
    school = [draft.column(draft.columns["school_id"])] if "school_id" in draft.columns else []

    def rows_each(*columns: Column) -> tuple[int, ...]:
        return draft.sample.group_sizes(pupil, day, *school, *columns) if pupil is not None else ()

    named = [*draft.named("session"), *draft.named("period")]
    # A and P alone are AM and PM only under a heading that speaks of sessions.
    full = [c for c in draft.named("session") if _all_sessions(c, letters=True)]
    full += [c for c in draft.named("period") if _all_sessions(c)]
    if not full:
        full = [column for column in draft.free() if _all_sessions(column) and not column.blank]
        if len(full) > 1:
            names = [column.name for column in full]
            answer = draft.ask(
                "columns.session", "Several columns say AM or PM. Which is the session?", names, names[0]
            )
            full = [draft.column(answer or names[0])]
    elif len(full) > 1 and not all(draft.sample.one_to_one(full[0], other) for other in full[1:]):
        names = [column.name for column in full]
        answer = draft.ask("columns.session", "Several columns say AM or PM. Which is the session?", names, names[0])
        full = [draft.column(answer or names[0])]
    lessons = [column for column in draft.named("period") if column.texts and column not in full]
    if full:
        return _long(draft, full[0], lessons, rows_each(full[0]))
    whole = _whole_day(draft, lessons, rows_each)
    if whole is not None:
        return whole
    mixed = [column for column in named if any(len(text) > 1 and read_session(text, {}) for text in column.texts)]
    if mixed:
        return _mixed(draft, mixed[0])
    for column in draft.named("session"):
        if 0 < len(column.texts) <= 2:
            if max(rows_each(column), default=1) > 1:
                return _nothing(draft, rows_each)
            return _odd_names(draft, column, "its heading says so")
    for column in draft.named("session"):
        if len(column.texts) > 2:
            lessons.append(column)
    if pupil is None:
        return None, {}, {}  # until it is known whose rows are whose
    return _lessons_or_days(draft, lessons, rows_each)


def _long(draft: Draft, column: Column, lessons: Sequence[Column], sizes: tuple[int, ...]) -> _Decided:
    draft.take("session", column, "it holds nothing but AM and PM")
    if sum(n > 1 for n in sizes) * 5 > len(sizes):
        text = (
            "Many pupils have several rows for one session. Is each a mark of a session (long), of a lesson (lesson), "
            "or of something else (neither)?"
        )
        choices = [Layout.LONG.value, *([Layout.LESSON.value] if lessons else []), NEITHER]
        answer = draft.ask("layout", text, choices, Layout.LESSON.value if lessons else NEITHER)
        if answer == Layout.LESSON.value or (answer is None and lessons):
            return _as_lessons(draft, lessons[0], "answered" if answer else "suggested, not proved")
        if answer != Layout.LONG.value:
            return None, {}, {}
    draft.reasons.append("layout is long: a row for each pupil, day and session")
    return Layout.LONG, {}, {}


def _nothing(draft: Draft, rows_each: _Rows) -> _Decided:
    """No session by heading or values: one of two values a day might tell them apart, or none does."""
    pairs = [
        column
        for column in draft.free()
        if len(column.texts) == 2
        and not column.blank
        and not is_name(column)
        and max(rows_each(column), default=2) == 1
    ]
    text = "The file does not say which session a mark is of. Export it with a column that says AM or PM."
    if pairs:
        text = "No column says AM or PM. Which one tells the two sessions of a day apart?"
    answer = draft.ask("columns.session", text, [column.name for column in pairs])
    if answer is None:
        return None, {}, {}
    return _odd_names(draft, draft.column(answer), "answered")


def _as_lessons(draft: Draft, column: Column, why: str) -> _Decided:
    draft.columns.pop("session", None)
    draft.take("period", column, why)
    draft.reasons.append("layout is lesson: lesson marks are never counted as sessions")
    return Layout.LESSON, {}, {}


def _whole_day(draft: Draft, lessons: Sequence[Column], rows_each: _Rows) -> _Decided | None:
    """A flag says whether a row stands for the whole day."""
    for column in draft.named("all_day"):
        yes = tuple(text for text in column.texts if says_yes(text))
        no = [text for text in column.texts if text.casefold() in NO_WORDS]
        if not column.texts or len(yes) + len(no) < len(column.texts) or not column.whole:
            continue
        keep = {column.name: yes}
        if not no and not column.blank:
            sizes = rows_each()
            if any(n > 1 for n in sizes) and sum(n > 1 for n in sizes) * 5 > len(sizes):
                return None
            draft.use(
                column, f"layout is day: column {column.name!r} is {yes[0]!r} on every row; only such rows are kept"
            )
            return Layout.DAY, {}, keep
        if not yes and lessons:
            draft.use(column, f"column {column.name!r} says on every row that it is not for the whole day")
            layout, sessions, _ = _as_lessons(draft, lessons[0], "its heading says so")
            blank = ("",) if column.blank else ()
            return layout, sessions, {column.name: (*blank, *no)}
        if yes:
            text = f"Column {column.name!r} says that some rows stand for a whole day and others do not. Read which?"
            choices = [Layout.DAY.value, *([Layout.LESSON.value] if lessons else [])]
            answer = draft.ask("layout", text, choices, Layout.DAY.value)
            draft.used.add(column.name)
            if answer == Layout.LESSON.value:
                blank = ("",) if column.blank else ()
                layout, sessions, _ = _as_lessons(draft, lessons[0], "its heading says so")
                return layout, sessions, {column.name: (*blank, *no)}
            return Layout.DAY, {}, keep
    return None


def _mixed(draft: Draft, column: Column) -> _Decided:
    kept = tuple(text for text in column.texts if len(text) > 1 and read_session(text, {}))
    text = (
        f"Column {column.name!r} holds AM or PM on some rows, and other periods on the rest. Read the sessions and "
        "refuse the other rows, or read all as lessons?"
    )
    answer = draft.ask("layout", text, (Layout.LONG.value, Layout.LESSON.value), Layout.LONG.value)
    if answer == Layout.LESSON.value:
        return _as_lessons(draft, column, "answered")
    draft.take("session", column, "some rows hold AM or PM; only those are kept")
    return Layout.LONG, {}, {column.name: kept}


def _odd_names(draft: Draft, column: Column, why: str) -> _Decided:
    """Two sessions a day under names that are not AM and PM."""
    draft.take("session", column, why)
    sessions: dict[str, str] = {}
    for text, likely in zip(sorted(column.texts), (AM, PM), strict=False):
        shown = repr(text) if len(text) <= 12 else f"number {len(sessions) + 1}"
        asked = f"Which session of the day is {shown} in column {column.name!r}?"
        sessions[text] = draft.ask(f"sessions.{text}", asked, (AM, PM), likely) or likely
    if len(set(sessions.values())) < len(sessions):
        draft.ask("columns.session", "Two names of sessions stand for the same one. Answer again.", ())
    draft.reasons.append("layout is long: a row for each pupil, day and session")
    return Layout.LONG, sessions, {}


def _lessons_or_days(draft: Draft, lessons: Sequence[Column], rows_each: _Rows) -> _Decided:
    sizes = rows_each()
    several = any(n > 1 for n in sizes)
    taught = [column for name in ("subject", "section") for column in draft.named(name) if len(column.texts) > 1]
    if lessons and several and (len(lessons[0].texts) > 2 or taught):
        return _as_lessons(draft, lessons[0], "its heading says so, and pupils have several rows on one day")
    if several:
        more = max(sizes) > 2 or bool(taught)
        if lessons:
            text = "Pupils have several rows on one day, and no column says AM or PM. Is each row a lesson?"
            answer = draft.ask("layout", text, (Layout.LESSON.value, NEITHER), Layout.LESSON.value)
            return (
                _nothing(draft, rows_each)
                if answer == NEITHER
                else _as_lessons(draft, lessons[0], "suggested, not proved")
            )
        if more:
            choices = sorted(c.name for c in draft.free() if len(c.texts) > 1 and not is_name(c) and c.dates < 0.5)
            text = "Pupils have several rows on one day, so that rows are lessons. Which column tells them apart?"
            answer = draft.ask("columns.period", text, choices)
            return _as_lessons(draft, draft.column(answer), "answered") if answer else (None, {}, {})
        return _nothing(draft, rows_each)
    text = (
        "No column says AM or PM, and a pupil has one row a day. Does the value hold for both sessions (day), "
        "is it the mark of a lesson (lesson), or of one session only (neither)?"
    )
    choices = [Layout.DAY.value, *([Layout.LESSON.value] if lessons else []), NEITHER]
    answer = draft.ask("layout", text, choices, Layout.LESSON.value if lessons or taught else Layout.DAY.value)
    if answer == NEITHER:
        return _nothing(draft, rows_each)
    if lessons and answer != Layout.DAY.value:
        return _as_lessons(draft, lessons[0], "answered" if answer else "suggested, not proved")
    draft.reasons.append("layout is day: one value for AM and PM")
    return Layout.DAY, {}, {}
