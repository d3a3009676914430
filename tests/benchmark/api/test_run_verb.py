"""`dreambench.run`: a run from Python, with a typed result, no output of its own and the sentences of the command line."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from run_fakes import Bench

import dreambench
from dreambench.benchmark.api.listener import Meter, Silent
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.dataset.errors import IncompleteRun, UserError

pytestmark = pytest.mark.usefixtures("bench")  # the fake method is installed, and the working directory empty
FEW: dict[str, Any] = {"prompts": [0, 20], "images_per_prompt": 2, "device": "cpu", "engine": "inline"}


class Heard(Silent):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.notes: list[str] = []
        self.meters: list[Meter | None] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def measure(self, meter: Meter | None) -> None:
        self.meters.append(meter)


def test_a_run_is_a_folder_a_summary_and_frames_and_prints_nothing(
    suite: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = dreambench.run("fake", suite=suite, **FEW)
    assert capfd.readouterr() == ("", "")
    assert run.folder.parent == Path("runs")  # below the working directory
    assert (run.folder / "sheet.png").is_file()
    scores = run.scores()
    assert isinstance(scores.images, pd.DataFrame)
    assert len(scores.images) == 3 * 2 * 2
    assert list(scores.subjects["subject"]) == ["can", "dog", "vase"]
    assert run.summary.overall["dino"].mean == pytest.approx(scores.images["dino"].mean())
    record = run.record
    assert record is not None
    assert record.command == ()  # nobody typed one
    assert (record.base_model, record.sampler) == (None, None)
    again = dreambench.run("fake", suite=load_suite(suite), **FEW)
    assert again.summary == run.summary


def test_a_notebook_shows_the_means_and_no_markup_of_other_peoples(suite: Path) -> None:
    run = dreambench.run("fake", suite=suite, **FEW)
    shown = run._repr_html_()
    assert f"{run.summary.overall['dino'].mean:.3f}" in shown
    evil = run.summary.model_copy(update={"method": "<script>alert(1)</script>"})
    assert "<script>" not in type(run)(run.root, evil)._repr_html_()


def test_a_listener_hears_what_is_done_and_how_far_it_is(suite: Path) -> None:
    heard = Heard()
    dreambench.run("fake", suite=suite, listener=heard, **FEW)
    assert heard.said[0] == "reading the suite"
    assert {"loading the libraries", "loading the encoders", "looking at what is there"} <= set(heard.said)
    (meter,) = heard.meters
    assert meter is not None
    assert meter.share() == pytest.approx(1)


def test_settings_are_values_or_texts_and_what_was_typed_is_recorded(suite: Path) -> None:
    values = dreambench.run("fake", suite=suite, settings={"shade": 7}, command=["bench", "run"], **FEW)
    assert values.record is not None
    assert values.record.settings["shade"] == 7
    assert values.record.command == ("bench", "run")
    texts = dreambench.run("fake", suite=suite, settings=["shade=7"], **FEW)
    assert texts.folder == values.folder
    assert texts.summary == values.summary


def test_subjects_and_prompts_are_lists_or_texts(suite: Path) -> None:
    lists = dreambench.run("fake", suite=suite, subjects=["dog", "can"], **FEW)
    texts = dreambench.run("fake", suite=suite, subjects="can,dog", **FEW | {"prompts": "0,20"})
    assert lists.folder == texts.folder
    assert lists.record is not None
    assert lists.record.selection.subjects == ("can", "dog")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "engine": ({"engine": "proceses"}, "did you mean 'processes'?"),
    "device": ({"device": "cuda:x"}, "--device cannot be 'cuda:x'"),
    "seed": ({"seed": -1}, "--seed is -1"),
    "workers": ({"workers": 0}, "--workers cannot be 0"),
    "batch": ({"batch_size": 0}, "--batch-size cannot be 0"),
    "subject": ({"subjects": ["dgo"]}, "did you mean 'dog'?"),
    "prompt": ({"prompts": [99]}, "There is no prompt 99"),
    "setting": ({"settings": {"shad": 1}}, "did you mean 'shade'?"),
    "text": ({"settings": ["shade"]}, "--set KEY=VALUE"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_wrong_arguments_are_refused_with_a_sentence_and_nothing_is_written(case: str, suite: Path, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))  # noqa: PTH208
    arguments, sentence = WRONG[case]
    with pytest.raises(UserError) as caught:
        dreambench.run("fake", suite=suite, **FEW | arguments)
    assert sentence in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == before  # noqa: PTH208


def test_a_run_that_fails_in_part_says_how_to_go_on(suite: Path, capfd: pytest.CaptureFixture[str]) -> None:
    heard = Heard()
    with pytest.raises(IncompleteRun, match=r"1 of 3 subjects failed: dog \(RuntimeError: the fake failed"):
        dreambench.run("fake", suite=suite, settings={"fail_on": "dog"}, out="run", listener=heard, **FEW)
    assert heard.notes == ["dog failed: RuntimeError: the fake failed as it was told"]
    assert "the fake failed as it was told" in Path("run/errors.log").read_text()
    assert capfd.readouterr() == ("", "")


def test_run_json_is_the_typed_record(suite: Path) -> None:
    run = dreambench.run("fake", suite=suite, out="run", **FEW)
    assert run.record is not None
    assert json.loads(Path("run/run.json").read_text()) == run.record.model_dump(mode="json")
    assert run.record.fingerprint == run.summary.fingerprint
    assert run.record.encoder_fingerprints == run.summary.encoders
    assert run.record.versions["dreambench"] == run.summary.environment.versions["dreambench"]


def test_python_and_the_command_line_make_the_same_run(bench: Bench, suite: Path) -> None:
    """One and the same run, whether it is asked for in Python or typed."""
    run = dreambench.run("fake", suite=suite, out="run", **FEW)
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*.*")}
    result = bench("--prompts", "0,20", "--images-per-prompt", "2", "--out", "run", "--json")
    assert json.loads(result.stdout)["overall"] == run.summary.model_dump(mode="json")["overall"]
    assert {path: path.stat().st_mtime_ns for path in before} == before
