"""Learned vectors in a prompt: spliced into the token embeddings, so no vocabulary or table is ever changed.

Bit-identical to giving the placeholder new rows in the embedding table, without touching the table's other rows every step.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from dreambench.baselines.base_model import BaseModel
from dreambench.baselines.conditioning import Conditioning
from dreambench.dataset.errors import UserError

PLACEHOLDER: Final = "<placeholder>"
"""Stands in a text where the learned vectors go; never reaches the tokenizer."""


@dataclass(frozen=True)
class SplicedPrompt:
    """A tokenised prompt with room for learned vectors; without a placeholder it is an ordinary one (`start` is None)."""

    token_ids: tuple[int, ...]
    """text_length ids; those at the placeholder's positions are never looked up for their meaning."""
    start: int | None
    """Where the first learned vector goes."""


def splice_prompt(base: BaseModel, text: str, n_vectors: int) -> SplicedPrompt:
    """Tokenise a text with at most one placeholder, giving it `n_vectors` positions.

    The text on either side is tokenised by itself: CLIP's tokenizer splits at spaces first, so that changes nothing.

    Raises:
        UserError: the prompt is longer than the text encoder reads.
    """
    before, found, after = text.partition(PLACEHOLDER)
    tokenizer = base.tokenizer
    left, right = (tokenizer(part, add_special_tokens=False).input_ids if part.strip() else [] for part in (before, after))
    room = [tokenizer.bos_token_id] * n_vectors if found else []
    row = [tokenizer.bos_token_id, *left, *room, *right, tokenizer.eos_token_id]
    if len(row) > base.text_length:
        raise UserError(f'The prompt "{text}" has {len(row)} tokens, the base model reads {base.text_length}; lower n_vectors.')
    padded = row + [tokenizer.pad_token_id] * (base.text_length - len(row))
    return SplicedPrompt(tuple(padded), 1 + len(left) if found else None)


def encode_spliced(base: BaseModel, prompts: Sequence[SplicedPrompt], vectors: Sequence[Tensor]) -> Conditioning:
    """What the denoiser is told, a row a prompt; prompt i gets `vectors[i]` [n_vectors, width]. Differentiable in them."""
    token_ids = torch.tensor([prompt.token_ids for prompt in prompts], device=base.device)
    rows: list[int] = []
    columns: list[int] = []
    pieces: list[Tensor] = []
    for row, (prompt, piece) in enumerate(zip(prompts, vectors, strict=True)):
        if prompt.start is not None:
            rows += [row] * len(piece)
            columns += range(prompt.start, prompt.start + len(piece))
            pieces.append(piece)
    if not pieces:
        return base.encode_tokens(token_ids)
    positions = torch.tensor([rows, columns], device=base.device)
    with _replaced_token_embeddings(base.text_encoder, positions, torch.cat(pieces)):
        return base.encode_tokens(token_ids)


def initial_vectors(base: BaseModel, initializer: str, n_vectors: int) -> tuple[Tensor, tuple[int, ...]]:
    """Where the vectors start: token embeddings of a text, [n_vectors, width], and the token ids used.

    With more tokens than vectors the last ones are taken (in English the head noun comes last), with fewer they repeat.

    Raises:
        UserError: the text has no known tokens.
    """
    token_ids = base.tokenizer(initializer, add_special_tokens=False).input_ids
    if not token_ids or set(token_ids) & set(base.tokenizer.all_special_ids):
        raise UserError(f'initializer "{initializer}" has no tokens in the base model\'s vocabulary; choose another word.')
    chosen = (
        token_ids[-n_vectors:] if len(token_ids) >= n_vectors else [token_ids[i % len(token_ids)] for i in range(n_vectors)]
    )
    table = base.text_encoder.get_input_embeddings().weight
    return table[torch.tensor(chosen, device=table.device)].detach().clone(), tuple(chosen)


@contextmanager
def _replaced_token_embeddings(text_encoder: Any, positions: Tensor, vectors: Tensor) -> Iterator[None]:
    """While open, the token embedding layer answers `vectors` [m, width] at `positions` [2, m] (row, column).

    A hook on that one layer, which every version of transformers' CLIP has and hands out, where the layers around it move.
    """

    def replace(_module: Any, _inputs: Any, embeddings: Tensor) -> Tensor:
        return embeddings.index_put((positions[0], positions[1]), vectors.to(embeddings.dtype))

    handle = text_encoder.get_input_embeddings().register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()
