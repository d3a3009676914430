"""The miniature's tokenizer: CLIP's byte-pair tokenizer over the prompts' words, plus rare words no caption ever uses.

Every word of the prompts is one token, anything else splits into pieces, and the rare words at the end of the
vocabulary are the identifiers DreamBooth may take: real words to the tokenizer, never seen by the text encoder.
"""

import json
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Final

from transformers import CLIPTokenizer

from dreambench.dataset.miniature.captions import vocabulary
from dreambench.dataset.subjects import benchmark_words

#: Short, meaningless letter sequences, as rare tokens of Stable Diffusion's vocabulary are (kts, hta, ...).
RARE_WORDS: Final = (
    "kts", "hta", "zwx", "xjy", "qid", "ucv", "pfg", "vnz", "jqk", "wbr", "gsx", "dzt", "fyq", "mvk", "bxl", "nhj",
    "cqp", "lzw", "tgk", "rvy", "pqz", "xbd", "kfj", "vwm",
)  # fmt: skip


def words_in_order() -> list[str]:
    """Every whole word the tokenizer knows, the captions' words first (sorted), the rare ones last."""
    spoken = vocabulary()
    return [*sorted(spoken | benchmark_words()), *RARE_WORDS]


def _byte_symbols() -> list[str]:
    """The 256 printable stand-ins for bytes that byte-level BPE uses, in GPT-2's order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    symbols = [chr(code) for code in printable]
    symbols += [chr(256 + i) for i in range(256 - len(printable))]
    return symbols


def _learn_merges(words: dict[str, int]) -> list[tuple[str, str]]:
    """Byte-pair merges (Sennrich et al. 2016) learned until every word is one symbol; `words` gives each one's count."""
    pieces = {word: [*word[:-1], word[-1] + "</w>"] for word in words}
    merges: list[tuple[str, str]] = []
    while True:
        counts: Counter[tuple[str, str]] = Counter()
        for word, symbols in pieces.items():
            for pair in pairwise(symbols):
                counts[pair] += words[word]
        if not counts:
            return merges
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        for symbols in pieces.values():
            at = 0
            while at < len(symbols) - 1:
                if (symbols[at], symbols[at + 1]) == best:
                    symbols[at : at + 2] = [best[0] + best[1]]
                at += 1


def build_tokenizer(context_length: int) -> CLIPTokenizer:
    """The tokenizer: 256 byte symbols, the same ending a word, the learned merges in order, start and end of text.

    The rare words count least, so their merges are learned last and stand at the end of the vocabulary, as in CLIP's.
    """
    base = _byte_symbols()
    merges = _learn_merges({word: 1 if word in RARE_WORDS else 1000 for word in words_in_order()})
    tokens = [*base, *(symbol + "</w>" for symbol in base), *(a + b for a, b in merges), "<|startoftext|>", "<|endoftext|>"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
        (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(f"{a} {b}" for a, b in merges) + "\n")
        return CLIPTokenizer.from_pretrained(folder, model_max_length=context_length)


def assert_whole_words(tokenizer: CLIPTokenizer) -> None:
    """Check that every known word is one token: a training run on split words would be a waste."""
    split = [word for word in words_in_order() if len(tokenizer(word).input_ids) != 3]
    if split:
        raise AssertionError(f"words split into several tokens: {split}")
