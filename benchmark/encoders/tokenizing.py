"""Tokenizers of encoders that embed texts: read when the first text comes, and checked to tell words apart."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from dreambench.benchmark.encoders.weights import reason
from dreambench.dataset.errors import UserError


class LateTokenizer:
    """A tokenizer that is read when it is first needed: comparing pictures alone must not need its files.

    Without its vocabulary a tokenizer may give every prompt the same tokens, and say nothing; so it must know words.
    """

    def __init__(
        self, read: Callable[[], Any], *, encode: Callable[[Any, Sequence[str]], Any], vocabulary: int | None, owner: str
    ) -> None:
        """Nothing is read yet.

        Args:
            read: reads the tokenizer; may raise anything.
            encode: a tokenizer and texts -> the tokens [n, length] as an array, or a mapping with them as "input_ids".
            vocabulary: the number of tokens that the network knows; None where it does not say it.
            owner: whose tokenizer it is, for messages: "of the CLIP in /models/clip".
        """
        self._read = read
        self._encode = encode
        self._vocabulary = vocabulary
        self._owner = owner
        self._tokenizer: Any = None
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Any:
        """What `encode` gives for texts.

        Raises:
            UserError: the tokenizer cannot be read, or is not that of the network.
        """
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = self._checked()
        return self._encode(self._tokenizer, texts)

    def _checked(self) -> Any:
        try:
            tokenizer = self._read()
            tokens = self._encode(tokenizer, ["dog", "teapot"])
            one, other = (tokens["input_ids"] if hasattr(tokens, "keys") else tokens).tolist()
        except UserError:
            raise
        except Exception as error:  # the libraries' and the hub's client raise many kinds
            raise UserError(f"The tokenizer {self._owner} cannot be read ({reason(error)}); fetch its files again.") from error
        if one == other or (self._vocabulary is not None and max(one + other) >= self._vocabulary):
            raise UserError(
                f"The tokenizer {self._owner} is not that of its weights: it tells no words apart, or has more of them than "
                "the network; fetch its files again."
            )
        return tokenizer
