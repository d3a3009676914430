"""Any image model of timm: the numbers are those of timm's own pipeline, and of hand-written arithmetic where timm has none."""

import numpy as np
import pytest
import timm
import torch
from checkpoints.timm_folders import save_timm, spread
from encoder_loading import load_one
from safetensors.torch import load_file, save_file

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.dataset.errors import UserError

#: timm's name, arguments that make it small, and what its own head does.
MODELS = {
    "vit by token": ("vit_tiny_patch16_224", {"img_size": 64, "embed_dim": 32, "depth": 2, "num_heads": 2}),
    "siglip by attention": ("vit_base_patch16_siglip_224", {"img_size": 64, "embed_dim": 32, "depth": 1, "num_heads": 2}),
    "dinov3 with registers": ("vit_small_patch16_dinov3", {"img_size": 64, "embed_dim": 32, "depth": 2, "num_heads": 2}),
    "convnext": ("test_convnext", {}),
    "resnet": ("test_resnet", {}),
}
TINY = MODELS["vit by token"]
TO_64 = {"resize": 64, "crop": 64}


@pytest.fixture(scope="module")
def photos(random_image):
    return [random_image(seed, size) for seed, size in enumerate([(150, 100), (90, 201), (64, 64)])]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {
        name: save_timm(tmp_path_factory.mktemp("timm") / architecture, architecture, **arguments)
        for name, (architecture, arguments) in MODELS.items()
    }


def load(folder, **wanted):
    return load_one(EncoderSpec(weights=str(folder), library="timm"), **wanted)


def timms_own(folder, photos, *, features=lambda model, pixels: model(pixels)):
    """What a user of timm computes: its transform for evaluation, its forward pass without a classifier."""
    model = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    transform = timm.data.create_transform(**timm.data.resolve_data_config(model=model))
    with torch.inference_mode():
        rows = features(model, torch.stack([transform(photo) for photo in photos]))
    return torch.nn.functional.normalize(rows, dim=1).numpy()


@pytest.mark.parametrize("name", MODELS)
def test_pictures_go_through_timms_own_transform_and_head(name, folders, photos):
    encoder = load(folders[name], output="pooled")
    expected = timms_own(folders[name], photos)
    assert np.abs(encoder.embed_images(photos) - expected).max() < 1e-5
    assert (expected @ expected.T)[~np.eye(len(photos), dtype=bool)].max() < 0.999  # the pictures differ


@pytest.mark.parametrize("name", [name for name in MODELS if "token" in name or "dinov3" in name])
def test_cls_is_the_first_token_after_the_final_norm(name, folders, photos):
    expected = timms_own(folders[name], photos, features=lambda model, pixels: model.forward_features(pixels)[:, 0])
    assert np.abs(load(folders[name], output="cls").embed_images(photos) - expected).max() < 1e-5


@pytest.mark.parametrize("name", MODELS)
def test_own_is_the_cls_token_where_the_model_pools_by_it_and_else_what_it_pools_to(name, folders):
    used = "cls" if name == "vit by token" else "pooled"
    assert load(folders[name]).fingerprint == load(folders[name], output=used).fingerprint


def test_what_is_taken_from_the_output_is_part_of_the_fingerprint(folders):
    cls, pooled = (load(folders["dinov3 with registers"], output=output).fingerprint for output in ("cls", "pooled"))
    assert cls != pooled


@pytest.mark.parametrize("name", ["convnext", "siglip by attention"])
def test_a_network_without_a_cls_token_has_none_to_give(name, folders):
    with pytest.raises(UserError, match=r"has no CLS token, which the protocol wants; .*output = \"pooled\""):
        load(folders[name], output="cls")


# ---------------------------------------------------------------- the model's own transform


