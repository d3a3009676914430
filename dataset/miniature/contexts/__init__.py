"""The places of the miniature world: the contexts of the prompt list, and plain ones for reference photos."""

from typing import Final

from dataset.miniature.contexts.backdrops import BACKDROPS
from dataset.miniature.contexts.context import Context
from dataset.miniature.contexts.floors import FLOORS
from dataset.miniature.contexts.outdoors import OUTDOORS
from dataset.miniature.contexts.plain import PLAIN
from dataset.miniature.contexts.streets import STREETS
from dataset.miniature.contexts.waters import WATERS

__all__ = ["CONTEXTS", "PLAIN_CONTEXTS", "Context"]

#: The contexts prompts name, by the phrase that names them.
CONTEXTS: Final[dict[str, Context]] = {**OUTDOORS, **BACKDROPS, **FLOORS, **STREETS, **WATERS}

#: Places no prompt names; reference photos are taken in them.
PLAIN_CONTEXTS: Final[dict[str, Context]] = PLAIN
