"""Links: what the crosswalks in use say together, and the gaps that they show. Answer once, see it everywhere."""

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault, alike, join_names
from attendance_core.model.crosswalks import Crosswalk, ItemRef, Link, LinkStrength
from attendance_core.model.frameworks import Framework

_ORDER = tuple(LinkStrength)


@frozen(kw_only=True)
class Linked:
    """An item that another is linked with.

    Attributes:
        ref: The item.
        link: The link.
        crosswalk: Id of the crosswalk that says so.
    """

    ref: ItemRef
    link: Link
    crosswalk: str


@frozen(kw_only=True, eq=False)
class Links:
    """The links of several crosswalks together."""

    by_item: Mapping[ItemRef, tuple[Linked, ...]] = field(repr=False)

    @classmethod
    def of(cls, crosswalks: Iterable[Crosswalk]) -> "Links":
        """Put crosswalks together; where two link one pair, both links stand."""
        found: dict[ItemRef, list[Linked]] = {}
        for crosswalk in crosswalks:
            for link in crosswalk.links:
                one, two = link.refs
                found.setdefault(one, []).append(Linked(ref=two, link=link, crosswalk=crosswalk.id))
                found.setdefault(two, []).append(Linked(ref=one, link=link, crosswalk=crosswalk.id))
        return cls(by_item={ref: tuple(sorted(linked, key=_rank)) for ref, linked in found.items()})

    def linked(self, ref: ItemRef, *, at_least: LinkStrength = LinkStrength.RELATED) -> tuple[Linked, ...]:
        """Return what an item is linked with, strongest first.

        Args:
            ref: The item.
            at_least: Leave weaker links out.
        """
        strong = _ORDER[: _ORDER.index(at_least) + 1]
        return tuple(one for one in self.by_item.get(ref, ()) if one.link.strength in strong)


def _rank(one: Linked) -> int:
    return _ORDER.index(one.link.strength)


@frozen(kw_only=True)
class Gap:
    """An item that is open, and what has been answered elsewhere that speaks for it.

    Attributes:
        item: The open item.
        answered: Answered items that it is linked with, strongest first; empty: nothing speaks for it.
        uncertain: The item may stay open: its source is uncertain about it.
    """

    item: ItemRef
    answered: tuple[Linked, ...] = ()
    uncertain: bool = False


def gaps(
    answers: Mapping[ItemRef, bool],
    frameworks: Iterable[Framework],
    links: Links,
    *,
    at_least: LinkStrength = LinkStrength.RELATED,
) -> tuple[Gap, ...]:
    """Return every rateable item that is open, in the order of the frameworks, with what speaks for it.

    Nothing is answered by a link: it says where evidence lies, and a person decides.

    Args:
        answers: Items to whether they are answered; an item that is not named is open.
        frameworks: The frameworks that are asked about.
        links: The crosswalks in use.
        at_least: Leave weaker links out.
    """
    return tuple(
        Gap(
            item=ref,
            answered=tuple(one for one in links.linked(ref, at_least=at_least) if answers.get(one.ref, False)),
            uncertain=item.uncertain,
        )
        for framework in frameworks
        for item in framework.rateable()
        if not answers.get(ref := ItemRef(framework=framework.id, item=item.id), False)
    )


def read_answers(names: Iterable[str], frameworks: Mapping[str, Framework]) -> dict[ItemRef, bool]:
    """Read what is answered from names: ``framework/item``, or a framework for all that it holds.

    Raises:
        DocumentError: With every name that is unknown.
    """
    answers: dict[ItemRef, bool] = {}
    faults: list[Fault] = []
    for name in names:
        id, _, item = name.partition("/")
        if id not in frameworks:
            faults.append(_unknown(name, id, "framework", frameworks))
        elif not item:
            answers |= {ItemRef(framework=id, item=one.id): True for one in frameworks[id].rateable()}
        elif item not in (items := frameworks[id].items()):
            faults.append(_unknown(name, item, f"item of {id}", items))
        elif not items[item].rateable:
            what = f"{item!r} is not rated by itself"
            faults.append(Fault(f"answered {name!r}", what, "an item that is", "Name the item that it belongs to"))
        else:
            answers[ItemRef(framework=id, item=item)] = True
    if faults:
        raise DocumentError(*faults)
    return answers


def _unknown(name: str, part: str, what: str, known: Iterable[str]) -> Fault:
    names = list(known)
    near = alike(part, names)
    remedy = f"Did you mean {near[0]!r}?" if near else "Correct it"
    return Fault(f"answered {name!r}", f"{part!r} is no {what}", f"one of {join_names(names, limit=12)}", remedy)
