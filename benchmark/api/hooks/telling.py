"""Who is told of events: hooks one after the other, each off from the moment at which it fails."""

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import Final

from dreambench.baselines.model.files.hub import first_line
from dreambench.benchmark.api.hooks.events import Event
from dreambench.benchmark.api.hooks.registry import Hook, make_hook


class Hooks:
    """The hooks of a command. A hook that raises never harms a run: it is off from then on, and one sentence says so."""

    def __init__(self, hooks: Sequence[str | Hook] = (), *, note: Callable[[str], None] = lambda text: None) -> None:
        """Make those that are given by name.

        Args:
            hooks: names, "file.py:function", or what is called with an event.
            note: is told of a hook that fails.

        Raises:
            UserError: one cannot be had.
        """
        self._on = [(_name(hook), make_hook(hook) if isinstance(hook, str) else hook) for hook in hooks]
        self._note = note

    def tell(self, event: Event) -> None:
        """Call all hooks that are on. What they print goes to stderr: stdout is for results."""
        for told in tuple(self._on):
            name, hook = told
            try:
                with redirect_stdout(sys.stderr):
                    hook(event)
            except (Exception, SystemExit) as error:
                self._on.remove(told)
                failed = f"{type(event).__name__} ({type(error).__name__}: {first_line(error)})"
                self._note(f"The hook {name} failed at {failed} and is off from now on; the run is not touched by it.")


#: Nobody is told.
NO_HOOKS: Final = Hooks()


def _name(hook: str | Hook) -> str:
    return hook if isinstance(hook, str) else getattr(hook, "__name__", type(hook).__name__)
