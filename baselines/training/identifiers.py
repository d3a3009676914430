"""Identifiers by the DreamBooth paper's rule (section 3.2): rare tokens of the tokenizer in use, decoded back to short text.

The paper draws uniformly from tokens of at most three characters in a rare stretch of the vocabulary (T5-XXL ids 5000..10000).
A BPE vocabulary is ordered by frequency, so here the rare stretch is its last tenth.
"""

import logging
import random
from dataclasses import dataclass
from typing import Any, Final

from dreambench.baselines.seeds import derive_seed
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import benchmark_words

_RARE_SHARE: Final = 0.1
_POOL: Final = 32
"""How many of the rarest fitting tokens are drawn from."""
_MEANINGFUL: Final = frozenset({"sks"})
"""Rare tokens that mean something to Stable Diffusion all the same: sks is a rifle."""

_log = logging.getLogger("dreambench.identifiers")


@dataclass(frozen=True)
class Identifier:
    """The [V] of "a [V] dog": its text and the tokens it becomes."""

    text: str
    token_ids: tuple[int, ...]

    @property
    def splits(self) -> bool:
        """Whether a word of the text falls into several tokens, whose own meanings then shine through."""
        return len(self.token_ids) > len(self.text.split())


def find_identifier(tokenizer: Any, *, seed: int, max_characters: int = 3, n_tokens: int = 1) -> Identifier:
    """A seeded choice of `n_tokens` (1 to 3) rare tokens, different from each other; equal seeds give equal identifiers.

    A token qualifies if it decodes to two to `max_characters` letters, becomes the same single token again, and is no word of
    the benchmark's prompts. The choice is uniform over the 32 rarest that qualify.

    Raises:
        UserError: the vocabulary has too few such tokens.
    """
    if not 1 <= n_tokens <= 3:
        raise ValueError(f"n_tokens must be 1, 2 or 3, not {n_tokens}")
    pool = _rare_words(tokenizer, max_characters)
    if len(pool) < n_tokens:
        raise UserError(
            f"The base model's tokenizer has {len(pool)} rare tokens of at most {max_characters} letters, not {n_tokens}; "
            "set identifier to a text of your own."
        )
    words = random.Random(derive_seed("identifier", seed)).sample(pool, n_tokens)
    return describe_identifier(tokenizer, " ".join(words))


def describe_identifier(tokenizer: Any, text: str) -> Identifier:
    """What a text becomes in the tokenizer; warns in the log when a word splits into several tokens.

    Raises:
        UserError: the text has no tokens at all, or some that the tokenizer does not know.
    """
    text = " ".join(text.split())
    token_ids = tuple(tokenizer(text, add_special_tokens=False).input_ids)
    if not token_ids or set(token_ids) & set(tokenizer.all_special_ids):
        raise UserError(f'identifier "{text}" has no tokens in the base model\'s vocabulary; leave it out to have one found.')
    identifier = Identifier(text, token_ids)
    if identifier.splits:
        _log.warning('identifier "%s" splits into %d tokens %s', text, len(token_ids), list(token_ids))
    return identifier


def _rare_words(tokenizer: Any, max_characters: int) -> list[str]:
    """The rarest words that qualify, rarest first."""
    ordinary = benchmark_words() | _MEANINGFUL
    special = set(tokenizer.all_special_ids)
    size = len(tokenizer)
    words: list[str] = []
    for token_id in range(size - 1, int(size * (1 - _RARE_SHARE)) - 1, -1):
        if token_id in special:
            continue
        word = tokenizer.decode([token_id]).strip()
        if not (2 <= len(word) <= max_characters and word.isalpha()) or word in ordinary:
            continue
        if tokenizer(word, add_special_tokens=False).input_ids == [token_id]:
            words.append(word)
            if len(words) == _POOL:
                break
    return words
