import json
import shutil

import numpy as np
import open_clip
import pytest
import timm
import torch
from encoder_loading import load_clip, load_dino
from safetensors.torch import load_file, save_file

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders import load_encoders
from dreambench.dataset.errors import UserError

CPU = torch.device("cpu")
SIDE = 64
OWN = ImageTransform(resize=SIDE, crop=SIDE)


@pytest.fixture(scope="module")
def images(random_image):
    return [random_image(seed) for seed in range(11)]


def copied(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def pixels(images, mean, std):
    stacked = torch.stack([torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255 for image in images])
    return (stacked - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def test_dino_is_the_cls_token_after_the_final_norm(tiny_encoders, tiny_encoder_folders, images):
    # recomputed by hand from timm's parts, the model read the way a timm user would read it
    model = timm.create_model(f"local-dir:{tiny_encoder_folders['dino']}", pretrained=True, num_classes=0).eval()
    with torch.no_grad():
        tokens = model.patch_embed(pixels(images, (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)))
        tokens = torch.cat([model.cls_token.expand(len(images), -1, -1), tokens], dim=1) + model.pos_embed
        for block in model.blocks:
            tokens = block(tokens)
        cls = model.norm(tokens)[:, 0]
    expected = cls / cls.norm(dim=1, keepdim=True)
    assert np.abs(tiny_encoders.embedding["dino"].embed_images(images) - expected.numpy()).max() < 1e-5


def test_clip_is_what_open_clips_own_pipeline_gives(tiny_encoder_folders, random_image):
    source = f"local-dir:{tiny_encoder_folders['clip']}"
    model, preprocess = open_clip.create_model_from_pretrained(source)
    texts = ["a dog in the jungle", "a can on the beach"]
    photos = [random_image(7, (150, 100)), random_image(8, (90, 201))]
    with torch.no_grad():
        seen = model.encode_image(torch.stack([preprocess(photo) for photo in photos]), normalize=True)
        words = model.encode_text(open_clip.get_tokenizer(source)(texts), normalize=True)
    encoder = load_clip(EncoderSpec(weights=str(tiny_encoder_folders["clip"])), "own", CPU)
    assert np.abs(encoder.embed_images(photos) - seen.numpy()).max() < 1e-5
    assert np.abs(encoder.embed_texts(texts) - words.numpy()).max() < 1e-5


def test_embeddings_have_length_one_and_tell_images_apart(tiny_encoders, images):
    for encoder in tiny_encoders.embedding.values():
        embeddings = encoder.embed_images(images)
        assert embeddings.dtype == np.float32
        assert np.linalg.norm(embeddings, axis=1) == pytest.approx(1, abs=1e-5)
        assert (embeddings @ embeddings.T)[~np.eye(len(images), dtype=bool)].max() < 0.9999
        assert encoder.embed_images([]).shape == (0, embeddings.shape[1])


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_the_batch_size_changes_nothing(tiny_encoders, images, batch_size, monkeypatch):
    for encoder in tiny_encoders.embedding.values():
        together = encoder.embed_images(images)
        monkeypatch.setattr(encoder, "_batch_size", batch_size)
        assert np.abs(encoder.embed_images(images) - together).max() < 1e-6
    texts = [f"a dog {word}" for word in ("in the snow", "in the jungle", "on the beach", "wearing a red hat")]
    clip = tiny_encoders.text("clip")
    one_by_one = np.concatenate([clip.embed_texts([text]) for text in texts])
    assert np.abs(clip.embed_texts(texts) - one_by_one).max() < 1e-6


def test_weights_in_half_precision_are_computed_with_in_float32(tiny_encoder_folders, tmp_path):
    folder = copied(tiny_encoder_folders["dino"], tmp_path)
    weights = {key: value.half() for key, value in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors")
    encoder = load_dino(EncoderSpec(weights=str(folder)), OWN, CPU)
    assert {parameter.dtype for parameter in encoder.network.parameters()} == {torch.float32}


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_a_dino_checkpoint_file_goes_with_timms_architecture(ending, tmp_path, random_image):
    torch.manual_seed(3)
    model = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=10).eval()
    path = tmp_path / f"weights.{ending}"
    if ending == "pth":  # as training scripts leave them: wrapped, with a head and a DistributedDataParallel prefix
        torch.save({"teacher": {f"module.backbone.{key}": value for key, value in model.state_dict().items()}}, path)
    else:
        save_file(model.state_dict(), path)
    transform = ImageTransform(resize=256, crop=224, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    encoder = load_dino(EncoderSpec(architecture="vit_tiny_patch16_224", weights=str(path)), transform, CPU)
    photo = random_image(1, (300, 256))
    with torch.no_grad():
        crop = photo.crop((38, 16, 262, 240))
        cls = model.forward_features(pixels([crop], *transform.normalisation()))[:, 0]
    assert encoder.embed_images([photo])[0] @ (cls / cls.norm()).numpy()[0] == pytest.approx(1, abs=1e-5)


def test_a_clip_checkpoint_file_goes_with_open_clips_architecture(tiny_encoder_folders, tmp_path, monkeypatch):
    config = json.loads((tiny_encoder_folders["clip"] / "open_clip_config.json").read_text())["model_cfg"]
    config["text_cfg"].pop("hf_tokenizer_name")  # open_clip's own byte-pair tokenizer then, as for ViT-B-32
    config["text_cfg"]["vocab_size"] = 49408
    torch.manual_seed(2)
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny-of-the-tests", config)
    save_file(open_clip.create_model("tiny-of-the-tests").state_dict(), tmp_path / "clip.safetensors")
    encoder = load_clip(EncoderSpec(architecture="tiny-of-the-tests", weights=str(tmp_path / "clip.safetensors")), OWN, CPU)
    assert encoder.transform.normalisation()[0] == pytest.approx((0.48145466, 0.4578275, 0.40821073))
    assert encoder.embed_texts(["a dog"]).shape == (1, 16)


def test_fingerprints_follow_weights_and_transform_but_not_the_file(
    tiny_encoder_folders, tmp_path, miniature_protocol, save_tiny_dino
):
    def load(folder, transform=OWN):
        return load_dino(EncoderSpec(weights=str(folder)), transform, CPU).fingerprint

    original = load(tiny_encoder_folders["dino"])
    assert load(copied(tiny_encoder_folders["dino"], tmp_path)) == original
    others = {
        load(save_tiny_dino(tmp_path / "other", seed=1)),
        load(tiny_encoder_folders["dino"], ImageTransform(resize=72, crop=64)),
        load(tiny_encoder_folders["dino"], ImageTransform(resize=64, crop=64, mean=(0.5, 0.5, 0.5))),
    }
    assert len(others | {original}) == 4
    prints = [miniature_protocol.fingerprint({"dino": dino, "clip": "c"}) for dino in others | {original}]
    assert len(set(prints)) == 4


@pytest.mark.parametrize(("which", "name"), [("dino", "model.safetensors"), ("clip", "open_clip_model.safetensors")])
@pytest.mark.parametrize("damage", ["cut off", "garbage", "gone"])
def test_a_damaged_weight_file_is_refused_by_name(which, name, damage, tiny_encoder_folders, tmp_path):
    folder = copied(tiny_encoder_folders[which], tmp_path)
    data = (folder / name).read_bytes()
    if damage == "gone":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(data[: len(data) // 2] if damage == "cut off" else b"<html>404</html>" * 100)
    load = load_dino if which == "dino" else load_clip
    with pytest.raises(UserError, match=str(folder)) as refusal:
        load(EncoderSpec(weights=str(folder)), OWN, CPU)
    assert "\n" not in str(refusal.value)


def test_weights_that_are_not_numbers_are_noticed(tiny_encoder_folders, tmp_path, images):
    folder = copied(tiny_encoder_folders["dino"], tmp_path)
    weights = load_file(folder / "model.safetensors")
    weights["norm.weight"][0] = torch.nan
    save_file(weights, folder / "model.safetensors")
    encoder = load_dino(EncoderSpec(weights=str(folder)), OWN, CPU)
    with pytest.raises(UserError, match="not finite"):
        encoder.embed_images(images[:1])


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"model": Evil()}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match=r"weights\.pth cannot be read"):
        load_dino(EncoderSpec(architecture="vit_tiny_patch16_224", weights=str(tmp_path / "weights.pth")), OWN, CPU)
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_architecture_are_refused(tmp_path):
    save_file({"blocks.0.norm1.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="does not fit the architecture"):
        load_dino(EncoderSpec(architecture="vit_tiny_patch16_224", weights=str(tmp_path / "other.safetensors")), OWN, CPU)


def test_wrong_names_are_answered_with_a_sentence(tiny_encoder_folders, tiny_spec, miniature_protocol, tmp_path):
    def refuse(match, *, protocol=miniature_protocol, **specs):
        with pytest.raises(UserError, match=match) as refusal:
            load_encoders(tiny_spec | specs, protocol)
        assert "\n" not in str(refusal.value)

    def dino(weights, architecture=None, library="timm"):
        return EncoderSpec(architecture=architecture, weights=str(weights), library=library)

    def clip(weights, architecture=None):
        return EncoderSpec(architecture=architecture, weights=weights, library="open_clip")

    tiny = "vit_tiny_patch16_224"
    refuse(r"\[encoders\.dino\] needs architecture", dino=dino("hub"))
    refuse(r"\[encoders\.dino\] needs architecture", dino=dino("hub", library=None))
    refuse("no weights 'imagenet' in timm", dino=dino("imagenet", tiny))
    (tmp_path / "x.pth").touch()
    refuse("timm has no 'vit_tini_patch16', .* did you mean 'vit_tiny", dino=dino(tmp_path / "x.pth", "vit_tini_patch16"))
    refuse("No library knows an encoder 'of_dreams'", dino=dino(tmp_path / "x.pth", "of_dreams", library=None))
    refuse("did you mean 'timm'", dino=dino("hub", tiny, library="tim"))
    refuse("does not exist", dino=dino("nowhere/w.safetensors", tiny))
    refuse("leave out architecture", dino=dino(tiny_encoder_folders["dino"], "vit"))
    refuse(r"\[encoders\.clip\] needs architecture", clip=clip("openai"))
    refuse("'ViT-B-32' with weights 'openia' .* did you mean 'openai'", clip=clip("openia", "ViT-B-32"))
    for role in ("dino", "clip"):
        encoder = miniature_protocol.encoders[role]
        large = encoder.model_copy(update={"transform": ImageTransform(resize=256, crop=224)})
        wide = miniature_protocol.model_copy(update={"encoders": miniature_protocol.encoders | {role: large}})
        refuse(rf"crops to 224 pixels for \[encoders\.{role}\], but", protocol=wide)


def test_a_role_that_nobody_gives_weights_is_named(tiny_spec, miniature_protocol):
    with pytest.raises(UserError, match=r"needs the encoder 'dino', .*; add \[encoders\.dino\] to the suite\.$"):
        load_encoders({"clip": tiny_spec["clip"]}, miniature_protocol)


def test_the_shipped_encoders_are_those_of_the_first_version(miniature_protocol):
    """Pinned: every score of the miniature carries them, and runs of version 0.1.0 were made with them."""
    encoders = load_encoders({role: EncoderSpec(weights="mini") for role in ("dino", "clip")}, miniature_protocol)
    assert encoders.fingerprints() == {
        "dino": "f9c5ff644d3e43c3edeb334c6bbd3ba218a8186639189750b64e6868280e704b",
        "clip": "7d44fc61823577465ce39a6cdd2fc6a328e1a332077ffddda8179e66fb7ad16a",
    }


def test_only_what_the_metrics_need_is_loaded(tiny_spec, miniature_protocol):
    assert set(load_encoders(tiny_spec, miniature_protocol.only(["clip_t"])).embedding) == {"clip"}
    assert set(load_encoders({"dino": tiny_spec["dino"]}, miniature_protocol.only(["dino", "div"])).embedding) == {"dino"}


def test_an_encoder_of_pictures_reads_no_text(tiny_encoders):
    assert tiny_encoders.text("clip").embeds_text
    with pytest.raises(UserError, match=r"the encoder 'dino' embeds no texts; .* in \[encoders\.dino\]"):
        tiny_encoders.text("dino")
