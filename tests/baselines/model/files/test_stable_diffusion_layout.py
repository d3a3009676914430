"""What a user relies on: the folder of stable-diffusion-v1-5 loads as it is published, from wherever it lies."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from checkpoints.stable_diffusion import make_stable_diffusion
from safetensors.torch import load_file, save_file

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.files.contents import missing_files, model_files, stored_parameters
from dreambench.baselines.model.files.sources import MODELS_VARIABLE, local_folder, resolve_folder, searched_places
from dreambench.baselines.sampling.sampler import sample_images
from dreambench.baselines.settings import SamplerSettings
from dreambench.baselines.training.identifiers import describe_identifier, find_identifier
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS

CPU = torch.device("cpu")
HUB_ID = "stable-diffusion-v1-5/stable-diffusion-v1-5"
REVISION = "451f4fe16113bff5a5d2269ed5ad43b0592e9a14"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_stable_diffusion(tmp_path_factory.mktemp("sd") / HUB_ID)


@pytest.fixture(scope="module")
def model(folder: Path) -> BaseModel:
    return BaseModel.load(folder, device=CPU)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(folder, tmp_path / "copy")


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.delenv(MODELS_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_tokens_are_clips(model: BaseModel) -> None:
    """The ids that Stable Diffusion's users know; published, not computed here."""
    known = {"sks": 48136, "ohwx": 47993, "phol": 48140, "kts": 48577, "hta": 49384, "olis": 49397}
    for word, token in known.items():
        assert describe_identifier(model.tokenizer, word).token_ids == (token,)
    assert [describe_identifier(model.tokenizer, word).splits for word in ("zwx", "skz", "xjy", "[V]")] == [True] * 4
    row = model.tokenize(["a sks dog"])[0].tolist()
    assert row == [49406, 320, 48136, 1929, *[49407] * 73]  # begin, "a", ..., then the end mark pads


def test_the_identifier_found_by_rule_is_one_rare_token_and_not_the_rifle(model: BaseModel) -> None:
    for seed in range(20):
        identifier = find_identifier(model.tokenizer, seed=seed)
        assert identifier.text != "sks"
        assert not identifier.splits
        assert identifier.token_ids[0] > 44_000


def test_the_published_names_of_the_weights_are_understood(model: BaseModel, folder: Path) -> None:
    vae = load_file(folder / "vae" / "diffusion_pytorch_model.safetensors")
    attention = model.vae.decoder.mid_block.attentions[0]
    assert torch.equal(attention.to_q.weight, vae["decoder.mid_block.attentions.0.query.weight"])
    assert torch.equal(attention.to_out[0].weight, vae["decoder.mid_block.attentions.0.proj_attn.weight"])
    text = load_file(folder / "text_encoder" / "model.safetensors")
    table = model.text_encoder.get_input_embeddings().weight
    assert torch.equal(table, text["text_model.embeddings.token_embedding.weight"])
    assert (model.vae.config.scaling_factor, model.native_resolution, model.text_length) == (0.18215, 64, 77)


def test_the_models_own_schedule_draws_with_one_call_more_than_steps(model: BaseModel) -> None:
    assert model.scheduler_config["beta_schedule"] == "scaled_linear"
    calls: list[int] = []
    handle = model.unet.register_forward_hook(lambda _m, inputs, _o: calls.append(len(inputs[0])))
    sampler = SamplerSettings(scheduler="pndm", steps=5, guidance_scale=7.5, resolution=64)
    images = list(sample_images(model, model.encode_text(["a dog"]), [0, 0], [1, 2], sampler, batch_size=2, autocast=None))
    handle.remove()
    assert calls == [4] * 6
    assert [image.size for image in images] == [(64, 64)] * 2


def test_full_precision_comes_before_half_and_half_before_nothing(model: BaseModel, copy: Path) -> None:
    whole = load_file(copy / "unet" / "diffusion_pytorch_model.safetensors")
    assert all(torch.equal(whole[name], weight) for name, weight in model.unet.named_parameters())
    assert not any("fp16" in path.name for path in model_files(copy))
    for part in ("unet", "vae", "text_encoder"):
        (weights,) = [path for path in (copy / part).glob("*.safetensors") if "fp16" not in path.name]
        weights.unlink()
    half = BaseModel.load(copy, device=CPU)
    assert all(torch.equal(whole[name].half().float(), weight) for name, weight in half.unet.named_parameters())
    assert all(weight.dtype == torch.float32 for weight in half.text_encoder.parameters())
    assert half.weights_hash != model.weights_hash


def test_the_safety_checker_is_never_read(model: BaseModel, tmp_path: Path, copy: Path) -> None:
    assert (copy / "safety_checker" / "model.safetensors").read_bytes() == b"no weights"  # reading it would fail
    without = make_stable_diffusion(tmp_path / "without", variants=("",), safety_checker=False)
    assert json.loads((without / "model_index.json").read_text())["safety_checker"] == [None, None]
    assert BaseModel.load(without, device=CPU).weights_hash == model.weights_hash


