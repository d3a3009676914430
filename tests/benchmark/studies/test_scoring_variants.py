"""Variants that differ in scoring alone: the images are made once, scored twice, and the table says that they are the same."""

import json
import re
from pathlib import Path

import pytest
from run_fakes import FEW, Bench

from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.studies.declaration import Study, Variant
from dreambench.benchmark.studies.planning import plan_study
from dreambench.benchmark.studies.shared_images import SharedImages, shared_images

INLINE = ("--device", "cpu", "--engine", "inline", *FEW)
#: Its CLIP-T reads another text; it has no other metric of the usual protocol, and wants no prior images.
BARE = """
name = "bare"
text = "without_subject"
[encoders.clip]
[encoders.clip.transform]
resize = 64
crop = 64
mean = "own"
std = "own"
[metrics.clip_t]
formula = "text_similarity"
encoder = "clip"
label = "CLIP-T"
"""
STUDY = """
name = "texts"
question = "Which text should the prompt be held against?"
suite = "{suite}"
method = "fake"
metrics = ["dino", "clip_t"]

[[variants]]
name = "whole"
label = "whole prompt"

[[variants]]
name = "bare"
label = "bare prompt"
protocol = "{protocol}"
"""


@pytest.fixture
def study(tmp_path: Path, suite: Path) -> Path:
    """A study's file, its protocol beside it."""
    (tmp_path / "bare.toml").write_text(BARE)
    path = tmp_path / "texts.toml"
    path.write_text(STUDY.format(suite=suite, protocol="bare.toml"))
    return path


def test_images_are_made_once_and_scored_under_both_protocols(bench: Bench, tmp_path: Path, study: Path) -> None:
    result = bench(str(study), *INLINE, "--out", "s/one", command="study")
    assert result.exit_code == 0, result.output
    whole, bare = (tmp_path / "s/one" / f"{name}-seed0" for name in ("whole", "bare"))
    pictures = sorted(path.relative_to(whole) for path in whole.rglob("*.png") if path.parts[-2] != whole.name)
    assert len(pictures) == 3 * (2 * 2 + 8)  # prior images too
    assert all((bare / name).samefile(whole / name) for name in pictures)
    one, two = (json.loads((run / "summary.json").read_text())["overall"] for run in (whole, bare))
    assert set(two) == {"clip_t"}
    moved = two["clip_t"]["mean"] - one["clip_t"]["mean"]
    assert moved != 0
    table = " ".join((tmp_path / "s/one/table.md").read_text().split())
    assert "bare prompt has the very images of whole prompt, by their hashes" in table
    said = re.search(r"bare prompt minus whole prompt, with 95% intervals over subjects: CLIP-T ([+-]\d\.\d{3}) \(", table)
    assert said is not None
    assert float(said[1]) == pytest.approx(moved, abs=6e-4)
    assert "Made in different ways" in table
    assert "Against whole prompt" not in table  # nothing is tested
    page = (tmp_path / "s/one/page/index.html").read_text()
    assert "bare prompt has the very images of whole prompt" in page
    assert "bare prompt is scored under the protocol bare" in page


def test_a_protocol_or_an_encoder_that_is_not_there_is_told_before_any_work(bench: Bench, tmp_path: Path, study: Path) -> None:
    good = study.read_text()
    for wrong, said in (
        (good.replace("bare.toml", "bear.toml"), "There is no protocol"),
        (good.replace('"bare.toml"', '"uno"'), "The protocol 'uno' is defined for"),
        (good + 'encoders = { clip = { weight = "mini" } }', "did you mean 'encoders.clip.weights'"),
    ):
        study.write_text(wrong)
        result = bench(str(study), *INLINE, command="study")
        assert result.exit_code == 2, result.output
        assert said in " ".join(result.output.split())
    assert not (tmp_path / "studies").exists()


def test_every_variant_makes_what_the_protocols_together_want(tmp_path: Path) -> None:
    bare = tmp_path / "bare.toml"
    bare.write_text("images_per_prompt = 2\n" + BARE)
    variants = (Variant(name="usual"), Variant(name="bare", protocol=str(bare)))
    study = Study(name="s", question="?", method="pretrained", variants=variants)
    runs = plan_study(study, suite="mini", seeds=(0,), out=tmp_path)
    assert [run.suite.protocol for run in runs] == ["miniature", str(bare)]
    usual = load_suite("mini").protocol
    assert shared_images(runs, usual) == SharedImages(per_prompt=4, prior=8)
    assert shared_images(runs[:1], usual) == SharedImages()
