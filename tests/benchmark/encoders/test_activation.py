"""A CLIP with the wrong activation loads without complaint and gives other scores: it must be impossible."""

import json

import numpy as np
import open_clip
import pytest
import torch
from checkpoints.encoders import CLIP_SIZES, open_clip_config, write_clip
from encoder_loading import load_clip, load_one, request

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.encoders.clip_source import find_clip
from dreambench.dataset.errors import UserError

TINY = CLIP_SIZES["tiny"]


@pytest.fixture(autouse=True)
def tiny_clips(monkeypatch):
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "Tiny", open_clip_config(TINY, "gelu"))
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "Tiny-quickgelu", open_clip_config(TINY, "quick_gelu"))


def clip(path, architecture=None, activation=None):
    return load_clip(EncoderSpec(architecture=architecture, weights=str(path), activation=activation), "own")


def refused(match, *arguments):
    with pytest.raises(UserError, match=match) as refusal:
        clip(*arguments)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("architecture", "tag", "right"),
    [
        ("ViT-B-32", "openai", "ViT-B-32-quickgelu"),
        ("ViT-L-14", "openai", "ViT-L-14-quickgelu"),
        ("ViT-B-32", "laion400m_e32", "ViT-B-32-quickgelu"),
        ("ViT-B-32-quickgelu", "laion2b_s34b_b79k", "ViT-B-32"),
        ("ViT-H-14-quickgelu", "laion2b_s32b_b79k", "ViT-H-14"),
        ("ViT-H-14", "dfn5b", "ViT-H-14-quickgelu"),
    ],
)
def test_a_tag_of_the_other_activation_is_refused_with_the_right_architecture(architecture, tag, right):
    refused(f'{tag}.* were trained with .*write architecture = "{right}" in', tag, architecture)
    assert find_clip(request("clip", architecture=right, weights=tag)).tag == tag


def test_a_tag_contradicted_by_the_suite_is_refused():
    refused("say their activation", "openai", "ViT-B-32-quickgelu", "gelu")


def test_openais_weights_in_an_architecture_with_gelu_are_refused(tmp_path):
    path = write_clip(tmp_path, "openai", size="tiny")
    refused('trained with quick-GELU.*write architecture = "Tiny-quickgelu"', path, "Tiny")
    refused('says activation = "gelu", but', path, "Tiny", "gelu")


@pytest.mark.parametrize(
    ("hidden_act", "right", "wrong"), [("quick_gelu", "Tiny-quickgelu", "Tiny"), ("gelu", "Tiny", "Tiny-quickgelu")]
)
def test_hugging_faces_hidden_act_decides(hidden_act, right, wrong, tmp_path):
    folder = write_clip(tmp_path, "hugging face", size="tiny", activation=hidden_act)
    assert clip(folder).name == right
    assert clip(folder, right).name == right
    refused(f'write architecture = "{right}"', folder, wrong)
    refused(f'write architecture = "{right}"', folder / "model.safetensors", wrong)
    refused("leave out activation", folder, None, "gelu" if hidden_act == "quick_gelu" else "quick_gelu")


@pytest.mark.parametrize("change", [{"vision_config": {"hidden_act": "gelu"}}, {"text_config": {"hidden_act": "silu"}}])
def test_towers_that_differ_and_other_activations_are_refused(change, tmp_path):
    folder = write_clip(tmp_path, "hugging face", size="tiny")
    config = json.loads((folder / "config.json").read_text())
    for key, value in change.items():
        config[key] |= value
    (folder / "config.json").write_text(json.dumps(config))
    refused("gives hidden_act as", folder)


def test_a_file_that_does_not_say_it_needs_the_suites_word_where_both_exist(tmp_path):
    path = write_clip(tmp_path, "open_clip", size="tiny")
    refused('architecture = "Tiny-quickgelu" for OpenAI\'s weights, or activation = "gelu"', path, "Tiny")
    assert clip(path, "Tiny", "gelu").name == "Tiny"
    assert clip(path, "Tiny-quickgelu").name == "Tiny-quickgelu"
    refused("trained with GELU", path, "Tiny-quickgelu", "gelu")


@pytest.mark.parametrize("activation", ["gelu", "quick_gelu"])
def test_the_configuration_beside_a_file_is_believed(activation, tmp_path):
    path = write_clip(tmp_path, "open_clip", size="tiny")
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": open_clip_config(TINY, activation)}))
    right, wrong = ("Tiny", "Tiny-quickgelu") if activation == "gelu" else ("Tiny-quickgelu", "Tiny")
    assert clip(path, right).name == right
    refused("trained with", path, wrong)
    (tmp_path / "open_clip_config.json").write_text("[]")
    refused(r"open_clip_config\.json, beside the weights, cannot be read", path, right)


def test_two_configurations_that_disagree_in_one_folder_are_refused(tmp_path):
    folder = write_clip(tmp_path, "hugging face", size="tiny")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": open_clip_config(TINY, "gelu")}))
    refused("name two activations", folder)


def test_the_fingerprint_covers_the_activation_and_the_network_computes_with_it(tmp_path, random_image):
    path = write_clip(tmp_path, "open_clip", size="tiny")
    plain, quick = clip(path, "Tiny", "gelu"), clip(path, "Tiny-quickgelu")
    assert plain.fingerprint != quick.fingerprint
    photo = [random_image(3, (40, 40))]
    assert np.abs(plain.embed_images(photo) - quick.embed_images(photo)).max() > 1e-3
    x = torch.linspace(-3, 3, 7)
    activations = [encoder.network.visual.transformer.resblocks[0].mlp.gelu for encoder in (plain, quick)]
    assert torch.allclose(activations[0](x), torch.nn.functional.gelu(x))
    assert torch.allclose(activations[1](x), x * torch.sigmoid(1.702 * x))


def test_dino_takes_no_activation():
    with pytest.raises(UserError, match=r"\[encoders\.dino\] takes no activation: the library timm"):
        load_one(EncoderSpec(weights="mini", activation="gelu"), role="dino")


def test_an_unknown_architecture_is_answered_with_the_nearest():
    refused("did you mean 'ViT-B-32'", "openai", "ViT-B32")
    refused(r"open_clip has no '\?\?\?', the architecture of \[encoders.clip\]", "openai", "???")
