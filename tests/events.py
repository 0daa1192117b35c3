"""Events of every kind for tests: drawn from the fields and types of their classes, and one sound example of each."""

from datetime import date
from enum import EnumMeta
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields
from hypothesis import strategies as st

from attendance_core.errors import DocumentError
from attendance_core.model.events import Event
from attendance_core.support.kinds import PUPIL_EVENTS, SCHOOL_EVENTS

KINDS = PUPIL_EVENTS | SCHOOL_EVENTS

_DAYS = st.dates(date(2024, 9, 2), date(2026, 7, 17))
#: Quotation marks, line breaks, what JSON and terminals mind, and letters outside of ASCII.
_TEXTS = st.text('aé"\\\n\t\x1b{}:,= \u2028😀', max_size=8)
_WORDS = st.builds("w{}".format, _TEXTS)


def values(hint: Any, *, needed: bool = False) -> st.SearchStrategy[Any]:
    """Return values of a type, as far as a type can tell; a class may refuse them."""
    if isinstance(hint, UnionType):
        (inner,) = [one for one in get_args(hint) if one is not NoneType]
        return values(inner, needed=needed) if needed else st.none() | values(inner)
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0], needed=True), min_size=int(needed), max_size=2).map(tuple)
    if isinstance(hint, EnumMeta):
        return st.sampled_from(list(hint))
    if hasattr(hint, "__attrs_attrs__"):
        return _sound(hint)
    found: dict[Any, st.SearchStrategy[Any]] = {
        date: _DAYS,
        str: _WORDS if needed else _TEXTS,
        bool: st.booleans(),
        int: st.integers(0, 5),
        float: st.floats(0.5, 1e6),
    }
    return found[hint]


def _sound(cls: type) -> st.SearchStrategy[Any]:
    """Return values of an attrs class that the class does not refuse."""
    hints = get_type_hints(cls)
    required = {one.name: values(hints[one.name], needed=True) for one in fields(cls) if one.default is NOTHING}
    optional = {one.name: values(hints[one.name]) for one in fields(cls) if one.default is not NOTHING}

    @st.composite
    def build(draw: st.DrawFn) -> Any:
        for _ in range(60):
            # Few optional fields at a time: what fits together by chance is then common, and all come in turn.
            names = draw(st.lists(st.sampled_from(sorted(optional)), unique=True, max_size=4)) if optional else []
            given = {name: draw(some) for name, some in required.items()}
            given |= {name: draw(optional[name]) for name in names}
            try:
                return cls(**given)
            except DocumentError:
                continue
        return draw(st.nothing())

    return build()


def events(kind: str) -> st.SearchStrategy[Event]:
    """Return events of a kind that hold what their class asks for."""
    return _sound(KINDS[kind])


