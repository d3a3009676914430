"""Folders as `bench score --out` writes them, with scores made up at the miniature's spread: runs without the running."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.recorded import DatasetRecord
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.results.summary import About
from dreambench.benchmark.results.writing import summary_of, write_scores
from dreambench.benchmark.scoring.evaluate import Evaluation
from dreambench.benchmark.scoring.tables import Scores, image_table, keys_of, subject_table
from dreambench.dataset.subjects import SUBJECTS

#: The protocol of made-up scores, and its encoders' stand-in hashes.
MINIATURE: Final = load_protocol("miniature")
ENCODERS: Final[Mapping[str, str]] = {"dino": "d" * 64, "clip": "c" * 64}
DATASET: Final = DatasetRecord(name="made up", checksum="0" * 64)
MEANS: Final = {"dino": 0.65, "clip_i": 0.16, "clip_t": 0.75, "identification": 0.6, "copy_index": 0.1, "pres": 0.4, "div": 0.2}
_BETWEEN_SUBJECTS: Final = 0.1
_BETWEEN_METHODS: Final = 0.05


def made_up_scores(
    *,
    seed: int,
    shift: float = 0.0,
    subjects: int = 30,
    prompts: Sequence[int] = tuple(range(25)),
    images: int = 4,
    leave_out: Sequence[str] = (),
    protocol: Protocol = MINIATURE,
    encoders: Mapping[str, str] = ENCODERS,
) -> Scores:
    """Scores of one method: every subject has its own ease, shared by all methods, and its own luck with this one.

    Args:
        seed: of the method's luck.
        shift: added to every metric.
        subjects: how many, the first of the benchmark's.
        prompts: each subject's.
        images: for every prompt.
        leave_out: metrics that are NaN.
        protocol: whose metrics; one that the miniature's protocol does not have lies where DINO does.
        encoders: fingerprints by role.
    """
    infos = protocol.infos(encoders)
    on_images = keys_of(infos, "image")
    keys = [*(key for key in MEANS if key in protocol.metrics), *(key for key in protocol.metrics if key not in MEANS)]
    means_of = {key: MEANS.get(key, MEANS["dino"]) for key in keys}
    bounds = {info.key: (info.low, info.high) for info in infos}  # a number that nothing can have is refused
    ease, luck = np.random.default_rng(0), np.random.default_rng(seed + 1)
    rows, per_subject = [], []
    for subject in SUBJECTS[:subjects]:
        who = {"subject": subject.id, "kind": subject.kind, "class_noun": subject.class_noun}
        level = {
            key: np.nan if key in leave_out else mean + shift + a + b
            for (key, mean), a, b in zip(
                means_of.items(),
                ease.normal(0, _BETWEEN_SUBJECTS, len(means_of)),
                luck.normal(0, _BETWEEN_METHODS, len(means_of)),
                strict=True,
            )
        }
        level = {key: float(np.clip(value, *bounds[key])) for key, value in level.items()}
        values = luck.normal(0, 0.05, (len(prompts), images, len(on_images))) + [level[key] for key in on_images]
        values = np.clip(values, [bounds[key][0] for key in on_images], [bounds[key][1] for key in on_images])
        rows += [
            who
            | {"prompt_index": prompt, "prompt": "", "image_index": index, "path": f"{subject.id}/{prompt:02d}/{index}.png"}
            | dict(zip(on_images, values[place, index].tolist(), strict=True))
            for place, prompt in enumerate(prompts)
            for index in range(images)
        ]
        means = dict(zip(on_images, values.mean(axis=(0, 1)).tolist(), strict=True))
        per_subject.append(who | level | means | {"n_images": len(prompts) * images})
    return Scores(image_table(rows, infos), subject_table(per_subject, infos), infos)


def write_scored(
    folder: Path,
    scores: Scores,
    *,
    method: str,
    protocol: Protocol = MINIATURE,
    encoders: Mapping[str, str] = ENCODERS,
    lacking: Sequence[str] = (),
    **about: Any,
) -> Path:
    """Write a folder with scores.

    Args:
        folder: that is made.
        scores: of the method.
        method: its name.
        protocol: that they are said to be made under.
        encoders: fingerprints by role, as if these had made them.
        lacking: the protocol's metrics that are not among them.
        about: of the summary, beside method, dataset and the images' folder.
    """
    some = protocol.only(key for key in protocol.metrics if key not in lacking)
    infos = some.infos(encoders)
    images, subjects = (frame.drop(columns=[*lacking], errors="ignore") for frame in (scores.images, scores.subjects))
    told = Scores(images, subjects, infos)
    summary = summary_of(
        Evaluation(told, yardsticks={}, seconds=1.0),
        about=About(**{"method": method, "dataset": DATASET, "images": ".", **about}),
        protocol=some,
        encoders={role: encoders[role] for role in some.encoders},
        seconds={},
        environment=Environment(),
    )
    here = images.assign(path=[str(folder / path) for path in images["path"]])
    write_scores(folder, Scores(here, subjects, infos), summary, images=folder)
    return folder
