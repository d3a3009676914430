"""The protocol `panel`: five encoders side by side, which any suite can run since it names their weights."""

import pytest
import timm
import torch
from safetensors.torch import save_file

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.encoders.locating import locate_encoder, needed_roles


@pytest.fixture(scope="module")
def panel():
    return load_protocol("panel")


def test_five_encoders_judge_pictures_and_three_of_them_texts(panel):
    by_formula = {}
    for metric in panel.metrics.values():
        by_formula.setdefault(metric.formula, set()).add(metric.encoder)
    assert by_formula == {
        "image_similarity": {"dino", "dinov2", "siglip2", "clip", "clip_l14"},
        "text_similarity": {"siglip2", "clip", "clip_l14"},
    }
    assert needed_roles(panel) == tuple(panel.encoders)


def test_without_a_word_from_the_suite_the_makers_weights_are_fetched(panel):
    located = {role: locate_encoder(role, panel, {}) for role in panel.encoders}
    assert {role: each.source.repository for role, each in located.items()} == {
        "dino": "timm/vit_small_patch16_224.dino",
        "dinov2": "timm/vit_base_patch14_dinov2.lvd142m",
        "siglip2": "timm/ViT-B-16-SigLIP2",
        "clip": "timm/vit_base_patch32_clip_224.openai",
        "clip_l14": "timm/vit_large_patch14_clip_224.openai",
    }


def test_dino_and_clip_are_those_of_dreambench(panel):
    """The same metric under the same key has the same fingerprint, so a panel's scores stand beside dreambench's."""
    dreambench = load_protocol("dreambench")
    prints = {role: role for role in (*panel.encoders, *dreambench.encoders)}
    ours, theirs = panel.fingerprints(prints), dreambench.fingerprints(prints)
    for key in ("dino", "clip_i", "clip_t"):
        assert ours[key] == theirs[key]
    for role in ("dino", "clip"):
        ignored = {"weights"}
        assert panel.encoders[role].model_dump(exclude=ignored) == dreambench.encoders[role].model_dump(exclude=ignored)


@pytest.mark.slow
def test_dinov2_takes_the_panels_crop_of_less_than_half_its_own_size(panel, tmp_path, random_image):
    """At full size with random weights: what would come from the hub comes from a file."""
    torch.manual_seed(0)
    network = timm.create_model("vit_base_patch14_dinov2.lvd142m", num_classes=0)
    save_file(network.state_dict(), tmp_path / "dinov2.safetensors")
    spec = EncoderSpec(weights=str(tmp_path / "dinov2.safetensors"))
    encoder = load_encoders({"dinov2": spec}, panel.only(["dinov2"])).embedding["dinov2"]
    assert (encoder.transform.resize, encoder.transform.crop) == (256, 224)
    assert encoder.network.pos_embed.shape == (1, 1 + 16 * 16, 768)
    assert encoder.embed_images([random_image(1, (300, 200))]).shape == (1, 768)
