"""Cohorts: predicates over dated characteristics, dated memberships, and intersections."""

from enum import StrEnum

from attrs import field, frozen

from attendance_core.model.sources import Citation


class Test(StrEnum):
    """What a predicate asks of one characteristic."""

    __test__ = False  # no test class, whatever its name suggests to a test runner

    IS_YES = "is-yes"
    """The value says yes (Y, yes, true, 1, T and the like)."""
    EQUALS = "equals"
    ONE_OF = "one-of"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"


@frozen(kw_only=True)
class Predicate:
    """One question about one characteristic.

    Attributes:
        column: A characteristic (a column of the pupils file, by the mapping's name for it).
        test: What is asked.
        values: Texts to compare with, without regard to case; numbers for AT_LEAST and AT_MOST.
    """

    column: str
    test: Test = Test.IS_YES
    values: tuple[str, ...] = ()


@frozen(kw_only=True)
class Cohort:
    """A group of enrolments, dated: an enrolment belongs on the days on which all predicates hold.

    Attributes:
        all_of: Predicates that must all hold.
        any_of: Predicates of which one must hold (beside ``all_of``).
        membership: The cohort is also fed by dated membership rows of its id.
    """

    id: str
    title: str
    all_of: tuple[Predicate, ...] = ()
    any_of: tuple[Predicate, ...] = ()
    membership: bool = True
    sensitive: bool = False
    """Never shown to an audience outside the school, whatever its size."""
    cites: tuple[Citation, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The characteristics that the predicates read."""
        return tuple(dict.fromkeys(predicate.column for predicate in (*self.all_of, *self.any_of)))


@frozen(kw_only=True)
class Dimension:
    """A characteristic whose values divide the school, such as year groups.

    Attributes:
        values: What a value is called where it is a code: value to words.
    """

    id: str
    title: str
    column: str
    values: dict[str, str] = field(factory=dict)
    cites: tuple[Citation, ...] = ()


@frozen(kw_only=True)
class CohortPack:
    """Dimensions and cohorts that come together."""

    id: str
    title: str
    dimensions: tuple[Dimension, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
