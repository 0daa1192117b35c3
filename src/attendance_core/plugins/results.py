"""Results: what each hook promises, and whether an item keeps it."""

import re
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from typing import Any

from attrs import frozen

from attendance_core.errors import Fault, PluginClashError, PluginError
from attendance_core.model.codes import Codebook
from attendance_core.model.cohorts import CohortPack
from attendance_core.model.crosswalks import Crosswalk
from attendance_core.model.frameworks import Framework
from attendance_core.model.mappings import Mapping
from attendance_core.model.plugins import ExtensionKind, PluginFailure, Stage
from attendance_core.model.policies import Policy
from attendance_core.model.reports import Outline
from attendance_core.model.support_tiers import Pathway

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


@frozen(kw_only=True)
class Promise:
    """What a hook brings.

    Attributes:
        name: What one item is called in messages.
        value: The class of a value; None for a protocol, which is then checked member by member.
        texts: Attributes that are texts.
        tuples: Attributes that are tuples of texts.
        calls: Attributes that can be called.
    """

    hook: str
    name: str
    value: type | None = None
    texts: tuple[str, ...] = ("title",)
    tuples: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


PROMISES: dict[ExtensionKind, Promise] = {
    ExtensionKind.ADAPTER: Promise(
        hook="attendance_adapters", name="Adapter", tuples=("suffixes",), calls=("sniff", "read")
    ),
    ExtensionKind.MAPPING: Promise(hook="attendance_mappings", name="Mapping", value=Mapping),
    ExtensionKind.CODEBOOK: Promise(hook="attendance_codebooks", name="Codebook", value=Codebook),
    ExtensionKind.COHORT_PACK: Promise(hook="attendance_cohorts", name="CohortPack", value=CohortPack),
    ExtensionKind.OUTLINE: Promise(hook="attendance_outlines", name="Outline", value=Outline),
    ExtensionKind.BENCHMARK_PROVIDER: Promise(
        hook="attendance_benchmarks", name="BenchmarkProvider", calls=("releases",)
    ),
    ExtensionKind.RENDERER: Promise(hook="attendance_renderers", name="Renderer", calls=("render",)),
    ExtensionKind.POLICY: Promise(hook="attendance_policies", name="Policy", value=Policy),
    ExtensionKind.RULE: Promise(hook="attendance_rules", name="RuleFinder", calls=("find",)),
    ExtensionKind.FRAMEWORK: Promise(hook="attendance_frameworks", name="Framework", value=Framework),
    ExtensionKind.CROSSWALK: Promise(hook="attendance_crosswalks", name="Crosswalk", value=Crosswalk),
    ExtensionKind.PATHWAY: Promise(hook="attendance_pathways", name="Pathway", value=Pathway),
}
"""By kind, in the order in which they are checked."""


def problem(item: Any, promise: Promise) -> str:
    """Say what is wrong with one item, or nothing.

    Values are named by their type only: an item may hold anything.
    """
    if isinstance(item, type):
        return f"the class {item.__name__} where an instance of it is meant"
    if promise.value is not None and not isinstance(item, promise.value):
        return f"{_kind_of(item)} where a {promise.name} is promised"
    wrong = [name for name in promise.calls if not callable(getattr(item, name, None))]
    wrong += [name for name in ("id", *promise.texts) if not isinstance(getattr(item, name, None), str)]
    wrong += [name for name in promise.tuples if not _texts(getattr(item, name, None))]
    if wrong:
        return f"{_kind_of(item)} is no {promise.name}: {', '.join(wrong)} missing or of the wrong type"
    if _ID.fullmatch(item.id) is None:
        return f"{promise.name} whose id is not lower-case letters, digits, dots, hyphens and underscores"
    return ""


def _texts(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(text, str) for text in value)


def _kind_of(item: object) -> str:
    return "None" if item is None else f"an object of type {type(item).__name__}"


class WrongResultError(Exception):
    """A hook returned no series of items."""


def series(result: Any, promise: Promise) -> list[Any]:
    """Return what a hook returned as a list.

    Raises:
        WrongResultError: If it is no series.
    """
    if isinstance(result, str | bytes | AnyMapping) or not isinstance(result, Iterable):
        raise WrongResultError(f"returned {type(result).__name__} where a series of {promise.name}s is promised")
    return list(result)


def error_of(failures: Iterable[PluginFailure]) -> PluginError:
    """Build the error that says what failed: a fault for each failure."""
    kept = tuple(failures)
    cls = PluginClashError if all(failure.stage is Stage.CLASH for failure in kept) else PluginError
    return cls(
        *(
            Fault(
                f"{failure.label}: {failure.hook}" if failure.hook else failure.label,
                failure.error,
                remedy=f"Update or remove the distribution {failure.distribution}"
                if failure.distribution
                else "Correct the plugin that the program hands over",
            )
            for failure in kept
        )
    )
