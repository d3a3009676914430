"""What a folder of images has against what a protocol expects: looked at, and said in words, before anything is computed."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from dreambench.benchmark.declarations.ranges import ranges
from dreambench.dataset.declared import printable
from dreambench.dataset.images import Reading, UnusableImage, open_image
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from dreambench.benchmark.encoders import EmbeddingCache

#: A picture no channel of which is brighter, of 255: what safety checkers hand out, also after JPEG.
BLACK: Final = 2
_SHOWN: Final = 5
_LOOK: Final = 1

Key = tuple[str, int, int]


@dataclass(frozen=True)
class Expected:
    """The images that a protocol asks for: each subject's, for each of its prompts, numbered from 0.

    Attributes:
        by_subject: subject id -> the numbers of its prompts; those of subjects of two kinds may differ.
        images_per_prompt: 1 or more.
    """

    by_subject: Mapping[str, tuple[int, ...]]
    images_per_prompt: int

    @property
    def keys(self) -> set[Key]:
        """(subject, prompt index, image index) of each."""
        return {(s, p, k) for s, prompts in self.by_subject.items() for p in prompts for k in range(self.images_per_prompt)}

    @property
    def n_images(self) -> int:
        """How many they are."""
        return sum(map(len, self.by_subject.values())) * self.images_per_prompt

    def words(self) -> str:
        """ "30 subjects x 25 prompts x 4", or "3 subjects x 5 to 7 prompts x 4"."""
        lengths = sorted({len(prompts) for prompts in self.by_subject.values()} or {0})
        subjects = f"{len(self.by_subject)} subject{'' if len(self.by_subject) == 1 else 's'}"
        prompts = f"{' to '.join(map(str, dict.fromkeys((lengths[0], lengths[-1]))))} prompt{'' if lengths == [1] else 's'}"
        return f"{subjects} x {prompts} x {self.images_per_prompt}"


@dataclass(frozen=True)
class Look:
    """What is seen in a file.

    Attributes:
        trouble: why it is no picture, as the rest of a sentence about it; None for a picture.
        is_black: whether it is all black.
    """

    trouble: str | None = None
    is_black: bool = False


@dataclass(frozen=True)
class Inspection:
    """What was found. Images are named subject/prompt/index.

    Attributes:
        expected: what the protocol asks for.
        usable: how many of those are there and are pictures.
        missing: expected, not there.
        extra: there, not expected.
        wrong_counts: (subject, prompt) that have some, but not the expected number of images, in words.
        unreadable: expected and there, but no picture: name and reason.
        refused: what stands in an image's place and must not be read: file name and reason.
        black: expected and there, but all black.
        others: images with names that the pattern does not describe, and links to folders.
    """

    expected: Expected
    usable: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    wrong_counts: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]
    black: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def unusable(self) -> tuple[str, ...]:
        """Expected images that nothing can be computed from: missing, unreadable or all black."""
        return (*self.missing, *(name for name, _ in self.unreadable), *self.black)

    def lines(self) -> list[str]:
        """The report: a line for the whole, and one for each kind of trouble there is."""
        expected, whole = self.expected, not (self.unusable or self.extra or self.refused)
        all_of_them = "Found the" if expected.n_images == 1 else "Found all"
        head = all_of_them if whole else f"Found {self.usable:,} of"
        lines = [f"{head} {counted(expected.n_images, 'image')} that the protocol expects ({expected.words()})."]
        troubles = (
            ("missing", self._missing_in_words()),
            ("unreadable", [f"{name} {why}" for name, why in self.unreadable]),
            ("refused", [f"{name} {why}" for name, why in self.refused]),
            ("all black", self.black),
            ("extra", self.extra),
            ("wrong count", self.wrong_counts),
            ("left alone", self.others),
        )
        counts = {"missing": len(self.missing)}
        return lines + [f"  {kind:<11} {counts.get(kind, len(names)):>5,}: {few(names)}" for kind, names in troubles if names]

    def _missing_in_words(self) -> list[str]:
        """Single images, then whole prompts of a subject, then whole subjects: the odd ones first."""
        gone = set(self.missing)
        singles: list[str] = []
        prompts: list[str] = []
        subjects: list[str] = []
        for subject, numbers in self.expected.by_subject.items():
            of_prompt = {
                prompt: [_name((subject, prompt, index)) for index in range(self.expected.images_per_prompt)]
                for prompt in numbers
            }
            whole = [prompt for prompt, names in of_prompt.items() if gone.issuperset(names)]
            if len(whole) == len(of_prompt):
                subjects.append(f"all of {printable(subject)}")
                continue
            if whole:
                prompts.append(f"{printable(subject)} prompts {ranges(whole)}")
            singles += [name for prompt, names in of_prompt.items() if prompt not in whole for name in names if name in gone]
        return [*singles, *prompts, *subjects]

    def record(self) -> dict[str, int]:
        """The numbers, for summary.json."""
        return {
            "expected": self.expected.n_images,
            "usable": self.usable,
            "missing": len(self.missing),
            "unreadable": len(self.unreadable),
            "refused": len(self.refused),
            "all_black": len(self.black),
            "extra": len(self.extra),
        }


def inspect_images(
    images: "pd.DataFrame",
    expected: Expected,
    *,
    refused: Sequence[tuple[str, str]] = (),
    others: Sequence[str] = (),
    reading: Reading = "careful",
    cache: "EmbeddingCache | None" = None,
    threads: int = 2,
    on_done: Callable[[int], None] | None = None,
) -> Inspection:
    """Compare images with what is expected, and open every one that is.

    Args:
        images: columns subject, prompt_index, image_index, path; no two rows are the same image.
        expected: by the protocol.
        refused: what the search for them would not touch.
        others: what it left alone.
        reading: how a file becomes RGB, as the protocol says.
        cache: where it is kept which pictures were seen to be whole; None opens all.
        threads: that read side by side.
        on_done: told how many more files were opened.
    """
    keys = [
        (str(subject), int(prompt), int(index))
        for subject, prompt, index in zip(images["subject"], images["prompt_index"], images["image_index"], strict=True)
    ]
    wanted, there = expected.keys, set(keys)
    paths = {key: Path(path) for key, path in zip(keys, images["path"], strict=True) if key in wanted}
    seen = look_at(list(paths.values()), reading=reading, cache=cache, threads=threads, on_done=on_done)
    looks = dict(zip(paths, seen, strict=True))
    in_order = sorted(looks.items(), key=lambda entry: entry[0])
    unreadable = tuple((_name(key), look.trouble) for key, look in in_order if look.trouble is not None)
    black = tuple(_name(key) for key, look in in_order if look.is_black)
    counts: dict[tuple[str, int], int] = {}
    for subject, prompt, _ in keys:
        counts[subject, prompt] = counts.get((subject, prompt), 0) + 1
    return Inspection(
        expected=expected,
        usable=len(looks) - len(unreadable) - len(black),
        missing=tuple(_name(key) for key in sorted(wanted - there)),
        extra=tuple(_name(key) for key in sorted(there - wanted)),
        wrong_counts=tuple(
            f"{printable(subject)}/{prompt:02d} has {count} of {expected.images_per_prompt}"
            for (subject, prompt), count in sorted(counts.items())
            if count != expected.images_per_prompt
        ),
        unreadable=unreadable,
        refused=tuple(refused),
        black=black,
        others=tuple(others),
    )


def look_at(
    paths: Sequence[Path],
    *,
    reading: Reading = "careful",
    cache: "EmbeddingCache | None" = None,
    threads: int = 2,
    on_done: Callable[[int], None] | None = None,
) -> list[Look]:
    """What is seen in each file."""
    results = []
    with ThreadPoolExecutor(threads, thread_name_prefix="dreambench-look") as pool:
        for seen in pool.map(lambda path: _look(path, cache, reading), paths):
            results.append(seen)
            if on_done is not None:
                on_done(1)
    return results


def take_usable(images: "pd.DataFrame", inspection: Inspection, *, black: Literal["leave_out", "keep"]) -> "pd.DataFrame":
    """The rows of the images that are expected and can be read, black ones as told."""
    bad = {name for name, _ in inspection.unreadable} | (set(inspection.black) if black == "leave_out" else set())
    keys = inspection.expected.keys
    rows = [
        (str(subject), int(prompt), int(index))
        for subject, prompt, index in zip(images["subject"], images["prompt_index"], images["image_index"], strict=True)
    ]
    return images[[key in keys and _name(key) not in bad for key in rows]].reset_index(drop=True)


def few(names: Sequence[str], shown: int = _SHOWN) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{more}"


def _look(path: Path, cache: "EmbeddingCache | None", reading: Reading) -> Look:
    from dreambench.benchmark.encoders.embedding_cache import look_space

    try:
        content = None if cache is None else cache.content_of(path)
        known = None if cache is None or content is None else cache.read(look_space(_LOOK, reading), content)
        if known is not None:
            return Look(is_black=bool(known[0] <= BLACK))
        brightest = max(high for _, high in open_image(path, reading).getextrema())  # type: ignore[misc]  # RGB: a pair a channel
    except UnusableImage as error:
        return Look(trouble=error.trouble)
    except MemoryError:
        return Look(trouble="is too large for this machine's memory")
    if cache is not None and content is not None and cache.content_of(path) == content:
        cache.write(look_space(_LOOK, reading), content, np.array([brightest], dtype=np.float32))
    return Look(is_black=brightest <= BLACK)


def _name(key: Key) -> str:
    return f"{printable(key[0])}/{key[1]:02d}/{key[2]}"
