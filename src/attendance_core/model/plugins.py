"""Plugins: who brought what, and what went wrong with whom."""

from enum import StrEnum

from attrs import field, frozen


class Stage(StrEnum):
    """Where a plugin failed."""

    LOAD = "load"
    """Its entry point could not be read or imported."""
    REGISTER = "register"
    """It does not fit the hooks."""
    CALL = "call"
    """It raised when a hook, or something that a hook brought, was called."""
    RESULT = "result"
    """It returned something other than the hook promises."""
    CLASH = "clash"
    """Another provider claims the same name."""


class Status(StrEnum):
    """Whether anything went wrong with a plugin so far."""

    OK = "ok"
    FAILED = "failed"


class ExtensionKind(StrEnum):
    """What a plugin can bring."""

    ADAPTER = "adapter"
    MAPPING = "mapping"
    CODEBOOK = "codebook"
    COHORT_PACK = "cohort-pack"
    OUTLINE = "outline"
    BENCHMARK_PROVIDER = "benchmark-provider"
    RENDERER = "renderer"
    POLICY = "policy"
    RULE = "rule"
    FRAMEWORK = "framework"
    CROSSWALK = "crosswalk"
    PATHWAY = "pathway"


@frozen(kw_only=True)
class PluginInfo:
    """A plugin as the host knows it.

    Attributes:
        name: Name of its entry point, or of the module or class that the host handed over.
        distribution: Name of the installed distribution that it came with; empty if the host handed it over.
        version: Version of that distribution; empty if unknown.
        builtin: Part of this package.
        hooks: Names of the hooks that it implements, sorted.
        error: What went wrong, one clause a failure; empty if nothing did. Never a traceback.
    """

    name: str
    distribution: str = ""
    version: str = ""
    builtin: bool = False
    hooks: tuple[str, ...] = ()
    status: Status = Status.OK
    error: str = ""

    @property
    def label(self) -> str:
        """Name, version and distribution, for a message."""
        version = f" {self.version}" if self.version else ""
        return f"plugin {self.name!r}{version} ({self.distribution or 'given by the host'})"


@frozen(kw_only=True)
class PluginFailure:
    """One failure of one plugin.

    Attributes:
        hook: The hook, or the call of something that it brought; empty while loading.
        error: Type and message of what was raised, or what was wrong; never a traceback.
        other: Of a clash, the other provider.
    """

    plugin: str
    version: str = ""
    distribution: str = ""
    stage: Stage
    hook: str = ""
    error: str
    other: PluginInfo | None = field(default=None)

    @property
    def label(self) -> str:
        """The plugin's name, version and distribution, for a message."""
        return PluginInfo(name=self.plugin, version=self.version, distribution=self.distribution).label

    def __str__(self) -> str:
        return f"{self.label}: {self.hook + ': ' if self.hook else ''}{self.stage}: {self.error}"
