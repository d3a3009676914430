"""Hooks: what they are told and in which order, whatever becomes of the run; and that they can do it no harm."""

import json
from pathlib import Path
from typing import Any

import pytest
from run_fakes import FEW, Bench, files_of
from sentences import refusal

import dreambench
from dreambench.benchmark.api.hooks import (
    Event,
    RunDone,
    RunStarted,
    RunStopped,
    ScoresReady,
    SubjectDone,
    SubjectFailed,
    SubjectStarted,
)
from dreambench.dataset.errors import IncompleteRun, UserError

SMALL: dict[str, Any] = {"prompts": [0, 20], "images_per_prompt": 2, "device": "cpu", "engine": "inline", "out": "run"}
NAMES = ("can", "dog", "vase")
HOOKS = '''
"""Hooks for tests."""

import json
import random

import numpy


class Keeping:
    """Writes a line an event.

    More about it.
    """

    def __init__(self):
        self.file = open("events.jsonl", "a")

    def __call__(self, event):
        self.file.write(json.dumps(event.record()) + "\\n")
        self.file.flush()
        print("a line on stdout")


class Costly:
    """Needs a library."""

    def __init__(self):
        import a_library_that_nobody_has


def of_two(event, more):
    """Takes too much."""


nothing = 3


def leaves(event):
    """Ends the process, or tries to."""
    raise SystemExit("enough\\nof this")


def harms(event):
    """Does what it should not."""
    random.seed(1)
    numpy.random.seed(1)
    for held in vars(event).values():
        if isinstance(held, dict):
            held.clear()
    if type(event).__name__ == "SubjectDone":
        raise RuntimeError("the tracker is gone\\nand a long story")
'''