@pytest.mark.parametrize(
    ("cfg", "resize", "aspect", "interpolation"),
    [
        ({}, 73, "keep", "bicubic"),  # timm's 0.875 where nothing is said: 64 / .875 = 73.1, rounded down
        ({"crop_pct": 0.9, "interpolation": "bilinear"}, 71, "keep", "bilinear"),
        ({"crop_pct": 1.0}, 64, "keep", "bicubic"),
        ({"crop_pct": 0.9, "crop_mode": "squash"}, 71, "square", "bicubic"),
    ],
)
def test_the_own_transform_is_timms_with_its_rounding(cfg, resize, aspect, interpolation, tmp_path, photos):
    folder = save_timm(tmp_path / "x", TINY[0], cfg=cfg, **TINY[1])
    encoder = load(folder)
    transform = encoder.transform
    assert (transform.resize, transform.crop) == (resize, 64)
    assert (transform.aspect, transform.interpolation) == (aspect, interpolation)
    assert transform.normalisation() == ((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
    assert np.abs(encoder.embed_images(photos) - timms_own(folder, photos)).max() < 1e-5


@pytest.mark.parametrize(
    ("cfg", "why"),
    [
        ({"crop_mode": "border"}, "neither keeps the shape"),
        ({"interpolation": "nearest"}, "its interpolation is nearest"),
        ({"input_size": [3, 64, 96]}, "gives 96 x 64 pixels"),
    ],
)
def test_an_own_transform_that_a_protocol_cannot_say_is_refused(cfg, why, tmp_path):
    folder = save_timm(tmp_path / "x", TINY[0], cfg=cfg, **TINY[1])
    with pytest.raises(UserError, match=rf"\[encoders\.x\] .*{why}.*; give the protocol a table \[encoders\.x\.transform\]\.$"):
        load(folder)


# ---------------------------------------------------------------- positions


DINOV2 = ("vit_small_patch14_dinov2", {"img_size": 84, "embed_dim": 32, "depth": 2, "num_heads": 2})
TO_56 = {"resize": 64, "crop": 56}


@pytest.fixture(scope="module")
def dinov2(tmp_path_factory):
    return save_timm(tmp_path_factory.mktemp("dinov2") / "x", DINOV2[0], **DINOV2[1])


def test_resampled_positions_are_a_bicubic_picture_of_the_trained_ones(dinov2, photos):
    encoder = load(dinov2, transform=TO_56, positions="resampled", output="cls")
    state = load_file(dinov2 / "model.safetensors")
    cls, patches = state["pos_embed"][:, :1], state["pos_embed"][:, 1:]  # 6 x 6 patches of 14 pixels
    grid = patches.reshape(1, 6, 6, 32).permute(0, 3, 1, 2)
    grid = torch.nn.functional.interpolate(grid, size=(4, 4), mode="bicubic", antialias=True)
    state["pos_embed"] = torch.cat([cls, grid.permute(0, 2, 3, 1).reshape(1, 16, 32)], dim=1)
    small = timm.create_model(DINOV2[0], num_classes=0, **DINOV2[1] | {"img_size": 56}).eval()
    small.load_state_dict(state)
    pixels = torch.stack([torch.tensor(encoder.transform.cropped(photo)).permute(2, 0, 1) / 255 for photo in photos])
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in encoder.transform.normalisation())
    with torch.inference_mode():
        expected = torch.nn.functional.normalize(small.forward_features((pixels - mean) / std)[:, 0], dim=1).numpy()
    assert np.abs(encoder.embed_images(photos) - expected).max() < 1e-5


def test_another_size_is_refused_unless_the_protocol_resamples(dinov2):
    with pytest.raises(UserError, match=r'crops to 56 pixels for \[encoders\.x\], but .* takes 84; .*positions = "resampled"'):
        load(dinov2, transform=TO_56)
    with pytest.raises(UserError, match=r"cannot be resampled to that; .* a multiple of the patch of 14 pixels"):
        load(dinov2, transform={"resize": 64, "crop": 64}, positions="resampled")


def test_resampling_counts_only_where_something_is_resampled(dinov2):
    own = {"resize": 96, "crop": 84}
    assert load(dinov2, transform=own, positions="resampled").fingerprint == load(dinov2, transform=own).fingerprint
    assert load(dinov2, transform=TO_56, positions="resampled").fingerprint != load(dinov2, transform=own).fingerprint


def test_rotary_positions_follow_the_crop(folders, photos):
    folder = folders["dinov3 with registers"]
    encoder = load(folder, transform={"resize": 32, "crop": 32}, positions="resampled", output="cls")

    def at_32(model, _pixels):
        crops = torch.stack([torch.tensor(encoder.transform.cropped(photo)).permute(2, 0, 1) / 255 for photo in photos])
        mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in encoder.transform.normalisation())
        return model.forward_features((crops - mean) / std)[:, 0]  # timm's DINOv3 takes any size

    assert np.abs(encoder.embed_images(photos) - timms_own(folder, photos, features=at_32)).max() < 1e-5


