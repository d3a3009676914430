"""Folders as `bench score --out` writes them, with scores made up at the miniature's spread: runs without the running."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.scoring.summary import summarise
from dreambench.benchmark.scoring.tables import Scores, image_table, subject_table
from dreambench.dataset.files import write_json
from dreambench.dataset.subjects import SUBJECTS

MEANS: Final = {"dino": 0.65, "clip_i": 0.16, "clip_t": 0.75, "identification": 0.6, "copy_index": 0.1, "pres": 0.4, "div": 0.2}
_ON_IMAGES: Final = ("dino", "clip_i", "clip_t", "identification", "copy_index")
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
) -> Scores:
    """Scores of one method: every subject has its own ease, shared by all methods, and its own luck with this one.

    Args:
        seed: of the method's luck.
        shift: added to every metric.
        subjects: how many, the first of the benchmark's.
        prompts: each subject's.
        images: for every prompt.
        leave_out: metrics that are NaN.
    """
    ease, luck = np.random.default_rng(0), np.random.default_rng(seed + 1)
    rows, per_subject = [], []
    for subject in SUBJECTS[:subjects]:
        who = {"subject": subject.id, "kind": subject.kind, "class_noun": subject.class_noun}
        level = {
            key: np.nan if key in leave_out else mean + shift + a + b
            for (key, mean), a, b in zip(
                MEANS.items(),
                ease.normal(0, _BETWEEN_SUBJECTS, len(MEANS)),
                luck.normal(0, _BETWEEN_METHODS, len(MEANS)),
                strict=True,
            )
        }
        values = luck.normal(0, 0.05, (len(prompts), images, len(_ON_IMAGES))) + [level[key] for key in _ON_IMAGES]
        rows += [
            who
            | {"prompt_index": prompt, "prompt": "", "image_index": index, "path": f"{subject.id}/{prompt:02d}/{index}.png"}
            | dict(zip(_ON_IMAGES, values[place, index].tolist(), strict=True))
            for place, prompt in enumerate(prompts)
            for index in range(images)
        ]
        means = dict(zip(_ON_IMAGES, values.mean(axis=(0, 1)).tolist(), strict=True))
        per_subject.append(who | level | means | {"n_images": len(prompts) * images})
    return Scores(image_table(rows), subject_table(per_subject))


def write_scored(
    folder: Path,
    scores: Scores,
    *,
    method: str,
    fingerprint: str = "0123456789ab",
    lacking: Sequence[str] = (),
    **changes: Any,
) -> Path:
    """Write a folder with scores under the miniature's protocol.

    Args:
        folder: that is made.
        scores: of the method.
        method: its name.
        fingerprint: of the protocol.
        lacking: metrics that the folder was written without, as an older version did.
        changes: replace entries of the summary.
    """
    folder.mkdir(parents=True)
    for frame, name in ((scores.images, "scores"), (scores.subjects, "subjects")):
        frame.drop(columns=[key for key in lacking if key in frame]).to_parquet(folder / f"{name}.parquet")
    summary = summarise(scores, load_protocol("miniature"), fingerprint)
    for entries in (summary["overall"], *summary["per_kind"].values()):
        for key in lacking:
            entries.pop(key, None)
    about = {"method": method, "dataset": {"name": "made up", "checksum": "0"}}
    write_json(folder / "summary.json", {**about, **summary, **changes})
    return folder