class Keeps:
    """A hook that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.told.append(event)
        if isinstance(event, SubjectDone):  # its files are there already
            assert all(Path(image).is_file() for image in event.images)

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    def in_words(self) -> list[str]:
        return [" ".join([type(event).__name__, getattr(event, "subject", "")]).strip() for event in self.told]


@pytest.fixture(autouse=True)
def _own_hooks(bench: Bench, tmp_path: Path) -> None:
    """The working directory has hooks.py, and a distribution with three of its hooks is installed."""
    place = tmp_path / "plugin"  # on the path
    (place / "hooks_for_tests.py").write_text(HOOKS)
    (tmp_path / "hooks.py").write_text(HOOKS)
    info = place / "hooks_for_tests-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hooks-for-tests\nVersion: 1.0\n")
    named = {"keeping": "Keeping", "costly": "Costly", "gone": "Gone"}
    lines = "".join(f"{name} = hooks_for_tests:{value}\n" for name, value in named.items())
    (info / "entry_points.txt").write_text(f"[dreambench.hooks]\n{lines}")


def test_a_run_tells_its_events_in_order_one_done_a_subject(suite: Path) -> None:
    keeps = Keeps()
    run = dreambench.run("fake", suite=suite, hooks=[keeps], settings={"shade": 7}, **SMALL)
    of_subjects = [line for name in NAMES for line in (f"SubjectStarted {name}", f"SubjectDone {name}")]
    assert keeps.in_words() == ["RunStarted", *of_subjects, "ScoresReady", "RunDone"]
    assert {event.folder for event in keeps.told} == {"run"}
    (started,) = keeps.of(RunStarted)
    assert run.record is not None
    assert started.settings == run.record.settings
    assert (started.method, started.suite, started.seed) == ("fake", "tiny", 0)
    assert (started.fingerprint, started.subjects, started.kept, started.part) == (run.summary.fingerprint, NAMES, (), None)
    done = keeps.of(SubjectDone)
    assert [event.n_done for event in done] == [1, 2, 3]
    assert (done[1].losses, done[1].steps, done[1].n_subjects) == ((0.5, 0.5, 0.5), 3, 3)
    assert done[1].images == tuple(f"run/images/dog/{prompt}/{index}.png" for prompt in ("00", "20") for index in (0, 1))
    (scores,) = keeps.of(ScoresReady)
    summary = json.loads(Path("run/summary.json").read_text())
    assert (scores.overall, scores.per_kind, scores.n_images) == (summary["overall"], summary["per_kind"], 12)
    assert json.loads(json.dumps([event.record() for event in keeps.told]))[0]["event"] == "RunStarted"


def test_a_subject_that_fails_is_told_and_a_resumed_run_says_what_was_kept(suite: Path, tmp_path: Path) -> None:
    trouble = tmp_path / "trouble"
    trouble.touch()
    settings = {"fail_on": "dog", "trouble_while": str(trouble)}
    broken, again, once_more = Keeps(), Keeps(), Keeps()
    with pytest.raises(IncompleteRun) as stopped:
        dreambench.run("fake", suite=suite, hooks=[broken], settings=settings, **SMALL)
    assert broken.in_words()[-4:] == ["SubjectFailed dog", "SubjectStarted vase", "SubjectDone vase", "RunStopped"]
    assert [event.message for event in broken.of(SubjectFailed)] == ["RuntimeError: the fake failed as it was told"]
    assert [event.message for event in broken.of(RunStopped)] == [str(stopped.value)]
    trouble.unlink()
    dreambench.run("fake", suite=suite, hooks=[again], settings=settings, **SMALL)
    assert again.in_words() == ["RunStarted", "SubjectStarted dog", "SubjectDone dog", "ScoresReady", "RunDone"]
    assert again.of(RunStarted)[0].kept == ("can", "vase")
    assert again.of(SubjectDone)[0].n_done == 3
    dreambench.run("fake", suite=suite, hooks=[once_more], settings=settings, **SMALL)
    assert once_more.in_words() == ["RunStarted", "ScoresReady", "RunDone"]  # so a finished run can be sent later
    assert once_more.of(RunStarted)[0].kept == NAMES
    assert once_more.of(ScoresReady) == again.of(ScoresReady)


def test_a_hook_changes_nothing_whatever_it_does(suite: Path, bench: Bench, tmp_path: Path) -> None:
    hooks = [word for name in ("hooks.py:harms", "hooks.py:leaves", "keeping") for word in ("--hook", name)]
    result = bench(*FEW, "--out", "run", *hooks, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["n_images"] == 12  # what a hook prints is talk
    said = [" ".join(line.split()) for line in result.stderr.splitlines() if line.startswith("The hook ")]
    assert said == [
        f"The hook hooks.py:{why} and is off from now on; the run is not touched by it."
        for why in (
            "leaves failed at RunStarted (SystemExit: enough)",
            "harms failed at SubjectDone (RuntimeError: the tracker is gone)",
        )
    ]
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 9  # the others hear everything
    dreambench.run("fake", suite=suite, **SMALL | {"out": "plain"})
    made = [{name: digest for name, digest in files_of(tmp_path / out).items() if is_result(name)} for out in ("run", "plain")]
    assert made[0] == made[1]
    assert len(made[0]) == 12 + 3 * 8 + 2 + 1  # images, prior images, tables, the sheet
    records = [json.loads((tmp_path / out / "run.json").read_text()) for out in ("run", "plain")]
    assert records[0] | {"started": "", "command": []} == records[1] | {"started": "", "command": []}
    keys = [json.loads((tmp_path / out / "units/dog.json").read_text())["key"] for out in ("run", "plain")]
    assert keys[0] == keys[1]


def is_result(name: str) -> bool:
    return name.endswith((".png", ".parquet"))


def test_parts_say_which_they_are_and_have_no_scores(suite: Path) -> None:
    keeps, together = Keeps(), Keeps()
    dreambench.run("fake", suite=suite, hooks=[keeps], shard="1/3", **SMALL | {"out": "part"})
    assert keeps.in_words()[0::3] == ["RunStarted", "RunDone"]
    assert [event.part for event in (keeps.told[0], keeps.told[-1]) if isinstance(event, RunStarted | RunDone)] == ["1/3"] * 2
    dreambench.run(
        "fake",
        suite=suite,
        hooks=[together],
        checkpoints=[2, 4],
        subjects=["can"],
        settings={"darker": 5},
        **SMALL | {"out": "all"},
    )
    assert together.in_words() == [
        *("RunStarted", "SubjectStarted can", "SubjectDone can", "RunDone"),
        *("RunStarted", "ScoresReady", "RunDone"),
        *("RunStarted", "ScoresReady", "RunDone"),
    ]
    started = together.of(RunStarted)
    assert [(event.folder, event.part, event.kept) for event in started] == [
        ("all/steps4", "steps 2,4", ()),
        ("all/steps2", None, ("can",)),
        ("all/steps4", None, ("can",)),
    ]
    assert together.of(SubjectStarted)[0].folder == "all/steps4"


def test_hooks_are_listed_with_what_they_do_and_why_one_cannot_be_had(bench: Bench) -> None:
    listed = bench(command="hooks").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["costly", "gone", "keeping"]
    assert listed[0] == "costly   Needs a library."
    assert "The hook gone from hooks_for_tests:Gone cannot be loaded (AttributeError" in listed[1]
    assert json.loads(bench("--json", command="hooks").stdout)["keeping"] == "Writes a line an event."


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("kepeing", "--hook cannot be 'kepeing'; did you mean 'keeping'?"),
        ("costly", "The hook costly cannot be made (ModuleNotFoundError: No module named 'a_library_that_nobody_has')."),
        ("gone", "The hook gone from hooks_for_tests:Gone cannot be loaded (AttributeError"),
        ("hooks.py:nothing", "The hook hooks.py:nothing cannot be called; it must be a function of one event"),
        ("hooks.py:of_two", "The hook hooks.py:of_two cannot be called with one event: missing a required argument: 'more'."),
        ("absent.py:hook", "There is no file absent.py for the hook 'absent.py:hook'"),
    ],
)
def test_a_hook_that_cannot_be_had_is_refused_before_any_work(name: str, sentence: str, suite: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        dreambench.run("fake", suite=suite, hooks=[name], **SMALL)
    assert sentence in str(refused.value)
    assert not (tmp_path / "run").exists()


def test_a_typed_hook_that_is_not_there_is_refused_in_one_sentence() -> None:
    assert "did you mean 'keeping'?" in refusal("run", "--method", "copy_reference", "--hook", "keping")
