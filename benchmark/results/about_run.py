"""What a summary says about its run besides the scores: which run, from which images, in what time and memory."""

from collections.abc import Mapping, Sequence

from dreambench.benchmark.declarations.recorded import DatasetRecord
from dreambench.benchmark.results.precision import mixture, precision_of
from dreambench.benchmark.results.summary import About, scored_hash
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import ALL_ALIKE, ASKED_BATCH_SIZE, UnitManifest
from dreambench.benchmark.scoring.inspection import few


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
    precision = precision_of(manifests, uses_sampler=plan.sampler is not None)
    return About(
        suite=plan.suite.name,
        method=plan.method,
        seed=plan.seed,
        settings=plan.settings.identity(),
        dataset=DatasetRecord.model_validate(plan.dataset.record()),
        scored_from=scored_from(plan, manifests),
        manifests=dict(hashes),
        remarks=(*remarks, *filter(None, [mixture(precision), _alike_in_words(manifests), _halved_in_words(manifests)])),
        precision=precision,
        peak_memory_bytes=max(manifest.peak_memory_bytes for manifest in manifests),
        peak_device_memory_bytes=max((manifest.peak_device_memory_bytes or 0 for manifest in manifests), default=0) or None,
    )


def _alike_in_words(manifests: Sequence[UnitManifest]) -> str:
    """A sentence where a subject's images, of all prompts, look alike; else empty."""
    found = [manifest.subject for manifest in manifests if ALL_ALIKE in manifest.details]
    if not found:
        return ""
    trained = "; the weights may have diverged in training, so lower learning_rate" if any(m.steps for m in manifests) else ""
    return f"All images of {few(found)} look alike, whatever the prompt{trained}."


def _halved_in_words(manifests: Sequence[UnitManifest]) -> str:
    """A sentence where the memory was too small to sample as many images at once as was asked for; else empty."""
    found = [manifest.subject for manifest in manifests if ASKED_BATCH_SIZE in manifest.environment]
    if not found:
        return ""
    how = "were sampled fewer at once (batch_size in units/), which may round otherwise"
    return f"Out of memory: the images of {few(found)} {how}."


def scored_from(plan: RunPlan, manifests: Sequence[UnitManifest]) -> str:
    """The hash of the images, in the plan's order, and the fingerprint."""
    return scored_hash([manifest.files() for manifest in manifests], plan.fingerprint)


def run_seconds(manifests: Sequence[UnitManifest]) -> dict[str, float]:
    """Seconds of training and sampling, added up over the units (workers side by side take less on the clock)."""
    return {
        "train": round(sum(manifest.seconds.train for manifest in manifests), 3),
        "sample": round(sum(manifest.seconds.sample for manifest in manifests), 3),
    }
