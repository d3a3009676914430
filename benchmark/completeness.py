"""The missing-image policy: a score over fewer images than the protocol asks for is another score, so it is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from dataset.errors import UserError

_SHOWN: Final = 5


def refuse_incomplete_images(
    images: pd.DataFrame,
    *,
    images_per_prompt: int,
    subjects: Sequence[str] | None = None,
    prompt_indices: Sequence[int] | None = None,
) -> None:
    """Check that every subject has every image of every prompt, and no other.

    Args:
        images: columns subject, prompt_index, image_index, path.
        images_per_prompt: each (subject, prompt) must have exactly the image indices 0 .. images_per_prompt - 1.
        subjects: that must be there; None: those that are.
        prompt_indices: that every subject must have; None: all that any subject has.

    Raises:
        UserError: naming the first few images that are missing (or whose file is), too many, or there twice.
    """
    if images.empty:
        raise UserError("There are no images to score; check the folder and the pattern of its file names.")
    wanted_subjects = sorted(images["subject"].unique()) if subjects is None else list(subjects)
    wanted_prompts = sorted(images["prompt_index"].unique()) if prompt_indices is None else list(prompt_indices)
    wanted = {
        (str(subject), int(prompt), index)
        for subject in wanted_subjects
        for prompt in wanted_prompts
        for index in range(images_per_prompt)
    }
    keys = [
        (str(subject), int(prompt), int(index))
        for subject, prompt, index in zip(images["subject"], images["prompt_index"], images["image_index"], strict=True)
    ]
    absent = [f"{key[0]}/{key[1]:02d}/{key[2]}" for key in sorted(wanted - set(keys))]
    surplus = [f"{key[0]}/{key[1]:02d}/{key[2]}" for key in sorted(set(keys) - wanted)]
    _refuse(absent, surplus, repeated=len(keys) - len(set(keys)), per=f"{images_per_prompt} images per prompt")
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
    _refuse(absent, surplus, repeated=len(keys) - len(set(keys)), per=f"{prior_images} prior images per subject")
    _refuse_missing_files(priors["path"])


def _refuse(absent: Sequence[str], surplus: Sequence[str], *, repeated: int, per: str) -> None:
    if absent:
        raise UserError(f"{_few(absent)} missing (the protocol wants {per}); add them, or score fewer subjects or prompts.")
    if surplus:
        raise UserError(f"{_few(surplus)} more than wanted (the protocol wants {per}); remove or leave them out.")
    if repeated:
        raise UserError(f"{repeated} images are listed twice; check the pattern of the file names.")


def _refuse_missing_files(paths: Sequence[str] | pd.Series) -> None:
    gone = [str(path) for path in paths if not Path(path).is_file()]
    if gone:
        raise UserError(f"{_few(gone)} missing; make them again or check the folder.")


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{shown}{more} {'is' if len(names) == 1 else 'are'}"
