"""The methods by name: some built in, others from entry points in the group "dreambench.methods".

A function of a person's own is a method too, named "file.py:function" or "module:function". It is loaded only where its class
is asked for: names in other people's results are looked up here as well, and run nothing.

Asking for names, descriptions or settings of built-in methods loads no torch; asking for a class does.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dreambench.baselines import settings as own_settings
from dreambench.baselines.adapters.settings import PeftSettings
from dreambench.baselines.description import first_line
from dreambench.baselines.generators.declaration import PipelineSettings
from dreambench.baselines.generators.source import function_version, is_function, load_function
from dreambench.baselines.methods.custom_diffusion.settings import CustomDiffusionSettings
from dreambench.baselines.settings import MethodSettings
from dreambench.dataset.errors import UserError
from dreambench.dataset.plugins import load_plugin, plugin_version
from dreambench.dataset.words import did_you_mean

if TYPE_CHECKING:
    from dreambench.baselines.method import Method

GROUP: Final = "dreambench.methods"


class _BuiltIn(NamedTuple):
    """Where a method's class is, and its settings, whose docstring describes the method without its class being loaded."""

    module: str
    attribute: str
    settings: type[MethodSettings]


_BUILT_IN: Final = {
    "copy_reference": _BuiltIn(
        "dreambench.baselines.methods.copy_reference", "CopyReference", own_settings.CopyReferenceSettings
    ),
    "custom_diffusion": _BuiltIn(
        "dreambench.baselines.methods.custom_diffusion.method", "CustomDiffusion", CustomDiffusionSettings
    ),
    "dreambooth": _BuiltIn("dreambench.baselines.methods.dreambooth", "DreamBooth", own_settings.DreamBoothSettings),
    "peft": _BuiltIn("dreambench.baselines.adapters.method", "Peft", PeftSettings),
    "pipeline": _BuiltIn("dreambench.baselines.generators.pipeline", "Pipeline", PipelineSettings),
    "pretrained": _BuiltIn("dreambench.baselines.methods.pretrained", "Pretrained", own_settings.PretrainedSettings),
    "textual_inversion": _BuiltIn(
        "dreambench.baselines.methods.textual_inversion", "TextualInversion", own_settings.TextualInversionSettings
    ),
}


def method_names() -> tuple[str, ...]:
    """All known methods, sorted. A plug-in cannot take a built-in's name."""
    return tuple(sorted({*_BUILT_IN, *(entry.name for entry in entry_points(group=GROUP))}))


def method_class(name: str) -> type[Method[Any]]:
    """The class of a method: called with its settings it gives a `Method`.

    A plug-in that is written like a method without being derived from `Method` gets what it does not say from there.

    Raises:
        UserError: there is no such method (names the nearest one), or a plug-in cannot be loaded or is no method.
    """
    _check(name)
    if is_function(name):
        from dreambench.baselines.generators.function import function_method

        return function_method(load_function(name), name=name)
    if name in _BUILT_IN:
        built_in: type[Method[Any]] = getattr(import_module(_BUILT_IN[name].module), _BUILT_IN[name].attribute)
        return built_in
    entry = _entry_point(name)
    return _as_method(load_plugin(entry, what="Method"), f"Method {name} from {entry.value}")


def settings_class(name: str) -> type[MethodSettings]:
    """The settings of a method.

    Raises:
        UserError: there is no such method.
    """
    _check(name)
    if is_function(name):
        return MethodSettings  # a function has no settings
    return _BUILT_IN[name].settings if name in _BUILT_IN else method_class(name).settings_type


def describe_method(name: str) -> str:
    """A method in one line, for lists.

    Raises:
        UserError: there is no such method, or a plug-in cannot be loaded.
    """
    _check(name)
    return first_line(_BUILT_IN[name].settings.__doc__) if name in _BUILT_IN else method_class(name).describe()


def method_plugin(name: str) -> str | None:
    """The distribution that brings a plug-in method and its version, "some-name 1.2"; of a function, its file's hash; None for
    a built-in method.

    It stands for the plug-in's code in what names a unit and a run. An editable plug-in (or anything else that is edited
    without a new version) keeps its version when its code changes, and so its finished units: raise the version, or give
    another folder with --out. The same holds for what the plug-in itself depends on.

    Raises:
        UserError: there is no such method.
    """
    _check(name)
    if is_function(name):
        return function_version(name)
    return None if name in _BUILT_IN else plugin_version(_entry_point(name))


def build_method(name: str, settings: MethodSettings) -> Method[Any]:
    """A method with its settings.

    Raises:
        UserError: there is no such method.
        TypeError: the settings are another method's.
    """
    expected = settings_class(name)
    if not isinstance(settings, expected):
        raise TypeError(f"{name} takes {expected.__name__}, not {type(settings).__name__}")
    return method_class(name)(settings)


def _as_method(found: Any, who: str) -> type[Method[Any]]:
    from dreambench.baselines.method import Method

    if not isinstance(found, type):
        from dreambench.baselines.generators.function import function_method

        return function_method(found, name=who)
    kind: type[Method[Any]] = (
        found if issubclass(found, Method) else type(found.__name__, (found, Method), {"__doc__": found.__doc__})
    )
    missing = sorted(getattr(kind, "__abstractmethods__", ()))
    if missing:
        raise UserError(f"{who} is no method: it has no `{missing[0]}`.")
    if not isinstance(kind.settings_type, type) or not issubclass(kind.settings_type, MethodSettings):
        raise UserError(f"{who} has a settings_type that is not derived from dreambench.baselines.settings.MethodSettings.")
    for fact in ("needs_base_model", "uses_sampler", "has_prior"):
        if not isinstance(getattr(kind, fact), bool):
            raise UserError(f"{who} must say {fact} = True or False in its class; it is asked before there are settings.")
    return kind


def _entry_point(name: str) -> EntryPoint:
    (entry, *_) = entry_points(group=GROUP, name=name)
    return entry


def _check(name: str) -> None:
    names = method_names()
    if name not in names and not is_function(name):
        raise UserError(f"There is no method '{name}'; {did_you_mean(name, names, alike=0.4)}")
