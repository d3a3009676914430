"""The methods by name: four built in, others from entry points in the group "dreambench.methods".

Asking for names or built-in settings loads no torch; asking for a class does.
"""

from __future__ import annotations

import difflib
import re
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Final

from dreambench.baselines import settings as own_settings
from dreambench.baselines.settings import MethodSettings
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    from dreambench.baselines.method import Method

GROUP: Final = "dreambench.methods"

_BUILT_IN: Final[dict[str, tuple[str, str, type[MethodSettings]]]] = {
    "copy_reference": ("dreambench.baselines.copy_reference", "CopyReference", own_settings.CopyReferenceSettings),
    "dreambooth": ("dreambench.baselines.dreambooth", "DreamBooth", own_settings.DreamBoothSettings),
    "pretrained": ("dreambench.baselines.pretrained", "Pretrained", own_settings.PretrainedSettings),
    "textual_inversion": ("dreambench.baselines.textual_inversion", "TextualInversion", own_settings.TextualInversionSettings),
}


def method_names() -> tuple[str, ...]:
    """All known methods, sorted. A plug-in cannot take a built-in's name."""
    return tuple(sorted({*_BUILT_IN, *(entry.name for entry in entry_points(group=GROUP))}))


def method_class(name: str) -> type[Any]:
    """The class of a method: called with its settings it gives a `Method`.

    Raises:
        UserError: there is no such method (names the nearest one), or a plug-in cannot be loaded.
    """
    _check(name)
    if name in _BUILT_IN:
        module, attribute, _ = _BUILT_IN[name]
        built_in: type[Any] = getattr(import_module(module), attribute)
        return built_in
    entry = _entry_point(name)
    try:
        plugged_in = entry.load()
    except Exception as error:  # a plug-in's import may fail in any way; the user needs to know whose it is
        raise UserError(f"Method {name} from {entry.value} cannot be loaded ({type(error).__name__}: {error}).") from error
    if not isinstance(plugged_in, type) or not issubclass(getattr(plugged_in, "settings_type", object), MethodSettings):
        raise UserError(f"Method {name} from {entry.value} is no method class with a settings_type.")
    return plugged_in


def settings_class(name: str) -> type[MethodSettings]:
    """The settings of a method.

    Raises:
        UserError: there is no such method.
    """
    _check(name)
    if name in _BUILT_IN:
        return _BUILT_IN[name][2]
    settings: type[MethodSettings] = method_class(name).settings_type
    return settings


def method_plugin(name: str) -> str | None:
    """The distribution that brings a plug-in method and its version, "some-name 1.2"; None for a built-in method.

    It stands for the plug-in's code in what names a unit and a run. An editable plug-in (or anything else that is edited
    without a new version) keeps its version when its code changes, and so its finished units: raise the version, or give
    another folder with --out. The same holds for what the plug-in itself depends on.

    Raises:
        UserError: there is no such method.
    """
    _check(name)
    if name in _BUILT_IN:
        return None
    distribution = _entry_point(name).dist
    if distribution is None:
        return "unknown"
    return f"{re.sub(r'[-_.]+', '-', distribution.name).lower()} {distribution.version}"


def build_method(name: str, settings: MethodSettings) -> Method:
    """A method with its settings.

    Raises:
        UserError: there is no such method.
        TypeError: the settings are another method's.
    """
    expected = settings_class(name)
    if not isinstance(settings, expected):
        raise TypeError(f"{name} takes {expected.__name__}, not {type(settings).__name__}")
    method: Method = method_class(name)(settings)
    return method


def _entry_point(name: str) -> EntryPoint:
    (entry, *_) = entry_points(group=GROUP, name=name)
    return entry


def _check(name: str) -> None:
    names = method_names()
    if name not in names:
        nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f'did you mean "{nearest[0]}"? ' if nearest else ""
        raise UserError(f'There is no method "{name}"; {hint}known are {", ".join(names)}.')
