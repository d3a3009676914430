"""From a picture to what an encoder sees: resize, crop the centre, normalise. A part of the protocol."""

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

Triple = tuple[FiniteFloat, FiniteFloat, FiniteFloat]
_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


class ImageTransform(BaseModel):
    """Resize and crop in pixels, then (x / 255 - mean) / std per channel.

    "256/224" of the literature is resize = 256, crop = 224, bicubic with antialiasing (Pillow's), ImageNet's mean and std.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    resize: int = Field(ge=1, le=4096)
    """Length of the short side after resizing; of both sides where the aspect is "square"."""
    crop: int = Field(ge=1, le=4096)
    """Side of the square cut from the centre."""
    interpolation: Literal["bicubic", "bilinear"] = "bicubic"
    aspect: Literal["keep", "square"] = "keep"
    """"keep" resizes the short side and leaves the shape; "square" squashes the picture to resize x resize, as the
    Hugging Face processor of ViT does."""
    mean: Triple | Literal["own"] = "own"
    """Of RGB in 0..1; "own" takes the model's."""
    std: Triple | Literal["own"] = "own"
    """Of RGB in 0..1; "own" takes the model's."""

    @model_validator(mode="after")
    def _crop_fits(self) -> Self:
        if self.crop > self.resize:
            raise ValueError(f"crop ({self.crop}) must not be larger than resize ({self.resize})")
        if self.std != "own" and min(self.std) <= 0:
            raise ValueError("std must be positive")
        return self

    def resolve(self, *, mean: Triple, std: Triple) -> "ImageTransform":
        """The same with every "own" replaced by the model's own values."""
        return self.model_copy(
            update={"mean": mean if self.mean == "own" else self.mean, "std": std if self.std == "own" else self.std}
        )

    def cropped(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and crop one RGB picture: [crop, crop, 3], 8 bits a channel, as torchvision's Resize and CenterCrop do."""
        size = self._resized(*image.size)
        if size != image.size:
            image = image.resize(size, _FILTERS[self.interpolation])
        left, top = round((image.width - self.crop) / 2.0), round((image.height - self.crop) / 2.0)
        return np.asarray(image.crop((left, top, left + self.crop, top + self.crop)), dtype=np.uint8)

    def _resized(self, width: int, height: int) -> tuple[int, int]:
        if self.aspect == "square":
            return self.resize, self.resize
        short = min(width, height)
        return int(self.resize * width / short), int(self.resize * height / short)

    def normalisation(self) -> tuple[Triple, Triple]:
        """Mean and std of a resolved transform.

        Raises:
            ValueError: it still says "own".
        """
        if self.mean == "own" or self.std == "own":
            raise ValueError("the transform is not resolved; call resolve with the model's own mean and std")
        return self.mean, self.std
