"""The two tables that scoring makes: a row per image and a row per subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from dreambench.benchmark.metrics import METRICS

IMAGE_METRICS: Final[tuple[str, ...]] = tuple(info.key for info in METRICS if info.level == "image")
SUBJECT_METRICS: Final[tuple[str, ...]] = tuple(info.key for info in METRICS if info.level == "subject")
IMAGE_COLUMNS: Final[tuple[str, ...]] = (
    "subject",
    "kind",
    "class_noun",
    "prompt_index",
    "prompt",
    "image_index",
    "path",
    *IMAGE_METRICS,
)
SUBJECT_COLUMNS: Final[tuple[str, ...]] = ("subject", "kind", "class_noun", *IMAGE_METRICS, *SUBJECT_METRICS, "n_images")
#: Pairs of an image and a reference image behind a subject's DINO and CLIP-I; only the pooling "pairs" asks for it.
N_PAIRS: Final = "n_pairs"


@dataclass(frozen=True)
class Scores:
    """Scores of one method under one protocol.

    Attributes:
        images: columns IMAGE_COLUMNS, a row per generated image; the three image metrics are means over that image's
            pairs (CLIP-T: its one cosine). `prompt` is the text CLIP-T was computed with.
        subjects: columns SUBJECT_COLUMNS and N_PAIRS, a row per subject; the image metrics are means over its images,
            NaN where a metric does not apply.
    """

    images: pd.DataFrame
    subjects: pd.DataFrame


def image_table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Image rows as a frame with the right columns and types, sorted by subject, prompt and image."""
    frame = pd.DataFrame(list(rows), columns=list(IMAGE_COLUMNS))
    frame = frame.astype(
        {"prompt_index": "int64", "image_index": "int64"} | dict.fromkeys(IMAGE_METRICS, "float64"),
    )
    return frame.sort_values(["subject", "prompt_index", "image_index"], ignore_index=True)


def subject_table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Subject rows as a frame with the right columns and types, sorted by subject."""
    frame = pd.DataFrame(list(rows), columns=[*SUBJECT_COLUMNS, N_PAIRS])
    frame = frame.astype({"n_images": "int64"} | dict.fromkeys((*IMAGE_METRICS, *SUBJECT_METRICS, N_PAIRS), "float64"))
    return frame.sort_values("subject", ignore_index=True)
