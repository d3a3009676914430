"""Precision is part of a result: recorded, said where two runs differ in it or one mixes two, and a suite can demand one."""

from pathlib import Path
from typing import Any

import pytest
from speed.scored_runs import made_up_scores, write_scored

from dreambench.baselines.settings import SamplerSettings
from dreambench.benchmark.api.check import check, make_baseline
from dreambench.benchmark.api.compare import compare
from dreambench.benchmark.machine import resources
from dreambench.benchmark.results.precision import PrecisionRecord, mixture, precision_of, will_mix
from dreambench.benchmark.runs.units import Unit, UnitManifest, UnitSeconds
from dreambench.dataset.errors import UserError

HALF = PrecisionRecord(train=("float32",), sample=("bfloat16",))
FULL = PrecisionRecord(train=("float32",), sample=("float32",))
BOTH = PrecisionRecord(train=("float32",), sample=("bfloat16", "float32"))


def scored(folder: Path, name: str, precision: PrecisionRecord | None, *, seed: int = 1) -> Path:
    scores = made_up_scores(seed=seed, subjects=8, prompts=(0, 3), images=2)
    return write_scored(folder / name, scores, method=name, precision=precision)


def manifest(sampled: str, *, steps: int = 3, subject: str = "dog") -> UnitManifest:
    return UnitManifest(
        key="k",
        subject=subject,
        images={},
        prior={},
        losses=(),
        steps=steps,
        details={},
        seconds=UnitSeconds(train=1, sample=1),
        peak_memory_bytes=1,
        peak_device_memory_bytes=None,
        environment={"train_precision": "float32", "sample_precision": sampled},
    )


def test_units_say_what_a_run_was_made_in() -> None:
    assert precision_of([manifest("bfloat16")], uses_sampler=True) == HALF
    assert precision_of([manifest("bfloat16"), manifest("float32")], uses_sampler=True) == BOTH
    assert precision_of([manifest("float32", steps=0)], uses_sampler=True) == PrecisionRecord(sample=("float32",))
    assert precision_of([manifest("float32")], uses_sampler=False) is None
    assert mixture(HALF) == ""
    assert "sampled some subjects in bfloat16 and some in float32" in mixture(BOTH)


def test_going_on_in_another_precision_is_said_before_the_work() -> None:
    done = {"dog": manifest("bfloat16")}
    assert "1 subject that is done was sampled in bfloat16, the rest will be in float32" in will_mix(done, 2, "float32")
    assert will_mix(done, 2, "bfloat16") == will_mix(done, 0, "float32") == ""


@pytest.mark.parametrize(("second", "said"), [(FULL, True), (HALF, False), (None, False)])
def test_compare_says_where_runs_differ(tmp_path: Path, second: PrecisionRecord | None, said: bool) -> None:
    text = compare(scored(tmp_path, "a", HALF), scored(tmp_path, "b", second, seed=2)).render("markdown")
    assert ("a sampled in bfloat16; b sampled in float32" in text) is said
    assert "trained" not in text


def test_compare_and_check_name_a_run_that_mixes_two(tmp_path: Path) -> None:
    mixed, other = scored(tmp_path, "a", BOTH), scored(tmp_path, "b", BOTH, seed=2)
    assert "a: The run sampled some subjects in bfloat16" in compare(mixed, other).render("markdown")
    make_baseline(other, baseline=tmp_path / "base.json")
    assert any("some in float32" in text for text in check(mixed, baseline=tmp_path / "base.json").remarks)


def test_check_says_that_the_baseline_was_made_otherwise(tmp_path: Path) -> None:
    make_baseline(scored(tmp_path, "a", HALF), baseline=tmp_path / "base.json")
    remarks = check(scored(tmp_path, "b", FULL), baseline=tmp_path / "base.json").remarks
    assert "The run was sampled in float32, the baseline in bfloat16: that alone moves scores." in remarks
    make_baseline(scored(tmp_path, "c", None), baseline=tmp_path / "old.json")
    assert "precision" not in (tmp_path / "old.json").read_text()
    assert not any("sampled" in text for text in check(tmp_path / "b", baseline=tmp_path / "old.json").remarks)


def test_a_demand_refuses_a_processor_without_it_and_redoes_other_units(monkeypatch: pytest.MonkeyPatch) -> None:
    about: dict[str, Any] = {"steps": 2, "guidance_scale": 1.0, "resolution": 64, "precision": "bfloat16"}
    demand, permission = SamplerSettings(**about, precision_required=True), SamplerSettings(**about)
    assert demand.identity() == permission.identity() == about | {"scheduler": "dpmsolver++"}  # no key moves
    monkeypatch.setattr(resources, "cpu_has_bfloat16", lambda: False)
    resources.refuse_other_precision(permission, "cpu")
    with pytest.raises(UserError, match="demands that images are sampled in bfloat16"):
        resources.refuse_other_precision(demand, "cpu")
    monkeypatch.setattr(resources, "cpu_has_bfloat16", lambda: True)
    resources.refuse_other_precision(demand, "cpu")
    assert Unit("dog", "k").made(manifest("float32"))
    assert Unit("dog", "k", precision="bfloat16").made(manifest("bfloat16"))
    assert not Unit("dog", "k", precision="bfloat16").made(manifest("float32"))
