"""What a user relies on: a checkpoint's own words choose the family, and a plug-in's family is as good as ours."""

import json
import shutil
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import torch

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.families import registry
from dreambench.baselines.model.families.sd import StableDiffusion
from dreambench.dataset.errors import UserError

CPU = torch.device("cpu")


class Borrowed(StableDiffusion):
    """A family that somebody else brings."""


def rename(folder: Path, pipeline: str | None) -> Path:
    (folder / "model_index.json").write_text(json.dumps({} if pipeline is None else {"_class_name": pipeline}))
    return folder


@pytest.fixture
def copy(pipeline_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pipeline_folder, tmp_path / "copy")


@pytest.fixture
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"BorrowedPipeline": f"{__name__}:Borrowed", "BarePipeline": "collections:OrderedDict"}
    entries = [EntryPoint(name, place, registry.GROUP) for name, place in value.items()]

    def found(*, group: str, name: str | None = None) -> Sequence[EntryPoint]:
        return [entry for entry in entries if entry.group == group and name in (None, entry.name)]

    monkeypatch.setattr(registry, "entry_points", found)
    monkeypatch.setattr(registry, "load_plugin", lambda entry, what: Borrowed if "Borrowed" in entry.value else dict)


def test_a_folder_from_before_there_were_families_is_stable_diffusions(copy: Path) -> None:
    named = BaseModel.load(copy, device=CPU)
    (copy / "model_index.json").unlink()
    bare = BaseModel.load(copy, device=CPU)
    assert type(named) is type(bare) is StableDiffusion
    assert named.weights_hash == bare.weights_hash


def test_a_plug_in_brings_a_family(plugged_in: None, copy: Path) -> None:
    model = BaseModel.load(rename(copy, "BorrowedPipeline"), device=CPU)
    assert type(model) is Borrowed
    assert len(model.encode_text(["a dog"])) == 1


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        ("StableDiffusionPipelin", "did you mean 'StableDiffusionPipeline'?"),
        ("QuitePipeline", "known are"),
        ("BarePipeline", "says no layout"),
    ],
)
def test_what_no_family_loads_is_one_sentence(plugged_in: None, copy: Path, pipeline: str, words: str) -> None:
    with pytest.raises(UserError) as refusal:
        BaseModel.load(rename(copy, pipeline), device=CPU)
    assert words in str(refusal.value)
    assert str(copy) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_damaged_index_is_said(copy: Path) -> None:
    (copy / "model_index.json").write_text("{")
    with pytest.raises(UserError, match=r"model_index\.json"):
        BaseModel.load(copy, device=CPU)
