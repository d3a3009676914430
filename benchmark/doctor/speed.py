"""How fast this device is: a few passes of the UNet and the decoder where the weights are here, else a matrix product."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from dreambench.baselines.model.cost import ModelCost
from dreambench.benchmark.doctor.demand import RunWork

if TYPE_CHECKING:
    import torch

#: The share of a matrix product's speed that whole networks reach.
_SHARE_OF_MATMUL: Final = 0.4
#: A pass that takes longer is timed once, and the training step is reckoned from it.
_LONG_SECONDS: Final = 10.0
_REPEATS: Final = 3
_ADAMW_SAMPLE: Final = 1 << 22


@dataclass(frozen=True)
class Speed:
    """Seconds of each piece of work.

    Attributes:
        call: one UNet call of the sampler, guidance included, an image.
        step: a training step, the optimiser's part included; 0 where nothing is trained.
        decode: one picture through the decoder.
        basis: what it comes from.
    """

    call: float
    step: float
    decode: float
    basis: Literal["measured", "matmul"]


@dataclass(frozen=True)
class Pace:
    """How the run would go through the network.

    Attributes:
        device: where it runs.
        rows: samples a guided call needs an image: 2, or 1 without guidance.
        batch_size: images sampled at once.
        resolution: pixels.
        train_autocast, sample_autocast: precision; None is float32.
        can_train: memory for a training step is there.
    """

    device: "torch.device"
    rows: int
    batch_size: int
    resolution: int
    train_autocast: "torch.dtype | None"
    sample_autocast: "torch.dtype | None"
    can_train: bool


def speed_of_model(folder: Path, work: RunWork, pace: Pace) -> Speed:
    """Time the UNet and the decoder in a folder on the device, as a worker would use them.

    Raises:
        UserError: a file is damaged.
    """
    import torch

    from dreambench.baselines.model.diffusion import autocast
    from dreambench.baselines.model.families.registry import family_of
    from dreambench.baselines.model.files.parts import read_part

    side, decode = _decoding(folder, pace)
    family = family_of(folder)
    unet = read_part(folder, family.layout.denoiser).float().to(pace.device).eval().requires_grad_(False)
    rows = pace.rows * pace.batch_size
    with pace.device:
        inputs = family.trial_inputs(unet, rows=rows, side=side, tokens=family.longest_text)
    with torch.no_grad(), autocast(pace.device, pace.sample_autocast):
        call = _seconds(lambda: unet(**inputs, return_dict=False), pace.device)
    step = 0.0
    if work.train_steps and pace.can_train and call < _LONG_SECONDS:
        step = _training_step(family, unet, work, pace, side)
    elif work.train_steps:
        step = call / rows * work.train_rows * work.passes
    return Speed(call / pace.batch_size, step + _adamw(work.trained_weights, pace.device), decode, "measured")


def speed_of_device(cost: ModelCost, work: RunWork, pace: Pace) -> Speed:
    """What the counted operations would take at 40% of the speed of a large matrix product on the device."""
    sample, train, exact = (_matmul_rate(pace.device, dtype) for dtype in (pace.sample_autocast, pace.train_autocast, None))
    step = work.train_rows * work.passes * cost.unet_flops / train if work.train_steps else 0.0
    adamw = _adamw(work.trained_weights, pace.device)
    return Speed(pace.rows * cost.unet_flops / sample, step + adamw, cost.decode_flops / exact, "matmul")


def _matmul_rate(device: "torch.device", dtype: "torch.dtype | None") -> float:
    """Operations a second that a network may be expected to reach, from a large matrix product; None is float32."""
    import torch

    size = 4096 if device.type == "cuda" else 768
    factor = torch.ones(size, size, device=device, dtype=dtype or torch.float32)
    return _SHARE_OF_MATMUL * 2 * size**3 / _seconds(lambda: factor @ factor, device)


def _decoding(folder: Path, pace: Pace) -> tuple[int, float]:
    """The side of a latent, and the seconds that decoding one takes; the VAE is gone afterwards."""
    import torch

    from dreambench.baselines.model.files.parts import read_part

    vae = read_part(folder, "vae").float().to(pace.device).eval()
    side = pace.resolution // 2 ** (len(vae.config.block_out_channels) - 1)
    latent = torch.zeros(1, vae.config.latent_channels, side, side, device=pace.device)
    with torch.no_grad():
        return side, _seconds(lambda: vae.decode(latent, return_dict=False), pace.device)


def _training_step(family: Any, unet: Any, work: RunWork, pace: Pace, side: int) -> float:
    """Seconds of a forward and a backward pass, to all weights or to the text alone."""
    import torch

    from dreambench.baselines.model.diffusion import autocast

    with pace.device:
        inputs = family.trial_inputs(unet, rows=work.train_rows, side=side, tokens=family.longest_text)
    inputs["encoder_hidden_states"].requires_grad_(True)
    unet.requires_grad_(work.trained_weights > 0)

    def step() -> None:
        with autocast(pace.device, pace.train_autocast):
            answer: torch.Tensor = unet(**inputs, return_dict=False)[0]
        answer.float().square().mean().backward()  # type: ignore[no-untyped-call]
        unet.zero_grad(set_to_none=True)

    return _seconds(step, pace.device)


def _adamw(weights: int, device: "torch.device") -> float:
    """Seconds of a fused AdamW step over so many weights, from one over a few million."""
    import torch

    if not weights:
        return 0.0
    size = min(weights, _ADAMW_SAMPLE)
    weight = torch.zeros(size, device=device, requires_grad=True)
    weight.grad = torch.zeros_like(weight)
    optimiser = torch.optim.AdamW([weight], fused=True)
    return _seconds(optimiser.step, device) * weights / size


def _seconds(work: Callable[[], object], device: "torch.device") -> float:
    """The shortest of a few timings after a first one, or the first alone if it is long."""
    import torch

    def once() -> float:
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - start

    first = once()
    return first if first > _LONG_SECONDS else min(once() for _ in range(_REPEATS))
