"""Whether a run's tables and its summary are of each other: each check is a clause on what is wrong, or nothing."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.summary import IMAGES_TABLE, SUBJECTS_TABLE, Summary
from dreambench.benchmark.results.tables import N_IMAGES
from dreambench.benchmark.scoring.summary import Means
from dreambench.benchmark.scoring.tables import N_PAIRS
from dreambench.dataset.declared import printable
from dreambench.dataset.words import shortened

if TYPE_CHECKING:
    import pandas as pd

#: A mean made again from the same numbers differs by rounding alone.
_ROUNDING: Final = 1e-9


def table_faults(
    images: "pd.DataFrame",
    subjects: "pd.DataFrame",
    summary: Summary,
    infos: Sequence[MetricInfo],
    *,
    asked: Collection[tuple[str, int]],
) -> Iterator[str]:
    """What is wrong with two tables, beginning with the file's name.

    Args:
        images: at least subject, kind, prompt_index, image_index and the columns of `infos`.
        subjects: at least subject, kind and the columns of `infos`.
        summary: of the run.
        infos: the metrics to look at.
        asked: (kind, number) of all prompts of the dataset.
    """
    yield from _row_faults(images, subjects, summary)
    yield from _subject_faults(images, subjects)
    yield from _prompt_faults(images, summary, asked)
    per_image = [info for info in infos if info.level == "image" and info.key in images.columns]
    per_subject = [info for info in infos if info.key in subjects.columns]
    yield from _value_faults(images, per_image, IMAGES_TABLE)
    yield from _value_faults(subjects, per_subject, SUBJECTS_TABLE)
    yield from _image_mean_faults(images, subjects, [info for info in per_image if info.key in subjects.columns])
    yield from _mean_faults(subjects, summary, per_subject)


def _row_faults(images: "pd.DataFrame", subjects: "pd.DataFrame", summary: Summary) -> Iterator[str]:
    twice = subjects["subject"][subjects["subject"].duplicated()]
    if len(twice):
        yield f"{SUBJECTS_TABLE} has the subject {_short(twice.iloc[0])} twice"
    keys = ["subject", "prompt_index", "image_index"]
    again = images[images.duplicated(keys)]
    if len(again):
        yield f"{IMAGES_TABLE} has the image {_name(again.iloc[0])} twice"
    if len(images) != summary.n_images or len(subjects) != summary.n_subjects:
        yield (
            f"{IMAGES_TABLE} has {len(images):,} images and {SUBJECTS_TABLE} {len(subjects):,} subjects, where summary.json "
            f"says {summary.n_images:,} and {summary.n_subjects:,}"
        )
    if (n_prompts := int(images["prompt_index"].nunique())) != summary.n_prompts:
        yield f"{IMAGES_TABLE} has {n_prompts:,} prompts, where summary.json says {summary.n_prompts:,}"


def _subject_faults(images: "pd.DataFrame", subjects: "pd.DataFrame") -> Iterator[str]:
    kinds = dict(zip(subjects["subject"], subjects["kind"], strict=True))
    of_images = images[["subject", "kind"]].drop_duplicates()
    for subject, kind in of_images.itertuples(index=False):
        if kinds.get(subject) != kind:
            how = "no row" if subject not in kinds else "another kind"
            yield f"{IMAGES_TABLE} has images of {_short(subject)}, which has {how} in {SUBJECTS_TABLE}"
    lacking = sorted(set(kinds) - set(of_images["subject"]))
    if lacking:
        yield f"{SUBJECTS_TABLE} has the subject {_short(lacking[0])}, of which {IMAGES_TABLE} has no image"
    if N_IMAGES in subjects.columns:
        counts = images.groupby("subject").size()
        for subject, count in zip(subjects["subject"], subjects[N_IMAGES], strict=True):
            if int(counts.get(subject, 0)) != int(count):
                yield (
                    f"{SUBJECTS_TABLE} says that {_short(subject)} has {count} images, but {IMAGES_TABLE} has "
                    f"{counts.get(subject, 0)}"
                )
    if N_PAIRS in subjects.columns:
        pairs = subjects[N_PAIRS].to_numpy(dtype=np.float64)
        if np.isinf(pairs).any() or (pairs < 0).any():
            yield f"{SUBJECTS_TABLE} has a number of pairs that nothing can have"


def _prompt_faults(images: "pd.DataFrame", summary: Summary, asked: Collection[tuple[str, int]]) -> Iterator[str]:
    for kind, index in images[["kind", "prompt_index"]].drop_duplicates().itertuples(index=False):
        if (kind, int(index)) not in asked:
            yield f"{IMAGES_TABLE} has a prompt {index} for the kind {_short(kind)!r}, which the dataset has not"
    most = summary.protocol.images_per_prompt
    odd = images[(images["image_index"] < 0) | (images["image_index"] >= most)]
    if len(odd):
        yield f"{IMAGES_TABLE} has an image {_name(odd.iloc[0])}, where the protocol has {most} a prompt, counted from 0"


def _value_faults(table: "pd.DataFrame", infos: Sequence[MetricInfo], name: str) -> Iterator[str]:
    for info in infos:
        values = table[info.key].to_numpy(dtype=np.float64)
        odd = np.flatnonzero(np.isinf(values) | (values < info.low) | (values > info.high))
        if len(odd):
            row = table.iloc[int(odd[0])]
            whose = _name(row) if name == IMAGES_TABLE else _short(row["subject"])
            yield (
                f"{name} has the {info.label} {values[odd[0]]:g} for {whose}, which nothing can have ({info.low:g} to "
                f"{info.high:g})"
            )


def _image_mean_faults(images: "pd.DataFrame", subjects: "pd.DataFrame", infos: Sequence[MetricInfo]) -> Iterator[str]:
    """A subject's value is the mean over its images, and there is none where one of them has none."""
    names = subjects["subject"].tolist()
    keys = [info.key for info in infos]
    means = images.groupby("subject")[keys].mean().reindex(names)
    empty = images[keys].isna().groupby(images["subject"]).any().reindex(names)
    for info in infos:
        stated = subjects[info.key].to_numpy(dtype=np.float64)
        found = means[info.key].to_numpy(dtype=np.float64)
        lacks = empty[info.key].to_numpy(dtype=bool)
        for name, value, mean, has_gap in zip(names, stated, found, lacks, strict=True):
            if has_gap and not np.isnan(value):
                yield f"{IMAGES_TABLE} has no {info.label} for an image of {_short(name)}, but {SUBJECTS_TABLE} has its mean"
            elif not has_gap and not _same(value, mean, info):
                yield (
                    f"{SUBJECTS_TABLE} has the {info.label} {value:.6g} for {_short(name)}, but the images in {IMAGES_TABLE} "
                    f"give {mean:.6g}"
                )


