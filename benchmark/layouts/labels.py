"""From what names or rows say of images to the table's keys: prompts counted from 0, images numbered within their prompt."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dreambench.benchmark.layouts.found import Found, image_table
from dreambench.dataset.collection import Dataset

KEYS = ("subject", "prompt_index", "image_index")


@dataclass(frozen=True)
class Label:
    """What is said of an image.

    Attributes:
        subject: its id; may be none of the dataset's.
        prompt: its number, as it was written.
        number: the image's among those of its prompt, as it was written.
        path: the file.
        where: how a person finds it.
    """

    subject: str
    prompt: int
    number: int
    path: Path
    where: str


@dataclass(frozen=True)
class Reading:
    """How labels are to be read.

    Attributes:
        prompts_named: whether the prompts' numbers are known to be counted from 0; otherwise they may be counted from 1.
        numbers_sort: whether the images' numbers only sort them, as seeds do, and they are numbered anew.
    """

    prompts_named: bool = True
    numbers_sort: bool = False


def found_from(
    labels: Sequence[Label],
    reading: Reading,
    *,
    dataset: Dataset,
    prompts: Collection[int] | None,
    refused: Sequence[tuple[str, str]] = (),
    others: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> Found:
    """Images with their labels as a table.

    Args:
        labels: of all images of the subjects that are asked for, so that it shows how they are numbered.
        reading: how.
        dataset: whose prompts they are.
        prompts: leave out others, counted from 0; None takes all.
        refused, others, remarks: as `Found` has them.
    """
    told = list(remarks)
    named = reading.prompts_named
    if not named and from_one(labels, dataset):
        labels = [replace(label, prompt=label.prompt - 1) for label in labels]
        told.append("The prompts are numbered from 1, which is taken for 0.")
        named = True
    if not named and any(label.prompt == 0 for label in labels):
        named = True
    if reading.numbers_sort:
        labels = _numbered_anew(labels)
        told.append("Images are numbered within each prompt by their seeds, the smallest first.")
    wanted = [label for label in labels if prompts is None or label.prompt in prompts]
    rows = [
        {
            **dict(zip(KEYS, (label.subject, label.prompt, label.number), strict=True)),
            "path": str(label.path),
            "where": label.where,
        }
        for label in wanted
    ]
    return Found(image_table(rows, KEYS), tuple(refused), tuple(others), tuple(told), named)


def from_one(labels: Sequence[Label], dataset: Dataset) -> bool:
    """Whether prompts are certainly numbered from 1: no image is of prompt 0, and one is of the number after the last."""
    lengths = {subject.id: len(dataset.prompts_of(subject.kind)) for subject in dataset.subjects}
    known = [label for label in labels if label.subject in lengths]
    return (
        bool(known)
        and all(1 <= label.prompt <= lengths[label.subject] for label in known)
        and any(label.prompt == lengths[label.subject] for label in known)
    )


def _numbered_anew(labels: Sequence[Label]) -> list[Label]:
    """Labels with 0, 1, 2 within each prompt in place of numbers that sort; the same number twice stays twice."""
    numbers: dict[tuple[str, int], set[int]] = defaultdict(set)
    for label in labels:
        numbers[label.subject, label.prompt].add(label.number)
    ranks = {key: {number: rank for rank, number in enumerate(sorted(found))} for key, found in numbers.items()}
    return [replace(label, number=ranks[label.subject, label.prompt][label.number]) for label in labels]
