"""Several seeds of one method: found by themselves, taken as one row on request, and told what makes them vary."""

import json
from pathlib import Path

import numpy as np
import pytest
from run_fakes import FEW, Bench

import dreambench


def means(folder: Path) -> dict[str, float]:
    found = json.loads((folder / "summary.json").read_text())["overall"]
    return {key: value["mean"] for key, value in found.items()}


def test_a_run_with_each_seed_and_their_mean(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--seeds", "0,1,4", "--out", "s")
    assert result.exit_code == 0, result.output
    assert "fake, 3 seeds: what makes its scores vary, as standard deviations: DINO subject" in " ".join(result.stdout.split())
    alone = bench(*FEW, "--seed", "4", "--out", "alone")
    assert alone.exit_code == 0
    assert means(tmp_path / "alone") == means(tmp_path / "s/seed4")

    other = bench(*FEW, "--set", "shade=200", "--out", "other")
    assert other.exit_code == 0
    folders = [*(f"s/seed{number}" for number in (0, 1, 4)), "other"]
    pooled = dreambench.compare(*folders, pool_seeds=True).frame()
    assert list(pooled["method"]) == ["fake, 3 seeds", "other"]
    by_hand = np.mean([means(tmp_path / folder)["dino"] for folder in folders[:3]])
    assert pooled["dino"][0] == pytest.approx(by_hand, abs=1e-9)
    assert list(dreambench.compare(*folders).frame()["method"]) == ["seed0", "seed1", "seed4", "other"]


def test_another_setting_is_no_other_seed(bench: Bench) -> None:
    for number, shade in (("0", "0"), ("1", "200")):
        assert bench(*FEW, "--seed", number, "--set", f"shade={shade}", "--out", f"r{number}").exit_code == 0
    assert "seeds" not in dreambench.compare("r0", "r1").render("table")


@pytest.mark.parametrize("seeds", ["0,0", "0,x", "", "-1"])
def test_seeds_that_are_none_are_refused_in_a_sentence(bench: Bench, seeds: str) -> None:
    result = bench(*FEW, "--seeds", seeds)
    assert result.exit_code == 2
    assert "--seeds cannot be" in result.output
