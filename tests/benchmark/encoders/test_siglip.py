"""SigLIP in open_clip's manner: a network of timm for pictures, pictures squeezed to a square, a tokenizer from the hub."""

import shutil

import numpy as np
import open_clip
import pytest
import torch
from checkpoints.timm_folders import spread
from checkpoints.transformers_folders import WORDS, save_tokenizer
from encoder_loading import load_one
from safetensors.torch import save_file

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.dataset.errors import UserError

NAME, TAG = "Tiny-SigLIP", "webli"
CONFIG = {
    "embed_dim": 64,
    "init_logit_bias": -10,
    "custom_text": True,
    "vision_cfg": {"image_size": 160, "timm_model_name": "test_vit", "timm_pool": "avg", "timm_proj": "none"},
    "text_cfg": {
        "context_length": 8,
        "vocab_size": len(WORDS),
        "hf_tokenizer_name": "timm/Tiny-SigLIP",
        "width": 32,
        "heads": 2,
        "layers": 2,
        "no_causal_mask": True,
        "proj_bias": True,
        "pool_type": "last",
    },
}
LISTED = {"hf_hub": "timm/Tiny-SigLIP/", "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
LISTED |= {"interpolation": "bicubic", "resize_mode": "squash"}
SPEC = EncoderSpec(architecture=NAME, weights=TAG)


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """An architecture and a tag that open_clip knows for the time of a test; the one download is replaced."""
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, NAME, CONFIG)
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, NAME, {TAG: LISTED})
    torch.manual_seed(0)
    model = open_clip.create_model(NAME, pretrained=None)
    spread(model)
    path = tmp_path / "open_clip_model.safetensors"
    save_file(model.state_dict(), path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "no cache"))
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: None)
    monkeypatch.setattr(open_clip.pretrained, "hf_hub_download", lambda *_arguments, **_options: str(path))
    return model.eval()


@pytest.fixture
def photos(random_image):
    return [random_image(1, (250, 180)), random_image(2, (170, 201))]


def test_pictures_are_squeezed_and_embedded_as_open_clip_does(tiny, photos):
    encoder = load_one(SPEC)
    assert (encoder.transform.aspect, encoder.transform.crop) == ("square", 160)
    assert encoder.transform.normalisation() == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    _, preprocess = open_clip.create_model_from_pretrained(NAME, pretrained=TAG)
    with torch.no_grad():
        expected = tiny.encode_image(torch.stack([preprocess(photo) for photo in photos]), normalize=True)
    assert np.abs(encoder.embed_images(photos) - expected.numpy()).max() < 1e-5
    assert expected[0] @ expected[1] < 0.999


def test_a_tokenizer_of_the_hub_is_needed_by_texts_alone(tiny, photos, monkeypatch):
    encoder = load_one(SPEC)
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: "https://hub does not answer (no network)")
    assert encoder.embed_images(photos).shape == (2, 64)
    with pytest.raises(UserError, match=r"tokenizer of 'Tiny-SigLIP' is not on this machine .*a folder with the tokenizer in"):
        encoder.embed_texts(["a dog"])


def test_texts_are_embedded_with_the_architectures_tokenizer(tiny, tmp_path, monkeypatch):
    folder = tmp_path / "timm" / "Tiny-SigLIP"  # transformers takes a relative path of that name for the repository
    save_tokenizer(folder)
    monkeypatch.chdir(tmp_path)
    encoder = load_one(SPEC)
    texts = ["a dog in the snow", "a teapot"]
    with torch.no_grad():
        expected = tiny.encode_text(open_clip.get_tokenizer(NAME)(texts), normalize=True)
    assert np.abs(encoder.embed_texts(texts) - expected.numpy()).max() < 1e-5
    assert encoder.tokens(texts).tolist() == open_clip.get_tokenizer(NAME)(texts).tolist()
    shutil.rmtree(folder)
    assert encoder.embed_texts(texts).shape == (2, 64)  # read once


def test_a_way_of_resizing_that_protocols_do_not_have_is_refused(tiny, monkeypatch):
    for change, why in (({"resize_mode": "longest"}, "neither keeps the shape"), ({"interpolation": "random"}, "is random")):
        monkeypatch.setitem(open_clip.pretrained._PRETRAINED, NAME, {TAG: LISTED | change})
        with pytest.raises(UserError, match=rf"none that a protocol can say: .*{why}.* a table \[encoders\.x\.transform\]"):
            load_one(SPEC)


def test_the_real_siglip2_is_known_by_name_and_squeezes():
    with torch.device("meta"):
        network = open_clip.create_model("ViT-B-16-SigLIP2", device="meta")
    assert tuple(network.visual.image_size) == (224, 224)
    listed = open_clip.get_pretrained_cfg("ViT-B-16-SigLIP2", "webli")
    assert (listed["resize_mode"], listed["mean"], listed["std"]) == ("squash", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
