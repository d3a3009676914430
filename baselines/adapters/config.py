"""From settings to a config of the peft library: its own keys and types, unknown ones refused with the nearest."""

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import BaseModel, TypeAdapter, ValidationError

from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.reading import NotRead, read_json
from dreambench.dataset.words import did_you_mean, shortened

CONFIG_FILE: Final = "adapter_config.json"
_OURS: Final = frozenset(
    {"peft_type", "task_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision", "inference_mode"}
)
"""Fields of every config that say where it comes from, not what the adapter is."""
_INSTALL: Final = "--method peft needs the peft library; install it with: pip install 'dreambench[peft]'"


class AdapterSettings(Protocol):
    """What is read of a method's settings; `PeftSettings` says what each means."""

    @property
    def adapter(self) -> str: ...  # noqa: D102
    @property
    def rank(self) -> int | None: ...  # noqa: D102
    @property
    def alpha(self) -> float | None: ...  # noqa: D102
    @property
    def model_extra(self) -> dict[str, Any] | None: ...  # noqa: D102


def peft_library() -> Any:
    """The library.

    Raises:
        UserError: it is not installed.
    """
    try:
        import peft
    except ImportError as error:
        raise UserError(_INSTALL) from error
    return peft


def config_keys(adapter: str) -> frozenset[str]:
    """The keys that an adapter's config takes, beside those that every one has.

    Raises:
        UserError: there is no such adapter, or peft is not installed.
    """
    kind, _ = _kind_and_values(adapter)
    return frozenset(field.name for field in dataclasses.fields(kind) if field.init) - _OURS


def adapter_config(settings: AdapterSettings, target_modules: Sequence[str] | str | None) -> Any:
    """The config of peft that the settings mean, for one network.

    Args:
        settings: the method's.
        target_modules: which of the network's layers; None: those of the config file.

    Raises:
        UserError: there is no such adapter, it lacks a setting that is given, or refuses a value.
    """
    kind, values = _kind_and_values(settings.adapter)
    given = dict(settings.model_extra or {})
    for key, value in (("rank", settings.rank), ("alpha", settings.alpha)):
        if value is not None:
            given[_name_of(key, kind, settings.adapter)] = value
    values = values | given
    if target_modules is not None:
        values["target_modules"] = target_modules if isinstance(target_modules, str) else list(target_modules)
    return build_config(kind, values, called=settings.adapter)


def read_adapter_config(path: Path) -> Any:
    """The config that peft saved beside an adapter's weights.

    Raises:
        UserError: it cannot be read, or is of no adapter that the installed peft puts into layers.
    """
    kind, values = _kind_and_values(str(path))
    return build_config(kind, values, called=str(path))


def build_config(kind: type[Any], values: Mapping[str, Any], *, called: str) -> Any:
    """A config from plain values, their types checked against the class's fields.

    Raises:
        UserError: a key is unknown, or a value refused; the sentence names `called`.
    """
    known = {field.name for field in dataclasses.fields(kind) if field.init}
    typed = {}
    for key, value in values.items():
        if key not in known:
            raise UserError(f"The adapter {called} has no setting '{key}'; {did_you_mean(key, sorted(known - _OURS))}")
        typed[key] = _checked(kind, key, value, called)
    try:
        config = kind(**typed)
    except Exception as error:  # each config has its own kinds of refusal; all mean the same to the user
        raise UserError(f"The adapter {called} refuses its settings: {_said(error)}") from error
    tuner = peft_library().PEFT_TYPE_TO_TUNER_MAPPING[config.peft_type]
    if hasattr(tuner, "update_and_allocate"):
        raise UserError(
            f"The adapter {called} must be told of every step to change its ranks, which is not done here; use lora."
        )
    return config


def starts_from_changed_weights(config: Any) -> bool:
    """Whether an adapter may begin by changing the layers' own weights, as PiSSA does: an initialisation that has a name."""
    return any(key.startswith("init_") and isinstance(value, str) for key, value in vars(config).items())


def _kinds() -> dict[str, type[Any]]:
    mapping: Mapping[Any, type[Any]] = peft_library().PEFT_TYPE_TO_CONFIG_MAPPING
    return {
        str(name.value).lower(): kind
        for name, kind in mapping.items()
        if "target_modules" in {field.name for field in dataclasses.fields(kind) if field.init}
    }


def _kind_and_values(adapter: str) -> tuple[type[Any], dict[str, Any]]:
    """The config's class, and what of it a file says."""
    path = expanded(adapter)
    path = path / CONFIG_FILE if path.is_dir() else path
    if path.suffix != ".json":
        kinds = _kinds()
        if adapter.lower() not in kinds:
            switch = f"use_{adapter.lower()}"
            with_switch = [name for name, kind in kinds.items() if switch in {field.name for field in dataclasses.fields(kind)}]
            hint = f"set adapter={with_switch[0]} and {switch}=true." if with_switch else did_you_mean(adapter, kinds)
            raise UserError(f"There is no adapter '{adapter}' in the installed peft; {hint}")
        return kinds[adapter.lower()], {}
    try:
        values = read_json(path, mend="check the path.")
    except NotRead as error:
        raise error.about(f"The adapter's config {path}", "check the path.") from error.__cause__
    name = str(values.get("peft_type", "")).lower() if isinstance(values, dict) else ""
    if name not in _kinds():
        raise UserError(f"The config {path} has no peft_type that can be put into layers; give a file that peft has written.")
    return _kinds()[name], {key: value for key, value in values.items() if key not in _OURS and value is not None}


def _name_of(key: str, kind: type[Any], adapter: str) -> str:
    """What the config calls the rank or the scale."""
    names = [field.name for field in dataclasses.fields(kind) if field.init]
    found = "r" if key == "rank" and "r" in names else None
    if key == "alpha":
        found = next((name for name in names if name == "alpha" or name.endswith("_alpha")), None)
    if found is None:
        raise UserError(
            f"The adapter {adapter} has no {key}; its settings are {', '.join(name for name in names if name not in _OURS)}."
        )
    return found


def _checked(kind: type[Any], key: str, value: Any, called: str) -> Any:
    """A value in the field's type."""
    try:
        hint = typing.get_type_hints(kind)[key]
        fitting: Any = TypeAdapter(hint)
    except Exception:  # a hint that cannot be looked up, or is of no type that can be checked: the config has the word
        return value
    try:
        checked = fitting.validate_python(value)
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"]
        raise UserError(f"The adapter {called}: '{key}' cannot be {value!r}: {said[:1].lower()}{said[1:]}.") from error
    # Sub-configs stay plain tables, as peft's files have them.
    return value if isinstance(checked, BaseModel) or dataclasses.is_dataclass(checked) else checked


def _said(error: BaseException) -> str:
    """A library's words as the end of a sentence."""
    return f"{shortened(' '.join(str(error).split()), 200).rstrip('.')}."


def refusal(error: BaseException, config: Any) -> UserError:
    """What it means that an adapter could not be put into the model."""
    return UserError(f"The adapter {str(config.peft_type.value).lower()} does not fit the base model: {_said(error)}")
