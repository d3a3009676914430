"""transformers' image models: the numbers are those of its own processors and models, run as its documentation runs them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints.transformers_folders import PROCESSORS, save_model
from encoder_loading import architecture_of, load_one
from PIL import Image
from safetensors.torch import load_file, save_file
from sentences import is_one_sentence
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.encoders import embed_files
from dreambench.dataset.errors import UserError

DUAL = ("clip", "siglip")
CLS = ("vit", "dinov2", "dinov3")
TEXTS = ["a dog in the snow", "a teapot in the jungle"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {kind: save_model(tmp_path_factory.mktemp("hf") / kind.replace(" ", "-"), kind) for kind in PROCESSORS}


@pytest.fixture(scope="module")
def photos(random_image):
    # An even number of pixels is cut off: of an odd one transformers cuts the smaller half first, torchvision rounds to even.
    return [random_image(seed, size) for seed, size in enumerate([(150, 100), (90, 203), (64, 64)])]


def load(folder, **wanted):
    positions = {} if "positions" in wanted else {"positions": "resampled" if "dinov2" in str(folder) else "fixed"}
    return load_one(EncoderSpec(weights=str(folder), library="transformers"), **positions | wanted)


def copied(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / folder.name))


def unit(rows):
    rows = rows if isinstance(rows, torch.Tensor) else rows.pooler_output
    return torch.nn.functional.normalize(rows, dim=1).numpy()


def theirs(folder, kind, photos):
    """As a user of transformers computes image features, with Pillow doing the resizing where transformers lets it."""
    model = AutoModel.from_pretrained(folder).eval()
    try:
        processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    except (TypeError, ValueError):
        processor = AutoImageProcessor.from_pretrained(folder)
    pixels = torch.cat([processor(images=photo, return_tensors="pt")["pixel_values"] for photo in photos])
    with torch.inference_mode():
        if kind in DUAL:
            return unit(model.get_image_features(pixel_values=pixels))
        output = model(pixel_values=pixels)
        return unit(output.last_hidden_state[:, 0] if kind in CLS else output.pooler_output)


@pytest.mark.parametrize("kind", PROCESSORS)
def test_pictures_are_prepared_and_embedded_as_transformers_does(kind, folders, photos):
    encoder = load(folders[kind])
    expected = theirs(folders[kind], kind, photos)
    # DINOv3's processor has no Pillow half: it resizes numbers of 0..1, where Pillow rounds to whole levels
    assert np.abs(encoder.embed_images(photos) - expected).max() < (5e-3 if kind == "dinov3" else 1e-4)
    fitting = [photos[0].resize((encoder.transform.resize,) * 2, Image.Resampling.BICUBIC)]
    assert np.abs(encoder.embed_images(fitting) - theirs(folders[kind], kind, fitting)).max() < 1e-5
    assert (expected @ expected.T)[~np.eye(len(photos), dtype=bool)].max() < 0.999  # the pictures differ


@pytest.mark.parametrize(
    ("kind", "resize", "crop", "aspect", "interpolation"),
    [
        ("vit", 32, 32, "square", "bilinear"),
        ("dinov2", 64, 56, "keep", "bicubic"),
        ("clip", 32, 32, "keep", "bicubic"),
        ("siglip", 32, 32, "square", "bilinear"),
    ],
)
def test_the_own_transform_is_that_of_the_processors_file(kind, resize, crop, aspect, interpolation, folders):
    transform = load(folders[kind]).transform
    assert (transform.resize, transform.crop) == (resize, crop)
    assert (transform.aspect, transform.interpolation) == (aspect, interpolation)
    values = PROCESSORS[kind]
    assert transform.normalisation() == (tuple(values["image_mean"]), tuple(values["image_std"]))


@pytest.mark.parametrize("kind", DUAL)
def test_texts_are_embedded_as_transformers_does(kind, folders):
    encoder = load(folders[kind])
    assert encoder.embeds_text
    model, tokenizer = AutoModel.from_pretrained(folders[kind]).eval(), AutoTokenizer.from_pretrained(folders[kind])
    tokens = tokenizer(TEXTS, padding="max_length", max_length=8, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        names = ("input_ids", "attention_mask")
        expected = unit(model.get_text_features(**{key: value for key, value in tokens.items() if key in names}))
    assert encoder.tokens(TEXTS).tolist() == tokens["input_ids"].tolist()
    ours = encoder.embed_texts(TEXTS)
    assert np.abs(ours - expected).max() < 1e-5
    assert np.abs(ours - np.concatenate([encoder.embed_texts([text]) for text in TEXTS])).max() < 1e-5
    assert ours[0] @ ours[1] < 0.9999


def test_an_encoder_of_pictures_has_no_texts(folders):
    assert not load(folders["dinov2"]).embeds_text


@pytest.mark.parametrize("kind", ["dinov3", "clip", "siglip vision"])
def test_many_lanes_at_once_disturb_each_other_in_nothing(kind, folders, tmp_path, random_image):
    """On a CPU several threads run the same network; a model that kept anything between its layers would mix them up."""
    paths = [tmp_path / f"{index}.png" for index in range(24)]
    for index, path in enumerate(paths):
        random_image(index).save(path)
    encoder = load(folders[kind])
    (together,) = embed_files(paths, [encoder], lanes=6, batch_size=1)
    alone = encoder.embed_images([Image.open(path) for path in paths])
    assert np.abs(together - alone).max() < 1e-5


# ---------------------------------------------------------------- output and positions


def test_pooled_and_cls_are_what_they_are_called(folders, photos):
    encoder = load(folders["siglip vision"], output="pooled")
    assert encoder.fingerprint == load(folders["siglip vision"]).fingerprint
    assert load(folders["vit"], output="cls").fingerprint == load(folders["vit"]).fingerprint
    with pytest.raises(UserError, match="has no CLS token"):
        load(folders["siglip vision"], output="cls")
    with pytest.raises(UserError, match=r'embeds pictures and texts in one space; .* output = "own"'):
        load(folders["clip"], output="cls")
    dinov2 = [load(folders["dinov2"], output=output) for output in ("cls", "pooled")]  # its pooled output is the CLS token
    assert np.array_equal(*(each.embed_images(photos) for each in dinov2))


def test_a_pooler_without_weights_is_never_made_up(folders):
    with pytest.raises(UserError, match=r"lack pooler\.dense\.bias and 1 more, which the model of \[encoders\.x\] needs"):
        load(folders["vit"], output="pooled")
    assert len({load(folders["vit"]).fingerprint for _ in range(2)}) == 1


def test_another_size_is_refused_unless_the_protocol_resamples(folders, photos):
    smaller = {"resize": 32, "crop": 24}
    for kind in ("vit", "clip", "siglip vision"):
        with pytest.raises(UserError, match=r'crops to 24 pixels for \[encoders\.x\], but .* takes 32; .*"resampled"'):
            load(folders[kind], transform=smaller)
        encoder = load(folders[kind], transform=smaller, positions="resampled")
        same = {"resize": 32, "crop": 32}
        whole = [load(folders[kind], transform=same, positions=each).fingerprint for each in ("fixed", "resampled")]
        assert whole[0] == whole[1] != encoder.fingerprint
        model = AutoModel.from_pretrained(folders[kind]).eval()
        pixels = torch.stack([torch.tensor(encoder.transform.cropped(photo)).permute(2, 0, 1) / 255 for photo in photos])
        mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in encoder.transform.normalisation())
        call = model.get_image_features if kind == "clip" else model
        with torch.inference_mode():
            output = call(pixel_values=(pixels - mean) / std, interpolate_pos_encoding=True)
        expected = unit(output.last_hidden_state[:, 0] if kind == "vit" else output)
        assert np.abs(encoder.embed_images(photos) - expected).max() < 1e-5
    with pytest.raises(UserError, match="a multiple of the patch of 8 pixels"):
        load(folders["vit"], transform={"resize": 32, "crop": 30}, positions="resampled")
    load(folders["dinov3"], transform={"resize": 64, "crop": 48})  # its positions are angles


# ---------------------------------------------------------------- fingerprints


def test_the_fingerprint_follows_weights_and_configuration_and_not_who_saved_them(folders, tmp_path):
    original = load(folders["siglip"]).fingerprint
    folder = copied(folders["siglip"], tmp_path)
    config = json.loads((folder / "config.json").read_text())
    renamed = config | {"transformers_version": "4.0.0", "_name_or_path": "elsewhere", "architectures": None}
    (folder / "config.json").write_text(json.dumps(renamed))
    assert load(folder).fingerprint == original
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(state)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, held in shards.items():
        save_file({name: state[name] for name in held}, folder / shard, metadata={"format": "pt"})
    weight_map = {name: shard for shard, held in shards.items() for name in held}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    assert load(folder).fingerprint == original
    config["vision_config"]["layer_norm_eps"] = 1e-3
    (folder / "config.json").write_text(json.dumps(config))
    assert load(folder).fingerprint != original
    assert load(save_model(tmp_path / "other", "siglip", seed=1)).fingerprint != original


def test_weights_in_half_precision_are_computed_with_in_float32(folders, tmp_path):
    folder = copied(folders["dinov3"], tmp_path)
    weights = {key: value.half() for key, value in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    encoder = load(folder)
    assert {parameter.dtype for parameter in encoder.network.parameters()} == {torch.float32}
    wide = copied(folder, tmp_path / "wide")
    save_file({key: value.float() for key, value in weights.items()}, wide / "model.safetensors", metadata={"format": "pt"})
    assert load(wide).fingerprint == encoder.fingerprint


# ---------------------------------------------------------------- what is recognised and what is refused


def test_a_folder_without_the_librarys_name_is_recognised(folders):
    for kind in ("siglip", "dinov3"):
        assert load_one(EncoderSpec(weights=str(folders[kind]))).fingerprint == load(folders[kind]).fingerprint


def test_a_folder_is_the_repository_that_the_suite_says_it_is(folders):
    wanted = {"library": "transformers", "architecture": "facebook/dinov3-tiny"}
    with pytest.raises(UserError, match="defined for x facebook/dinov3-tiny, but the suite's x is of an architecture without"):
        load_one(EncoderSpec(weights=str(folders["dinov3"])), **wanted)
    named = EncoderSpec(weights=str(folders["dinov3"]), architecture="facebook/dinov3-tiny")
    assert load_one(named, **wanted).fingerprint == load(folders["dinov3"]).fingerprint


def refused(folder, **wanted):
    with pytest.raises(UserError) as refusal:
        load(folder, **wanted)
    assert is_one_sentence(str(refusal.value)), refusal.value
    return str(refusal.value)


def test_only_safetensors_are_read(folders, tmp_path):
    folder = copied(folders["vit"], tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert refused(folder).endswith("model.safetensors does not exist; put the encoder's weights there, as safetensors.")


def test_code_of_a_repository_is_not_run(folders, tmp_path):
    folder = copied(folders["vit"], tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    assert "cannot be loaded by transformers (" in refused(folder)
    assert not (tmp_path / "ran").exists()


def test_damage_is_named(folders, tmp_path):
    folder = copied(folders["vit"], tmp_path)
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    assert f"The weight file {folder / 'model.safetensors'} cannot be read (" in refused(folder)
    (folder / "model.safetensors").write_bytes(data)
    state = load_file(folder / "model.safetensors")
    save_file({key: value for key, value in state.items() if "layernorm_before" not in key}, folder / "model.safetensors")
    assert "which the model of [encoders.x] needs; fetch them again" in refused(folder)
    (folder / "model.safetensors").write_bytes(data)
    (folder / "preprocessor_config.json").write_text("{")
    assert f"The preprocessing in {folder} cannot be read (" in refused(folder)
    (folder / "preprocessor_config.json").unlink()
    assert "give the protocol a table [encoders.x.transform] with mean and std." in refused(folder)
    explicit = {"resize": 32, "crop": 32, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    assert load(folder, transform=explicit).transform.crop == 32
    (folder / "config.json").write_text("{")
    assert "config.json is not valid JSON" in refused(folder)


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        ("vit", {"rescale_factor": 1 / 127.5}, "it does not scale pixels to 0..1"),
        ("vit", {"do_rescale": False}, "it does not scale pixels to 0..1"),
        ("vit", {"do_resize": False}, "it does not resize"),
        ("vit", {"resample": 0}, "its interpolation is Pillow's number 0"),
        ("vit", {"size": {"height": 32, "width": 48}}, "it leaves pictures of different shapes"),
        ("clip", {"do_center_crop": False}, "it leaves pictures of different shapes"),
        ("clip", {"crop_size": {"height": 32, "width": 16}}, "it gives 16 x 32 pixels from a side of 32"),
    ],
)
def test_preprocessing_that_a_protocol_cannot_say_is_refused(kind, change, why, folders, tmp_path):
    folder = copied(folders[kind], tmp_path)
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSORS[kind] | change))
    sentence = refused(folder)
    assert f"is none that a protocol can say: {why}; give the protocol a table [encoders.x.transform]." in sentence


def test_a_model_of_texts_is_no_image_encoder(tmp_path):
    from transformers import BertConfig, BertModel

    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64, "vocab_size": 9}
    BertModel(BertConfig(**small)).save_pretrained(tmp_path / "bert")
    assert "is no image encoder; name one in [encoders.x]." in refused(tmp_path / "bert")


def test_a_tokenizer_that_is_missing_matters_to_texts_alone(folders, tmp_path, photos):
    folder = copied(folders["clip"], tmp_path)
    for path in folder.glob("tokenizer*"):
        path.unlink()
    encoder = load(folder)
    assert encoder.embed_images(photos).shape == (3, 16)
    with pytest.raises(UserError, match=f"The tokenizer of {folder} ") as refusal:
        encoder.embed_texts(TEXTS)
    assert is_one_sentence(str(refusal.value))


# ---------------------------------------------------------------- the hub


@pytest.fixture
def hub(monkeypatch, tmp_path, folders):
    """A hub whose one download is replaced: what is asked of it, and a folder as its answer."""
    asked = []

    def snapshot(repository, *, revision, allow_patterns):
        asked.append((repository, revision, tuple(allow_patterns)))
        return str(folders["siglip"])

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "no cache"))
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: None)
    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    return asked


def test_a_repository_of_the_hub_is_an_architecture(hub, folders):
    spec = EncoderSpec(architecture="google/siglip-tiny", weights="hub", revision="0123abc")
    assert architecture_of(spec) == "google/siglip-tiny"
    encoder = load_one(spec)
    assert encoder.fingerprint == load(folders["siglip"]).fingerprint
    ((repository, revision, patterns),) = hub
    assert (repository, revision) == ("google/siglip-tiny", "0123abc")
    assert not any(pattern.endswith((".bin", ".py", ".h5")) or "tokenizer" in pattern for pattern in patterns)
    encoder.embed_texts(TEXTS)
    assert "tokenizer*" in hub[1][2]  # asked for when the first text came, and not before


def test_a_hub_out_of_reach_is_told_at_once(hub, monkeypatch):
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: "https://hub does not answer (no network)")
    with pytest.raises(UserError, match=r"google/siglip-tiny is not on this machine .* \(no network\); .*\[encoders\.x\]"):
        load_one(EncoderSpec(architecture="google/siglip-tiny", weights="hub"))
    assert not hub


def test_what_is_neither_folder_nor_repository_is_answered_with_both(tmp_path):
    (tmp_path / "x.safetensors").touch()
    for spec in (
        EncoderSpec(library="transformers", architecture="google/siglip-tiny", weights="webli"),
        EncoderSpec(library="transformers", architecture="siglip-tiny", weights="hub"),
        EncoderSpec(library="transformers", architecture="google/siglip-tiny", weights=str(tmp_path / "x.safetensors")),
    ):
        with pytest.raises(UserError, match=r'takes a folder as weights, or "hub" with a repository as the architecture'):
            load_one(spec)


def test_a_revision_is_transformers_alone():
    with pytest.raises(UserError, match=r"\[encoders\.x\] takes no revision: the library timm"):
        load_one(EncoderSpec(architecture="test_resnet", weights="hub", revision="main"))
