"""The same numbers in every published layout are the same encoder: equal embeddings, equal fingerprint."""

import json

import numpy as np
import open_clip
import pytest
import timm
import torch
from checkpoints.encoders import (
    CLIP_SIZES,
    DINO_SIZES,
    clip_config,
    clip_names,
    clip_state,
    dino_state,
    open_clip_config,
    vit_names,
    write_clip,
    write_dino,
)
from encoder_loading import architecture_of, load_clip, load_dino, load_one, request
from safetensors.torch import load_file, save_file

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders.clip_source import find_clip, openai_archives
from dreambench.benchmark.encoders.hugging_face import ClipConfig
from dreambench.benchmark.encoders.layouts import to_open_clip, to_timm
from dreambench.benchmark.encoders.weights import read_weights
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file

CPU = torch.device("cpu")
TO_224 = ImageTransform(resize=256, crop=224)
TINY = CLIP_SIZES["tiny"]
S16 = "vit_small_patch16_224.dino"


@pytest.fixture(autouse=True)
def tiny_clips(monkeypatch):
    """Two architectures that open_clip knows for the time of a test, which differ in the activation alone."""
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "Tiny", open_clip_config(TINY, "gelu"))
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "Tiny-quickgelu", open_clip_config(TINY, "quick_gelu"))


@pytest.fixture(scope="module")
def photos(random_image):
    return [random_image(1, (300, 256)), random_image(2, (256, 256))]


def dino_name(path, architecture=None):
    return architecture_of(EncoderSpec(architecture=architecture, weights=str(path)), role="dino", library="timm")


def dino(path, architecture=None):
    return load_dino(EncoderSpec(architecture=architecture, weights=str(path)), TO_224, CPU)


def clip(path, architecture=None, activation=None):
    return load_clip(EncoderSpec(architecture=architecture, weights=str(path), activation=activation), "own", CPU)


def test_dino_reads_timms_facebooks_and_hugging_faces_layout_as_one_encoder(tmp_path, photos):
    layouts = ("timm", "timm folder", "facebook", "facebook training", "hugging face")
    loaded = {}
    for layout in layouts:
        path = write_dino(tmp_path / layout, layout)
        loaded[layout] = dino(path, None if path.is_dir() else S16)
    embeddings = [encoder.embed_images(photos) for encoder in loaded.values()]
    assert abs(embeddings[0][0] @ embeddings[0][1]) < 0.999
    for others in embeddings[1:]:
        assert np.array_equal(others, embeddings[0])
    assert len({encoder.fingerprint for encoder in loaded.values()}) == 1
    paths = {layout: next((tmp_path / layout).glob("*.*")) for layout in ("timm", "facebook", "facebook training")}
    names = [dino_name(path, S16) for path in paths.values()]
    names += [dino_name(tmp_path / layout) for layout in ("timm folder", "hugging face")]
    assert set(names) == {S16}


def test_the_student_of_a_training_checkpoint_is_not_what_is_read(tmp_path):
    weights = torch.load(write_dino(tmp_path, "facebook training"), weights_only=False)
    encoder = dino(tmp_path / "dino_full_checkpoint.pth", S16)
    teacher, student = (weights[who]["module.backbone.cls_token"] for who in ("teacher", "student"))
    assert torch.equal(encoder.network.cls_token, teacher)
    assert not torch.equal(encoder.network.cls_token, student)


@pytest.mark.parametrize("size", DINO_SIZES)
def test_every_dino_of_facebooks_has_timms_names_and_shapes(size):
    kind, patch = size.split("/")
    with torch.device("meta"):
        network = timm.create_model(f"vit_{'small' if kind == 'S' else 'base'}_patch{patch}_224.dino", num_classes=0)
    state = dino_state(size, device="meta")
    for layout in (state, vit_names(state, DINO_SIZES[size])):
        assert {key: value.shape for key, value in to_timm(layout).items()} == {
            key: value.shape for key, value in network.state_dict().items()
        }


def test_dinov2s_names_in_transformers_are_translated():
    from transformers import Dinov2Config, Dinov2Model

    with torch.device("meta"):
        theirs = Dinov2Model(Dinov2Config(hidden_size=384, num_attention_heads=6, image_size=518, patch_size=14))
        network = timm.create_model("vit_small_patch14_dinov2.lvd142m", num_classes=0)
    inner = {"q_proj": "attention.query", "k_proj": "attention.key", "v_proj": "attention.value", "o_proj": "output.dense"}
    state = {}
    for key, value in theirs.state_dict().items():  # on the hub the attention has its older names
        for new, old in inner.items():
            key = key.replace(f"attention.{new}", f"attention.{old}")  # noqa: PLW2901
        state[key] = value
    assert {key: value.shape for key, value in to_timm(state).items()} == {
        key: value.shape for key, value in network.state_dict().items()
    }


