"""From the tables of a scored run to the cells that methods are paired by."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dreambench.benchmark.scoring.tables import N_PAIRS, Scores, keys_of
from dreambench.benchmark.statistics import NO_PROMPT, Cells, MethodCells


def method_cells(scores: Scores) -> MethodCells:
    """The cells of a method's scores: means over images for an image's metrics. A metric without a column is left out."""
    on_images = [key for key in keys_of(scores.metrics, "image") if key in scores.images.columns]
    on_subjects = [key for key in keys_of(scores.metrics, "subject") if key in scores.subjects.columns]
    grouped = scores.images.groupby(["subject", "prompt_index"], sort=True)
    means, sizes = grouped[on_images].mean(), grouped.size()
    names, counts = _text(sizes.index.get_level_values(0)), np.asarray(sizes, dtype=np.int64)
    subjects = scores.subjects.sort_values("subject")
    return MethodCells(
        by_prompt=Cells(
            subjects=names,
            prompts=sizes.index.get_level_values(1).to_numpy(dtype=np.int64),
            counts=counts,
            pairs=counts * _pairs_per_image(scores.subjects, names),
            values={key: means[key].to_numpy(dtype=np.float64) for key in on_images},
        ),
        by_subject=Cells(
            subjects=_text(subjects["subject"]),
            prompts=np.full(len(subjects), NO_PROMPT, dtype=np.int64),
            counts=np.ones(len(subjects), dtype=np.int64),
            pairs=np.full(len(subjects), np.nan),
            values={key: subjects[key].to_numpy(dtype=np.float64) for key in on_subjects},
        ),
    )


def _pairs_per_image(subjects: pd.DataFrame, names: NDArray[np.str_]) -> NDArray[np.float64]:
    """[cells] for the cells' subjects: the reference images that each image is compared with; NaN where unknown."""
    if N_PAIRS not in subjects.columns or "n_images" not in subjects.columns:
        return np.full(len(names), np.nan)
    per_image = (subjects[N_PAIRS] / subjects["n_images"]).to_numpy(dtype=np.float64)
    by_name = dict(zip(_text(subjects["subject"]).tolist(), per_image.tolist(), strict=True))
    return np.array([by_name.get(name, np.nan) for name in names.tolist()], dtype=np.float64)


def _text(names: "pd.Index | pd.Series") -> NDArray[np.str_]:
    return np.asarray(names.astype(str).tolist(), dtype=np.str_)
