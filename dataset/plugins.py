"""What every kind of plug-in has in common: an entry point that is loaded, and a distribution with a version."""

import re
from importlib.metadata import EntryPoint
from typing import Any

from dreambench.dataset.errors import UserError


def load_plugin(entry: EntryPoint, *, what: str) -> Any:
    """What an entry point names.

    Args:
        entry: the plug-in's.
        what: it is, as the sentence begins: "The formula", "Engine".

    Raises:
        UserError: its import fails; the message names the plug-in and the reason.
    """
    try:
        return entry.load()
    except Exception as error:  # a plug-in's import may fail in any way; the user needs to know whose it is
        raise UserError(
            f"{what} {entry.name} from {entry.value} cannot be loaded ({type(error).__name__}: {error})."
        ) from error


def plugin_version(entry: EntryPoint) -> str:
    """The distribution that brings a plug-in and its version in one spelling, "some-name 1.2"; "unknown" without one."""
    if entry.dist is None:
        return "unknown"
    return f"{re.sub(r'[-_.]+', '-', entry.dist.name).lower()} {entry.dist.version}"
