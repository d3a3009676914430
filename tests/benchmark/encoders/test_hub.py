"""Loading from the hub, with the download alone replaced: what comes down, and what is said when nothing does."""

import numpy as np
import open_clip
import pytest
import timm
import torch
from checkpoints.encoders import write_clip, write_dino
from encoder_loading import load_clip, load_dino
from huggingface_hub.errors import LocalEntryNotFoundError

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders.libraries.open_clip_library import open_clip_address
from dreambench.benchmark.encoders.libraries.timm_library import timm_address
from dreambench.dataset.errors import UserError

CPU = torch.device("cpu")
DINO = EncoderSpec(architecture="vit_small_patch16_224.dino", weights="hub")
CLIP = EncoderSpec(architecture="ViT-B-32-quickgelu", weights="openai")
TO_224 = ImageTransform(resize=256, crop=224)


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """Set what the hub answers: a path, or an error."""

    class Hub:
        def __init__(self):
            self.asked = []
            self.answer = LocalEntryNotFoundError("An error happened while trying to locate the file on the Hub")

        def download(self, repo_id=None, filename=None, **_options):
            self.asked.append((repo_id, filename))
            if isinstance(self.answer, Exception):
                raise self.answer
            return str(self.answer)

    hub = Hub()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "no cache"))
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: None)
    monkeypatch.setattr(timm.models._hub, "hf_hub_download", hub.download)
    monkeypatch.setattr(open_clip.pretrained, "hf_hub_download", hub.download)
    return hub


def test_dino_comes_from_timms_repository_on_the_hub(hub, tmp_path, random_image):
    hub.answer = write_dino(tmp_path, "timm")
    encoder = load_dino(DINO, TO_224, CPU)
    assert {repo for repo, _ in hub.asked} == {"timm/vit_small_patch16_224.dino"}
    local = load_dino(EncoderSpec(architecture=DINO.architecture, weights=str(hub.answer)), TO_224, CPU)
    photo = [random_image(1, (256, 256))]
    assert np.array_equal(encoder.embed_images(photo), local.embed_images(photo))
    assert encoder.fingerprint == local.fingerprint


@pytest.mark.slow
def test_clip_comes_from_open_clips_repository_of_the_tag(hub, tmp_path, random_image):
    hub.answer = write_clip(tmp_path, "open_clip", dtype=torch.float16)
    encoder = load_clip(CLIP, "own", CPU)
    assert {repo for repo, _ in hub.asked} == {"timm/vit_base_patch32_clip_224.openai"}
    local = load_clip(EncoderSpec(architecture="ViT-B-32-quickgelu", weights=str(hub.answer)), "own", CPU)
    assert encoder.fingerprint == local.fingerprint


def test_a_hub_out_of_reach_is_told_at_once_with_what_to_do(hub, monkeypatch, tmp_path):
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: "https://hub does not answer (no network)")
    for load, spec, transform, repository in (
        (load_dino, DINO, TO_224, "timm/vit_small_patch16_224.dino"),
        (load_clip, CLIP, "own", "timm/vit_base_patch32_clip_224.openai"),
    ):
        with pytest.raises(UserError) as refusal:
            load(spec, transform, CPU)
        said = str(refusal.value)
        for word in (spec.architecture, repository, str(tmp_path / "no cache"), "(no network)", "FILE", "HF_HUB_OFFLINE=1"):
            assert word in said, word
        assert "\n" not in said
    assert hub.asked == []


def test_what_the_hubs_cache_holds_needs_no_answer_of_the_hub(hub, monkeypatch, tmp_path):
    snapshot = tmp_path / "no cache" / "models--timm--vit_small_patch16_224.dino" / "snapshots" / "0123"
    snapshot.mkdir(parents=True)
    hub.answer = write_dino(snapshot, "timm")
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: pytest.fail("the network was asked"))
    assert load_dino(DINO, TO_224, CPU).name == "vit_small_patch16_224.dino"


def test_addresses_are_those_of_the_libraries():
    assert open_clip_address("ViT-H-14", "laion2b_s32b_b79k")[0] == "laion/CLIP-ViT-H-14-laion2B-s32B-b79K/"
    assert timm_address("vit_small_patch16_224.no_such_tag") == (None, None)
    assert timm_address("vit_small_patch16_224")[0] == "timm/vit_small_patch16_224.augreg_in21k_ft_in1k"  # timm's default
    assert open_clip_address("ViT-B-32", "no_such_tag") == ("", "")


def test_a_download_that_fails_is_one_sentence(hub):
    for load, spec, transform in ((load_dino, DINO, TO_224), (load_clip, CLIP, "own")):
        with pytest.raises(UserError, match="without a network, give weights = ") as refusal:
            load(spec, transform, CPU)
        assert "\n" not in str(refusal.value)
    assert len({repo for repo, _ in hub.asked}) == 2
