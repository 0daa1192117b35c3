"""Chance that falls the same way everywhere.

Only `random.Random.random` is promised to repeat across versions of Python, and only sums and products of floats
are exact on every platform; so everything here rests on these two, and on no logarithm, sine or library shuffle.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A source of chance named by a text, such as ``"1/pupil/17"``.

    >>> Dice("a").below(100) == Dice("a").below(100)
    True
    """

    def __init__(self, name: str) -> None:
        self.roll = Random(name).random  # noqa: S311 - invented pupils need no secrecy

    def chance(self, share: float) -> bool:
        """Say yes in this share of cases."""
        return self.roll() < share

    def below(self, count: int) -> int:
        """Return a whole number from 0 to ``count - 1``."""
        return int(self.roll() * count)

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items, all alike."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        """Return one of the items by its whole-number weight."""
        left = self.below(sum(weight for _, weight in items))
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        raise AssertionError("weights are whole and positive")  # pragma: no cover

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in another order."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
