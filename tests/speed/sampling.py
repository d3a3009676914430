"""Sampling in batches against one image at a time, and in bfloat16 against float32."""

from dreambench.baselines.method import ImageRequest, MethodContext
from dreambench.baselines.methods.pretrained import Pretrained
from dreambench.baselines.settings import PretrainedSettings
from dreambench.benchmark.machine.resources import autocasts

from .setting import Setting
from .timing import Figure, median_pair, seconds

LARGE_BATCH = 25
"""One image of every prompt."""


def batched_sampling(setting: Setting, *, repeats: int, images: int = LARGE_BATCH) -> list[Figure]:
    """Seconds an image with `images` in one batch and in batches of one, at the suite's precision."""
    together, single = setting.context(batch_size=images), setting.context(batch_size=1)
    ours, plain = median_pair(
        lambda: _seconds_an_image(setting, together, images),
        lambda: _seconds_an_image(setting, single, images),
        repeats=repeats,
    )
    return [Figure("sampling", f"batch {images}", ours, "s/image", "batch 1", plain)]


def bfloat16_sampling(setting: Setting, *, repeats: int, images: int | None = None) -> list[Figure]:
    """Seconds an image under bfloat16 autocast and in float32, in one of `bench run`'s batches.

    Nothing where the processor has no bfloat16: there the package samples in float32.
    """
    half, full = setting.context(batch_size=images), setting.context(batch_size=images)
    half.sample_autocast, full.sample_autocast = autocasts("bfloat16", setting.device_kind)[1], None
    if half.sample_autocast is None:
        return []
    count = half.batch_size
    ours, plain = median_pair(
        lambda: _seconds_an_image(setting, half, count),
        lambda: _seconds_an_image(setting, full, count),
        repeats=repeats,
    )
    return [Figure("sampling", f"bfloat16, batch {count}", ours, "s/image", f"float32, batch {count}", plain)]


def _seconds_an_image(setting: Setting, context: MethodContext, count: int) -> float:
    """Draws `count` images of the first subject, over its prompts in turn, from the untrained model."""
    [task] = setting.tasks(1)
    prompts = setting.dataset.prompts(task.subject)
    requests = [ImageRequest(task.subject, prompts[number % len(prompts)], number // len(prompts)) for number in range(count)]
    [prepared] = Pretrained(PretrainedSettings()).prepare([task], context)
    return seconds(lambda: list(prepared.sample(requests)), setting.device) / count
