"""The second DINO: trained by the same code from a seed of its own, exported alone, and another judge than the first."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.encoders import Encoders, ImageEncoder, load_encoders, weights
from dreambench.benchmark.miniature import __main__ as command
from dreambench.benchmark.miniature import export, measure
from dreambench.benchmark.miniature.dino import model_args, train_dino
from dreambench.benchmark.miniature.export import ENCODERS_FOLDER, SMALL_DINO_FOLDER, clear_exports, count_parameters
from dreambench.benchmark.miniature.figures import leave_one_out_accuracy, rank_agreement
from dreambench.benchmark.miniature.model_card import write_small_dino_section
from dreambench.benchmark.miniature.recipe import Recipe, load_recipe
from dreambench.benchmark.scoring.score import score
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.miniature.scene import render
from dreambench.dataset.miniature.training_scenes import training_clip

CPU = torch.device("cpu")
TINY = {"width": 32, "layers": 1, "heads": 1, "steps": 2, "batch_size": 4, "prototypes": 16}


@pytest.fixture(scope="module")
def encoders() -> dict[str, ImageEncoder]:
    protocol = load_protocol("mini-panel").only(["dino", "dino_small"])
    return dict(load_encoders(load_suite("mini").encoders, protocol, CPU).embedding)


@pytest.fixture(scope="module")
def clips() -> NDArray[np.uint8]:
    drawn = [training_clip(index, seed=1) for index in range(8)]
    return np.stack([[np.asarray(render(frame)) for frame in clip] for clip in drawn])


def _tiny() -> Recipe:
    recipe = load_recipe()
    return recipe.model_copy(update={"clips": 8, "dino_small": recipe.dino_small.model_copy(update=TINY)})


# ---------------------------------------------------------------- as shipped


def test_the_shipped_weights_are_those_of_the_recipe() -> None:
    recipe = load_recipe()
    config = json.loads((SMALL_DINO_FOLDER / "config.json").read_text())
    assert config["model_args"] == model_args(recipe.dino_small)
    assert recipe.dino_small_hash in (ENCODERS_FOLDER / "MODEL_CARD.md").read_text()


def test_it_is_about_half_of_the_first_and_small() -> None:
    assert 0.35 < count_parameters(SMALL_DINO_FOLDER) / count_parameters(ENCODERS_FOLDER / "dino") < 0.6
    assert (SMALL_DINO_FOLDER / "model.safetensors").stat().st_size < 2e6


def test_it_names_the_subject(encoders: dict[str, ImageEncoder]) -> None:
    # measured: 151 of 158, 95.6%; the bar leaves four images for other machines' rounding
    assert leave_one_out_accuracy(encoders["dino_small"], load_dataset("mini")) >= 0.93


def test_it_is_another_judge_than_the_first(encoders: dict[str, ImageEncoder]) -> None:
    first, second = encoders["dino"], encoders["dino_small"]
    assert first.fingerprint != second.fingerprint
    assert 0.9 < rank_agreement(first, second, load_dataset("mini")) < 0.995  # measured: 0.98


def test_mini_panel_keeps_every_number_of_the_miniature_protocol() -> None:
    prints = {"dino": "a", "dino_small": "b", "clip": "c"}
    panel, alone = load_protocol("mini-panel").fingerprints(prints), load_protocol("miniature").fingerprints(prints)
    assert panel.items() >= alone.items()
    assert panel.keys() - alone.keys() == {"dino_small"}


def test_mini_panel_scores_with_either_ones_own_weights(encoders: dict[str, ImageEncoder]) -> None:
    """The references of a dog stand in for images of another; each column is the mean cosine written out by hand."""
    dataset, protocol = load_dataset("mini"), load_protocol("mini-panel").only(["dino", "dino_small"])
    generated = dataset.reference_paths(dataset.subject("dog2"))[:4]
    images = pd.DataFrame(
        {"subject": "dog", "prompt_index": 0, "image_index": range(4), "path": [str(path) for path in generated]}
    )
    scored = score(images, priors=None, dataset=dataset, protocol=protocol, encoders=Encoders(encoders)).images
    pictures, references = dataset.references(dataset.subject("dog2"))[:4], dataset.references(dataset.subject("dog"))
    for role, encoder in encoders.items():
        by_hand = (encoder.embed_images(pictures) @ encoder.embed_images(references).T).mean(axis=1)
        assert scored[role].to_numpy() == pytest.approx(by_hand, abs=1e-5)
    assert not np.allclose(scored["dino"], scored["dino_small"], atol=1e-3)


# ---------------------------------------------------------------- the recipe


def test_its_recipe_moves_its_own_hash_and_no_other() -> None:
    recipe = load_recipe()
    other = recipe.model_copy(update={"dino_small": recipe.dino_small.model_copy(update={"steps": 1})})
    assert (other.hash == recipe.hash, other.dino_small_hash == recipe.dino_small_hash) == (True, False)


def test_the_clips_move_both_hashes_and_the_vae_only_the_first() -> None:
    recipe = load_recipe()
    fewer = recipe.model_copy(update={"clips": 8})
    assert fewer.hash != recipe.hash
    assert fewer.dino_small_hash != recipe.dino_small_hash
    other_vae = recipe.model_copy(update={"vae": recipe.vae.model_copy(update={"kl_weight": 1.0})})
    assert other_vae.dino_small_hash == recipe.dino_small_hash


def test_a_seed_gives_one_dino_and_another_seed_another(tmp_path: Path, clips: NDArray[np.uint8]) -> None:
    part = _tiny().dino_small

    def trained(folder: str, seed: int) -> list[torch.Tensor]:
        backbone, _ = train_dino("toy", part, clips, tmp_path / folder, CPU, seed=seed)
        return list(backbone.parameters())

    first, again, other = trained("a", 1), trained("b", 1), trained("c", 2)
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    assert (tmp_path / "a" / "toy.pt").is_file()  # the stage's state is under its own name


# ---------------------------------------------------------------- figures


class _Table:
    """An encoder that knows nothing but the order in which pictures come."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_images(self, images: list[Image.Image]) -> NDArray[np.float32]:
        return self._vectors[: len(images)]


