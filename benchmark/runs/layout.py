"""Finding generated images on disk by the pattern of their file names, in a run's folder or anyone's."""

import re
from collections.abc import Collection
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from dataset.errors import UserError
from dataset.images import IMAGE_SUFFIXES

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


def find_images(
    folder: Path,
    pattern: str = IMAGE_PATTERN,
    *,
    subjects: Collection[str] | None = None,
    prompts: Collection[int] | None = None,
) -> "pd.DataFrame":
    """Image files below a folder.

    Args:
        folder: searched with all its subfolders, hidden ones left out.
        pattern: of paths below it; {subject}, {prompt} (a number) and {index} (a number) are needed, {ext} is any image suffix.
        subjects: leave out others; None takes all.
        prompts: likewise.

    Returns:
        Columns subject, prompt_index, image_index, path, sorted.

    Raises:
        UserError: there is no such folder, the pattern is wrong, nothing matches, or one image is there twice.
    """
    import pandas as pd

    rows = [
        {"subject": found["subject"], "prompt_index": int(found["prompt"]), "image_index": int(found["index"]), "path": path}
        for path, found in _matches(folder, pattern, needed=("subject", "prompt", "index"))
        if (subjects is None or found["subject"] in subjects) and (prompts is None or int(found["prompt"]) in prompts)
    ]
    if not rows:
        raise UserError(f"No image below {folder} has a name like {pattern}; check the folder, --pattern and what is selected.")
    return _sorted_unique(pd.DataFrame(rows), ["subject", "prompt_index", "image_index"])


def find_priors(folder: Path, *, subjects: Collection[str] | None = None) -> "pd.DataFrame":
    """Prior images, <folder>/<subject>/<index>.png: columns subject, image_index, path, sorted. Errors as `find_images`."""
    import pandas as pd

    rows = [
        {"subject": found["subject"], "image_index": int(found["index"]), "path": path}
        for path, found in _matches(folder, PRIOR_PATTERN, needed=("subject", "index"))
        if subjects is None or found["subject"] in subjects
    ]
    if not rows:
        raise UserError(f"No prior image below {folder} has a name like {PRIOR_PATTERN}; check --prior.")
    return _sorted_unique(pd.DataFrame(rows), ["subject", "image_index"])


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
            raise UserError(f"--pattern {pattern} has the field {{{field}}}; the fields are {known}.")
        parts.append(f"(?P={field})" if field in seen else f"(?P<{field}>{_FIELDS[field]})")
        seen.add(field)
    for field in needed:
        if field not in seen:
            raise UserError(f"--pattern {pattern} lacks {{{field}}}; write it like {IMAGE_PATTERN}.")
    return re.compile("".join(parts), re.IGNORECASE)


def _matches(folder: Path, pattern: str, *, needed: Collection[str]) -> list[tuple[str, dict[str, Any]]]:
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}; give the folder that holds the images.")
    regex = pattern_regex(pattern, needed=needed)
    matches = []
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if any(part.startswith(".") for part in below.parts) or not path.is_file():
            continue
        found = regex.fullmatch(below.as_posix())
        if found is not None:
            matches.append((str(path), found.groupdict()))
    return matches


def _sorted_unique(frame: "pd.DataFrame", keys: list[str]) -> "pd.DataFrame":
    frame = frame.sort_values(keys, ignore_index=True)
    twice = frame[frame.duplicated(keys, keep=False)]
    if len(twice):
        first, second = twice["path"].iloc[0], twice["path"].iloc[1]
        raise UserError(f"{first} and {second} are the same image of the same prompt; remove one of them.")
    return frame
