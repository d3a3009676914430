"""Scoring: time an image, how much of it the encoders take, and what reusing the references' embeddings saves."""

import statistics
import time
from collections.abc import Mapping

import pandas as pd

from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.scoring.references import ReferenceFeatures, embed_references
from dreambench.benchmark.scoring.score import score
from dreambench.benchmark.scoring.tables import Scores

from .setting import Setting
from .timed_encoders import timed
from .timing import Figure, median_pair, seconds


def scoring(setting: Setting, *, repeats: int, subjects: int = 2, prompts: int = 25) -> list[Figure]:
    """Seconds a generated image to score `subjects` x `prompts` x the protocol's images per prompt.

    Reference images stand in for generated ones: at the same size they cost the same to read and to embed.
    """
    dataset, protocol = setting.dataset, setting.protocol
    images = _stand_ins(setting, subjects, prompts)
    chosen = dataset.subjects[:subjects]
    references = embed_references(dataset, chosen, protocol, setting.encoders)

    def score_anew() -> float:
        return seconds(lambda: _score(setting, images, setting.encoders), setting.device) / len(images)

    def score_with_references() -> float:
        return seconds(lambda: _score(setting, images, setting.encoders, references=references), setting.device) / len(images)

    reused, anew = median_pair(score_with_references, score_anew, repeats=repeats)
    share = statistics.median(_encoders_share(setting, images) for _ in range(repeats))
    return [
        Figure("scoring", f"{1 / anew:.0f} images a second", anew, "s/image"),
        Figure("scoring", "time in the encoders' passes", share, "share of all"),
        Figure("scoring", "references embedded before", reused, "s/image", "embedded anew", anew),
    ]


def _score(
    setting: Setting,
    images: pd.DataFrame,
    encoders: Encoders,
    *,
    references: Mapping[str, ReferenceFeatures] | None = None,
) -> Scores:
    return score(
        images,
        priors=None,
        dataset=setting.dataset,
        protocol=setting.protocol,
        encoders=encoders,
        references=references,
    )


def _stand_ins(setting: Setting, subjects: int, prompts: int) -> pd.DataFrame:
    """The table of images that `score` takes."""
    rows = []
    for subject in setting.dataset.subjects[:subjects]:
        paths = setting.dataset.reference_paths(subject)
        for prompt in range(prompts):
            for index in range(setting.protocol.images_per_prompt):
                path = str(paths[(prompt + index) % len(paths)])
                rows.append({"subject": subject.id, "prompt_index": prompt, "image_index": index, "path": path})
    return pd.DataFrame(rows)


def _encoders_share(setting: Setting, images: pd.DataFrame) -> float:
    """The part of a scoring, 0 to 1, that passes inside the encoders; the rest is reading, cropping and arithmetic."""
    on_cpu = setting.device.type == "cpu"  # processor time: lanes work side by side there
    encoders, in_encoders = timed(setting.encoders, time.thread_time if on_cpu else time.perf_counter)
    processor = time.process_time()
    wall = seconds(lambda: _score(setting, images, encoders), setting.device)
    return in_encoders() / (time.process_time() - processor if on_cpu else wall)
