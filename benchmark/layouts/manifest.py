"""A list of images: a CSV file, or one JSON object a line, with the columns path, subject, prompt and index."""

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.layouts.found import Found
from dreambench.benchmark.layouts.labels import Label, Reading, found_from
from dreambench.benchmark.layouts.manifest_rows import Row, read_rows
from dreambench.benchmark.layouts.prompt_texts import PromptTexts
from dreambench.benchmark.layouts.walk import check_folder, entries, no_image
from dreambench.dataset.collection import Dataset
from dreambench.dataset.declared import printable, shown
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import IMAGE_SUFFIXES
from dreambench.dataset.subjects import Subject

_COLUMNS: Final = ("path", "subject", "prompt", "index", "seed")
#: What `bench plan` writes besides, for those who draw the images: no remark on it.
PLANNED: Final = ("class_noun", "text", "template", "references", "suite")
_KIND: Final = {True: "texts", False: "numbers"}
_NUMBER: Final = re.compile(r"([0-9]{1,20})(\.0)?")


def find_listed(
    folder: Path,
    manifest: Path,
    *,
    dataset: Dataset,
    subjects: Collection[str] | None = None,
    prompts: Collection[int] | None = None,
) -> Found:
    """The images that a manifest lists.

    Args:
        folder: that holds them all; nothing outside of it is touched, whatever the manifest says.
        manifest: columns path (from `folder`, or from the manifest's own folder), subject (not needed where one is asked for),
            prompt (its number or its text), and index or seed (the order of the rows where there is neither). A column text
            beside a prompt's number is held against it.
        dataset: whose subjects and prompts they are.
        subjects: leave out others; None takes all.
        prompts: leave out others, counted from 0; None takes all.

    Raises:
        UserError: the file or a row is wrong; the message names the row.
    """
    root = check_folder(folder)
    rows = read_rows(manifest)
    columns = {column for row in rows for column in row.values}
    _check_columns(columns, manifest, one_subject=subjects is not None and len(subjects) == 1)
    texts, labels, refused = PromptTexts(dataset), [], []
    kinds: set[bool] = set()
    is_certain = True
    counts: dict[tuple[str, int], int] = {}
    listed: dict[Path, str] = {}
    for row in rows:
        path = _file(row, folder, root, manifest.absolute().parent)
        if path in listed:
            raise UserError(f"{listed[path]} and {row.where} name the same file, {printable(path.name)}; remove one of them.")
        listed[path] = row.where
        subject_id = str(_needed(row, "subject")) if "subject" in columns else next(iter(subjects or ()))
        if subjects is not None and subject_id not in subjects:
            continue
        why = no_image(path, root) if os.path.lexists(path) else None
        if why is not None:
            refused.append((printable(path.relative_to(folder).as_posix()), why))
            continue
        try:
            subject = dataset.subject(subject_id)
        except UserError as error:
            raise UserError(f"{row.where}: {error}") from error
        written = _needed(row, "prompt")
        number = _whole(written)
        kinds.add(number is None)
        if len(kinds) > 1:
            raise UserError(
                f"{row.where} has the prompt {shown(written)}, but others are {_KIND[number is not None]}; use one of both."
            )
        prompt = texts.require(str(written), subject, where=row.where) if number is None else number
        borne_out = number is None or _is_borne_out(row, number, subject, texts)
        is_certain = is_certain and borne_out
        order = counts.get((subject_id, prompt), 0)
        counts[subject_id, prompt] = order + 1
        labels.append(Label(subject_id, prompt, _index(row, columns, order), path, f"{row.where} ({printable(path.name)})"))
    found = found_from(
        labels,
        Reading(prompts_named=is_certain, numbers_sort="index" not in columns and "seed" in columns),
        dataset=dataset,
        prompts=prompts,
        refused=refused,
        others=_unlisted(folder, listed),
        remarks=_remarks(columns, manifest),
    )
    if found.images.empty and not refused:
        from_one = "" if prompts is None else " (prompts count from 0)"
        raise UserError(
            f"{printable(str(manifest))} lists no image of the subjects and prompts that are selected; check both{from_one}."
        )
    return found


