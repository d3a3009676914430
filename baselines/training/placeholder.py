"""Learned vectors in a prompt: spliced into the token embeddings, so no vocabulary or table is ever changed.

Bit-identical to giving the placeholder new rows in the embedding table, without touching the table's other rows every step.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.text_towers import TextTower, join_towers
from dreambench.dataset.errors import UserError

PLACEHOLDER: Final = "<placeholder>"
"""Stands in a text where the learned vectors go; never reaches the tokenizer."""


@dataclass(frozen=True)
class SplicedPrompt:
    """A tokenised prompt with room for learned vectors, once for each text encoder."""

    rows: tuple["SplicedRow", ...]


@dataclass(frozen=True)
class SplicedRow:
    """A prompt as one text encoder reads it; without a placeholder it is an ordinary one (`start` is None)."""

    token_ids: tuple[int, ...]
    """As many ids as the encoder reads; those at the placeholder's positions are never looked up for their meaning."""
    start: int | None
    """Where the first learned vector goes."""


def splice_prompt(base: BaseModel, text: str, n_vectors: int) -> SplicedPrompt:
    """Tokenise a text with at most one placeholder, giving it `n_vectors` positions.

    The text on either side is tokenised by itself: CLIP's tokenizer splits at spaces first, so that changes nothing.

    Raises:
        UserError: the prompt is longer than the text encoder reads.
    """
    return SplicedPrompt(tuple(_spliced_row(tower, text, n_vectors) for tower in base.towers))


def _spliced_row(tower: TextTower, text: str, n_vectors: int) -> SplicedRow:
    before, found, after = text.partition(PLACEHOLDER)
    tokenizer = tower.tokenizer
    left, right = (tokenizer(part, add_special_tokens=False).input_ids if part.strip() else [] for part in (before, after))
    room = [tokenizer.bos_token_id] * n_vectors if found else []
    row = [tokenizer.bos_token_id, *left, *room, *right, tokenizer.eos_token_id]
    if len(row) > tower.length:
        raise UserError(f'The prompt "{text}" has {len(row)} tokens, the base model reads {tower.length}; lower n_vectors.')
    return SplicedRow(tuple(tower.padded(row)), 1 + len(left) if found else None)


def encode_spliced(base: BaseModel, prompts: Sequence[SplicedPrompt], vectors: Sequence[Tensor]) -> Conditioning:
    """What the denoiser is told, a row a prompt; prompt i gets `vectors[i]` [n_vectors, width]. Differentiable in them.

    The width is that of all text encoders' embeddings side by side: each takes its own columns.
    """
    widths = [tower.table.shape[1] for tower in base.towers]
    columns = [torch.split(piece, widths, dim=-1) for piece in vectors]
    token_ids: list[Tensor] = []
    with ExitStack() as replaced:
        for number, tower in enumerate(base.towers):
            rows = [prompt.rows[number] for prompt in prompts]
            token_ids.append(torch.tensor([row.token_ids for row in rows], device=base.device))
            replaced.enter_context(_spliced_in(tower, rows, [piece[number] for piece in columns]))
        return base.encode_tokens(join_towers(token_ids))


@contextmanager
def _spliced_in(tower: TextTower, prompts: Sequence[SplicedRow], vectors: Sequence[Tensor]) -> Iterator[None]:
    """While open, prompt i's positions have `vectors[i]` [n_vectors, the encoder's width] for embeddings."""
    rows: list[int] = []
    columns: list[int] = []
    pieces: list[Tensor] = []
    for row, (prompt, piece) in enumerate(zip(prompts, vectors, strict=True)):
        if prompt.start is not None:
            rows += [row] * len(piece)
            columns += range(prompt.start, prompt.start + len(piece))
            pieces.append(piece)
    if not pieces:
        yield
        return
    positions = torch.tensor([rows, columns], device=pieces[0].device)
    with _replaced_token_embeddings(tower.encoder, positions, torch.cat(pieces)):
        yield


def initial_vectors(base: BaseModel, initializer: str, n_vectors: int) -> tuple[Tensor, tuple[int, ...]]:
    """Where the vectors start: token embeddings of a text, [n_vectors, width], and the first encoder's token ids used.

    With more tokens than vectors the last ones are taken (in English the head noun comes last), with fewer they repeat.

    Raises:
        UserError: the text has no known tokens, or the base model has no embeddings to put words in.
    """
    if not base.towers:
        raise UserError(
            "Textual Inversion cannot learn a word for this base model, whose text encoder is a language model with a chat "
            "template; use dreambooth, or a base model with CLIP's text encoders."
        )
    chosen = [_initial_ids(tower, initializer, n_vectors) for tower in base.towers]
    pairs = zip(base.towers, chosen, strict=True)
    columns = [tower.table[torch.tensor(ids, device=base.device)].detach().clone() for tower, ids in pairs]
    return torch.cat(columns, dim=-1), chosen[0]


def _initial_ids(tower: TextTower, initializer: str, n_vectors: int) -> tuple[int, ...]:
    token_ids = tower.tokenizer(initializer, add_special_tokens=False).input_ids
    if not token_ids or set(token_ids) & set(tower.tokenizer.all_special_ids):
        raise UserError(f'initializer "{initializer}" has no tokens in the base model\'s vocabulary; choose another word.')
    return tuple(
        token_ids[-n_vectors:] if len(token_ids) >= n_vectors else [token_ids[i % len(token_ids)] for i in range(n_vectors)]
    )


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
