"""A plan for a generator elsewhere lists the reference images that it may see, and those are the ones a run shows a method."""

import json
from pathlib import Path

import pytest
from run_fakes import Bench

import dreambench
from dreambench.dataset.errors import UserError


def listed(**changes: int) -> dict[str, set[str]]:
    images = dreambench.plan(subjects="can,dog", prompts="0", images_per_prompt=1, **changes).images
    return {image.subject: {Path(path).name for path in image.references} for image in images}


def test_what_is_kept_back_is_not_listed_and_is_what_a_run_keeps_back(tmp_path: Path) -> None:
    run = dreambench.run(
        "copy_reference", subjects="can,dog", prompts="0", images_per_prompt=1, hold_out=1, seed=3,
        out=tmp_path / "run", engine="inline", device="cpu",
    )  # fmt: skip
    recorded = json.loads((run.folder / "run.json").read_text())["references"]
    found, usual = listed(hold_out=1, seed=3), listed(seed=3)
    for subject in ("can", "dog"):
        assert found[subject] == set(recorded["seen"][subject])
        assert usual[subject] - found[subject] == set(recorded["unseen"][subject])


def test_so_many_are_listed_as_are_asked_for_and_too_many_are_refused() -> None:
    assert {len(names) for names in listed(references=2).values()} == {2}
    with pytest.raises(UserError, match="reference images, too few"):
        listed(references=50)


def test_the_command_passes_both_on(bench: Bench) -> None:
    asked = ("--subjects", "dog", "--prompts", "0", "--images-per-prompt", "1", "--jsonl")
    shown = bench(*asked, "--hold-out", "1", "--references", "2", command="plan")
    assert shown.exit_code == 0, shown.output
    assert len(json.loads(shown.stdout)["references"]) == 2
