"""What the dress rehearsal runs on: weight files in the official layouts, and the suite `sd15` pointed at them."""

import os
from pathlib import Path

from dreambench.benchmark.declarations.encoder import EncoderSpec, EncoderSpecs
from dreambench.benchmark.declarations.suite import load_suite, resolved_toml
from dreambench.dataset.files import atomic_write_text

from .stable_diffusion import make_stable_diffusion
from .stable_diffusion_configs import Scale


def models_folder(work: Path, *, scale: Scale) -> Path:
    """The folder for DREAMBENCH_MODELS."""
    return work / "models" / scale


def make_model(work: Path, *, scale: Scale) -> None:
    """The model that `sd15` names, in the folder of models; made once."""
    models = models_folder(work, scale=scale)
    folder = models / load_suite("sd15").model.source
    done = models / "made"
    if not done.is_file():
        make_stable_diffusion(folder, scale=scale, variants=("",) if scale == "full" else ("", "fp16"))
        done.touch()


def make_encoders(work: Path) -> EncoderSpecs:
    """Full-size ViT-S/16, CLIP ViT-B/32 and AlexNet with random weights, as files; made once."""
    import open_clip
    import timm
    import torch
    import torchvision
    from safetensors.torch import save_file

    folder = work / "encoders"
    folder.mkdir(parents=True, exist_ok=True)
    official = load_suite("sd15").encoders
    dino, clip = official["dino"].architecture or "", official["clip"].architecture or ""
    makers = {
        "dino": lambda: timm.create_model(dino, pretrained=False, num_classes=0),
        "clip": lambda: open_clip.create_model(clip, pretrained=None),
        "lpips": lambda: torchvision.models.alexnet(weights=None),
    }
    paths = {name: folder / f"{name}.safetensors" for name in makers}
    for number, (name, make) in enumerate(makers.items()):
        if not paths[name].is_file():
            torch.manual_seed(number)
            aside = paths[name].with_suffix(".part")
            save_file({key: value.contiguous() for key, value in make().state_dict().items()}, aside)
            aside.replace(paths[name])
    architectures = {"dino": dino, "clip": clip, "lpips": None}
    return {role: EncoderSpec(architecture=architectures[role], weights=str(path)) for role, path in paths.items()}


def write_suite(
    path: Path,
    *,
    encoders: EncoderSpecs | None,
    scale: Scale,
    resolution: int,
    train_steps: int,
    sampler_steps: int,
    class_images: int,
    checkpointed: bool,
) -> None:
    """`sd15` with fewer steps as a suite file. The photos where DREAMBENCH_DATA names them, else the miniature's pictures.

    `encoders` None takes the miniature's, and its protocol. Everything else is the suite's own.
    """
    suite = load_suite("sd15")
    mini = load_suite("mini")
    few = {"steps": train_steps, "gradient_checkpointing": checkpointed}
    methods = suite.methods | {
        "dreambooth": suite.methods["dreambooth"] | few | {"class_images": class_images},
        "textual_inversion": suite.methods["textual_inversion"] | few,
    }
    changed = suite.model_copy(
        update={
            "name": f"sd15-rehearsal-{scale}",
            "dataset": "dreambooth" if os.environ.get("DREAMBENCH_DATA") else "mini",
            "protocol": suite.protocol if encoders else mini.protocol,
            "encoders": encoders or mini.encoders,
            "sampler": suite.sampler_for("The rehearsal").model_copy(update={"resolution": resolution, "steps": sampler_steps}),
            "methods": methods,
        }
    )
    atomic_write_text(path, resolved_toml(changed))
