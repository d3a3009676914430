"""The dress rehearsal of `sd15` runs, scaled down, through the same files, suite and command as the full one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dreambooth", "textual_inversion"])
def test_a_small_model_goes_through_the_suite_from_its_folder_to_its_scores(tmp_path: Path, method: str) -> None:
    command = [sys.executable, "-m", "tests.speed.rehearsal", "--scale", "small", "--only", method, "--device", "cpu"]
    environment = {key: value for key, value in os.environ.items() if key != "DREAMBENCH_DATA"}
    command += ["--work", str(tmp_path), "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    (stage,) = json.loads(done.stdout)["stages"]
    assert len(stage["run"]["losses"]) == 2
    assert {"dino", "clip_i", "clip_t", "pres", "div"} <= set(stage["run"]["metrics"])
    assert stage["step"] > 0
    assert stage["image"] > 0
    images = sorted((tmp_path / "runs" / method / "images" / "dog").rglob("*.png"))
    assert len(images) == 4
