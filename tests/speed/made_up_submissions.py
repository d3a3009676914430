"""Submissions with scores made up at the miniature's spread, consistent in themselves."""

from typing import Any

import numpy as np

from dreambench.benchmark.submissions import Submission
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.subjects import SUBJECTS

from .scored_runs import MEANS

_METRICS = tuple(MEANS)


def made_up_record(
    name: str, *, seed: int, shift: float = 0.0, subjects: int = 30, prompts: int = 25, images: int = 4, prior: int = 8
) -> Any:
    """A submission as JSON values, to be written or broken.

    Args:
        name: of the method.
        seed: of its luck.
        shift: added to every metric.
        subjects: how many, the first of the benchmark's.
        prompts: of each subject, the first ones.
        images: for every prompt.
        prior: prior images of every subject.
    """
    ease, luck = np.random.default_rng(0), np.random.default_rng(seed + 1)
    table: dict[str, Any] = {}
    hashes, prior_hashes = {}, {}
    for subject in SUBJECTS[:subjects]:
        level = ease.normal(0, 0.1, len(MEANS)) + luck.normal(0, 0.05, len(MEANS)) + shift
        scores = np.round(np.clip(np.array(list(MEANS.values())) + level, 0, 1), 8).tolist()
        table[subject.id] = {
            "kind": subject.kind,
            "class_noun": subject.class_noun,
            "prompts": list(range(prompts)),
            "n_images": prompts * images,
            "scores": dict(zip(_METRICS, scores, strict=True)),
        }
        for prompt in range(prompts):
            for image in range(images):
                hashes[f"{subject.id}/{prompt:02d}/{image}.png"] = f"{seed:08x}{prompt:02x}{image:02x}".ljust(64, "0")
        for image in range(prior):
            prior_hashes[f"{subject.id}/{image}.png"] = f"{seed:08x}ff{image:02x}".ljust(64, "0")
    means = {key: {"mean": float(np.mean([each["scores"][key] for each in table.values()]))} for key in _METRICS}
    return {
        "format": "dreambench-submission",
        "version": 1,
        "name": name,
        "authors": f"Team {seed % 7}",
        "url": f"https://example.org/{seed}",
        "protocol": {"name": "miniature", "fingerprint": "0123456789ab", "pooling": "micro", "scale": 1, "divergence": "dino"},
        "dataset": load_dataset("mini").record(),
        "summary": means,
        "subjects": table,
        "provenance": {
            "suite": "mini",
            "method": ("dreambooth", "textual_inversion", "lora")[seed % 3],
            "seed": seed,
            "settings": {"steps": 100 + seed, "learning_rate": 1e-4},
            "commands": [f"bench run --method dreambooth --seed {seed}"],
        },
        "images": hashes,
        "prior_images": prior_hashes,
    }


def made_up_submission(name: str, **wanted: Any) -> Submission:
    """`made_up_record`, read as the leaderboard reads it."""
    return Submission.model_validate(made_up_record(name, **wanted))