def test_other_patches_and_sizes_are_not_resized_to_fit(tmp_path):
    path = write_dino(tmp_path, "facebook", size="S/8")
    with pytest.raises(UserError, match="does not fit the architecture"):
        dino(path, S16)


def test_a_folder_of_transformers_must_be_the_dino_that_the_suite_names(tmp_path):
    folder = write_dino(tmp_path, "hugging face", size="S/8")
    assert dino(folder).name == dino_name(folder) == "vit_small_patch8_224.dino"
    with pytest.raises(UserError, match=r"holds vit_small_patch8_224\.dino, not vit_small_patch16_224\.dino"):
        dino(folder, S16)
    config = json.loads((folder / "config.json").read_text())
    for change in ({"num_attention_heads": 12}, {"hidden_act": "relu"}, {"hidden_size": -1}, {"model_type": "clip"}):
        (folder / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(UserError, match=r"config\.json") as refusal:
            dino(folder)
        assert "\n" not in str(refusal.value)
    (folder / "config.json").write_text("{")
    with pytest.raises(UserError, match=r"config\.json is not valid JSON"):
        dino(folder)


def test_hugging_face_folders_without_one_file_of_weights_say_so(tmp_path):
    folder = write_dino(tmp_path, "hugging face")
    weights = folder / "model.safetensors"
    weights.rename(folder / "model-00001-of-00002.safetensors")
    with pytest.raises(UserError, match=r"model\.safetensors does not exist"):
        dino(folder)
    (folder / "pytorch_model.bin.index.json").write_text("{}")
    with pytest.raises(UserError, match="several parts"):
        dino(folder)


def in_two_shards(folder):
    """The same folder as transformers saves large models; returns the index."""
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(state)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, held in shards.items():
        save_file({name: state[name] for name in held}, folder / shard)
    index = folder / "model.safetensors.index.json"
    weight_map = {name: shard for shard, held in shards.items() for name in held}
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": weight_map}))
    return index


def test_weights_in_shards_are_the_same_weights(tmp_path):
    folder = write_dino(tmp_path / "dino", "hugging face")
    whole = dino(folder).fingerprint
    in_two_shards(folder)
    assert dino(folder).fingerprint == whole
    folder = write_clip(tmp_path / "clip", "hugging face")
    state = read_weights(folder / "model.safetensors")
    shards = read_weights(in_two_shards(folder))
    assert shards.keys() == state.keys()
    assert all(torch.equal(shards[key], state[key]) for key in state)
    assert find_clip(request("clip", weights=str(folder))).weights == folder / "model.safetensors.index.json"


@pytest.mark.parametrize(
    "name", ["../stolen.safetensors", "/tmp/x.safetensors", "a/b.safetensors", "..\\x.safetensors", "x.bin", ""]
)
def test_an_index_names_only_safetensors_beside_it(tmp_path, name):
    folder = write_dino(tmp_path / "dino", "hugging face")
    index = in_two_shards(folder)
    (tmp_path / "stolen.safetensors").write_bytes((folder / "model-00002-of-00002.safetensors").read_bytes())
    text = index.read_text()
    index.write_text(text.replace('"model-00002-of-00002.safetensors"', json.dumps(name)))
    with pytest.raises(UserError, match=r"no \.safetensors file beside it"):
        dino(folder)


def test_shards_and_their_index_must_agree(tmp_path):
    folder = write_dino(tmp_path, "hugging face")
    index = in_two_shards(folder)
    text = index.read_text()
    for broken, match in (
        ("{}", "does not say which shard"),
        ("[]", "does not say which shard"),
        (text.replace('"model-00002-of', '"model-00003-of'), "does not exist"),
        (text.replace('"model-00002-of', '"model-00001-of'), "does not hold what"),
    ):
        index.write_text(broken)
        with pytest.raises(UserError, match=match) as refusal:
            dino(folder)
        assert "\n" not in str(refusal.value)


def test_half_a_fused_projection_is_refused(tmp_path):
    state = dino_state("S/16")
    names = vit_names(state, DINO_SIZES["S/16"])
    del names["encoder.layer.3.attention.attention.key.bias"]
    torch.save(names, tmp_path / "weights.bin")
    with pytest.raises(UserError, match=r"weights\.bin does not fit .*blocks\.3\.attn\.qkv\.bias has only query, value"):
        dino(tmp_path / "weights.bin", S16)


def test_weights_of_the_hub_that_are_not_dinos_are_refused_before_anything_is_fetched():
    wanted = {"library": "timm", "architecture": S16, "transform": TO_224}
    for architecture in ("vit_small_patch16_224", "vit_small_patch16_224.augreg_in1k"):  # timm's default: trained on labels
        with pytest.raises(UserError, match=rf"defined for dino {S16}, but the suite's dino is vit_small_patch16_224\.augreg"):
            load_one(EncoderSpec(architecture=architecture, weights="hub"), role="dino", **wanted)


def test_clip_reads_open_clips_openais_and_hugging_faces_layout_as_one_encoder(tmp_path, photos):
    loaded = [
        clip(write_clip(tmp_path / "a", "open_clip", size="tiny"), "Tiny-quickgelu"),
        clip(write_clip(tmp_path / "b", "openai", size="tiny"), "Tiny-quickgelu"),
        clip(write_clip(tmp_path / "c", "hugging face", size="tiny")),
        clip(tmp_path / "c" / "model.safetensors", "Tiny-quickgelu"),
    ]
    texts = ["a dog in the jungle", "a can"]
    for other in loaded[1:]:
        assert np.array_equal(other.embed_images(photos), loaded[0].embed_images(photos))
        assert np.array_equal(other.embed_texts(texts), loaded[0].embed_texts(texts))
    assert len({encoder.fingerprint for encoder in loaded}) == 1
    assert {encoder.name for encoder in loaded} == {"Tiny-quickgelu"}


@pytest.mark.parametrize(("size", "name"), [("B/32", "ViT-B-32"), ("L/14", "ViT-L-14"), ("H/14", "ViT-H-14")])
def test_every_clip_of_the_protocols_has_open_clips_names_and_shapes(size, name):
    sizes = CLIP_SIZES[size]
    with torch.device("meta"):
        network = open_clip.create_model(name, device="meta")
    state = clip_state(size, device="meta")
    for layout in (state, clip_names(state, sizes)):
        assert {key: value.shape for key, value in to_open_clip(layout).items()} == {
            key: value.shape for key, value in network.state_dict().items()
        }
    described = ClipConfig.model_validate(clip_config(sizes, "gelu"))
    assert described.describes(open_clip.get_model_config(name))
    assert not described.describes(open_clip.get_model_config("ViT-B-16"))


def test_the_image_processor_beside_the_weights_gives_mean_and_std(tmp_path):
    folder = write_clip(tmp_path, "hugging face", size="tiny")
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}))
    assert clip(folder).transform.normalisation() == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": 0.5}))
    with pytest.raises(UserError, match="image_mean and image_std"):
        clip(folder)