def _shard(folder: Path) -> Path:
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    state = load_file(weights)
    names = sorted(state)
    shards = {f"diffusion_pytorch_model-0000{n + 1}-of-00002.safetensors": names[n::2] for n in range(2)}
    for shard, keys in shards.items():
        save_file({key: state[key] for key in keys}, weights.with_name(shard), metadata={"format": "pt"})
    weights.unlink()
    (folder / "unet" / "diffusion_pytorch_model.fp16.safetensors").unlink()
    index = weights.with_name("diffusion_pytorch_model.safetensors.index.json")
    index.write_text(json.dumps({"metadata": {}, "weight_map": {key: shard for shard, keys in shards.items() for key in keys}}))
    return index


def test_weights_in_shards_are_the_same_weights(model: BaseModel, copy: Path) -> None:
    index = _shard(copy)
    sharded = BaseModel.load(copy, device=CPU)
    pairs = zip(sharded.unet.parameters(), model.unet.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
    index.with_name("diffusion_pytorch_model-00002-of-00002.safetensors").unlink()
    with pytest.raises(UserError, match="00002-of-00002"):
        BaseModel.load(copy, device=CPU)


def test_an_index_cannot_name_files_elsewhere(copy: Path) -> None:
    index = _shard(copy)
    index.write_text(json.dumps({"weight_map": {"a": "../../../etc/passwd"}}))
    with pytest.raises(UserError, match="outside of its folder"):
        BaseModel.load(copy, device=CPU)


def test_every_missing_file_is_named(copy: Path) -> None:
    (copy / "tokenizer" / "merges.txt").unlink()
    (copy / "scheduler" / "scheduler_config.json").unlink()
    for path in (copy / "vae").glob("*.safetensors"):
        path.rename(path.with_suffix(".bin"))
    expected = ["scheduler/scheduler_config.json", "tokenizer/merges.txt", "vae/diffusion_pytorch_model.safetensors"]
    assert missing_files(copy) == expected
    with pytest.raises(UserError, match=r"scheduler/scheduler_config\.json and 2 more"):
        BaseModel.load(copy, device=CPU)


def test_weights_are_counted_from_the_headers(model: BaseModel, folder: Path) -> None:
    parts = (model.unet, model.vae, model.text_encoder)
    loaded = sum(weight.numel() for part in parts for weight in part.parameters())
    assert stored_parameters(folder) == loaded + 77  # the text encoder's file also numbers its positions


def test_a_local_folder_comes_before_the_hub(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert local_folder(HUB_ID, REVISION) is None
    monkeypatch.setenv(MODELS_VARIABLE, str(folder.parents[1]))
    assert resolve_folder(HUB_ID, REVISION) == folder
    assert str(folder) in searched_places(HUB_ID, REVISION)
    beside = tmp_path / HUB_ID
    beside.mkdir(parents=True)
    assert resolve_folder(HUB_ID, REVISION) == Path(HUB_ID)  # below the working directory, before everything


def test_a_whole_snapshot_in_the_hubs_cache_needs_no_hub(folder: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "hub" / f"models--{HUB_ID.replace('/', '--')}" / "snapshots" / REVISION
    shutil.copytree(folder, snapshot)
    assert resolve_folder(HUB_ID, REVISION) == snapshot
    (snapshot / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    (snapshot / "unet" / "diffusion_pytorch_model.fp16.safetensors").unlink()
    with pytest.raises(UserError, match="HF_HUB_OFFLINE is set"):  # half a download is not a model
        resolve_folder(HUB_ID, REVISION)


@pytest.mark.parametrize("silent", [True, False])
def test_no_hub_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch, *, silent: bool) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise OSError("connection refused\nby a long\ntraceback")

    if not silent:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        # It answers, and the download fails.
        monkeypatch.setattr("dreambench.baselines.model.files.sources.hub_problem", lambda: None)
        monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(UserError, match="HF_HUB_OFFLINE is set" if silent else "connection refused") as refusal:
        BaseModel.load(HUB_ID, device=CPU, revision=REVISION)
    said = str(refusal.value)
    assert HUB_ID in said
    assert MODELS_VARIABLE in said
    assert "\n" not in said


def test_a_hub_out_of_reach_is_not_asked_for_a_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its client would ask again and again for a minute and more."""

    def cached_only(*_: object, local_files_only: bool = False, **__: object) -> str:
        assert local_files_only
        raise OSError("not cached")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", cached_only)
    monkeypatch.setattr(
        "dreambench.baselines.model.files.sources.hub_problem", lambda: "https://hub does not answer (no network)"
    )
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))
    with pytest.raises(UserError) as refusal:
        resolve_folder(HUB_ID, REVISION)
    said = str(refusal.value)
    for word in (HUB_ID, str(tmp_path / "models"), str(tmp_path / "hub"), "(no network)", MODELS_VARIABLE, "HF_HUB_OFFLINE=1"):
        assert word in said, word


def test_dreambenchs_own_offline_switch_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("the network was asked"))
    monkeypatch.setenv("DREAMBENCH_OFFLINE", "1")
    monkeypatch.setattr("dreambench.baselines.model.files.sources._cached", lambda *_: None)
    with pytest.raises(UserError, match="DREAMBENCH_OFFLINE is set"):
        resolve_folder(HUB_ID, REVISION)


def test_each_class_noun_is_one_token_but_stuffed_animal(model: BaseModel) -> None:
    nouns = {subject.class_noun for subject in SUBJECTS}
    split = {noun for noun in nouns if len(model.tokenizer(noun, add_special_tokens=False).input_ids) > 1}
    assert (len(nouns), split) == (15, {"stuffed animal"})