def test_a_convolutional_network_takes_any_crop(folders, photos):
    for positions in ("fixed", "resampled"):
        encoder = load(folders["resnet"], transform={"resize": 100, "crop": 90}, positions=positions)
        assert encoder.embed_images(photos).shape[0] == len(photos)


# ---------------------------------------------------------------- files, the hub, names and tags


@pytest.mark.parametrize("name", ["convnext", "resnet"])
def test_a_classifiers_file_gives_the_encoder_below_its_classifier(name, tmp_path, photos):
    """ConvNeXt keeps a norm in its head, which is not the classifier and must not be lost."""
    architecture = MODELS[name][0]
    torch.manual_seed(5)
    model = timm.create_model(architecture, pretrained=False, num_classes=7).eval()
    spread(model)
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    encoder = load_one(EncoderSpec(architecture=architecture, weights=str(tmp_path / "weights.safetensors")))
    transform = timm.data.create_transform(**timm.data.resolve_data_config(model=model))
    with torch.inference_mode():
        pixels = torch.stack([transform(photo) for photo in photos])
        rows = model.forward_head(model.forward_features(pixels), pre_logits=True)
    assert np.abs(encoder.embed_images(photos) - torch.nn.functional.normalize(rows, dim=1).numpy()).max() < 1e-5


def test_any_architecture_of_the_hub_will_do_where_the_protocol_names_none(tmp_path, monkeypatch, photos):
    folder = save_timm(tmp_path / "x", "test_resnet")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "no cache"))
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: None)
    asked = []

    def download(repo_id=None, filename=None, **_options):
        asked.append(repo_id)
        return str(folder / "model.safetensors")

    monkeypatch.setattr(timm.models._hub, "hf_hub_download", download)
    monkeypatch.setattr(timm.models._builder, "load_state_dict_from_hf", lambda *_a, **_k: load_file(download("timm/x")))
    encoder = load_one(EncoderSpec(architecture="test_resnet.r160_in1k", weights="hub"))
    assert asked
    local = load_one(EncoderSpec(architecture="test_resnet.r160_in1k", weights=str(folder / "model.safetensors")))
    assert encoder.fingerprint == local.fingerprint
    assert np.array_equal(encoder.embed_images(photos), local.embed_images(photos))


def test_an_unknown_tag_is_answered_with_the_known_ones(tmp_path):
    (tmp_path / "weights.safetensors").touch()
    for weights in ("hub", str(tmp_path / "weights.safetensors")):
        with pytest.raises(UserError, match=r"timm has no tag 'dinos' of 'vit_small_patch16_224', .*patch16_224\.dino'\?"):
            load_one(EncoderSpec(architecture="vit_small_patch16_224.dinos", weights=weights))
    with pytest.raises(UserError, match=r"timm has no weights for 'vit_small_patch16_36x1_224', .* it knows none\."):
        load_one(EncoderSpec(architecture="vit_small_patch16_36x1_224", weights="hub"))


def test_a_protocols_tag_is_held_against_weights_that_name_another(tmp_path):
    """A file is taken at the suite's word; a folder says its own tag; the hub's default tag is known."""
    tiny, file = "vit_tiny_patch16_224", tmp_path / "weights.safetensors"
    torch.manual_seed(0)
    save_file(timm.create_model(tiny, num_classes=0).state_dict(), file)
    folders = {tag: save_timm(tmp_path / tag, tiny, cfg={"tag": tag}) for tag in ("augreg_in21k", "other")}
    silent = save_timm(tmp_path / "silent", tiny)
    right = f"{tiny}.augreg_in21k"
    wanted = {"library": "timm", "architecture": right, "transform": {"resize": 256, "crop": 224}}

    def load(weights, architecture=None):
        return load_one(EncoderSpec(architecture=architecture, weights=str(weights)), **wanted)

    assert len({load(file, name).fingerprint for name in (right, tiny, None)}) == 1  # None: the protocol's own
    assert load(folders["augreg_in21k"]).fingerprint == load(silent).fingerprint
    for weights, architecture, found in (
        (file, f"{tiny}.augreg_in21k_ft_in1k", f"{tiny}.augreg_in21k_ft_in1k"),
        ("hub", tiny, f"{tiny}.augreg_in21k_ft_in1k"),  # timm's default
        (file, "vit_small_patch16_224.augreg_in21k", "vit_small_patch16_224.augreg_in21k"),
        (folders["other"], None, f"{tiny}.other"),
    ):
        with pytest.raises(UserError, match=f"is defined for x {right}, but the suite's x is {found};"):
            load(weights, architecture)
