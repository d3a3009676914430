"""What a user relies on: any complete diffusers folder loads, a broken one says what is broken, restoring is exact."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from dreambench.baselines.model.base_model import BaseModel
from dreambench.dataset.errors import UserError

CPU = torch.device("cpu")


def test_float16_files_become_float32_masters_with_the_same_values(base: BaseModel, pipeline_folder: Path) -> None:
    stored = load_file(pipeline_folder / "unet" / "diffusion_pytorch_model.safetensors")
    for name, weight in base.unet.named_parameters():
        assert stored[name].dtype == torch.float16
        assert weight.dtype == torch.float32
        assert torch.equal(weight, stored[name].float())


def test_restore_is_exact_and_in_place(base: BaseModel) -> None:
    weights = [*base.unet.parameters(), *base.text_encoder.parameters()]
    before = [weight.clone() for weight in weights]
    addresses = [weight.data_ptr() for weight in weights]
    base.keep_weights()
    with torch.no_grad():
        for weight in weights:
            weight.add_(1)
    base.restore()
    assert all(torch.equal(weight, old) for weight, old in zip(weights, before, strict=True))
    assert addresses == [weight.data_ptr() for weight in [*base.unet.parameters(), *base.text_encoder.parameters()]]


def test_only_a_method_that_trains_the_weights_pays_for_a_copy_and_none_changes_them_unseen(pipeline_folder: Path) -> None:
    base = BaseModel.load(pipeline_folder, device=CPU)
    base.restore()  # as methods do that train nothing of it
    assert base.snapshot_store is None
    with torch.no_grad():
        next(base.unet.parameters()).add_(1)
    for too_late in (base.restore, base.keep_weights):
        with pytest.raises(RuntimeError, match="keep_weights"):
            too_late()


def test_the_trainable_parts_are_named_as_their_folders_with_the_denoiser_first(base: BaseModel) -> None:
    assert list(base.parts) == ["unet", "text_encoder"]
    assert next(iter(base.parts.values())) is base.denoiser
    vae = {id(weight) for weight in base.vae.parameters()}
    assert not vae & {id(weight) for part in base.parts.values() for weight in part.parameters()}


def test_text_is_encoded_as_the_diffusers_pipeline_does(base: BaseModel) -> None:
    ids = base.tokenizer(["a dog in the snow"], padding="max_length", max_length=24, return_tensors="pt").input_ids
    expected = base.text_encoder(ids).last_hidden_state
    torch.testing.assert_close(base.encode_text(["a dog in the snow"]).text, expected, rtol=0, atol=0)


def test_native_resolution_and_scale(base: BaseModel) -> None:
    assert (base.vae_scale_factor, base.native_resolution) == (4, 32)


def test_a_prompt_too_long_is_refused_not_cut(base: BaseModel) -> None:
    with pytest.raises(UserError, match="24"):
        base.encode_text(["a dog " * 20])


def test_hash_depends_on_content_only(pipeline_folder: Path, base: BaseModel, tmp_path: Path) -> None:
    copy = shutil.copytree(pipeline_folder, tmp_path / "copy")
    (copy / "README.md").write_text("a note changes nothing")
    assert BaseModel.load(copy, device=CPU).weights_hash == base.weights_hash
    config = copy / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("v_prediction", "epsilon"))
    assert BaseModel.load(copy, device=CPU).weights_hash != base.weights_hash


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
@pytest.mark.parametrize("damage", ["missing", "cut", "empty"])
def test_damaged_weights_are_one_clear_sentence(pipeline_folder: Path, tmp_path: Path, part: str, damage: str) -> None:
    copy = shutil.copytree(pipeline_folder, tmp_path / "copy")
    (weights,) = (copy / part).glob("*.safetensors")
    if damage == "missing":
        weights.unlink()
    else:
        weights.write_bytes(weights.read_bytes()[: 1000 if damage == "cut" else 0])
    with pytest.raises(UserError, match=part) as caught:
        BaseModel.load(copy, device=CPU)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", ["unet", "text_encoder"])
def test_weights_that_do_not_fit_their_config_are_refused(pipeline_folder: Path, tmp_path: Path, part: str) -> None:
    copy = shutil.copytree(pipeline_folder, tmp_path / "copy")
    path = copy / part / "config.json"
    config = json.loads(path.read_text())
    config |= {"layers_per_block": 2} if part == "unet" else {"num_hidden_layers": 3}
    path.write_text(json.dumps(config))
    with pytest.raises(UserError, match=part):
        BaseModel.load(copy, device=CPU)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("unet/config.json", "{", "unet cannot be read (It looks like the config file at"),
        ("scheduler/scheduler_config.json", "[]", "scheduler_config.json holds no settings; fetch the model again."),
        ("tokenizer/tokenizer.json", "{", "tokenizer cannot be read (Expecting property name"),
    ],
)
def test_damaged_settings_are_one_clear_sentence(
    pipeline_folder: Path, tmp_path: Path, name: str, content: str, words: str
) -> None:
    copy = shutil.copytree(pipeline_folder, tmp_path / "copy")
    (copy / name).write_text(content)
    with pytest.raises(UserError) as caught:
        BaseModel.load(copy, device=CPU)
    assert words in str(caught.value)
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        BaseModel.load(tmp_path / "nowhere", device=CPU)
