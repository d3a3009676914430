"""What a plan's method costs a step and an image, in forward passes of the denoiser: known before anything is loaded."""

from dataclasses import dataclass

from dreambench.baselines.registry import build_method
from dreambench.benchmark.runs.plan import RunPlan


@dataclass(frozen=True)
class Costs:
    """Costs relative to one another, in forward passes of the denoiser for one sample; in images where no sampler is used.

    Attributes:
        step: one training step of one subject.
        image: one image drawn, a class image too.
    """

    step: float
    image: float


def costs_of(plan: RunPlan) -> Costs:
    """What the plan's method says of itself."""
    work = build_method(plan.method, plan.settings).work()
    image = 1.0
    if plan.sampler is not None:
        image = plan.sampler.passes
    return Costs(step=work.rows * (work.passes + (1.0 if work.recomputes else 0.0)), image=image)
