"""The places of the miniature world: the contexts of the prompt list, and plain ones for reference photos."""

from typing import Final

from dreambench.dataset.miniature.contexts.backdrops import BACKDROPS
from dreambench.dataset.miniature.contexts.context import Context
from dreambench.dataset.miniature.contexts.floors import FLOORS
from dreambench.dataset.miniature.contexts.outdoors import OUTDOORS
from dreambench.dataset.miniature.contexts.plain import PLAIN
from dreambench.dataset.miniature.contexts.streets import STREETS
from dreambench.dataset.miniature.contexts.waters import WATERS

__all__ = ["CONTEXTS", "PLAIN_CONTEXTS", "Context"]

#: The contexts prompts name, by the phrase that names them.
CONTEXTS: Final[dict[str, Context]] = {**OUTDOORS, **BACKDROPS, **FLOORS, **STREETS, **WATERS}

#: Places no prompt names; reference photos are taken in them.
PLAIN_CONTEXTS: Final[dict[str, Context]] = PLAIN
