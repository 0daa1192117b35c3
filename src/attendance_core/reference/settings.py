"""Settings and profiles: the choices behind every figure."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from attrs import field, frozen

from attendance_core.errors import DocumentError, Fault, UnknownNameError, alike, join_names
from attendance_core.model.profiles import Profile, Setting
from attendance_core.reference.locate import read_reference
from attendance_core.reference.sources import check_cites, load_sources


@frozen(kw_only=True)
class SettingsDocument:
    """The file of settings."""

    setting: tuple[Setting, ...]


@frozen(kw_only=True)
class ProfileEntry:
    """A profile as written: only what differs from the defaults."""

    id: str
    title: str
    settings: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class ProfilesDocument:
    """The file of profiles."""

    profile: tuple[ProfileEntry, ...]


@cache
def load_settings() -> Mapping[str, Setting]:
    """Return every setting by its id, in the order of the file.

    Raises:
        DocumentError: With every fault of the file.
    """
    document = read_reference("settings.toml", SettingsDocument)
    faults = check_settings(document.setting, where="settings.toml", known=tuple(load_sources()))
    if faults:
        raise DocumentError(*faults)
    return MappingProxyType({setting.id: setting for setting in document.setting})


def check_settings(settings: tuple[Setting, ...], *, where: str, known: tuple[str, ...]) -> tuple[Fault, ...]:
    """Return the faults of a list of settings.

    Args:
        settings: The settings.
        where: Name of the document, for messages.
        known: Ids of the sources that may be cited.
    """
    faults: list[Fault] = []
    seen: set[str] = set()
    for setting in settings:
        place = f"{where}: setting {setting.id!r}"
        if setting.id in seen:
            faults.append(Fault(place, "is given twice", "one entry", "Merge them"))
        seen.add(setting.id)
        if setting.default not in setting.choices:
            faults.append(
                Fault(f"{place}.default", f"{setting.default!r} is no choice", join_names(setting.choices), "Add it")
            )
        faults += check_cites(setting.cites, where=place, known=known)
    return tuple(faults)


@cache
def profile_ids() -> tuple[str, ...]:
    """Return the ids of the profiles that ship."""
    return tuple(entry.id for entry in read_reference("profiles.toml", ProfilesDocument).profile)


def load_profile(id: str, overrides: Mapping[str, str] | None = None, *, where: str = "policy.settings") -> Profile:
    """Return a profile that holds a choice for every setting.

    Args:
        id: Name of the profile.
        overrides: Setting to choice, where a school's policy differs from the profile.
        where: Key path of the overrides, for messages.

    Raises:
        UnknownNameError: If the profile or a setting is unknown; every other fault comes with it.
        DocumentError: If a choice is none of the setting's own; with every such fault.
    """
    entries = {entry.id: entry for entry in read_reference("profiles.toml", ProfilesDocument).profile}
    settings = load_settings()
    faults: list[Fault] = []
    unknown = id not in entries
    if unknown:
        faults.append(_unknown("profile", id, tuple(entries), f"{where.removesuffix('.settings')}.profile"))
    chosen = {setting.id: setting.default for setting in settings.values()}
    entry = entries.get(id)
    layers = ((f"profiles.toml: {id}.settings", entry.settings if entry else {}), (where, overrides or {}))
    for place, layer in layers:
        for name, value in layer.items():
            if name not in settings:
                unknown = True
                faults.append(_unknown("setting", name, tuple(settings), f"{place}.{name}"))
            elif value not in settings[name].choices:
                faults.append(
                    Fault(
                        f"{place}.{name}",
                        f"{value!r} is no choice of this setting",
                        f"one of {join_names(settings[name].choices)}",
                        f"Leave it out for the default, {settings[name].default}",
                    )
                )
            else:
                chosen[name] = value
    if faults:
        raise (UnknownNameError if unknown else DocumentError)(*faults)
    return Profile(id=id, title=entries[id].title, settings=tuple(chosen.items()))


def _unknown(kind: str, name: str, known: tuple[str, ...], where: str) -> Fault:
    close = alike(name, known)
    remedy = f"Did you mean {join_names(repr(match) for match in close)}?" if close else f"Use a {kind} of that list"
    return Fault(where, f"no {kind} is called {name!r}", f"one of {join_names(known)}", remedy)
