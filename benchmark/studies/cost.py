"""What a variant costs, counted: forward passes of the denoiser, which are the same on every machine."""

from collections.abc import Mapping

from dreambench.baselines.registry import build_method
from dreambench.benchmark.runs.units import UnitManifest
from dreambench.benchmark.studies.planning import VariantRun


def passes_a_subject(run: VariantRun, manifests: Mapping[str, UnitManifest]) -> float | None:
    """Samples that go forward through the denoiser for one subject, the mean over the subjects of a run.

    Class images are counted whether they were made or found in the cache, once for all subjects of a class noun. A training
    step counts as many forward passes as its forward and backward pass cost.

    Args:
        run: the variant's.
        manifests: of its finished units, by subject.

    Returns:
        None for a method without a base model, and where nothing was made.
    """
    method, sampler = build_method(run.method, run.resolved), run.suite.sampler
    if sampler is None or not method.needs_base_model or not method.uses_sampler or not manifests:
        return None
    dataset, work = run.suite.open_dataset(), method.work()
    nouns = {dataset.subject(name).class_noun for name in manifests}
    of_classes = sampler
    if work.class_guidance_scale is not None:
        of_classes = sampler.model_copy(update={"guidance_scale": work.class_guidance_scale})
    class_images = work.class_images * of_classes.passes * len(nouns) / len(manifests)
    training = work.steps * work.rows * (work.passes + (1.0 if work.recomputes else 0.0))
    images = sum(len(manifest.files()) for manifest in manifests.values()) / len(manifests)
    return class_images + training + images * sampler.passes
