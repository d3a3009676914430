"""The engines by name: two built in, others from entry points in the group "dreambench.engines"."""

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.machine.device import Device, is_gpu
from dreambench.dataset.errors import UserError
from dreambench.dataset.plugins import load_plugin
from dreambench.dataset.words import did_you_mean

if TYPE_CHECKING:
    from dreambench.benchmark.engine.engine import Engine

GROUP: Final = "dreambench.engines"
AUTO: Final = "auto"
_BUILT_IN: Final = {
    name: EntryPoint(name, value, GROUP)
    for name, value in {
        "inline": "dreambench.benchmark.engine.inline:Inline",
        "processes": "dreambench.benchmark.engine.processes:Processes",
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


def make_engine(name: str, device: Device) -> "Engine":
    """An engine by its name.

    Args:
        name: "auto" takes `inline` on a GPU, which one resident model should have for itself, and else `processes`.
        device: where the models will run.

    Raises:
        UserError: there is no such engine, or a plug-in cannot be loaded or is none.
    """
    check_engine(name)
    entry = _known()[("inline" if is_gpu(device) else "processes") if name == AUTO else name]
    found = load_plugin(entry, what="Engine")
    from dreambench.benchmark.engine.engine import Engine

    if not isinstance(found, type) or not issubclass(found, Engine):
        raise UserError(f"Engine {name} from {entry.value} is not derived from dreambench.benchmark.engine.engine.Engine.")
    return found()


def _known() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)} | _BUILT_IN
