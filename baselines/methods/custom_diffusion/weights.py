"""What Custom Diffusion trains: which weights of a base model, and as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.training.given_files import SUFFIX, adapter_location
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_bytes, make_folder
from dreambench.dataset.words import shortened

WORD: Final = "<new1>"
"""What the learned word is called, in files and records; the authors' name for it."""


@dataclass(frozen=True)
class Trained:
    """A subject's trained weights: parameters of the resident model, and a word.

    Attributes:
        layers: keys and values of the cross attention, by their names in the model, PART.LAYER.
        word: [1, width], the width that of all text encoders' embeddings side by side.
        columns: the width of each encoder's part of the word, by the encoder's name.
    """

    layers: Mapping[str, Tensor]
    word: Tensor
    columns: Mapping[str, int]

    @property
    def weights(self) -> list[Tensor]:
        """All of them."""
        return [*self.layers.values(), self.word]

    def tensors(self) -> dict[str, Tensor]:
        """What a file holds, on the CPU: the layers under their names, the word as ENCODER.<new1> [1, width]."""
        pieces = torch.split(self.word, list(self.columns.values()), dim=-1)
        words = {_word_name(part): piece for part, piece in zip(self.columns, pieces, strict=True)}
        return {name: tensor.detach().cpu().contiguous() for name, tensor in {**self.layers, **words}.items()}

    def to_bytes(self) -> bytes:
        """The file in safetensors."""
        return save(self.tensors(), metadata={"format": "pt"})

    def write(self, folder: Path, subject: str) -> None:
        """Write SUBJECT.safetensors into a folder, which is made if need be."""
        make_folder(folder)
        atomic_write_bytes(folder / f"{subject}{SUFFIX}", self.to_bytes())

    @torch.no_grad()
    def take_from(self, folder: Path, subject: str) -> None:
        """Copy a subject's file into the weights.

        Raises:
            UserError: it is missing, damaged or was trained on another base model; the sentence names the subject.
        """
        path = adapter_location(folder, subject)
        try:
            given = load_file(path)
            self._refuse_others(given)
        except Exception as error:  # safetensors and the system have their own kinds of refusal; the user needs the file
            said = shortened(" ".join(str(error).split()).rstrip(".") or type(error).__name__, 300)
            raise UserError(
                f"The weights of the subject {subject}, {path}, cannot be used: {said}; give a file that --set save=FOLDER "
                "wrote for the suite's base model."
            ) from error
        for name, weight in self.layers.items():
            weight.copy_(given[name])
        self.word.copy_(torch.cat([given[_word_name(part)] for part in self.columns], dim=-1))

    def _refuse_others(self, given: Mapping[str, Tensor]) -> None:
        """See that a file has these weights, no others, and finite numbers."""
        own = self.tensors()
        for name in sorted(own.keys() | given.keys()):
            wanted, found = (list(tensors[name].shape) if name in tensors else "nothing" for tensors in (own, given))
            if wanted != found:
                raise UserError(f"it is for another base model: {name} must be {wanted} and is {found}")
            if not given[name].isfinite().all():
                raise UserError(f"{name} has numbers that are not finite")


def keys_and_values(base: BaseModel) -> dict[str, Tensor]:
    """The weights of keys and values in the cross attention of a model's denoiser, by PART.LAYER.

    Raises:
        UserError: the model has no cross attention, or no text encoder that can take a word.
    """
    part, denoiser = next(iter(base.parts.items()))
    layers: dict[str, Tensor] = {
        f"{part}.{name}.{projection}.{key}": weight
        for name, module in denoiser.named_modules()
        if getattr(module, "is_cross_attention", False)
        for projection in ("to_k", "to_v")
        for key, weight in getattr(module, projection).named_parameters()
    }
    if not layers or not base.towers:
        raise UserError(
            "Custom Diffusion trains cross attention and a word of CLIP's text encoders, which this base model does not have; "
            "use dreambooth or peft, or a base model such as Stable Diffusion 1.5 or XL."
        )
    return layers


def trained_weights(base: BaseModel, layers: Mapping[str, Tensor], word: Tensor) -> Trained:
    """The layers with a word [1, width] for the model's text encoders."""
    encoders = {id(network): name for name, network in base.parts.items()}
    return Trained(layers, word, {encoders[id(tower.encoder)]: tower.table.shape[1] for tower in base.towers})


def _word_name(part: str) -> str:
    return f"{part}.{WORD}"
