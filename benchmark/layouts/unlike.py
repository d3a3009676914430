"""Why no file of a folder is named as images should be: one that was seen, what is wrong with it, and what to do."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from dreambench.benchmark.layouts.pattern import Pattern, parse_pattern
from dreambench.benchmark.layouts.walk import is_linked_folder
from dreambench.dataset.collection import Dataset
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import IMAGE_SUFFIXES, OTHER_SUFFIXES, left_out

#: In so many folders it is looked for pictures whose names do not say that they are.
_LOOKED_INTO: Final = 20
_WRONG_NUMBERS: Final = (
    ("index", "its index {value} has {digits} digits; if that is a seed, write {{seed}} in place of {{index}} in --pattern"),
    ("prompt", "its prompt's number {value} has {digits} digits; {{prompt}} is a number in the dataset's list"),
)
_WRONG_WORDS: Final = (
    (
        "prompt",
        "where its prompt's number belongs, there is '{value}'; write {{prompt_text}} in place of {{prompt}} in --pattern",
    ),
    ("index", "where the image's number belongs, there is '{value}'; rename it, or list the images in a --manifest"),
)


def why_none_fits(
    folder: Path,
    patterns: Sequence[Pattern],
    seen: Sequence[Path],
    *,
    left_out: str | None,
    dataset: Dataset,
    subjects: Collection[str] | None,
) -> UserError:
    """What to say of a folder in which no image was found.

    Args:
        folder: that was searched.
        patterns: of images' names.
        seen: all files and linked folders in it.
        left_out: the name of an image that fits and is not asked for; None where nothing fits.
        dataset: whose subjects they would be.
        subjects: those that are asked for; None takes all.
    """
    where, like = printable(str(folder)), " or ".join(pattern.text for pattern in patterns)
    asked = [subject.id for subject in dataset.subjects] if subjects is None else subjects
    linked = [path for path in seen if is_linked_folder(path) and path.name in asked]
    if left_out is not None and linked:
        why = _followed_by_hand(linked[0], folder)
        return UserError(f"No image below {where} is of the subjects that are selected; {why}.")
    if left_out is not None:
        counts = any("prompt" in pattern.fields for pattern in patterns)
        from_one = "; prompts count from 0, and {prompt_from_1} in --pattern from 1" if counts else ""
        return UserError(
            f"No image below {where} is of the subjects and prompts that are selected: {printable(left_out)}, for one, is not; "
            f"check --subjects and --prompts{from_one}."
        )
    return UserError(f"No image below {where} has a name like {like}; {_reason(folder, patterns, seen, dataset)}.")


def _reason(folder: Path, patterns: Sequence[Pattern], seen: Sequence[Path], dataset: Dataset) -> str:
    links = [path for path in seen if is_linked_folder(path)]
    pictures = [path for path in seen if path.suffix.lower() in IMAGE_SUFFIXES and path not in links]
    others = [path for path in seen if path.suffix.lower() in OTHER_SUFFIXES and path not in links]
    if links and (not pictures or any(path.name in {subject.id for subject in dataset.subjects} for path in links)):
        return _followed_by_hand(links[0], folder)
    if len(others) > len(pictures):
        name, kind = printable(others[0].relative_to(folder).as_posix()), others[0].suffix.removeprefix(".").upper()
        return f"{name} is a {kind}, which is not read: convert the pictures to PNG"
    if pictures:
        name = pictures[0].relative_to(folder).as_posix()
        return f"{printable(name)}, for one, is not: {_misfit(name, folder, patterns)}"
    return _no_picture(folder, seen)


def _followed_by_hand(link: Path, folder: Path) -> str:
    """What to do about a link to a folder."""
    return (
        f"{printable(link.relative_to(folder).as_posix())} is a link to a folder, which is not followed: copy what the links "
        f"lead to with `cp -rL {printable(str(folder))} COPY`, and score COPY"
    )


def _no_picture(folder: Path, seen: Sequence[Path]) -> str:
    """What there is in a folder where no file has a picture's name."""
    for parent in list(dict.fromkeys(path.parent for path in seen))[:_LOOKED_INTO]:
        for left in left_out(parent):
            return f"{printable(left.path.relative_to(folder).as_posix())}, for one, {left.why}"
    if seen:
        name = printable(seen[0].relative_to(folder).as_posix())
        return f"check the folder, which holds no picture but {name}{' and others' if len(seen) > 1 else ''}"
    if any(folder.iterdir()):
        return "check the folder, which holds only empty or hidden folders and hidden files; these are not looked into"
    return "check the folder, which is empty"


def _misfit(name: str, folder: Path, patterns: Sequence[Pattern]) -> str:
    """What is wrong with a picture's name."""
    for pattern in patterns:
        if "\\" in pattern.text and parse_pattern(pattern.text.replace("\\", "/"), one_subject=True).fields_of(name):
            return "write / in place of \\ in --pattern"
        for expression, wrongs in ((r"[0-9]+", _WRONG_NUMBERS), (r"[^/]+?", _WRONG_WORDS)):
            for field, words in wrongs:
                match = pattern.relaxed(**{field: expression}).fullmatch(name) if field in pattern.fields else None
                if match is not None:
                    return words.format(value=printable(match[field][:60]), digits=len(match[field]))
        parts = name.split("/")
        for depth in range(1, len(parts)):
            if pattern.fields_of("/".join(parts[depth:])) is not None:
                deeper = folder.joinpath(*parts[:depth])
                return f"it lies {'a folder' if depth == 1 else f'{depth} folders'} deeper; give {printable(str(deeper))}"
        above = f"{folder.resolve().name}/{name}"
        if pattern.fields_of(above) is not None:
            return f"the pattern begins a folder higher; give {printable(str(folder.resolve().parent))}"
        ending = pattern.relaxed(ext="[^/.]+")
        stem, dot, suffix = name.rpartition(".")
        literal = pattern.text.rpartition(".")[2]
        if dot and "{" not in literal and ending.fullmatch(f"{stem}.{literal}"):
            return f"it ends in .{printable(suffix)}; write {{ext}} in place of {literal} in --pattern"
    return "say how images are named with --pattern or --layout, or list them in a --manifest"
