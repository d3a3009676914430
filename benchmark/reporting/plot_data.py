"""From finished runs to the plain records that plots take."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from dreambench.benchmark.results.finished import FinishedRun
    from dreambench.reports.plots import Cost, Embeddings, PlotData


def plot_data(runs: "Sequence[FinishedRun]", *, with_embeddings: bool = True, device: str = "cpu") -> "PlotData":
    """What plots show of comparable runs.

    Args:
        runs: one or more, under one protocol and against one dataset (the caller has checked).
        with_embeddings: load DINO and embed a sample of the images for the embedding map; where that cannot be done, the
            map is left out and the reason kept.
        device: where DINO runs.

    Raises:
        UserError: scores are missing or broken, or runs have different subjects or prompts.
    """
    from dreambench.benchmark.metrics import METRIC_KEYS
    from dreambench.benchmark.results.comparison import labels_of
    from dreambench.reports.plots import PlotData, PlottedMethod
    from dreambench.reports.records import Column, row_from_metrics

    entries = {key: entry for run in reversed(runs) for key, entry in run.overall.items()}
    order = {key: place for place, key in enumerate(METRIC_KEYS)}
    metrics = tuple(
        Column(key, str(entries[key].get("label") or key), bool(entries[key].get("higher_is_better", True)))
        for key in sorted(entries, key=lambda key: order.get(key, len(order)))
    )
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
                overall=row_from_metrics(label, run.overall).cells,
                images=_with_requests(scores.images, run),
                subjects=scores.subjects,
                cost=_cost(run),
            )
        )
    embeddings, why = _embeddings(runs, device) if with_embeddings else (None, "The embedding map was not asked for.")
    return PlotData(
        methods=tuple(methods),
        metrics=metrics,
        protocol=str(runs[0].summary["protocol"]),
        fingerprint=runs[0].fingerprint,
        beside=_beside(runs[0].summary),
        embeddings=embeddings,
        why_no_embeddings=why,
    )


def _with_requests(images: "pd.DataFrame", run: "FinishedRun") -> "pd.DataFrame":
    """The images with what the prompt of each asks for, and its family; one that is not recorded is told by its text."""
    from dreambench.benchmark.results.prompts import recorded_prompts
    from dreambench.dataset.kinds import NO_FAMILY

    known = recorded_prompts(run)
    requests, families = [], []
    for kind, index, text, noun in zip(
        *(images[column] for column in ("kind", "prompt_index", "prompt", "class_noun")), strict=True
    ):
        prompt = known.get((str(kind), int(index)))
        requests.append(str(text).replace(str(noun), "", 1) if prompt is None else prompt.request)
        families.append(NO_FAMILY if prompt is None else prompt.family)
    return images.assign(request=requests, family=families)


def _cells(images: "pd.DataFrame") -> set[tuple[str, int]]:
    return set(zip(images["subject"].astype(str), images["prompt_index"].astype(int), strict=True))


def _beside(summary: dict[str, Any]) -> dict[str, Any]:
    from dreambench.reports.records import row_from_metrics

    beside = summary.get("beside")
    if not isinstance(beside, dict):
        return {}
    return {str(name): row_from_metrics(str(name), metrics).cells for name, metrics in beside.items()}


def _cost(run: "FinishedRun") -> "Cost | None":
    from dreambench.benchmark.results.costs import run_cost
    from dreambench.reports.plots import Cost

    cost = run_cost(run)
    if cost is None or not all(math.isfinite(seconds) for seconds in cost.seconds.values()):
        return None
    return Cost(
        seconds=cost.seconds,
        peak_memory_bytes=cost.peak_memory_bytes,
        peak_device_memory_bytes=cost.peak_device_memory_bytes,
        machine=cost.machine,
    )


def _embeddings(runs: "Sequence[FinishedRun]", device: str) -> "tuple[Embeddings | None, str]":
    from dreambench.benchmark.results.embedding_sample import embed_sample
    from dreambench.reports.plots import Embeddings

    try:
        sample = embed_sample(runs, device=device)
    except UserError as error:
        return None, str(error)
    return Embeddings(sample.encoder, sample.references, sample.generated, sample="first image of every prompt"), ""
