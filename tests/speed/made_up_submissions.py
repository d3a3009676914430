"""Submissions with scores made up at the miniature's spread, consistent in themselves."""

from typing import Any

import numpy as np

from dreambench.benchmark.declarations.in_words import protocol_in_words
from dreambench.benchmark.submissions import Submission
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.subjects import SUBJECTS

from .scored_runs import ENCODERS, MEANS, MINIATURE

_BESIDE = {"real_images": {"dino": 0.95, "clip_i": 0.85}, "copy_reference": {"dino": 0.97, "clip_i": 0.88, "clip_t": 0.2}}


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
            "scores": dict(zip(MEANS, scores, strict=True)),
        }
        for prompt in range(prompts):
            for image in range(images):
                hashes[f"{subject.id}/{prompt:02d}/{image}.png"] = f"{seed:08x}{prompt:02x}{image:02x}".ljust(64, "0")
        for image in range(prior):
            prior_hashes[f"{subject.id}/{image}.png"] = f"{seed:08x}ff{image:02x}".ljust(64, "0")
    return {
        "format": "dreambench-submission",
        "version": 2,
        "name": name,
        "authors": f"Team {seed % 7}",
        "url": f"https://example.org/{seed}",
        "day": f"2026-{1 + seed % 12:02d}-{1 + seed % 28:02d}",
        "base_model": ("mini", "SD 1.5", "SDXL")[seed % 3],
        "training": ("tuned", "zero-shot")[seed % 2],
        "protocol": {
            "name": "miniature",
            "fingerprint": MINIATURE.fingerprint(ENCODERS),
            "pooling": "micro",
            "scale": 1,
            "encoders": dict(ENCODERS),
            "in_words": protocol_in_words(MINIATURE),
            "declaration": MINIATURE.record(),
        },
        "dataset": load_dataset("mini").record(),
        "metrics": [info.model_dump(mode="json") for info in MINIATURE.infos(ENCODERS)],
        "summary": means_of(table),
        "beside": {
            name: {key: {"mean": mean, "low": mean - 0.02, "high": mean + 0.02} for key, mean in means.items()}
            for name, means in _BESIDE.items()
        },
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


def means_of(subjects: Any) -> Any:
    """A summary that agrees with a table of subjects, each of as many images."""
    keys = next(iter(subjects.values()))["scores"]
    return {key: {"mean": float(np.mean([subject["scores"][key] for subject in subjects.values()]))} for key in keys}


def made_up_submission(name: str, **wanted: Any) -> Submission:
    """`made_up_record`, read as the leaderboard reads it."""
    return Submission.model_validate(made_up_record(name, **wanted))


def small(name: str, *, seed: int = 1, shift: float = 0.0) -> Any:
    """`made_up_record` of eight subjects, two prompts and one image for each."""
    return made_up_record(name, seed=seed, shift=shift, subjects=8, prompts=2, images=1)
