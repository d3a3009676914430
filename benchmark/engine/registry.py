"""The engines by name: three built in, others from entry points in the group "dreambench.engines"."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Final

from dreambench.benchmark.declarations.reading import declare
from dreambench.benchmark.engine.settings import EngineSettings
from dreambench.benchmark.machine.device import Device, is_gpu
from dreambench.dataset.errors import UserError
from dreambench.dataset.plugins import load_plugin
from dreambench.dataset.words import counted, did_you_mean

if TYPE_CHECKING:
    from dreambench.benchmark.engine.engine import Engine

GROUP: Final = "dreambench.engines"
AUTO: Final = "auto"
_BUILT_IN: Final = {
    name: EntryPoint(name, value, GROUP)
    for name, value in {
        "inline": "dreambench.benchmark.engine.inline:Inline",
        "processes": "dreambench.benchmark.engine.processes:Processes",
        "ray": "dreambench.benchmark.engine.ray_engine:Ray",
    }.items()
}


def engine_names() -> tuple[str, ...]:
    """All known engines, sorted. A plug-in cannot take a built-in's name."""
    return tuple(sorted(_known()))


def check_engine(name: str) -> str:
    """The name, if it is an engine's or "auto". Loads nothing.

    Raises:
        UserError: it is neither; the message names the nearest.
    """
    known = (AUTO, *engine_names())
    if name not in known:
        raise UserError(f"--engine cannot be '{name}'; {did_you_mean(name, known)}")
    return name


def make_engine(name: str, device: Device, settings: Mapping[str, Any] | None = None) -> "Engine":
    """An engine by its name.

    Args:
        name: "auto" takes `inline` on a GPU, which one resident model should have for itself, and else `processes`.
        device: where the models will run.
        settings: the engine's own, by key, where they are not the defaults.

    Raises:
        UserError: there is no such engine, a setting is none of it or wrong, a library that it needs is not installed, or a
            plug-in cannot be loaded or is none.
    """
    check_engine(name)
    chosen = ("inline" if is_gpu(device) else "processes") if name == AUTO else name
    entry = _known()[chosen]
    found = load_plugin(entry, what="Engine")
    from dreambench.benchmark.engine.engine import Engine

    if not isinstance(found, type) or not issubclass(found, Engine):
        raise UserError(f"Engine {name} from {entry.value} is not derived from dreambench.benchmark.engine.engine.Engine.")
    return found(_settings_of(found, chosen, settings or {}))


def _settings_of(engine: "type[Engine]", name: str, given: Mapping[str, Any]) -> EngineSettings:
    if given and not engine.settings_type.model_fields:
        options = counted(len(given), "setting")
        raise UserError(
            f"The engine {name} has no settings, and {options} came: {', '.join(given)}; leave them out, or give "
            "another --engine."
        )
    return declare(engine.settings_type, given, where=f"the settings of the engine {name}")


def _known() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)} | _BUILT_IN
