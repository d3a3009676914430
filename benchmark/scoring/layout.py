"""Finding generated images on disk by the pattern of their file names, in a run's folder or anyone's."""

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import IMAGE_SUFFIXES

if TYPE_CHECKING:
    import pandas as pd

IMAGE_PATTERN: Final = "{subject}/{prompt}/{index}.{ext}"
PRIOR_PATTERN: Final = "{subject}/{index}.{ext}"
_FIELDS: Final = {
    "subject": r"[^/]+?",
    "prompt": r"[0-9]{1,4}",
    "index": r"[0-9]{1,6}",
    "ext": "|".join(sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES)),
}


@dataclass(frozen=True)
class Found:
    """What lies in a folder.

    Attributes:
        images: columns subject, prompt_index (not for prior images), image_index, path, sorted.
        refused: what has an image's name and cannot be one (a link out of the folder, a folder, a pipe): name and reason.
        others: images, and links to folders, that the pattern does not describe: names.
    """

    images: "pd.DataFrame"
    refused: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()


def find_images(
    folder: Path,
    pattern: str = IMAGE_PATTERN,
    *,
    subjects: Collection[str] | None = None,
    prompts: Collection[int] | None = None,
) -> Found:
    """Image files below a folder.

    Links to folders are not followed, and a link to a file counts only if the file lies below the folder too: a folder from
    a stranger must not make us read, and name, what else lies on this machine.

    Args:
        folder: searched with all its subfolders, hidden ones left out.
        pattern: of paths below it; {subject}, {prompt} (a number) and {index} (a number) are needed, {ext} is any image suffix.
        subjects: leave out others; None takes all.
        prompts: likewise.

    Raises:
        UserError: there is no such folder, the pattern is wrong, nothing matches, or one image is there twice.
    """

    def wanted(fields: dict[str, Any]) -> bool:
        return (subjects is None or fields["subject"] in subjects) and (prompts is None or int(fields["prompt"]) in prompts)

    fields = {"subject": "subject", "prompt": "prompt_index", "index": "image_index"}
    found = _search(folder, pattern, fields, wanted)
    if found.images.empty and not found.refused:
        raise UserError(
            f"No image below {printable(str(folder))} has a name like {pattern}; "
            "check the folder, --pattern and what is selected."
        )
    return found


def find_priors(folder: Path, *, subjects: Collection[str] | None = None) -> Found:
    """Prior images, <folder>/<subject>/<index>.png: columns subject, image_index, path, sorted. Errors as `find_images`."""

    def wanted(fields: dict[str, Any]) -> bool:
        return subjects is None or fields["subject"] in subjects

    if not folder.is_dir():
        raise UserError(f"There is no folder {printable(str(folder))} of prior images; check --prior, or leave it out.")
    found = _search(folder, PRIOR_PATTERN, {"subject": "subject", "index": "image_index"}, wanted)
    if found.images.empty and not found.refused:
        raise UserError(f"No prior image below {printable(str(folder))} has a name like {PRIOR_PATTERN}; check --prior.")
    return found


def pattern_regex(pattern: str, *, needed: Collection[str]) -> re.Pattern[str]:
    """The regular expression that a pattern of file names means.

    Raises:
        UserError: a field is unknown, missing, or not closed.
    """
    parts: list[str] = []
    seen: set[str] = set()
    try:
        pieces = list(Formatter().parse(pattern))
    except ValueError as error:
        raise UserError(f"--pattern {pattern} is not a pattern ({error}); write it like {IMAGE_PATTERN}.") from error
    for text, field, form, conversion in pieces:
        parts.append(re.escape(text))
        if field is None:
            continue
        if field not in _FIELDS or form or conversion:
            known = ", ".join(f"{{{name}}}" for name in _FIELDS)
            whole = field + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise UserError(f"--pattern {pattern} has the field {{{whole}}}; the fields are {known}.")
        parts.append(f"(?P={field})" if field in seen else f"(?P<{field}>{_FIELDS[field]})")
        seen.add(field)
    for field in needed:
        if field not in seen:
            raise UserError(f"--pattern {pattern} lacks {{{field}}}; write it like {IMAGE_PATTERN}.")
    return re.compile("".join(parts), re.IGNORECASE)


def _search(folder: Path, pattern: str, fields: dict[str, str], wanted: Callable[[dict[str, Any]], bool]) -> Found:
    import pandas as pd

    if folder.is_file():
        raise UserError(f"{printable(str(folder))} is a file; give the folder that holds the images.")
    if not folder.is_dir():
        raise UserError(f"There is no folder {printable(str(folder))}; give the folder that holds the images.")
    if not _is_text(str(folder)):
        raise UserError(f"The folder's name {printable(str(folder))} has characters that are no text; rename it.")
    regex = pattern_regex(pattern, needed=list(fields))
    root = folder.resolve()
    rows: list[dict[str, Any]] = []
    refused: list[tuple[str, str]] = []
    others: list[str] = []
    for path in _entries(folder):
        below = path.relative_to(folder).as_posix()
        match = regex.fullmatch(below)
        if match is None:
            if path.suffix.lower() in IMAGE_SUFFIXES or (path.is_symlink() and path.is_dir()):
                others.append(printable(below))
            continue
        named = match.groupdict()
        if not wanted(named):
            continue
        why = _no_image(path, root) if below.isprintable() else "has a name with characters that cannot be printed"
        if why is not None:
            refused.append((printable(below), why))
            continue
        values = {column: named[field] if field == "subject" else int(named[field]) for field, column in fields.items()}
        rows.append(values | {"path": str(path)})
    columns = [*fields.values(), "path"]
    return Found(_sorted_unique(pd.DataFrame(rows, columns=columns), columns[:-1]), tuple(refused), tuple(others))


def _entries(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no plain folder, sorted; folders whose name looks like an image's too."""
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        at = Path(directory)
        for name in folders:
            if (at / name).is_symlink() or Path(name).suffix.lower() in IMAGE_SUFFIXES:
                yield at / name
        for name in sorted(files):
            if not name.startswith("."):
                yield at / name


def _no_image(path: Path, root: Path) -> str | None:
    """Why a path with an image's name cannot be one, as the rest of a sentence about it; None if it may be."""
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            return "is a link out of the folder"
        mode = path.stat().st_mode
    except (OSError, RuntimeError):  # a loop of links
        return "is a broken link" if path.is_symlink() else "cannot be looked at"
    if stat.S_ISDIR(mode):
        return "is a folder, not an image"
    return None if stat.S_ISREG(mode) else "is a pipe or a device, not an image"


def _sorted_unique(frame: "pd.DataFrame", keys: list[str]) -> "pd.DataFrame":
    frame = frame.sort_values(keys, ignore_index=True)
    twice = frame[frame.duplicated(keys, keep=False)]
    if len(twice):
        first, second = twice["path"].iloc[0], twice["path"].iloc[1]
        raise UserError(f"{first} and {second} are the same image of the same prompt; remove one of them.")
    return frame


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8, which Python carries along as lone surrogates
        return False
    return True
