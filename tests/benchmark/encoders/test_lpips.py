"""LPIPS against its definition (arXiv 1801.03924, equation 1), written out on torchvision's classifiers."""

from itertools import combinations
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchmetrics.functional.image.lpips as published
import torchvision
from encoder_loading import load_lpips
from safetensors.torch import save_file

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.encoders.locating import locate_encoder
from dreambench.benchmark.scoring.score import score
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import open_image

ADDRESS = "dreambench.benchmark.encoders.source.address_problem"
HUB = "torchvision"
NETS = {
    "alex": ("alexnet", [1, 4, 7, 9, 11]),
    "vgg": ("vgg16", [3, 8, 15, 22, 29]),
    "squeeze": ("squeezenet1_1", [1, 4, 7, 9, 10, 11, 12]),
}


def features_of(net, seed=0):
    """The convolutional half of a classifier: a build of the whole would fill 200 MB with a head that nobody reads."""
    torch.manual_seed(seed)
    with torch.device("meta"):
        network = getattr(torchvision.models, NETS[net][0])(weights=None).features
    network.to_empty(device="cpu")
    for parameter in network.parameters():
        fan = parameter[0].numel() if parameter.ndim > 1 else 100
        torch.nn.init.normal_(parameter, std=(2 / fan) ** 0.5)
    return network.eval()


@pytest.fixture(scope="module")
def backbones(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backbones")
    paths = {}
    for net in NETS:
        state = {f"features.{key}": value for key, value in features_of(net).state_dict().items()}
        paths[net] = folder / f"{net}.pth"
        torch.save(state | {"classifier.1.weight": torch.zeros(2, 2)}, paths[net])
    return paths


def by_definition(net, first, second):
    heads = torch.load(Path(published.__file__).parent / "lpips_models" / f"{net}.pth", map_location="cpu", weights_only=True)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pictures = [torch.from_numpy(np.array(each)).double() / 255 for each in (first, second)]
    # The authors shift and scale [-1, 1] by rounded numbers that come to ImageNet's mean and std.
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    assert torch.allclose((1 + shift) / 2, mean, atol=1e-3)
    assert torch.allclose(scale / 2, std, atol=1e-3)
    layers = [((2 * each - 1 - shift) / scale).permute(2, 0, 1)[None] for each in pictures]
    total, wanted = 0.0, NETS[net][1]
    for number, layer in enumerate(features_of(net).double()):
        layers = [layer(each) for each in layers]
        if number in wanted:
            units = [each / (each.pow(2).sum(dim=1, keepdim=True) + 1e-8).sqrt() for each in layers]
            weights = heads[f"lin{wanted.index(number)}.model.1.weight"].double()
            total += float(((units[0] - units[1]).pow(2) * weights).sum(dim=1).mean())
    return total


@pytest.mark.parametrize("net", NETS)
def test_lpips_is_what_its_definition_says_for_every_pair(net, backbones, random_image):
    with torch.inference_mode():
        images = [random_image(seed, (96, 80)) for seed in range(3)]
        expected = [by_definition(net, *pair) for pair in combinations(images, 2)]
    lpips = load_lpips(EncoderSpec(architecture=net, weights=str(backbones[net])))
    assert lpips.pair_distances(images) == pytest.approx(expected, rel=1e-4)
    assert min(expected) > 0.01


def test_the_same_picture_is_at_distance_0_and_the_order_does_not_matter(backbones, random_image):
    lpips = load_lpips(EncoderSpec(weights=str(backbones["alex"])))
    first, second = random_image(1), random_image(2)
    assert lpips.pair_distances([first, first]) == pytest.approx([0], abs=1e-6)
    assert lpips.pair_distances([first, second]) == pytest.approx(lpips.pair_distances([second, first]))
    assert lpips.pair_distances([first]).shape == lpips.pair_distances([]).shape == (0,)
    for wrong in ([first, random_image(3, (64, 65))], [random_image(4, (63, 80))] * 2):
        with pytest.raises(ValueError, match="one size, 64 pixels"):
            lpips.pair_distances(wrong)


def test_the_fingerprint_follows_the_weights_and_not_the_file(backbones, tmp_path):
    original = load_lpips(EncoderSpec(weights=str(backbones["alex"]))).fingerprint
    state = torch.load(backbones["alex"], weights_only=True)
    save_file(state, tmp_path / "same.safetensors")
    assert load_lpips(EncoderSpec(weights=str(tmp_path / "same.safetensors"))).fingerprint == original
    save_file({key: value + 1e-3 for key, value in state.items()}, tmp_path / "other.safetensors")
    assert load_lpips(EncoderSpec(weights=str(tmp_path / "other.safetensors"))).fingerprint != original


def test_there_are_never_random_weights(backbones, tmp_path, monkeypatch):
    def refused(match, **spec):
        with pytest.raises(UserError, match=match) as refusal:
            load_lpips(EncoderSpec(**spec))
        assert "\n" not in str(refusal.value)

    refused("does not exist", weights=str(tmp_path / "gone.pth"))
    refused("does not fit", architecture="vgg", weights=str(backbones["alex"]))
    refused("no LPIPS weights 'imagenet'", weights="imagenet")
    save_file({"classifier.weight": torch.zeros(1)}, tmp_path / "head.safetensors")
    refused("does not fit", weights=str(tmp_path / "head.safetensors"))

    def unreachable(*_arguments, **_options):
        raise URLError("Name or service not known")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", unreachable)
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "torch"))
    monkeypatch.setattr(ADDRESS, lambda url: f"{url} does not answer (no network)")
    refused("alexnet-owt-7be5be79.pth.* does not answer .* without a network, put the file there, or give", weights=HUB)
    monkeypatch.setattr(ADDRESS, lambda _url: None)
    refused("weights of alexnet for LPIPS cannot be fetched .* without a network, give", architecture="alex", weights=HUB)


