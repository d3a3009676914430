"""Images that are numbered through all subjects and prompts: what lies beside each says what it shows, or their order does."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from dreambench.benchmark.layouts.labels import Label
from dreambench.benchmark.layouts.layout import Beside
from dreambench.benchmark.layouts.prompt_texts import PromptTexts
from dreambench.dataset.collection import Dataset
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import read_json

#: Far above what a generator writes about an image.
_MAX_BYTES: Final = 1_000_000


def read_beside(
    fitting: Sequence[tuple[Path, str, Mapping[str, str]]],
    *,
    dataset: Dataset,
    texts: PromptTexts,
    beside: Beside | None,
    subjects: Collection[str] | None,
) -> list[Label]:
    """The labels of images whose names have an {item}, a number in the list of all subjects' prompts, subject after subject.

    A number says nothing where another list was drawn from, so it counts only where the images are those of the whole list.

    Args:
        fitting: path, name and fields of each image.
        dataset: whose list it is.
        texts: its prompts by their texts.
        beside: the keys of the JSON file beside each image; None where none is declared.
        subjects: leave out others; None takes all.

    Raises:
        UserError: a file beside an image is broken or names an unknown subject or prompt, or the images are not the whole list.
    """
    labels: list[Label] = []
    by_order: list[tuple[Path, str, Mapping[str, str]]] = []
    for path, name, fields in fitting:
        told = None if beside is None else _read(path.with_suffix(".json"), beside)
        if told is None:
            by_order.append((path, name, fields))
            continue
        text, subject_id = told
        if subjects is not None and subject_id not in subjects:
            continue
        where = printable(path.with_suffix(".json").name)
        prompt = texts.require(text, dataset.subject(subject_id), where=where)
        labels.append(Label(subject_id, prompt, int(fields.get("index", 0)), path, printable(name)))
    return labels + _in_order(by_order, dataset, beside, subjects)


def _in_order(
    images: Sequence[tuple[Path, str, Mapping[str, str]]],
    dataset: Dataset,
    beside: Beside | None,
    subjects: Collection[str] | None,
) -> list[Label]:
    """Labels by the images' numbers in the whole list."""
    whole = [(subject.id, prompt.index) for subject in dataset.subjects for prompt in dataset.prompts(subject)]
    items = {int(fields["item"]) for _, _, fields in images}
    if images and items != set(range(len(whole))):
        needs = f" and has no {printable(images[0][0].with_suffix('.json').name)} beside it" if beside is not None else ""
        raise UserError(
            f"{printable(images[0][1])} is numbered through all subjects and prompts{needs}, but the numbers are not 0 to "
            f"{len(whole) - 1}, those of all prompts of the dataset '{dataset.name}', so nobody can "
            "tell which prompt it is of; say it in a --manifest."
        )
    return [
        Label(*whole[int(fields["item"])], int(fields.get("index", 0)), path, printable(name))
        for path, name, fields in images
        if subjects is None or whole[int(fields["item"])][0] in subjects
    ]


def _read(path: Path, keys: Beside) -> tuple[str, str] | None:
    """A prompt's text and a subject's id from the file beside an image; None where there is none."""
    if not path.is_file() or path.is_symlink():
        return None
    shown = printable(str(path))
    values = read_json(path, mend="mend or remove it.", max_bytes=_MAX_BYTES)
    text = values.get(keys.prompt) if isinstance(values, dict) else None
    references = values.get(keys.references) if isinstance(values, dict) else None
    if not isinstance(text, str) or not isinstance(references, list) or not references or not isinstance(references[0], str):
        raise UserError(f"{shown} does not say '{keys.prompt}' and '{keys.references}' of its image; mend or remove it.")
    if len(references) > 1:
        raise UserError(f"{shown} names {len(references)} references, so its image shows several subjects; remove it.")
    return text, PurePosixPath(references[0].replace("\\", "/")).parent.name