def test_the_rank_correlation_of_two_encoders_sees_order_alone() -> None:
    dataset, rng = load_dataset("mini"), np.random.default_rng(0)
    vectors = np.abs(rng.standard_normal((400, 16))).astype(np.float32)
    # rows of length 1 and one coordinate more of length 3: every cosine becomes (c + 9) / 10, so no order changes
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    same_order = np.hstack([unit, np.full((400, 1), 3, dtype=np.float32)])
    unrelated = rng.standard_normal((400, 16)).astype(np.float32)
    assert rank_agreement(_Table(vectors), _Table(same_order), dataset) == pytest.approx(1, abs=1e-3)  # type: ignore[arg-type]
    assert abs(rank_agreement(_Table(vectors), _Table(unrelated), dataset)) < 0.1  # type: ignore[arg-type]


# ---------------------------------------------------------------- writing it alone


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the packaged encoders that a test may write to; the tiny recipe stands in for the shipped one."""
    folder = tmp_path / "package"
    shutil.copytree(ENCODERS_FOLDER, folder)
    for module in (command, measure, export):
        monkeypatch.setattr(module, "ENCODERS_FOLDER", folder)
        monkeypatch.setattr(module, "SMALL_DINO_FOLDER", folder / "dino_small")
    monkeypatch.setattr(weights, "_PACKAGED", folder)
    monkeypatch.setattr(command, "load_recipe", _tiny)
    return folder


def _run(monkeypatch: pytest.MonkeyPatch, work: Path, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", ["miniature", "--work", str(work), "--device", "cpu", "--threads", "1", *options])
    command.main()


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_stage_is_written_alone_and_leaves_all_others(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _files(package)
    (package / "dino_small" / "stale.bin").write_bytes(b"of an older recipe")
    for _ in range(2):  # the second time from the finished state
        _run(monkeypatch, tmp_path / "work", "--only", "dino_small", "--export")
    after = _files(package)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == {"MODEL_CARD.md", "dino_small_curve.png", "dino_small/config.json", "dino_small/model.safetensors"}
    card, old = after["MODEL_CARD.md"].decode(), before["MODEL_CARD.md"].decode()
    heading = "## The second DINO"
    assert card.count(heading) == 1
    assert card.partition(heading)[0] == old.partition(heading)[0]
    assert card.endswith(old[old.index("Licence:") :])
    assert _tiny().dino_small_hash in card
    assert load_recipe().dino_small_hash not in card


def test_training_without_export_touches_no_package(tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _files(package)
    _run(monkeypatch, tmp_path / "work", "--only", "dino_small")
    assert _files(package) == before
    assert (tmp_path / "work" / "dino_small.pt").is_file()


@pytest.mark.parametrize("options", [["--export"], ["--only", "vae", "--export"]])
def test_only_the_second_dino_can_be_written_alone(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        _run(monkeypatch, tmp_path / "work", *options)
    assert stopped.value.code == 2
    assert "--export goes with --only dino_small" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("stamp", ["recipe.sha256", "dino_small.sha256"])
def test_the_state_of_another_recipe_is_not_continued(stamp: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / stamp).write_text("0" * 64)
    with pytest.raises(SystemExit, match="belongs to another recipe"):
        _run(monkeypatch, tmp_path, "--only", "dino_small")


def test_clearing_removes_what_is_named_and_nothing_else(tmp_path: Path) -> None:
    for name in ("old", "kept"):
        (tmp_path / name).mkdir()
    clear_exports(tmp_path / "old", tmp_path / "never there")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_section_needs_a_card_to_stand_in(tmp_path: Path) -> None:
    (tmp_path / "MODEL_CARD.md").write_text("# Something else\n")
    with pytest.raises(ValueError, match="write the whole card first"):
        write_small_dino_section(
            tmp_path, recipe=load_recipe(), parameters={}, figures={}, curve=[(1, 1.0)], trained_on="a CPU"
        )
