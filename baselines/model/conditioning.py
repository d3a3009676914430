"""What a denoiser is told beside the noisy latents: one carrier, a row a prompt, whatever a family of models puts in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Conditioning:
    """Encoded prompts, one a row.

    Attributes:
        text: embeddings [n, tokens, width].
        beside: what else a family's denoiser needs of a prompt, such as a pooled embedding [n, width], by a name of its own.
    """

    text: Tensor
    beside: Mapping[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.text.shape[0]

    def take(self, rows: Tensor) -> "Conditioning":
        """The rows at these indices, int64 [b], in their order; an index may come twice."""
        return self._each(lambda value: value[rows])

    def repeat(self, times: int) -> "Conditioning":
        """Every row `times` times, its copies side by side."""
        return self._each(lambda value: value.repeat_interleave(times, dim=0))

    def expand(self, count: int) -> "Conditioning":
        """A single row, seen `count` times without being copied."""
        return self._each(lambda value: value.expand(count, *value.shape[1:]))

    def detach(self) -> "Conditioning":
        """The same numbers, without the way they were computed."""
        return self._each(Tensor.detach)

    @staticmethod
    def join(parts: Sequence["Conditioning"]) -> "Conditioning":
        """The rows of several, one after the other. All must hold the same names."""
        names = list(parts[0].beside)
        beside = {name: torch.cat([part.beside[name] for part in parts]) for name in names}
        return Conditioning(torch.cat([part.text for part in parts]), beside)

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Conditioning":
        return Conditioning(change(self.text), {name: change(value) for name, value in self.beside.items()})