def _mean_faults(subjects: "pd.DataFrame", summary: Summary, infos: Sequence[MetricInfo]) -> Iterator[str]:
    parts: dict[str, tuple[pd.DataFrame, Means]] = {"all subjects": (subjects, summary.overall)}
    by_kind: Mapping[str, pd.DataFrame] = {str(kind): part for kind, part in subjects.groupby("kind")}
    if set(by_kind) != set(summary.per_kind):
        yield f"{SUBJECTS_TABLE} has the kinds {', '.join(sorted(by_kind))}, and summary.json has means of others"
        return
    parts |= {f"the kind {kind}": (part, summary.per_kind[kind]) for kind, part in by_kind.items()}
    for what, (part, means) in parts.items():
        for info in infos:
            entry = means.get(info.key)
            if entry is None:
                continue
            mean, n = _pooled(part, info, summary.protocol.pooling)
            stated = np.nan if entry.mean is None else entry.mean
            if n != entry.n or not _same(stated, mean, info):
                yield (
                    f"summary.json says that the mean {info.label} of {what} is {stated:.6g} over {entry.n}, but "
                    f"{SUBJECTS_TABLE} gives {mean:.6g} over {n}"
                )


def _pooled(subjects: "pd.DataFrame", info: MetricInfo, pooling: str) -> tuple[float, int]:
    """A metric's mean over the subjects that have a value, and how many they are."""
    values = subjects[info.key].to_numpy(dtype=np.float64)
    column = {"alike": None, "images": N_IMAGES, "pairs": N_PAIRS}[info.weigh(pooling)]
    weights = np.ones_like(values)
    if column is not None:
        weights = subjects[column].to_numpy(dtype=np.float64) if column in subjects.columns else np.full_like(values, np.nan)
    kept = np.isfinite(values) & (weights > 0)
    return (float(np.average(values[kept], weights=weights[kept])), int(kept.sum())) if kept.any() else (float("nan"), 0)


def _same(stated: float, found: float, info: MetricInfo) -> bool:
    if np.isnan(stated) or np.isnan(found):
        return bool(np.isnan(stated) and np.isnan(found))
    return abs(stated - found) <= _ROUNDING * max(1.0, abs(info.low), abs(info.high))


def _name(row: "pd.Series[Any]") -> str:
    return f"{_short(row['subject'])}/{int(str(row['prompt_index'])):02d}/{row['image_index']}"


def _short(text: object) -> str:
    return shortened(printable(str(text)), 60)
