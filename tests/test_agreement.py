"""Agreement of assessors, held against published figures and a plain calculation."""

import builtins
from collections.abc import Mapping
from fractions import Fraction

import pytest
from attrs import evolve

from attendance_core.audits.agreement import agree
from attendance_core.audits.comparing import AuditView, compare, own_view, second_view
from attendance_core.audits.documents import new_audit
from attendance_core.cli.audit_texts import agreement_text
from attendance_core.errors import DocumentError, MissingLibraryError
from attendance_core.model.audits import Audit, Response, SecondAssessment
from attendance_core.model.scales import PracticeStatus, RatingScale, ScaleStep
from tests.audit_cases import ON, STANDARDS, answered, changed, pack

pytest.importorskip("statsmodels")
pytest.importorskip("krippendorff")

FIVE = RatingScale(
    id="five",
    title="Five steps",
    steps=tuple(
        ScaleStep(id=str(number), title=str(number), status=PracticeStatus(colour))
        for number, colour in zip(range(1, 6), ("red", "red", "amber", "green", "green"), strict=True)
    ),
)
#: Four observers and twelve units: the worked example of Krippendorff, "Computing Krippendorff's Alpha-Reliability"
#: (2011), section on missing data; its ordinal alpha is 0.815.
KRIPPENDORFF = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}


def view(name: str, ratings: Mapping[str, str], scale: RatingScale = FIVE) -> AuditView:
    audit = new_audit(pack(), id=name.lower(), rule="worst", on=ON, scale=scale)
    answers = tuple(Response(item=item, rating=rating) for item, rating in ratings.items())
    return own_view(evolve(audit, responses=answers))


def test_alpha_is_the_published_one() -> None:
    items = [item.id for item in pack().rateable()]
    views = [
        view(name, {item: value for item, value in zip(items, line.split(), strict=False) if value != "."})
        for name, line in KRIPPENDORFF.items()
    ]
    found = agree(views, pack(), seed=1, resamples=200)
    assert found.alpha.value == pytest.approx(0.815, abs=0.0005)
    assert found.items == 11, "a unit that one observer rated says nothing of agreement"
    assert found.alpha.low is not None
    assert found.alpha.high is not None
    assert found.alpha.low < 0.815 < found.alpha.high
    assert len(found.pairs) == 6
    assert found.disagreements[0].distance == 3, "unit six: 1, 2, 3 and 4"


def plain_kappa(pairs: list[tuple[int, int]], steps: int) -> Fraction:
    """Cohen's weighted kappa by its definition, linear weights."""
    total = len(pairs)
    observed = Fraction(sum(abs(a - b) for a, b in pairs), total * (steps - 1))
    expected = Fraction(sum(abs(a - b) for a, _ in pairs for _, b in pairs), total**2 * (steps - 1))
    return 1 - observed / expected


def test_kappa_and_raw_agreement_are_those_of_their_definitions() -> None:
    first, second = answered("ggggggaaarrg"), evolve(answered("gggaggaargrg"), id="other")
    found = agree([own_view(first), own_view(second)], pack(), seed=7, resamples=300)
    (pair,) = found.pairs
    points = {"not-in-place": 0, "developing": 1, "established": 2}
    ratings = [(points[first.ratings()[item]], points[second.ratings()[item]]) for item in first.ratings()]
    assert pair.kappa.value == pytest.approx(float(plain_kappa(ratings, 3)), abs=1e-12)
    assert (pair.items, pair.agreed) == (50, sum(a == b for a, b in ratings))
    assert pair.share.value == pytest.approx(pair.agreed / 50)
    assert [one.distance for one in found.disagreements] == sorted(
        (abs(a - b) for a, b in ratings if a != b), reverse=True
    )


def test_the_seed_gives_the_same_intervals_again() -> None:
    views = [own_view(answered("ggar")), own_view(evolve(answered("gaar"), id="other"))]
    one, again, other = (agree(views, pack(), seed=seed, resamples=200) for seed in (3, 3, 4))
    assert one == again
    assert one.pairs[0].kappa != other.pairs[0].kappa
    assert one.pairs[0].kappa.value == other.pairs[0].kappa.value


def test_an_interval_covers_what_it_should() -> None:
    """Two raters who agree by a known chance: the interval of the share holds it about as often as it says."""
    import random

    dice = random.Random(11)  # noqa: S311
    held = 0
    for turn in range(60):
        first = "".join(dice.choice("rag") for _ in range(50))
        second = "".join(letter if dice.random() < 0.7 else dice.choice("rag".replace(letter, "")) for letter in first)
        views = [own_view(answered(first)), own_view(evolve(answered(second), id=f"b{turn}"))]
        share = agree(views, pack(), seed=1, resamples=1).pairs[0].share
        assert share.low is not None
        assert share.high is not None
        held += share.low <= 0.7 <= share.high
    assert held >= 51


def test_the_second_assessor_is_a_rater() -> None:
    audit = answered("g" * 25 + "a" * 25)
    for number in range(1, 12):
        audit = changed(
            audit, f"1.{number}", second=SecondAssessment(rating="developing" if number < 3 else "established")
        )
    found = agree([own_view(audit), second_view(audit)], pack(), seed=1, resamples=100)
    assert (found.pairs[0].items, found.pairs[0].agreed) == (11, 9)
    assert [one.item for one in found.disagreements] == ["1.1", "1.2"]


def test_ratings_that_are_all_the_same_have_no_kappa_and_say_why() -> None:
    views = [own_view(answered("g")), own_view(evolve(answered("g"), id="other"))]
    found = agree(views, pack(), seed=1, resamples=100)
    assert found.alpha.value is None
    assert found.pairs[0].kappa.value is None
    assert found.pairs[0].share.value == 1
    assert any("100 of 100 ratings are the same" in note for note in found.notes)


