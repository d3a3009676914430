"""Catch trials: a copy of a reference image beside an impostor. One is right about the subject, the other about the prompt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from dreambench.benchmark.results.report_data import ReportData
from dreambench.benchmark.userstudy.study import CatchTrial
from dreambench.dataset.errors import UserError

_MOST: Final = 60


def catch_trials(
    data: ReportData,
    images: Sequence[Sequence[tuple[str, int, int]]],
    references: Mapping[str, Sequence[Path]],
    rng: np.random.Generator,
) -> list[CatchTrial]:
    """Trials of as many subjects as have an impostor.

    Impostors of the subject's own class are taken where there are any: with them the prompt has a right answer too.

    Args:
        data: the runs.
        images: of each run those that an impostor may be, by subject, prompt's number and image's number; they should show what
            the prompt asks for.
        references: subject -> its reference images that are shown.
        rng: of all choices.

    Raises:
        UserError: no subject has an impostor.
    """
    found = _trials(data, images, references, rng, same_class=True) or _trials(data, images, references, rng, same_class=False)
    if not found:
        raise UserError("Catch trials show another subject of the same kind, and there is none; name runs of more subjects.")
    return [found[index] for index in rng.permutation(len(found))][:_MOST]


def _trials(
    data: ReportData,
    images: Sequence[Sequence[tuple[str, int, int]]],
    references: Mapping[str, Sequence[Path]],
    rng: np.random.Generator,
    *,
    same_class: bool,
) -> list[CatchTrial]:
    prompts = {(prompt.kind, prompt.index): prompt for prompt in data.prompts}
    found = []
    for subject in data.subjects:
        strangers = {
            other.id
            for other in data.subjects
            if other.id != subject.id and other.kind == subject.kind and (other.class_noun == subject.class_noun) == same_class
        }
        choices = [(run, name) for run, own in enumerate(images) for name in own if name[0] in strangers]
        if not choices:
            continue
        run, (impostor, index, image) = choices[int(rng.integers(len(choices)))]
        found.append(
            CatchTrial(
                subject=subject.id,
                prompt_index=index,
                prompt=prompts[subject.kind, index].text(subject.class_noun),
                reference=int(rng.integers(len(references[subject.id]))),
                impostor=impostor,
                run=run,
                image_index=image,
                asks_prompt=same_class,
            )
        )
    return found
