"""What a user relies on: whatever saves memory changes no result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dreambench.baselines.method import MethodContext, SubjectTask
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.model import snapshot as snapshots
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.snapshot import Snapshot, choose_store
from dreambench.baselines.settings import DreamBoothSettings, TextualInversionSettings
from dreambench.baselines.training.recomputation import recomputed_activations

CPU = torch.device("cpu")


@pytest.mark.parametrize("place", ["device", "host", "file"])
def test_weights_come_back_exactly_from_wherever_they_are_kept(place: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(snapshots, "_disk", lambda: str(tmp_path))
    weights = [torch.randn(3, 4), torch.randn(()), torch.randn(7)]
    before, addresses = [weight.clone() for weight in weights], [weight.data_ptr() for weight in weights]
    kept = Snapshot(weights, place)
    for _ in range(2):
        for weight in weights:
            weight.mul_(-3)
        kept.restore()
        assert all(torch.equal(weight, old) for weight, old in zip(weights, before, strict=True))
    assert [weight.data_ptr() for weight in weights] == addresses
    assert list(tmp_path.iterdir()) == []  # nothing to be left over, even by a crash


def test_a_model_on_a_file_trains_as_one_in_memory(pipeline_folder: Path, context: Any, make_task: Any) -> None:
    settings = DreamBoothSettings(steps=2, learning_rate=1e-3, prior_loss_weight=0)
    losses = []
    for place in ("device", "file"):
        base = BaseModel.load(pipeline_folder, device=CPU, snapshot=place)
        used: MethodContext = context()
        used.base = base
        method = DreamBooth(settings)
        losses += [method.prepare([make_task("dog")], used)[0].record.losses for _ in range(2)]
        assert base.snapshot_store == place
    assert losses[0] == losses[1] == losses[2] == losses[3]


@pytest.mark.parametrize(("free", "place"), [(600, "device"), (599, "file")])
def test_the_snapshot_leaves_memory_when_training_would_not_fit_beside_it(free: int, place: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(snapshots, "free_memory", lambda _device: free)
    monkeypatch.setattr(snapshots, "free_host_memory", lambda: free)
    assert choose_store(100, CPU) == place


def test_a_small_gpu_keeps_its_snapshot_on_the_host(monkeypatch: Any) -> None:
    monkeypatch.setattr(snapshots, "free_memory", lambda _device: 599)
    monkeypatch.setattr(snapshots, "free_host_memory", lambda: 200)
    assert choose_store(100, torch.device("cuda")) == "host"


def test_dreambooth_trains_the_same_with_recomputed_activations(
    context: Callable[..., MethodContext], make_task: Callable[..., SubjectTask]
) -> None:
    weights, losses = [], []
    for wanted in (False, True):
        settings = DreamBoothSettings(steps=3, learning_rate=1e-3, class_images=2, gradient_checkpointing=wanted)
        used = context()
        [prepared] = DreamBooth(settings).prepare([make_task("dog")], used)
        losses.append(prepared.record.losses)
        weights.append([weight.clone() for weight in used.model.unet.parameters()])
    assert losses[0] == losses[1]
    assert all(torch.equal(one, other) for one, other in zip(*weights, strict=True))


def test_textual_inversion_trains_the_same_with_recomputed_activations(
    context: Callable[..., MethodContext], make_task: Callable[..., SubjectTask]
) -> None:
    records = [
        TextualInversion(TextualInversionSettings(steps=3, batch_size=2, gradient_checkpointing=wanted))
        .prepare([make_task("dog"), make_task("can")], context())[1]
        .record
        for wanted in (False, True)
    ]
    assert records[0].losses == records[1].losses
    assert records[0].details == records[1].details


def _kept_bytes(base: BaseModel, *, recomputed: bool) -> int:
    """Bytes that a forward pass leaves for the backward pass, each storage once, weights left out."""
    own = {weight.untyped_storage().data_ptr() for weight in base.unet.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    latents = torch.randn(2, 4, 8, 8, requires_grad=True)
    text = torch.randn(2, 24, 32)
    with recomputed_activations(base.unet, wanted=recomputed), torch.autograd.graph.saved_tensors_hooks(note, lambda t: t):
        answer = base.unet(latents, torch.tensor([3, 9]), encoder_hidden_states=text, return_dict=False)[0]
        answer.sum().backward()
    return sum(kept.values())


def test_recomputing_keeps_less_and_computes_twice(base: BaseModel) -> None:
    base.unet.requires_grad_(True)
    calls: list[int] = []
    handle = base.unet.down_blocks[0].resnets[0].register_forward_pre_hook(lambda *_: calls.append(1))
    plain = _kept_bytes(base, recomputed=False)
    assert len(calls) == 1
    assert _kept_bytes(base, recomputed=True) < plain / 2
    handle.remove()
    assert len(calls) == 3
    assert not base.unet.is_gradient_checkpointing  # off again afterwards


@pytest.mark.parametrize("settings", [DreamBoothSettings(), TextualInversionSettings()])
def test_saving_memory_does_not_make_another_run(settings: DreamBoothSettings | TextualInversionSettings) -> None:
    assert settings.model_copy(update={"gradient_checkpointing": True}).identity() == settings.identity()