def test_a_clip_folder_must_be_what_the_suite_names(tmp_path):
    folder = write_clip(tmp_path, "hugging face", size="tiny")
    with pytest.raises(UserError, match="does not describe ViT-B-32-quickgelu"):
        clip(folder, "ViT-B-32-quickgelu")
    config = clip_config(TINY, "quick_gelu")
    (folder / "config.json").write_text(json.dumps(config | {"projection_dim": 33}))
    with pytest.raises(UserError, match="does not describe an architecture of open_clip"):
        clip(folder)


class Scripted(torch.nn.Module):
    """A program that holds weights under the names of a state: what OpenAI's archives are."""

    def __init__(self, state):
        super().__init__()
        for key, value in state.items():
            module = self
            *path, last = key.split(".")
            for name in path:
                if not hasattr(module, name):
                    module.add_module(name, Empty())
                module = getattr(module, name)
            module.register_buffer(last, value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Empty(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def test_openais_own_archive_is_opened_only_when_every_bit_of_it_is_known(tmp_path, monkeypatch, photos):
    state = torch.load(write_clip(tmp_path / "plain", "openai", size="tiny"), weights_only=True)
    path = tmp_path / "ViT-Tiny.pt"
    torch.jit.script(Scripted(state)).save(str(path))
    with pytest.raises(UserError, match="TorchScript program and not one that is known") as refusal:
        clip(path, "Tiny-quickgelu")
    assert "\n" not in str(refusal.value)
    monkeypatch.setattr(
        open_clip, "get_pretrained_url", lambda model, tag: f"https://host/clip/models/{sha256_file(path)}/{model}.pt"
    )
    plain = clip(tmp_path / "plain" / "openai.pt", "Tiny-quickgelu")
    assert np.array_equal(clip(path, "Tiny-quickgelu").embed_images(photos), plain.embed_images(photos))
    with pytest.raises(UserError, match="trained with quick-GELU"):
        clip(path, "Tiny")


def test_openais_archives_are_known_by_the_hashes_in_their_addresses():
    known = openai_archives()
    assert "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af" in known  # ViT-B-32.pt
    assert "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836" in known  # ViT-L-14.pt
    assert all(len(each) == 64 for each in known)
