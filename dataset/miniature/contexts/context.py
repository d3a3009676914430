"""The type of a context: what is drawn behind a subject and what in front of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from dreambench.dataset.miniature.canvas import Canvas, Pose


@dataclass(frozen=True)
class Context:
    """A place. `back` paints the whole picture in frame coordinates; `front`, if any, paints over the subject's foot."""

    back: Callable[[Canvas, random.Random], None]
    front: Callable[[Canvas, Pose, random.Random], None] | None = None
    shadow: bool = True
