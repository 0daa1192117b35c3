"""What is due, worked out again by going through the days one by one: slow, plain, and without the library's code."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from attrs import field, frozen

ONE = timedelta(days=1)
TIERS = {"targeted": 28, "intensive": 14}
Item = tuple[str, str, str, date | None, str]


@frozen
class Said:
    """One entry, as a test wrote it: ``of`` is the place of the record that it restates; no event takes it back."""

    place: int
    written_on: date
    event: Any
    of: int | None = None


@frozen
class Standing:
    """A record as it stands."""

    place: int
    event: Any = field(repr=False)


def standing(entries: Iterable[Said], as_of: date) -> list[Standing]:
    """The records that are known on a day."""
    now: dict[int, Any] = {}
    for entry in entries:
        if entry.written_on > as_of:
            continue
        if entry.of is None:
            now[entry.place] = entry.event
        elif entry.of in now:
            now[entry.of] = entry.event
    return [Standing(place, event) for place, event in now.items() if event is not None]


def state(day: date, as_of: date, ahead: int) -> str:
    if (as_of - day).days > 0:
        return "overdue"
    if day == as_of:
        return "due"
    return "soon" if as_of + ahead * ONE >= day else "open"


def dues(pupil: str, entries: Iterable[Said], as_of: date, ahead: int) -> list[Item]:
    """Everything that is due for one pupil: list, what, state, day, pupil."""
    now = standing(entries, as_of)
    return [(list_, what, how, day, pupil) for list_, what, how, day in _all(now, as_of, ahead)]


def _all(now: list[Standing], as_of: date, ahead: int) -> Iterator[tuple[str, str, str, date | None]]:
    def timed(list_: str, what: str, day: date | None, absent: str = "", wait: bool = False) -> Iterator[Any]:
        how = absent if day is None else state(day, as_of, ahead)
        if how == "open" and not wait:
            return
        if how:
            yield list_, what, how, day

    def past(day: date | None) -> bool:
        return day is not None and day <= as_of

    def runs(one: Any) -> bool:
        return bool(one.start <= as_of and not (one.end is not None and one.end < as_of))

    kind = {one.place: one.event.kind for one in now}
    assert len(kind) == len(now)
    for one in now:
        event = one.event
        name = event.kind
        if name == "plan":
            if past(event.end):
                continue
            step = TIERS.get(event.tier)
            first = event.review_due or (event.start + step * ONE if step else None)
            yield from timed("reviews", "review of a support plan", _walk(now, one.place, first, step, as_of))
            for action in event.actions:
                if action.state != "dropped" and not past(action.done_on):
                    yield from timed("actions", "action of a support plan", action.due, "open", wait=True)
        elif name == "arrangement":
            if past(event.ended_on) or _over(now, one.place, as_of):
                continue
            way = str(event.way).replace("-", " ").replace("part time", "part-time")
            if not event.end < as_of:
                day = _walk(now, one.place, event.review_due, None, as_of)
                yield from timed("reviews", f"review of a {way}", day)
            same = [x.event for x in now if x.event.kind == name and x.event.way == event.way]
            if not [x for x in same if x.start > event.start]:
                yield from timed("arrangements", f"end of a {way}", event.end)
        elif name == "step":
            named = {"notice-to-improve": "notice to improve", "attendance-contract": "attendance contract"}
            if str(event.step) in named and event.state == "issued" and not _over(now, one.place, as_of):
                day = _walk(now, one.place, event.end, None, as_of)
                yield from timed("reviews", f"review of a {named[str(event.step)]}", day)
        elif name == "looked-after" and runs(event):
            if not event.designated_teacher:
                yield "looked-after", "designated teacher", "missing", None
            if not event.previously:
                done = past(event.pep_held) and event.pep_due is not None and event.pep_held >= event.pep_due
                day = None if done else event.pep_due
                yield from timed("looked-after", "personal education plan meeting", day, "missing")
        elif name == "safeguarding" and runs(event):
            if not event.lead:
                yield "safeguarding", "safeguarding lead", "missing", None
            if not event.social_worker:
                yield "safeguarding", "social worker", "missing", None
        elif name == "medical" and runs(event):
            if not past(event.evidence_seen):
                yield from timed("medical", "evidence", event.evidence_due, "missing")
            if not event.adjustments:
                yield "medical", "adjustments", "missing", None
            day = _walk(now, one.place, event.review_due, None, as_of)
            yield from timed("medical", "review of adjustments", day, "missing")
        elif name == "ehcp-review":
            held, packed = past(event.held), past(event.pack_made)
            if not held:
                yield from timed("ehcp-reviews", "review meeting", event.due)
            wanted = "attendance pack" if not packed else ""
            if packed and not [told for told in event.shared if told.on <= as_of]:
                wanted = "attendance pack shared"
            if wanted and held:
                yield "ehcp-reviews", wanted, "missing", event.due
            elif wanted:
                yield from timed("ehcp-reviews", wanted, event.due)
        elif name == "referral" and not past(event.outcome_on):
            yield from timed("referrals", "answer to a referral", event.answer_due, "open", wait=True)
        elif name == "concern" and not past(event.answered_on):
            yield from timed("staff-concerns", "answer to a concern of staff", event.answer_due, "open", wait=True)
        elif name == "leave" and not past(event.decided_on):
            yield from timed("leave", "decision on leave", event.start, wait=True)
        elif name == "placement" and runs(event):
            done = past(event.quality_checked) and event.check_due and event.quality_checked >= event.check_due
            what = "school's own look at the placement"
            yield from timed("placements", what, None if done else event.check_due, "missing")
        elif name == "catch-up" and not past(event.done_on):
            yield from timed("catch-up", "catch-up work", event.due, "open", wait=True)
        elif name == "transition" and not past(event.reviewed_on):
            yield from timed("transitions", "review of a transition", event.review_due, "missing")
        elif name == "joining":
            if not past(event.started):
                yield from timed("joining", "agreed start", event.agreed)
            elif event.watch_until is None or not event.watch_until < as_of:
                yield "watch-list", "watched after a start", "open", event.watch_until
        elif name == "contact" and event.next_action and not past(event.next_done):
            yield from timed("contacts", "next action after a contact", event.next_due, "open", wait=True)
        elif name == "meeting":
            for action in event.actions:
                if action.state != "dropped" and not past(action.done_on):
                    yield from timed("actions", "action of a meeting", action.due, "open", wait=True)
    ehcp = [one.event for one in now if one.event.kind == "ehcp-review"]
    if ehcp and not [one for one in ehcp if not past(one.held)]:
        yield "ehcp-reviews", "review meeting", "missing", None


def _walk(now: list[Standing], place: int, first: date | None, step: int | None, as_of: date) -> date | None:
    """Go from day to day, and let each review of that day say when the next one is due."""
    due = first
    reviews = [one for one in now if one.event.kind == "review" and one.event.of == place]
    days = sorted({one.event.held or one.event.due for one in reviews})
    for day in days:
        if day > as_of:
            break
        for one in sorted(reviews, key=lambda one: one.place):
            if (one.event.held or one.event.due) != day:
                continue
            if one.event.next_due is not None:
                due = one.event.next_due
            elif one.event.held is None:
                due = due if due is not None else one.event.due
            elif one.event.outcome == "end" or step is None:
                due = None
            else:
                due = day + step * ONE
    return due


def _over(now: list[Standing], place: int, as_of: date) -> bool:
    held = [
        (one.event.held, one.place, str(one.event.outcome))
        for one in now
        if one.event.kind == "review" and one.event.of == place and one.event.held and one.event.held <= as_of
    ]
    return bool(held) and max(held)[2] == "end"
