"""What a family's checkpoint is made of: folders with weights, folders with tokenizers. No torch in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

INDEX: Final = "model_index.json"
"""The file that names a checkpoint's pipeline class."""


@dataclass(frozen=True)
class Layout:
    """The folders of a checkpoint.

    Attributes:
        weights: the folders with weights and the class of each, "library:Class"; the denoiser's comes first.
        tokenizers: the same for tokenizers; identifiers are found with the first.
        index_counts: whether model_index.json says more than which classes there are, and so belongs to what names a result.
    """

    weights: Mapping[str, str]
    tokenizers: Mapping[str, str]
    index_counts: bool = True

    @property
    def denoiser(self) -> str:
        """The folder of the network that takes the noise out."""
        return next(iter(self.weights))

    @property
    def text_encoders(self) -> list[str]:
        """The folders of the networks that read prompts."""
        return [name for name, kind in self.weights.items() if kind.startswith("transformers:")]

    def stem(self, part: str) -> str:
        """What the weight files of a part are called, as its library calls them."""
        return "model" if self.weights[part].startswith("transformers:") else "diffusion_pytorch_model"

    def kind(self, part: str) -> Any:
        """The class of a part; loads its library."""
        library, _, name = {**self.weights, **self.tokenizers}[part].partition(":")
        return getattr(import_module(library), name)