def test_torchvisions_weights_are_taken_from_its_cache(backbones, tmp_path, monkeypatch):
    state = torch.load(backbones["alex"], weights_only=True)
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path))
    monkeypatch.setattr(ADDRESS, lambda _url: pytest.fail("the network was asked"))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "alexnet-owt-7be5be79.pth").write_bytes(b"found, and read by torchvision")
    asked = []
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url", lambda url, *_, **options: asked.append((url, options)) or state
    )
    fetched = load_lpips(EncoderSpec(weights=HUB))
    assert fetched.fingerprint == load_lpips(EncoderSpec(weights=str(backbones["alex"]))).fingerprint
    assert asked[0][0].endswith("alexnet-owt-7be5be79.pth")
    assert asked[0][1]["check_hash"] is True


def with_lpips(protocol):
    """The protocol with DIV by LPIPS, and without prior images; the suite need not say where LPIPS is."""
    record = protocol.only(["dino", "div"]).record()
    record["encoders"]["lpips"] = {"library": "lpips"}
    record["metrics"]["div"] = {"formula": "diversity", "encoder": "lpips"}
    return Protocol.model_validate(record)


def test_div_by_lpips_goes_through_a_whole_scoring(backbones, tiny_spec, miniature_protocol, squares, generated_images):
    protocol = with_lpips(miniature_protocol)
    spec = tiny_spec | {"lpips": EncoderSpec(weights=str(backbones["alex"]))}
    encoders = load_encoders(spec, protocol)
    lpips = encoders.distance["lpips"]
    told = []
    scores = score(
        generated_images,
        priors=None,
        dataset=squares,
        protocol=protocol,
        encoders=encoders,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1][0] == told[-1][1]
    for row in scores.subjects.itertuples():
        mine = generated_images[generated_images.subject == row.subject]
        prompts = [
            np.mean([float(lpips.pair_distances([open_image(a), open_image(b)])[0]) for a, b in combinations(each.path, 2)])
            for _, each in mine.groupby("prompt_index")
        ]
        assert row.div == pytest.approx(np.mean(prompts), rel=1e-5)
    prints = encoders.fingerprints()
    assert protocol.fingerprint(prints) != protocol.fingerprint(prints | {"lpips": "other"})
    assert not load_encoders(spec, protocol.model_copy(update={"images_per_prompt": 1})).distance
    assert not load_encoders(spec, miniature_protocol).distance


def test_without_a_word_from_the_suite_lpips_is_alexnet_of_torchvision(tiny_spec, miniature_protocol):
    located = locate_encoder("lpips", with_lpips(miniature_protocol), tiny_spec)
    assert located.source.address.endswith("alexnet-owt-7be5be79.pth")
    assert located.library.architecture(located.request) == "alex"


@pytest.fixture(scope="module")
def generated_images(squares, random_image, tmp_path_factory):
    import pandas as pd

    folder = tmp_path_factory.mktemp("generated")
    rows = []
    for number, subject in enumerate(squares.subjects[:2]):
        for prompt in (0, 1):
            for index in range(4):
                path = folder / f"{subject.id}-{prompt}-{index}.png"
                random_image(1000 * number + 10 * prompt + index).save(path)
                rows.append({"subject": subject.id, "prompt_index": prompt, "image_index": index, "path": path})
    return pd.DataFrame(rows)
