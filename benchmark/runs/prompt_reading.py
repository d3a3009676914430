"""What a base model's tokenizer makes of a run's own prompts, before any work: texts too long for it, words that it lacks."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from dreambench.benchmark.declarations.ranges import ranges
from dreambench.benchmark.declarations.suite import ModelSpec
from dreambench.benchmark.runs.selection import Selection
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted

#: Of a word that a tokenizer splits, each piece has this many letters at least, on average, where it knows the word.
_LETTERS_A_PIECE: Final = 3
_SHOWN: Final = 12
#: Of an identifier; longer ones, and learned vectors, show when the subject is prepared.
_IDENTIFIER_TOKENS: Final = 1


@dataclass(frozen=True)
class PromptReading:
    """How prompts are read.

    Attributes:
        limit: tokens that the text encoder reads.
        long: numbers of the prompts that have more, with an identifier of one token.
        longest: tokens of the longest one.
        spelled: words that fall into letters or little more, in the order in which they are asked.
        n_spelled: prompts with such a word.
    """

    limit: int
    long: tuple[int, ...]
    longest: int
    spelled: tuple[str, ...]
    n_spelled: int

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the scores should know."""
        if not self.spelled:
            return ()
        more = f" and {len(self.spelled) - _SHOWN} more" if len(self.spelled) > _SHOWN else ""
        words = f"{', '.join(self.spelled[:_SHOWN])}{more}"
        return (
            f"The base model's vocabulary lacks {counted(len(self.spelled), 'word')} of {counted(self.n_spelled, 'prompt')}, "
            f"which it reads as letters and has hardly learned: {words}.",
        )

    @property
    def left_out(self) -> str:
        """A sentence for where the prompts that are too long are not asked; empty where there are none."""
        if not self.long:
            return ""
        return (
            f"Left out: {'prompt' if len(self.long) == 1 else 'prompts'} {ranges(self.long)}, which "
            f"{'has' if len(self.long) == 1 else 'have'} up to {self.longest} tokens; the base model reads {self.limit}."
        )

    def refuse_long(self) -> None:
        """Refuse prompts that are too long, before anything is trained.

        Raises:
            UserError: there are some; the message says their numbers.
        """
        if self.long:
            raise UserError(
                f"Prompts {ranges(self.long)} have up to {self.longest} tokens with an identifier, and the base model reads "
                f"{self.limit}; leave them out with --prompts, or take a base model that reads longer texts."
            )


def read_prompts(model: ModelSpec | None, dataset: Dataset, selection: Selection) -> PromptReading | None:
    """Read the prompts of a selection; None where they are the benchmark's own, or no tokenizer is there to ask.

    Args:
        model: the base model; None for a method that uses none.
        dataset: whose prompts.
        selection: which of them.
    """
    if model is None or dataset.has_official_prompts:
        return None
    tokenizer, limit = _tokenizer(model)
    if tokenizer is None:
        return None
    texts: dict[str, int] = {}
    for name, numbers in selection.by_subject.items():
        subject = dataset.subject(name)
        for prompt in dataset.prompts(subject):
            if prompt.index in numbers:
                texts[prompt.text(subject.class_noun)] = prompt.index
    lengths = {text: len(tokenizer(text, verbose=False).input_ids) + _IDENTIFIER_TOKENS for text in texts}
    words = {text: _spelled(tokenizer, text) for text in texts}
    long = tuple(sorted({index for text, index in texts.items() if lengths[text] > limit}))
    spelled = tuple(dict.fromkeys(word for text in texts if lengths[text] <= limit for word in words[text]))
    return PromptReading(
        limit=limit,
        long=long,
        longest=max(lengths.values()),
        spelled=spelled,
        n_spelled=len({texts[text] for text in texts if lengths[text] <= limit and words[text]}),
    )


def _tokenizer(model: ModelSpec) -> tuple[Any, int]:
    """A base model's tokenizer and how many tokens are read; (None, 0) where its folder has none that can be asked."""
    from dreambench.baselines.model.files.parts import read_part
    from dreambench.baselines.model.files.sources import resolve_folder
    from dreambench.dataset.reading import NotRead, read_json

    folder = resolve_folder(model.source, model.revision)
    try:
        tokenizer = read_part(folder, "tokenizer")
        config = read_json(folder / "text_encoder" / "config.json", mend="mend it.")
    except (UserError, NotRead):
        return None, 0  # whoever loads the model says what is wrong with it
    longest = config.get("max_position_embeddings") if isinstance(config, dict) else None
    return tokenizer, min(int(tokenizer.model_max_length), longest if isinstance(longest, int) else int(1e9))


def _spelled(tokenizer: Any, text: str) -> Collection[str]:
    """The words of a text that its tokenizer knows no better than letter by letter."""
    found = []
    for word in re.findall(r"[^\W\d_]+", text):
        pieces = len(tokenizer.tokenize(word))
        if pieces > 1 and pieces * _LETTERS_A_PIECE > len(word):
            found.append(word)
    return found