def _check_columns(columns: Collection[str], manifest: Path, *, one_subject: bool) -> None:
    needed = ["path", *([] if one_subject else ["subject"]), "prompt"]
    lacking = [column for column in needed if column not in columns]
    if lacking:
        there = ", ".join(printable(column[:40]) for column in sorted(columns)[:12])
        raise UserError(
            f"{printable(str(manifest))} has no column '{lacking[0]}'; it has {there}, and needs path, subject, prompt and, "
            "for several images a prompt, index."
        )


def _remarks(columns: Collection[str], manifest: Path) -> list[str]:
    extra = sorted(set(columns) - {*_COLUMNS, *PLANNED})
    told = []
    if extra:
        names = ", ".join(printable(column[:40]) for column in extra[:8])
        told.append(f"{manifest.name} has columns that are not used: {names}.")
    if not {"index", "seed"} & set(columns):
        told.append(f"{manifest.name} has no column index: the images of a prompt are numbered in the order of its rows.")
    return told


def _needed(row: Row, column: str) -> Any:
    value = row.values.get(column)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise UserError(f"{row.where} has no {column}; give every image one.")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UserError(f"{row.where} has the {column} {shown(value)}; give text or a number.")
    return value.strip() if isinstance(value, str) else value


def _whole(value: Any) -> int | None:
    """The whole number that a value is; None for any other."""
    match = _NUMBER.fullmatch(str(value))
    return None if match is None else int(match[1])


def _is_borne_out(row: Row, number: int, subject: Subject, texts: PromptTexts) -> bool:
    """Whether the text that a row has beside its prompt's number is that prompt's.

    Raises:
        UserError: it is another prompt's, or none of the dataset's though `bench plan` wrote it.
    """
    text = row.values.get("text")
    if not isinstance(text, str):
        return False
    is_planned = "template" in row.values
    meant = texts.require(text, subject, where=row.where) if is_planned else texts.find(text, subject)
    if meant is not None and meant != number:
        raise UserError(
            f"{row.where} has the prompt {number}, but its text '{printable(text[:120])}' is prompt {meant} of {subject.id}, "
            "counted from 0; mend the number, or give the text as the prompt."
        )
    return meant is not None


def _index(row: Row, columns: Collection[str], order: int) -> int:
    column = "index" if "index" in columns else "seed"
    if column not in columns:
        return order
    value = _needed(row, column)
    number = _whole(value)
    if number is None or (column == "index" and number >= 1_000_000):
        raise UserError(f"{row.where} has the {column} {shown(value)}; give a whole number, 0 or more.")
    return number


def _file(row: Row, folder: Path, root: Path, beside: Path) -> Path:
    """The file that a row names, as a path below the folder."""
    text = str(_needed(row, "path"))
    if not text.isprintable():
        raise UserError(f"{row.where} names a file with characters that cannot be printed; rename it.")
    candidates = [base / spelled for spelled in dict.fromkeys((text, text.replace("\\", "/"))) for base in (folder, beside)]
    inside = [path for path in (_below(candidate, folder, root) for candidate in candidates) if path is not None]
    if not inside:
        raise UserError(
            f"{row.where} names {printable(text[:200])}, which lies outside of {printable(str(folder))}; give the folder that "
            "holds all images."
        )
    found = next((path for path in inside if os.path.lexists(path)), inside[0])
    if found.suffix.lower() not in IMAGE_SUFFIXES:
        kinds = ", ".join(sorted(IMAGE_SUFFIXES))
        raise UserError(
            f"{row.where} names {printable(text[:200])}, which does not end in one of {kinds}; convert the picture."
        )
    return found


def _below(path: Path, folder: Path, root: Path) -> Path | None:
    """A path as one below the folder; None for one that is not, with all dots and links followed."""
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    plain, above = Path(os.path.normpath(path.absolute())), Path(os.path.normpath(folder.absolute()))
    if plain.is_relative_to(above):
        return folder / plain.relative_to(above)  # where a link below it leads is looked at with the file
    return folder / resolved.relative_to(root) if resolved.is_relative_to(root) else None


def _unlisted(folder: Path, listed: Collection[Path]) -> Sequence[str]:
    return [
        printable(path.relative_to(folder).as_posix())
        for path in entries(folder)
        if path.suffix.lower() in IMAGE_SUFFIXES and path not in listed
    ]
