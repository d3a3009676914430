"""Networks of timm, small and with random weights, in timm's local-dir layout."""

import json
from pathlib import Path
from typing import Any


def save_timm(folder: Path, architecture: str, *, seed: int = 0, cfg: dict[str, Any] | None = None, **arguments: Any) -> Path:
    """Save a network; `arguments` make it another than the architecture, and `cfg` is added to its `pretrained_cfg`."""
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    model = timm.create_model(architecture, pretrained=False, num_classes=0, **arguments)
    spread(model, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "model.safetensors")
    side = arguments.get("img_size", model.pretrained_cfg["input_size"][1])
    entry = {"input_size": [3, side, side], "num_classes": 0, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3]}
    config: dict[str, Any] = {"architecture": architecture, "num_classes": 0, "pretrained_cfg": entry | (cfg or {})}
    if arguments:
        config["model_args"] = arguments
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def spread(model: Any, *, seed: int = 0) -> None:
    """Enlarge random weights until two pictures are not all but the same to the network: fresh ones are made to be small."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            if value.ndim > 1:
                inputs = value[0].numel() if "embed" not in name and "token" not in name else 4
                value.copy_(noise * inputs**-0.5)
            elif "gamma" in name or "scale" in name:
                value.fill_(0.5)
            elif name.endswith("bias"):
                value.copy_(0.1 * noise)