#: One sound event of each kind, as a person writes it: ``attendance support log KIND PUPIL NAME=VALUE...``. Every
#: field of every kind stands in one of them.
WRITTEN: dict[str, tuple[str, ...]] = {
    "factors": (
        "on=2025-10-01", "factors=anxiety", "factors=interest", "told-by=child", "note=Said so", "confidential=yes",
    ),
    "tier": ("on=2025-10-02", "tier=targeted", "proposed=universal", "reason=The family asked", "concerns=a/b"),
    "plan": (
        "start=2025-10-06", "tier=targeted", "goals=In by nine", "adjustments=Quiet room", "key-adult=tutor",
        "build-up=start:2025-10-06;sessions-per-week:6;note:mornings", "programmes=nurture",
        "actions=id:a1;text:Ring on Mondays;owner:tutor;due:2025-10-13", "helps=a walk", "does-not-help=crowds",
        "next-step=two mornings", "child-voice=I want maths", "parent-voice=Thank you", "agreed-with=parent",
        "review-due=2025-11-03", "end=2025-12-19", "outcome=held",
    ),
    "review": (
        "of=0", "due=2025-11-03", "held=2025-11-04", "outcome=continue", "helps=a walk", "does-not-help=crowds",
        "next-step=three mornings", "next-due=2025-12-01", "child-voice=Better", "parent-voice=Better",
        "present=tutor", "note=short",
    ),
    "scores": ("on=2025-10-06", "wellbeing=2", "engagement=3", "family-trust=4", "told-by=child", "note=smiling"),
    "programme": (
        "programme=nurture", "start=2025-10-06", "end=2025-12-19", "sessions-planned=10", "sessions-held=8",
        "cost=120.5", "outcome=liked it",
    ),
    "contact": (
        "on=2025-10-01", "at=09:40", "way=call", "outcome=reached", "absence-of=2025-10-01", "with-whom=mother",
        "reply=poorly", "next-action=ring", "next-due=2025-10-02", "next-done=2025-10-02",
    ),
    "offer": (
        "on=2025-10-01", "what=breakfast club", "offered-by=tutor", "to=parent", "response=accepted",
        "responded-on=2025-10-03", "note=went well",
    ),
    "meeting": (
        "on=2025-10-10", "purpose=problem-solving", "present=tutor", "present=parent", "ways-to-take-part=phone",
        "barriers=anxiety", "options=later start", "decision=later start", "actions=id:m1;text:Tell reception",
        "child-voice=Yes", "parent-voice=Yes", "shared-with=parent",
    ),
    "letter": (
        "on=2025-10-11", "template=concern", "language=pl", "approved-by=head of year", "threatening=no",
    ),
    "letter-stop": ("reason=bereavement", "start=2025-10-01", "end=2025-11-01", "note=grandmother"),
    "signpost": ("on=2025-10-01", "service=early-help", "used=yes", "asked-on=2025-10-20", "note=helped"),
    "referral": (
        "on=2025-10-12", "to=health", "reason=asthma", "consent=yes", "answer-due=2025-11-12",
        "outcome=seen", "outcome-on=2025-11-01", "handover=tutor",
    ),
    "arrangement": (
        "way=phased-return", "basis=regulation 11", "rationale=recovering", "agreed-with=parent",
        "agreed-on=2025-10-01", "start=2025-10-06", "end=2025-11-28", "review-due=2025-10-31",
        "timetable=mornings", "shared-with=local authority", "ended-on=2025-11-20",
    ),
    "step": (
        "step=notice-to-improve", "on=2025-11-10", "state=issued", "parent=parent 1", "start=2025-11-10",
        "end=2025-12-08", "missing=offer", "reason=risk dictates", "decided-by=head teacher", "note=posted",
    ),
    "looked-after": (
        "start=2025-09-01", "end=2026-01-01", "previously=no", "designated-teacher=deputy", "pep-due=2025-12-01",
        "pep-held=2025-09-20",
    ),
    "safeguarding": (
        "status=child-in-need", "start=2025-09-01", "end=2026-01-01", "lead=DSL", "social-worker=yes",
        "told=whom:social worker;on:2025-10-01;what:absence",
    ),
    "medical": (
        "start=2025-09-01", "end=2026-01-01", "evidence-due=2025-09-20", "evidence-seen=2025-09-18",
        "adjustments=lift pass", "review-due=2025-12-01",
    ),
    "ehcp-review": (
        "due=2025-12-01", "held=2025-12-02", "pack-made=2025-11-20", "shared=whom:parent;on:2025-11-21;what:pack",
    ),
    "concern": (
        "on=2025-10-01", "what=withdrawn in lessons", "seen-by=teacher", "routed-to=head of year",
        "answer-due=2025-10-03", "answer=spoke with the child", "answered-on=2025-10-02",
    ),
    "leave": (
        "on=2025-10-01", "start=2025-11-03", "end=2025-11-04", "reason=audition", "decision=granted",
        "ground=regulated performance", "decided-on=2025-10-03", "decided-by=head teacher",
    ),
    "transition": (
        "on=2025-09-03", "other-school=Hill Primary", "incoming=yes", "siblings=S9",
        "exchanged=whom:head of year;on:2025-06-20;what:what helps", "plan=visit", "review-due=2025-10-03",
        "reviewed-on=2025-10-02",
    ),
    "placement": (
        "provider=The Barn", "start=2025-10-06", "end=2025-12-19", "purpose=engagement", "quality-checked=2025-10-10",
        "check-due=2025-11-10", "weeks=start:2025-10-06;possible:4;attended:3",
    ),
    "catch-up": (
        "set-on=2025-10-01", "subject=maths", "due=2025-10-08", "sessions-used=1", "done-on=2025-10-07",
        "progress=secure",
    ),
    "removal": (
        "on=2026-01-05", "ground=registered elsewhere", "checks=whom:new school;on:2025-12-10;what:start confirmed",
        "returned-on=2026-01-05",
    ),
    "joining": (
        "reason=returning", "agreed=2025-10-06", "started=2025-10-08", "support=key adult", "watch-until=2025-11-06",
    ),
    "hold": ("reason=complaint", "start=2025-10-01", "end=2026-10-01"),
    "policy-reviewed": (
        "document=attendance policy", "on=2025-09-10", "against=guidance", "gaps=no roles", "next-due=2026-09-10",
    ),
    "circulated": ("what=targets", "on=2025-09-12", "to=staff", "to=parents", "decision=agreed"),
    "school-meeting": (
        "meeting=pastoral-team", "on=2025-09-15", "topics=year 9", "present=heads of year", "decision=ring earlier",
    ),
    "training": (
        "module=codes", "role=reception", "person=A. Person", "on=2025-09-20", "due=2025-10-01",
        "practice-changed=fewer N",
    ),
    "expertise": ("subject=anxiety", "role=SENCO", "person=A. Person", "on=2025-09-01"),
    "responsibility": (
        "item=attendance-standards/1.1", "leads=deputy", "monitors=head", "reports-to=governors", "on=2025-09-01",
    ),
    "activity": (
        "activity=survey", "on=2025-10-01", "found=buses are late", "asked=200", "answered=120",
        "items=attendance-standards/1.1",
    ),
    "funding": ("what-for=minibus", "pounds=1200", "on=2025-09-01", "source=pupil premium"),
    "programme-decision": (
        "programme=nurture", "on=2026-01-10", "decision=continue", "finding=not enough data", "reason=liked",
    ),
}  # fmt: skip