def test_few_items_and_two_scales_are_noted() -> None:
    short = view("A", {"1.1": "1", "1.2": "5"})
    other = view("B", {"1.1": "not-in-place", "1.2": "established"}, pack().ratings)
    found = agree([short, other], pack(), seed=1, resamples=100)
    assert found.pairs[0].agreed == 2, "by colour they agree"
    assert any("2 items were rated by two" in note for note in found.notes)
    assert any("held by colour" in note for note in found.notes)


def named(id: str) -> Audit:
    return evolve(answered("g"), id=id)


def test_what_cannot_be_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DocumentError, match=r"1 set of ratings; expected two or more"):
        agree([own_view(named("a"))], pack(), seed=1)
    with pytest.raises(DocumentError, match=r"seed: -1 is negative; expected a whole number from 0"):
        agree([own_view(named("a")), own_view(named("b"))], pack(), seed=-1)
    with pytest.raises(DocumentError, match=r"two are called 'a'"):
        agree([own_view(named("a")), own_view(named("a"))], pack(), seed=1)
    with pytest.raises(DocumentError, match=r"no item was rated by two"):
        agree([own_view(named("a")), own_view(evolve(answered("-"), id="b"))], pack(), seed=1)
    assert pack().id == STANDARDS
    real = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name == "krippendorff":
            raise ImportError("no krippendorff", name="krippendorff")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingLibraryError, match=r"krippendorff is not installed.*attendance-core\[statistics\]"):
        agree([own_view(named("a")), own_view(named("b"))], pack(), seed=1)


def scale(colours: str, *, worded: str = "") -> RatingScale:
    """Steps a, b, c ... with these colours."""
    named = {"r": PracticeStatus.RED, "a": PracticeStatus.AMBER, "g": PracticeStatus.GREEN}
    return RatingScale(
        id="own",
        title="Own",
        steps=tuple(
            ScaleStep(id=id, title=worded + id, status=named[one])
            for id, one in zip("abcd", colours, strict=False)
        ),
    )  # fmt: skip


def test_views_are_held_by_step_where_their_scales_are_the_same_and_else_by_colour() -> None:
    """Agreement and comparison ask the same: steps by id and colour, in order; wording aside."""
    four = scale("raag")
    ratings = {"1.1": "b", "1.2": "c", "1.3": "a"}
    moved = {"1.1": "c", "1.2": "b", "1.3": "a"}
    for other in (four, scale("raag", worded="Step ")):
        first, second = view("A", ratings, four), view("B", moved, other)
        found = compare(first, second, pack(), ON)
        assert {one.item: one.direction.value for one in found.items[:3]} == {
            "1.1": "higher", "1.2": "lower", "1.3": "same"
        }  # fmt: skip
        assert not found.notes
        agreed = agree([first, second], pack(), seed=1, resamples=100)
        assert agreed.pairs[0].agreed == 1
        assert not any("colour" in note for note in agreed.notes)
    other = scale("rgag")  # the same ids at other colours: b is green there, and amber here
    first, second = view("A", ratings, four), view("B", ratings, other)
    found = compare(first, second, pack(), ON)
    assert found.items[0].direction.value == "higher"
    assert any("held by colour" in note for note in found.notes)
    agreed = agree([first, second], pack(), seed=1, resamples=100)
    assert agreed.pairs[0].agreed == 2
    assert any("held by colour" in note for note in agreed.notes)


def test_intervals_that_say_little_are_noted() -> None:
    """One item in eleven tells the two apart: resamples without it have no number, all others have the same one."""
    items = {f"1.{number}": "5" for number in range(1, 12)}
    found = agree([view("A", items | {"1.1": "3"}), view("B", items | {"1.1": "1"})], pack(), seed=1, resamples=200)
    assert found.alpha.undefined > 0
    text = agreement_text(found)
    assert f"{found.alpha.undefined} resamples undefined" in text
    assert "Some resamples gave no number" in text
    whole = agree([view("A", {"1.1": "1", "1.2": "5"}), view("B", {"1.1": "1", "1.2": "5"})], pack(), seed=1)
    assert whole.alpha.low == whole.alpha.high == 1
    assert any("An interval has no width" in note for note in whole.notes)


def test_bootstrap_intervals_cover_the_value_of_the_population() -> None:
    """Raters drawn from a known law: the intervals of alpha and kappa hold its value about as often as they say.

    Both rate one of three steps alike with chance 0.7 and each by itself else, every step as likely: the weighted kappa
    of the law is 0.7, whatever the weights, and so is alpha of two raters with the same shares.
    """
    import random

    dice = random.Random(5)  # noqa: S311
    turns, held = 60, {"alpha": 0, "kappa": 0}
    for turn in range(turns):
        first = [dice.choice("rag") for _ in range(50)]
        second = [letter if dice.random() < 0.7 else dice.choice("rag") for letter in first]
        views = [own_view(answered("".join(first))), own_view(evolve(answered("".join(second)), id=f"b{turn}"))]
        found = agree(views, pack(), seed=turn, resamples=300)
        for name, one in (("alpha", found.alpha), ("kappa", found.pairs[0].kappa)):
            assert one.low is not None
            assert one.high is not None
            held[name] += one.low <= 0.7 <= one.high
            assert one.high - one.low < 0.6, "fifty items say more than nothing"
    # Intervals that hold it 95 times in 100 hold it fewer than 50 times in 60 with a chance of one in five thousand.
    assert min(held.values()) >= 50, held
