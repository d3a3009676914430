"""The missing-image policy: a score over fewer images than the protocol asks for is another score, so it is refused."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from dreambench.benchmark.declarations.ranges import ranges
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.scoring.inspection import Inspection

#: How to score images whose prompts are numbered from 1.
FROM_ONE: Final = "write {prompt_from_1} in place of {prompt} in --pattern, or the prompts' texts into the manifest"
_SHOWN: Final = 5
_SURE: Final[Mapping[int, str]] = MappingProxyType({})
_MOST_NAMES: Final = 12


def admit(
    images: pd.DataFrame,
    inspection: "Inspection",
    protocol: "Protocol",
    *,
    black: Literal["refuse", "keep"] = "refuse",
    doubtful: Mapping[int, str] = _SURE,
) -> pd.DataFrame:
    """The images to score, by the protocol's policies for missing and surplus images.

    Args:
        images: columns subject, prompt_index, image_index, path.
        inspection: of them.
        protocol: under "error" every expected image must be there, and no other; "skip" and "ignore" leave out what cannot
            be used and what is not asked for, which the inspection has told.
        black: whether an all-black image is one that is missing.
        doubtful: where prompts may be numbered from 0 or from 1, the numbers that there are and what each asks for if they are
            numbered from 0; empty where it is certain.

    Raises:
        UserError: naming the first few images that stand in the way, and what to do.
    """
    from dreambench.benchmark.scoring.inspection import take_usable

    if inspection.refused:
        name, why = inspection.refused[0]
        more = f", and {len(inspection.refused) - 1} more like it" if len(inspection.refused) > 1 else ""
        copied = " (`cp -rL FOLDER COPY` copies what links lead to)" if "link out" in why else ""
        raise UserError(f"{name} {why}{more}; put the image itself there{copied}, or remove it.")
    broken = [*inspection.missing, *(name for name, _ in inspection.unreadable)]
    black_ones = [] if black == "keep" else list(inspection.black)
    if protocol.missing_images == "error" and broken:
        raise UserError(
            f"{_what_is_wrong(inspection, black_ones)}, and the protocol '{protocol.name}' takes no mean over the rest of "
            f"its {counted(inspection.expected.n_images, 'image')}; {_cure(images, inspection, doubtful)}."
        )
    if protocol.missing_images == "error" and black_ones:
        raise UserError(
            f"{_few(black_ones)} all black, as a safety checker leaves them; make them again without it, or score them as "
            "they are with --keep-black."
        )
    if protocol.surplus_images == "error" and inspection.extra:
        raise UserError(
            f"{_few(inspection.extra)} more than the protocol '{protocol.name}' asks for ({inspection.expected.words()}); "
            f"{_cure(images, inspection, doubtful)}."
        )
    usable = take_usable(images, inspection, black="keep" if black == "keep" else "leave_out")
    if usable.empty:
        raise UserError("There are no images to score; check the folder and the pattern of its file names.")
    return usable


def refuse_incomplete_images(
    images: pd.DataFrame,
    *,
    images_per_prompt: int,
    prompts: Mapping[str, Collection[int]] | None = None,
    some_may_miss: bool = False,
) -> None:
    """Check that every subject has every image of every prompt that it is asked, and no other.

    Args:
        images: columns subject, prompt_index, image_index, path.
        images_per_prompt: each (subject, prompt) must have exactly the image indices 0 .. images_per_prompt - 1.
        prompts: the subjects that must be there, and the numbers of their prompts; None: the subjects that are, each with all
            prompts that any of them has.
        some_may_miss: the protocol averages over the rest; only what is too many or there twice is refused.

    Raises:
        UserError: naming the first few images that are missing (or whose file is), too many, or there twice.
    """
    if images.empty:
        raise UserError("There are no images to score; check the folder and the pattern of its file names.")
    if prompts is None:
        anybodys = images["prompt_index"].unique().tolist()
        prompts = {str(subject): anybodys for subject in images["subject"].unique()}
    wanted = {
        (subject, int(prompt), index)
        for subject, numbers in prompts.items()
        for prompt in numbers
        for index in range(images_per_prompt)
    }
    keys = [
        (str(subject), int(prompt), int(index))
        for subject, prompt, index in zip(images["subject"], images["prompt_index"], images["image_index"], strict=True)
    ]
    absent = [] if some_may_miss else [f"{key[0]}/{key[1]:02d}/{key[2]}" for key in sorted(wanted - set(keys))]
    surplus = [f"{key[0]}/{key[1]:02d}/{key[2]}" for key in sorted(set(keys) - wanted)]
    _refuse(absent, surplus, repeated=len(keys) - len(set(keys)), per=f"{counted(images_per_prompt, 'image')} per prompt")
    _refuse_missing_files(images["path"])


def refuse_incomplete_priors(priors: pd.DataFrame, *, prior_images: int, subjects: Sequence[str]) -> None:
    """Check that every subject has exactly the prior images 0 .. prior_images - 1.

    Args:
        priors: columns subject, image_index, path.
        prior_images: how many a subject must have.
        subjects: that must have them.

    Raises:
        UserError: naming the first few that are missing (or whose file is), too many, or there twice.
    """
    wanted = {(subject, index) for subject in subjects for index in range(prior_images)}
    keys = [(str(subject), int(index)) for subject, index in zip(priors["subject"], priors["image_index"], strict=True)]
    absent = [f"prior {key[0]}/{key[1]}" for key in sorted(wanted - set(keys))]
    surplus = [f"prior {key[0]}/{key[1]}" for key in sorted(set(keys) - wanted)]
    _refuse(absent, surplus, repeated=len(keys) - len(set(keys)), per=f"{counted(prior_images, 'prior image')} per subject")
    _refuse_missing_files(priors["path"])


def _refuse(absent: Sequence[str], surplus: Sequence[str], *, repeated: int, per: str) -> None:
    if absent:
        raise UserError(f"{_few(absent)} missing (the protocol wants {per}); add them, or score fewer subjects or prompts.")
    if surplus:
        raise UserError(f"{_few(surplus)} more than wanted (the protocol wants {per}); remove or leave them out.")
    if repeated:
        are = "is" if repeated == 1 else "are"
        raise UserError(f"{counted(repeated, 'image')} {are} listed twice; check the pattern of the file names.")


def _what_is_wrong(inspection: "Inspection", black: Sequence[str]) -> str:
    """Which images cannot be scored, and why: of a single broken one, what is wrong with it."""
    unreadable = [name for name, _ in inspection.unreadable]
    names = sorted([*inspection.missing, *unreadable, *black])
    if len(names) == len(unreadable) == 1:
        return " ".join(inspection.unreadable[0])
    kinds = (("missing", inspection.missing), ("no picture that can be read", unreadable), ("all black", black))
    return f"{_few(names)} {' or '.join(kind for kind, there in kinds if there)}"


def numbered_from_0(doubtful: Mapping[int, str]) -> str:
    """What to say where no image is of prompt 0, so that all may be of the prompt before.

    Args:
        doubtful: number -> what is asked under it, counted from 0; one or more.
    """
    return f"No image is of prompt 0: {_taken_for(doubtful)}; if yours count from 1, {FROM_ONE}."


def _taken_for(doubtful: Mapping[int, str]) -> str:
    few = list(doubtful.items())[:3]
    more = f" and {len(doubtful) - len(few)} more" if len(doubtful) > len(few) else ""
    return ", ".join(f"{number} is taken for '{request}'" for number, request in few) + more


def _cure(images: pd.DataFrame, inspection: "Inspection", doubtful: Mapping[int, str]) -> str:
    """What to do about a folder that is not what is expected: score the part that is whole, if there is one."""
    expected = inspection.expected
    counts = images.groupby(["subject", "prompt_index"])["image_index"].agg(["size", "max"])
    per_prompt = int(counts["size"].min()) if len(counts) else 0
    prompts = sorted(int(index) for index in images["prompt_index"].unique())
    subjects = sorted(str(name) for name in images["subject"].unique())
    is_whole = bool((counts["size"] == per_prompt).all() and (counts["max"] == per_prompt - 1).all())
    # What --subjects and --prompts would ask for: a prompt's number only of the subjects whose kind has it.
    would_be = {(name, number) for name in subjects for number in prompts if number in expected.by_subject.get(name, ())}
    is_grid = is_whole and {(str(name), int(number)) for name, number in counts.index} == would_be
    only_extra = inspection.extra and not inspection.unusable
    them = "it" if len(inspection.unusable or inspection.extra) == 1 else "them"
    if not per_prompt or not is_grid or inspection.unreadable or inspection.black:
        return f"remove {them}, or ask for other images" if only_extra else f"add {them} or make {them} again"
    options = []
    if subjects != sorted(expected.by_subject):
        named = len(subjects) <= _MOST_NAMES
        options.append(f"--subjects {','.join(subjects)}" if named else f"--subjects with the {len(subjects)} that are there")
    if prompts != sorted({number for numbers in expected.by_subject.values() for number in numbers}):
        options.append(f"--prompts {ranges(prompts)}")
    if per_prompt != expected.images_per_prompt:
        options.append(f"--images-per-prompt {per_prompt}")
    if not options:
        return f"add {them} or make {them} again"
    act = "remove" if only_extra else "add"
    if doubtful:
        from_one = [f"--prompts {ranges([number - 1 for number in prompts])}"]
        from_one += [option for option in options if not option.startswith("--prompts ")]
        return (
            f"{act} {them}, or score what is there: no image is of prompt 0, so say how they are numbered. If from 0, so that "
            f"{_taken_for(doubtful)}, give {' '.join(options)}; if from 1, {FROM_ONE}, and give {' '.join(from_one)}"
        )
    return f"{act} {them}, or score what is there with {' '.join(options)}"


def _refuse_missing_files(paths: Sequence[str] | pd.Series) -> None:
    gone = [str(path) for path in paths if not Path(path).is_file()]
    if gone:
        raise UserError(f"{_few(gone)} missing; make them again or check the folder.")


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{shown}{more} {'is' if len(names) == 1 else 'are'}"
