"""The two tables that scoring makes: a row per image and a row per subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.metrics.info import Level

#: What stands before the metrics in the table of images.
ABOUT_IMAGE: Final = ("subject", "kind", "class_noun", "prompt_index", "prompt", "image_index", "path")
#: SHA-256 of the file that an image was read from, after its path; a yardstick's table is made without it.
SHA256: Final = "sha256"
#: The family of an image's prompt, after its hash; only where a dataset's own prompts, or a prompt set's, name families.
FAMILY: Final = "family"
#: What stands before the metrics in the table of subjects.
ABOUT_SUBJECT: Final = ("subject", "kind", "class_noun")
#: Pairs of an image and a reference image behind a subject's values; only the pooling "pairs" asks for it.
N_PAIRS: Final = "n_pairs"


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of one method under one protocol.

    Attributes:
        images: columns ABOUT_IMAGE, SHA256 and FAMILY where they are known, and the metrics of the level "image", a row per
            image. `prompt` is the text that text similarity was computed with.
        subjects: columns ABOUT_SUBJECT, all metrics, n_images and N_PAIRS, a row per subject; an image's metrics are means
            over the subject's images, NaN where a metric has no value.
        metrics: which metrics these are, in the order of tables.
    """

    images: pd.DataFrame
    subjects: pd.DataFrame
    metrics: tuple[MetricInfo, ...]


def keys_of(infos: Sequence[MetricInfo], level: Level) -> list[str]:
    """The keys of the metrics of one level."""
    return [info.key for info in infos if info.level == level]


def image_table(rows: Sequence[dict[str, Any]], infos: Sequence[MetricInfo]) -> pd.DataFrame:
    """Image rows as a frame with the right columns and types, sorted by subject, prompt and image."""
    keys = keys_of(infos, "image")
    hashed = [name for name in (SHA256, FAMILY) if any(name in row for row in rows)]
    frame = pd.DataFrame(list(rows), columns=[*ABOUT_IMAGE, *hashed, *keys])
    frame = frame.astype({"prompt_index": "int64", "image_index": "int64"} | dict.fromkeys(keys, "float64"))
    return frame.sort_values(["subject", "prompt_index", "image_index"], ignore_index=True)


def subject_table(rows: Sequence[dict[str, Any]], infos: Sequence[MetricInfo]) -> pd.DataFrame:
    """Subject rows as a frame with the right columns and types, sorted by subject."""
    keys = [*keys_of(infos, "image"), *keys_of(infos, "subject")]
    frame = pd.DataFrame(list(rows), columns=[*ABOUT_SUBJECT, *keys, "n_images", N_PAIRS])
    frame = frame.astype({"n_images": "int64"} | dict.fromkeys((*keys, N_PAIRS), "float64"))
    return frame.sort_values("subject", ignore_index=True)
