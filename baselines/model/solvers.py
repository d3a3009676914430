"""The solvers that images are drawn with, on a model's own noise schedule."""

from typing import Any

from dreambench.baselines.settings import SamplerSettings


def build_scheduler(settings: SamplerSettings, scheduler_config: dict[str, Any]) -> Any:
    """The diffusers scheduler for the settings, on the betas and prediction type of the model's own config."""
    import diffusers

    # Latents are not pictures: clipping them to [-1, 1], DDIM's default, is wrong. Without word from the model, the offset is
    # Stable Diffusion's.
    offset = {"steps_offset": scheduler_config.get("steps_offset", 1)}
    schedulers: dict[str, tuple[Any, dict[str, Any]]] = {
        "dpmsolver++": (diffusers.DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++", "solver_order": 2}),
        "ddim": (diffusers.DDIMScheduler, {"clip_sample": False, **offset}),
        "pndm": (diffusers.PNDMScheduler, {"skip_prk_steps": True, **offset}),
        "euler": (diffusers.EulerDiscreteScheduler, {}),
    }
    maker, changes = schedulers[settings.scheduler]
    known = maker._get_init_keys(maker)
    config = {key: value for key, value in scheduler_config.items() if key in known}
    return maker(**{**config, **changes})
