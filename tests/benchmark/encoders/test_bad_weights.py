"""Weights that are damaged, hostile or another network's: refused by name, in a sentence, and no code of theirs is run."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from encoder_loading import load_clip, load_dino
from PIL import Image
from safetensors.torch import load_file, save_file
from sentences import is_one_sentence

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.doctor.encoder_weights import examine_encoders
from dreambench.benchmark.encoders.weights import packaged_folder
from dreambench.dataset.errors import UserError

TINY = "vit_tiny_patch16_224"
State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    torch.manual_seed(0)
    return dict(timm.create_model(TINY, num_classes=0).state_dict())


def refused(load: Callable[..., Any], spec: EncoderSpec, transform: ImageTransform | str = "own") -> str:
    with pytest.raises(UserError) as error:
        load(spec, transform)
    assert is_one_sentence(str(error.value)), error.value
    return str(error.value)


def dino(path: Path | str, architecture: str | None = TINY) -> str:
    return refused(load_dino, EncoderSpec(architecture=architecture, weights=str(path)), ImageTransform(resize=256, crop=224))


class Evil:
    """Unpickled by a careless reader, it leaves a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("ending", ["pth", "pt", "bin"])
@pytest.mark.parametrize("form", ["archive", "plain pickle"])
def test_a_pickle_with_code_is_told_from_a_broken_file_and_nobody_is_shown_how_to_run_it(
    ending: str, form: str, tmp_path: Path
) -> None:
    path, mark = tmp_path / f"weights.{ending}", tmp_path / "ran"
    if form == "archive":
        torch.save({"model": Evil(mark)}, path)
    else:
        path.write_bytes(pickle.dumps(Evil(mark)))
    sentence = dino(path)
    assert not mark.exists()
    assert "weights_only" not in sentence  # torch's own words say how the refusal is switched off
    if form == "archive":
        assert f"The weight file {path} cannot be read without running code that it holds (" in sentence
        assert sentence.endswith("system), which is not done; give its weights alone, saved as .safetensors.")
    else:
        assert sentence == f"The weight file {path} cannot be read (it is no checkpoint of torch's); fetch it again."


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth"])
@pytest.mark.parametrize("damage", ["truncated", "a web page", "empty"])
def test_a_damaged_file_is_named_whatever_its_kind(name: str, damage: str, tmp_path: Path, state: State) -> None:
    path = tmp_path / name
    (save_file if path.suffix == ".safetensors" else torch.save)(state, path)
    content = path.read_bytes()
    path.write_bytes({"truncated": content[: len(content) // 2], "a web page": b"<html>404</html>" * 99, "empty": b""}[damage])
    sentence = dino(path)
    assert sentence.startswith(f"The weight file {path} cannot be read (")
    assert sentence.endswith("; fetch it again.")


def without_first(state: State) -> State:
    return {key: value for key, value in state.items() if key != "cls_token"}


OTHERS: dict[str, tuple[Callable[[State], object], str]] = {
    "a key missing": (without_first, "does not fit the architecture (it lacks cls_token); give weights of that architecture."),
    "many keys missing": (lambda state: {"cls_token": state["cls_token"]}, "(it lacks pos_embed and 148 more)"),
    "a key too many": (lambda state: state | {"neck.weight": torch.zeros(1)}, "(it has neck.weight besides)"),
    "another shape": (
        lambda state: state | {"pos_embed": torch.zeros(1, 785, 192)},
        "(its pos_embed is 1 x 785 x 192, the network's 1 x 197 x 192)",
    ),
    "keys for a terminal": (lambda state: state | {"\x1b[2J": torch.zeros(1)}, "besides); give weights of that architecture."),
    "no table": (lambda state: list(state.values()), "holds no table of weights; give a checkpoint of the encoder's"),
    "an empty table": (lambda state: {}, "holds no table of weights; give a checkpoint of the encoder's"),
}


@pytest.mark.parametrize("case", sorted(OTHERS))
def test_weights_of_another_network_are_told_by_what_differs(case: str, tmp_path: Path, state: State) -> None:
    change, words = OTHERS[case]
    torch.save(change(state), tmp_path / "weights.pth")
    assert words in dino(tmp_path / "weights.pth")


def test_a_place_that_holds_no_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert dino(tmp_path / "gone.pth").endswith("gone.pth does not exist; check the path in the suite.")
    assert "/empty has no config.json; give a folder in timm's or transformers' layout," in dino(tmp_path / "empty", None)
    assert dino(tmp_path / "gone", None).endswith("/gone do not exist; check the path of [encoders.dino] in the suite.")
    sentence = refused(load_clip, EncoderSpec(weights=str(tmp_path / "gone")))
    assert sentence.endswith("/gone do not exist; check the path of [encoders.clip] in the suite.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "config.json is not valid JSON (Expecting"),
        ("[]", "config.json does not hold a table of values; fetch it again."),
        ("{}", "config.json describes no network of timm's (its architecture is not given); fetch the folder again."),
        ('{"architecture": "vit_of_dreams"}', "config.json describes no network of timm's (Unknown model (vit_of_dreams))"),
    ],
)
def test_a_folder_whose_configuration_is_broken_is_named(text: str, words: str, tmp_path: Path) -> None:
    shutil.copytree(packaged_folder("dino"), tmp_path / "dino")
    (tmp_path / "dino" / "config.json").write_text(text)
    assert words in dino(tmp_path / "dino", None)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"model_cfg": 3}', '{"model_cfg": {"embed_dim": 8}}'])
def test_a_clip_folder_whose_configuration_is_broken_is_named(text: str, tmp_path: Path) -> None:
    shutil.copytree(packaged_folder("clip"), tmp_path / "clip")
    (tmp_path / "clip" / "open_clip_config.json").write_text(text)
    assert f"weights in {tmp_path / 'clip'} cannot be loaded by open_clip (" in refused(
        load_clip, EncoderSpec(weights=str(tmp_path / "clip"))
    )


def foreign_tokenizer(folder: Path) -> None:
    """The vocabulary of a larger network: some of its tokens have no embedding here."""
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"]["text_cfg"]["vocab_size"] = 500
    path.write_text(json.dumps(config))
    weights = load_file(folder / "open_clip_model.safetensors")
    weights["token_embedding.weight"] = weights["token_embedding.weight"][:500].clone()
    save_file(weights, folder / "open_clip_model.safetensors")


TOKENIZERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda folder: (folder / "tokenizer.json").unlink(), "it tells no words apart, or has more of them than the"),
    "broken": (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be read (Expecting property name"),
    "another network's": (foreign_tokenizer, "it tells no words apart, or has more of them than the network; fetch its files"),
}


@pytest.mark.parametrize("case", sorted(TOKENIZERS))
def test_a_clip_without_its_own_tokenizer_scores_no_prompt(case: str, tmp_path: Path) -> None:
    """Without its vocabulary, transformers makes a tokenizer that gives every prompt the same tokens, and says nothing."""
    folder = shutil.copytree(packaged_folder("clip"), tmp_path / "clip")
    change, words = TOKENIZERS[case]
    change(folder)
    encoder = load_clip(EncoderSpec(weights=str(folder)), "own")
    picture = Image.new("RGB", (64, 64), "red")
    assert encoder.embed_images([picture]).shape == (1, 128)  # comparing pictures needs no words
    with pytest.raises(UserError) as error:
        encoder.embed_texts(["a dog"])
    sentence = str(error.value)
    assert is_one_sentence(sentence)
    assert f"The tokenizer of the CLIP {folder}" in sentence
    assert words in sentence


def test_doctor_sees_what_the_headers_show(tmp_path: Path, miniature_protocol: Any) -> None:
    """A run that would stop at once must not be called ready."""
    whole, cut, empty = (tmp_path / name for name in ("whole", "cut", "empty"))
    shutil.copytree(packaged_folder("dino"), whole)
    shutil.copytree(packaged_folder("dino"), cut)
    empty.mkdir()
    content = (cut / "model.safetensors").read_bytes()
    (cut / "model.safetensors").write_bytes(content[: len(content) // 2])
    found = {}
    for place in (whole, cut, cut / "model.safetensors", empty, tmp_path / "gone"):
        specs = {"dino": EncoderSpec(weights=str(place), library="timm"), "clip": EncoderSpec(weights="mini")}
        if place.is_file():
            specs["dino"] = specs["dino"].model_copy(update={"architecture": TINY})
        finding, other = examine_encoders(specs, miniature_protocol)
        assert other.state == "ready"
        assert finding.state == "ready" or is_one_sentence(finding.text)
        found[place] = finding
    assert [finding.state for finding in found.values()] == ["ready", *["missing"] * 4]
    assert f"The weight file {cut / 'model.safetensors'} cannot be read (" in found[cut].text
    assert found[empty].text.startswith(f"{empty} has no config.json; give a folder in timm's or transformers' layout,")
    assert found[tmp_path / "gone"].text.endswith("gone do not exist; check the path of [encoders.dino] in the suite.")
