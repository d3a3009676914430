"""From finished runs to the plain records that plots take."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

import pandas as pd

from dreambench.benchmark.results.comparison import comparable_metrics, labels_of
from dreambench.benchmark.results.costs import RunCost, run_cost
from dreambench.benchmark.results.embedding_sample import EmbeddingSample, embed_sample
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.floor import FLOOR_METHOD, find_floor
from dreambench.benchmark.results.images import ReplacedImage
from dreambench.benchmark.results.prompts import recorded_prompts
from dreambench.benchmark.scoring.summary import Means
from dreambench.dataset.errors import UserError
from dreambench.dataset.kinds import NO_FAMILY
from dreambench.reports.cells import Cell, column_of, row_of
from dreambench.reports.plots import PlotData, PlottedMethod


def plot_data(
    runs: Sequence[FinishedRun], *, with_embeddings: bool = True, device: str = "cpu", images: Sequence[Path] = ()
) -> PlotData:
    """What plots show of runs: the metrics on which they compare, and no others.

    Args:
        runs: one or more, against one dataset (the caller has checked).
        with_embeddings: load the encoder of the first image similarity and embed a sample of the images for the embedding
            map; where that cannot be done, the map is left out and the reason kept.
        device: where the encoder runs.
        images: folders that the reader says images lie in.

    Raises:
        UserError: scores are missing or broken, runs share no metric, they have different subjects or prompts, or a picture for
            the map is not the one that was scored.
    """
    shared = comparable_metrics(runs)
    keys = {info.key for info in shared.infos}
    methods: list[PlottedMethod] = []
    for label, run in zip(labels_of(runs), runs, strict=True):
        scores = run.scores()
        if methods and _cells(scores.images) != _cells(methods[0].images):
            raise UserError(
                f"{runs[0].root} and {run.root} have different subjects or prompts; "
                "plot runs of the same --subjects and --prompts."
            )
        methods.append(
            PlottedMethod(
                label=label,
                overall=_means(run.summary.overall, keys),
                images=_with_requests(scores.images, run),
                subjects=scores.subjects,
                cost=_cost(run),
            )
        )
    embeddings, why = _embeddings(runs, device, images) if with_embeddings else (None, "The embedding map was not asked for.")
    return PlotData(
        methods=tuple(methods),
        metrics=tuple(column_of(info) for info in shared.infos),
        protocols={run.fingerprint: run.protocol for run in runs},
        beside=_beside(runs, keys),
        embeddings=embeddings,
        why_no_embeddings=why,
    )


def _with_requests(images: pd.DataFrame, run: FinishedRun) -> pd.DataFrame:
    """The images with what the prompt of each asks for, and its family; one that is not recorded is told by its text."""
    known = recorded_prompts(run)
    requests, families = [], []
    for kind, index, text, noun in zip(
        *(images[column] for column in ("kind", "prompt_index", "prompt", "class_noun")), strict=True
    ):
        prompt = known.get((str(kind), int(index)))
        requests.append(str(text).replace(str(noun), "", 1) if prompt is None else prompt.request)
        families.append(NO_FAMILY if prompt is None else prompt.family)
    return images.assign(request=requests, family=families)


def _cells(images: pd.DataFrame) -> set[tuple[str, int]]:
    return set(zip(images["subject"].astype(str), images["prompt_index"].astype(int), strict=True))


def _means(means: Means, keys: set[str]) -> Mapping[str, Cell]:
    """The cells of the metrics that are shown."""
    return row_of("", {key: mean for key, mean in means.items() if key in keys}).cells


def _beside(runs: Sequence[FinishedRun], keys: set[str]) -> dict[str, dict[str, Cell]]:
    """The yardsticks and the floor, except those that a run is itself: each metric's from the first run that has it."""
    methods = {run.method for run in runs}
    beside: dict[str, dict[str, Cell]] = {}
    for run in runs:
        for name, means in run.summary.beside.items():
            if name not in methods:
                beside[name] = {**_means(means, keys), **beside.get(name, {})}
    records = [(run.record, run.root) for run in runs if FLOOR_METHOD not in methods]
    found = (find_floor(record, beside=root) for record, root in records if record is not None)
    floor = next((floor for floor in found if floor is not None), None)
    if floor is not None:
        beside[FLOOR_METHOD] = dict(_means(floor.metrics, keys))
    return beside


def _cost(run: FinishedRun) -> RunCost | None:
    cost = run_cost(run)
    return cost if cost is not None and all(map(isfinite, cost.seconds.values())) else None


def _embeddings(runs: Sequence[FinishedRun], device: str, images: Sequence[Path]) -> tuple[EmbeddingSample | None, str]:
    try:
        return embed_sample(runs, device=device, images=images), ""
    except ReplacedImage:
        raise
    except UserError as error:
        return None, str(error)
