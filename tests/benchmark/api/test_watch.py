"""What a user relies on: checkpoints are scored once, in order, when their pictures are whole and not before."""

import contextlib
import itertools
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from doc_folder import write_images
from typer.testing import CliRunner

from dreambench.benchmark.api import watch as module
from dreambench.benchmark.api.listener import Silent
from dreambench.benchmark.api.score import score
from dreambench.benchmark.api.watch import watch
from dreambench.benchmark.cli.commands import app
from dreambench.dataset.errors import UserError

FEW = {"suite": "mini", "subjects": ["dog"], "prompts": [0], "metrics": ["dino"]}


def trainer(*steps: Callable[[], object]) -> Callable[[float], None]:
    """A pause in which a trainer takes one step after the other; then somebody presses Ctrl-C."""
    left = itertools.chain(steps, itertools.repeat(None))
    idle = iter(range(3))

    def pause(_: float) -> None:
        step = next(left)
        if step is not None:
            step()
        elif next(idle, None) is None:
            raise KeyboardInterrupt

    return pause


def watched(folder: Path, pause: Callable[[float], None]) -> tuple[list[str], list[str]]:
    names: list[str] = []
    notes: list[str] = []
    scoring = partial(score, listener=Silent(), **FEW)  # type: ignore[arg-type]
    with contextlib.suppress(KeyboardInterrupt):
        for name, scored in watch(folder, score=scoring, note=notes.append, pause=pause):
            assert scored.summary.n_images == 4
            names.append(name)
    return names, notes


def test_checkpoints_are_scored_once_by_their_numbers(tmp_path: Path) -> None:
    for step in (1000, 200):
        write_images(tmp_path / f"step-{step}", subjects=["dog"], prompts=[0])
    later = partial(write_images, tmp_path / "step-3000", subjects=["dog"], prompts=[0])
    assert watched(tmp_path, trainer(lambda: None, later)) == (["step-200", "step-1000", "step-3000"], [])


def test_pictures_that_are_missing_or_half_written_are_waited_for(tmp_path: Path) -> None:
    write_images(tmp_path / "step-1", subjects=["dog"], prompts=[0])
    picture = tmp_path / "step-1" / "dog" / "00" / "3.png"
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])
    names, notes = watched(
        tmp_path, trainer(lambda: None, lambda: None, picture.unlink, lambda: None, lambda: picture.write_bytes(whole))
    )
    assert names == ["step-1"]
    assert [note.split(":")[0] for note in notes] == ["step-1 is not scored yet"] * 2


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folder .*nowhere to watch"):
        next(watch(tmp_path / "nowhere", score=score, note=print))


def test_the_command_prints_a_line_each_and_ends_well_on_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_images(tmp_path / "all" / "step-1", subjects=["dog"], prompts=[0])
    monkeypatch.setattr(module.watch, "__kwdefaults__", {"seconds": 0.0, "pause": trainer()})
    command = ("score", str(tmp_path / "all"), "--subjects", "dog", "--prompts", "0", "--watch", "--json")
    result = CliRunner().invoke(app, [*command, "--suite", "mini", "--metrics", "dino", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["checkpoint"] == "step-1"
    assert 0.5 < json.loads(line)["metrics"]["DINO"] < 1
    assert "checkpoints scored: 1." in result.stderr
    assert (tmp_path / "out" / "step-1" / "summary.json").is_file()
    for wrong in ((), ("--suite", "mini", "--metrics", "no_such")):
        assert CliRunner().invoke(app, [*command, *wrong]).exit_code == 2
