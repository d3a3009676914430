"""Trained adapters as files: safetensors in the layout of peft, and for LoRA in that of diffusers too."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from safetensors.torch import save as to_bytes

from dreambench.baselines.adapters.config import CONFIG_FILE
from dreambench.baselines.adapters.injection import Adapter
from dreambench.dataset.files import make_folder, sync_folder, sync_tree, write_json
from dreambench.dataset.leftovers import aside_name
from dreambench.dataset.os_errors import writing

WEIGHTS_FILE: Final = "adapter_model.safetensors"
DIFFUSERS_FILE: Final = "pytorch_lora_weights.safetensors"
IDENTIFIER_FILE: Final = "identifier.txt"
PREFIX: Final = "base_model.model."
METADATA: Final = "lora_adapter_metadata"
"""Where diffusers keeps the configs, in the header of its file."""


def stored_bytes(adapter: Adapter) -> int:
    """How large an adapter's weights are as a file."""
    return len(to_bytes(adapter.tensors()))


def save_adapters(adapters: Sequence[Adapter], folder: Path, *, identifier: str) -> None:
    """Write a subject's adapters: PART/adapter_config.json and PART/adapter_model.safetensors, which peft reads; for LoRA also
    pytorch_lora_weights.safetensors, which diffusers' `load_lora_weights` reads; and the word that they were trained with.

    The folder appears whole, in the place of an older one.
    """
    make_folder(folder.parent)
    aside = folder.with_name(aside_name(folder.name))
    with writing(folder):
        aside.mkdir()
        try:
            joined: dict[str, Any] = {}
            metadata: dict[str, Any] = {}
            for adapter in adapters:
                tensors, config = adapter.tensors(), _plain(adapter.config)
                (aside / adapter.part).mkdir()
                (aside / adapter.part / WEIGHTS_FILE).write_bytes(to_bytes(tensors, metadata={"format": "pt"}))
                write_json(aside / adapter.part / CONFIG_FILE, config)
                joined |= {f"{adapter.part}.{name.removeprefix(PREFIX)}": tensor for name, tensor in tensors.items()}
                metadata |= {f"{adapter.part}.{key}": value for key, value in config.items()}
            if all(adapter.config.peft_type.value == "LORA" for adapter in adapters):
                header = {"format": "pt", METADATA: json.dumps(metadata, sort_keys=True)}
                (aside / DIFFUSERS_FILE).write_bytes(to_bytes(joined, metadata=header))
            (aside / IDENTIFIER_FILE).write_text(f"{identifier}\n", encoding="utf-8")
            sync_tree(aside)
            shutil.rmtree(folder, ignore_errors=True)
            aside.replace(folder)
            sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise


def _plain(config: Any) -> dict[str, Any]:
    """A config as JSON."""
    return {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
