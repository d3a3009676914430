"""Whether all pictures of a subject look alike: what a model makes whose weights were lost in training."""

from typing import Final

import numpy as np
from PIL import Image

#: Of the small pictures that are compared, in pixels.
_SIDE: Final = 16
#: Mean standard deviation over the pictures, in grey levels of 255. Runs of the miniature have more than 20, and of a model
#: that one step at a learning rate of 1 has wrecked less than 2.
_ALIKE: Final = 3.0
_FEWEST: Final = 4


class Likeness:
    """Takes note of pictures one by one, in constant memory."""

    def __init__(self) -> None:
        self._count = 0
        self._mean = np.zeros((_SIDE, _SIDE, 3))
        self._squares = np.zeros((_SIDE, _SIDE, 3))

    def add(self, picture: Image.Image) -> None:
        """Take note of an RGB picture (Welford 1962)."""
        small = np.asarray(picture.resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float64)
        self._count += 1
        change = small - self._mean
        self._mean += change / self._count
        self._squares += change * (small - self._mean)

    @property
    def spread(self) -> float:
        """The standard deviation over the pictures, a mean over pixels, in grey levels; 0 of one picture."""
        return float(np.sqrt(self._squares / max(1, self._count)).mean())

    @property
    def all_alike(self) -> bool:
        """Whether they are so many, and so alike, that something is wrong."""
        return self._count >= _FEWEST and self.spread < _ALIKE
