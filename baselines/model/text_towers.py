"""A text encoder of CLIP's kind with its tokenizer: what prompts are read by, and where learned words are put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dreambench.dataset.errors import UserError


@dataclass(frozen=True)
class TextTower:
    """A tokenizer and the encoder that reads its tokens from a table of embeddings."""

    tokenizer: Any
    encoder: Any

    @property
    def length(self) -> int:
        """Tokens that are read, the marks at both ends among them."""
        return min(int(self.tokenizer.model_max_length), int(self.encoder.config.max_position_embeddings))

    @property
    def table(self) -> Tensor:
        """The embeddings [vocabulary, width]."""
        table: Tensor = self.encoder.get_input_embeddings().weight
        return table

    def token_ids(self, texts: Sequence[str]) -> Tensor:
        """Ids int64 [n, length] on the CPU, padded as this tokenizer pads.

        Raises:
            UserError: a text is longer than the encoder reads; cutting it would change the prompt silently.
        """
        rows = [self.tokenizer(text).input_ids for text in texts]
        for text, row in zip(texts, rows, strict=True):
            if len(row) > self.length:
                raise UserError(f'The prompt "{text}" has {len(row)} tokens, the base model reads {self.length}; shorten it.')
        return torch.tensor([self.padded(row) for row in rows])

    def padded(self, row: Sequence[int]) -> list[int]:
        """A row of ids, filled up to `length`."""
        return [*row, *[int(self.tokenizer.pad_token_id)] * (self.length - len(row))]


def join_towers(token_ids: Sequence[Tensor]) -> Tensor:
    """One tensor of several towers' ids [n, length] each: [n, length] of one tower, [n, towers, length] of more."""
    return token_ids[0] if len(token_ids) == 1 else torch.stack(list(token_ids), dim=1)
