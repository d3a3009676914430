"""Hooks by name: entry points in the group "dreambench.hooks", or "file.py:function". There are none built in."""

import inspect
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Final, TypeAlias

from dreambench.baselines.description import first_line
from dreambench.baselines.generators.source import is_function, load_function
from dreambench.baselines.model.files.hub import first_line as first_words
from dreambench.benchmark.api.hooks.events import Event
from dreambench.dataset.errors import UserError
from dreambench.dataset.plugins import load_plugin
from dreambench.dataset.words import did_you_mean

Hook: TypeAlias = Callable[[Event], None]
"""Is called with each event, in the process that drives the run. What it returns is not looked at."""

GROUP: Final = "dreambench.hooks"


def hook_names() -> tuple[str, ...]:
    """The hooks that are installed, sorted."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def make_hook(name: str) -> Hook:
    """A hook by its name: what the name stands for, or the object that it makes where that is a class.

    Raises:
        UserError: there is none of this name, it cannot be loaded (a library of its own may be missing), or it is no hook.
    """
    found = _found(name)
    if isinstance(found, type):
        try:
            found = found()
        except Exception as error:  # a stranger's class may fail in any way
            raise UserError(f"The hook {name} cannot be made ({type(error).__name__}: {first_words(error)}).") from error
    if not callable(found):
        raise UserError(f"The hook {name} cannot be called; it must be a function of one event, or a class with `__call__`.")
    try:
        inspect.signature(found).bind(None)
    except (TypeError, ValueError) as error:
        raise UserError(f"The hook {name} cannot be called with one event: {error}.") from error
    hook: Hook = found
    return hook


def describe_hook(name: str) -> str:
    """The first line of an installed hook's docstring, or why it has none: a broken one must not hide the others."""
    try:
        return first_line(inspect.getdoc(_found(name)))
    except UserError as error:
        return str(error)


def _found(name: str) -> Any:
    if is_function(name):
        return load_function(name, what="hook")
    entry = next(iter(entry_points(group=GROUP, name=name)), None)
    if entry is None:
        known = hook_names()
        hint = did_you_mean(name, known) if known else "none is installed; name a function of yours: file.py:function."
        raise UserError(f"--hook cannot be '{name}'; {hint}")
    return load_plugin(entry, what="The hook")
