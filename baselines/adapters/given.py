"""Adapters that somebody trained: from the files of peft, diffusers and kohya to configs and weights, for a base model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from dreambench.baselines.adapters.config import CONFIG_FILE, peft_library, read_adapter_config, starts_from_changed_weights
from dreambench.baselines.adapters.injection import Adapter, put_in
from dreambench.baselines.adapters.lora_files import lora_configs
from dreambench.baselines.adapters.saving import DIFFUSERS_FILE, IDENTIFIER_FILE, PREFIX, WEIGHTS_FILE
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.training.given_files import SUFFIX, adapter_location
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import shortened


@dataclass(frozen=True)
class GivenAdapter:
    """A trained adapter of one network, not yet put into it.

    Attributes:
        part: the network's name, of `BaseModel.parts`.
        config: of peft.
        tensors: the weights by peft's names, on the CPU.
    """

    part: str
    config: Any
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True)
class GivenAdapters:
    """A subject's.

    Attributes:
        path: where they lie.
        word: what their identifier.txt says; None where there is none.
        adapters: one a network.
    """

    path: Path
    word: str | None
    adapters: tuple[GivenAdapter, ...]


def read_given(folder: Path, subject: str, base: BaseModel) -> GivenAdapters:
    """A subject's trained adapters: folders of peft (PART/adapter_config.json, or adapter_config.json for the denoiser), or one
    file in safetensors, a LoRA of diffusers or kohya.

    Raises:
        UserError: there are none, they cannot be read, or are for another base model; the sentence names the subject.
    """
    path = adapter_location(folder, subject)
    try:
        return _read(path, base)
    except Exception as error:  # peft, diffusers and safetensors have their own kinds of refusal; the user needs the file
        raise _refused(subject, path, error) from error


def put_in_given(given: GivenAdapter, base: BaseModel, *, subject: str, path: Path) -> Adapter:
    """Put a trained adapter into its network; `BaseModel.restore` takes it out.

    Raises:
        UserError: it is for another base model; the sentence names the subject.
    """
    if starts_from_changed_weights(given.config):
        base.keep_weights()
    try:
        adapter, take_out = put_in(base.parts[given.part], given.config, part=given.part, seed=0)
        base.undo_at_restore(take_out)
        _refuse_other_shapes(adapter, given)
        base.keep_weights([weight for weight in adapter.weights if base.is_own(weight)])
        with torch.no_grad():
            peft_library().set_peft_model_state_dict(adapter.model, dict(given.tensors))
    except Exception as error:  # as above
        raise _refused(subject, path, error) from error
    for weight in adapter.weights:
        weight.requires_grad_(False)
    return adapter


def _read(path: Path, base: BaseModel) -> GivenAdapters:
    if path.is_file():
        return GivenAdapters(path, None, _from_file(path, base))
    word_file = path / IDENTIFIER_FILE
    word = word_file.read_text(encoding="utf-8").strip() if word_file.is_file() else None
    folders = {part: path / part for part in base.parts if (path / part / CONFIG_FILE).is_file()}
    if not folders and (path / CONFIG_FILE).is_file():
        folders = {_denoiser(base): path}
    if folders:
        return GivenAdapters(path, word or None, tuple(_from_peft(part, folder) for part, folder in folders.items()))
    files = sorted(path.glob(f"*{SUFFIX}"))
    usual = path / DIFFUSERS_FILE
    if usual not in files and len(files) != 1:
        what = f"{len(files)} files in safetensors, and which one is meant nobody says" if files else "no file in safetensors"
        raise UserError(f"the folder has {what}")
    return GivenAdapters(path, word or None, _from_file(usual if usual in files else files[0], base))


def _from_peft(part: str, folder: Path) -> GivenAdapter:
    """An adapter as peft saves it."""
    if not (folder / WEIGHTS_FILE).is_file():
        raise UserError(f"{part} has no {WEIGHTS_FILE}")
    tensors, _ = _tensors(folder / WEIGHTS_FILE)
    return GivenAdapter(part, read_adapter_config(folder / CONFIG_FILE), tensors)


def _from_file(path: Path, base: BaseModel) -> tuple[GivenAdapter, ...]:
    """The LoRAs of one file."""
    if path.suffix != SUFFIX:
        raise UserError("the file is not in safetensors")
    tensors, header = _tensors(path)
    networks: dict[str, nn.Module] = base.parts
    found = lora_configs(tensors, header, networks, denoiser=_denoiser(base))
    return tuple(GivenAdapter(part, config, weights) for part, (config, weights) in found.items())


def _tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A file's tensors as float32, and its header."""
    with safe_open(path, framework="pt") as file:
        names: list[str] = list(file.keys())
        tensors = {name: file.get_tensor(name).float() for name in names}
        header: dict[str, str] = file.metadata() or {}
    bad = next((name for name, tensor in tensors.items() if not tensor.isfinite().all()), None)
    if bad is not None:
        raise UserError(f"{bad} has numbers that are not finite")
    return tensors, header


def _denoiser(base: BaseModel) -> str:
    return next(part for part, network in base.parts.items() if network is base.denoiser)


def _refuse_other_shapes(adapter: Adapter, given: GivenAdapter) -> None:
    """See that the weights are those that the adapter has in this base model, no fewer, no others and of the same shapes."""
    own = {name: tuple(tensor.shape) for name, tensor in adapter.tensors().items()}
    theirs = {name: tuple(tensor.shape) for name, tensor in given.tensors.items()}
    for name in sorted(own.keys() | theirs.keys()):
        if own.get(name) != theirs.get(name):
            layer = name.removeprefix(PREFIX)
            wanted, found = (list(shapes[name]) if name in shapes else "nothing" for shapes in (own, theirs))
            raise UserError(f"it is for another base model: {given.part}.{layer} must be {wanted} and is {found}")


def _refused(subject: str, path: Path, error: Exception) -> UserError:
    said = " ".join(str(error).split()).rstrip(".")
    return UserError(
        f"The adapter of the subject {subject}, {path}, cannot be used: {shortened(said or type(error).__name__, 300)}; "
        "give one in safetensors that was trained on the suite's base model."
    )
