"""The 30 subjects of the DreamBooth dataset: ids, class nouns and kinds, as in its prompts_and_classes.txt."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from dreambench.dataset.kinds import Kind
from dreambench.dataset.prompts import OFFICIAL_PROMPTS, class_prompt

#: What a subject may be called, wherever it is named: in datasets, runs, scores and submissions. The name stands in paths, in
#: patterns of file names and in addresses of pages, so it has no spaces, dots, accents or separators.
SUBJECT_ID: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}"


@dataclass(frozen=True)
class Subject:
    """A subject: `id` is its folder's name, `class_noun` what it is called in prompts, `kind` chooses its prompt list."""

    id: str
    class_noun: str
    kind: Kind


_LIVE_NOUNS: Final = frozenset({"cat", "dog"})

_CLASS_NOUNS: Final[dict[str, str]] = {
    "backpack": "backpack",
    "backpack_dog": "backpack",
    "bear_plushie": "stuffed animal",
    "berry_bowl": "bowl",
    "can": "can",
    "candle": "candle",
    "cat": "cat",
    "cat2": "cat",
    "clock": "clock",
    "colorful_sneaker": "sneaker",
    "dog": "dog",
    "dog2": "dog",
    "dog3": "dog",
    "dog5": "dog",
    "dog6": "dog",
    "dog7": "dog",
    "dog8": "dog",
    "duck_toy": "toy",
    "fancy_boot": "boot",
    "grey_sloth_plushie": "stuffed animal",
    "monster_toy": "toy",
    "pink_sunglasses": "glasses",
    "poop_emoji": "toy",
    "rc_car": "toy",
    "red_cartoon": "cartoon",
    "robot_toy": "toy",
    "shiny_sneaker": "sneaker",
    "teapot": "teapot",
    "vase": "vase",
    "wolf_plushie": "stuffed animal",
}

SUBJECTS: Final[tuple[Subject, ...]] = tuple(
    Subject(name, noun, "live" if noun in _LIVE_NOUNS else "object") for name, noun in _CLASS_NOUNS.items()
)

CLASS_NOUNS: Final[tuple[str, ...]] = tuple(sorted(set(_CLASS_NOUNS.values())))


#: Names that stand for devices there, in capitals or not.
_OF_WINDOWS: Final = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def id_trouble(name: str) -> str | None:
    """Why a subject cannot be called so and what to call it, as the rest of a sentence about the name; None if it can."""
    if name.lower() in _OF_WINDOWS:
        return f"cannot be a subject's name: Windows has no folder of that name; rename it, for example to '{name}_1'."
    if re.fullmatch(SUBJECT_ID, name):
        return None
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    better = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:80]
    example = f", for example to '{better}'" if re.fullmatch(SUBJECT_ID, better) else ""
    return (
        "cannot be a subject's name: that has letters a to z, digits, - and _ only, begins with a letter or a digit, and has "
        f"at most 80 characters; rename it{example}."
    )


def benchmark_words() -> frozenset[str]:
    """Every word of the benchmark's own prompts and class nouns, in lower case."""
    texts = [prompt.text("") for prompt in OFFICIAL_PROMPTS] + [class_prompt(noun) for noun in CLASS_NOUNS]
    return frozenset(word for text in texts for word in text.lower().split())
