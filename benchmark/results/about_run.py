"""What a summary says about its run besides the scores: which run, from which images, in what time and memory."""

from collections.abc import Mapping, Sequence

from dreambench.benchmark.declarations.recorded import DatasetRecord
from dreambench.benchmark.results.summary import About, scored_hash
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import UnitManifest


def about_run(
    plan: RunPlan, manifests: Sequence[UnitManifest], *, hashes: Mapping[str, str], remarks: tuple[str, ...] = ()
) -> About:
    """Suite, method, seed, dataset, and the hash of the images that the scores were made from.

    Args:
        plan: the run's.
        manifests: of its units, in the plan's order.
        hashes: subject -> SHA-256 of its manifest.
        remarks: what a reader of the scores should know.
    """
    return About(
        suite=plan.suite.name,
        method=plan.method,
        seed=plan.seed,
        settings=plan.settings.identity(),
        dataset=DatasetRecord.model_validate(plan.dataset.record()),
        scored_from=scored_from(plan, manifests),
        manifests=dict(hashes),
        remarks=remarks,
        peak_memory_bytes=max(manifest.peak_memory_bytes for manifest in manifests),
        peak_device_memory_bytes=max((manifest.peak_device_memory_bytes or 0 for manifest in manifests), default=0) or None,
    )


def scored_from(plan: RunPlan, manifests: Sequence[UnitManifest]) -> str:
    """The hash of the images, in the plan's order, and the fingerprint."""
    return scored_hash([manifest.files() for manifest in manifests], plan.fingerprint)


def run_seconds(manifests: Sequence[UnitManifest]) -> dict[str, float]:
    """Seconds of training and sampling, added up over the units (workers side by side take less on the clock)."""
    return {
        "train": round(sum(manifest.seconds.train for manifest in manifests), 3),
        "sample": round(sum(manifest.seconds.sample for manifest in manifests), 3),
    }
