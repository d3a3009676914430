"""Worker processes: the same images whatever their number, units handed on, failures kept apart."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from engine_jobs import UNITS, make_job, pictures, silent, singly

from dreambench.benchmark.engine.failures import is_disk_full
from dreambench.benchmark.engine.inline import run_inline
from dreambench.benchmark.engine.messages import Message, Outcome, Progress
from dreambench.benchmark.engine.processes import run_in_processes
from dreambench.benchmark.runs.folder import RunFolder


@pytest.mark.usefixtures("plugin")
def test_two_processes_a_group_and_one_process_make_the_same_images(tmp_path: Path) -> None:
    seen: list[Message] = []
    two = run_in_processes(make_job(tmp_path / "two"), singly(UNITS), workers=2, on_message=seen.append)
    one = run_inline(make_job(tmp_path / "one", group=4), [UNITS], on_message=silent)
    assert set(two.done) == set(one.done) == {"can", "cat", "dog", "vase"}
    assert two.failures == two.untried == ()
    made = pictures(tmp_path / "two")
    assert len(made) == 4 * (2 * 2 + 1)
    assert made == pictures(tmp_path / "one")
    assert two.done["dog"].environment["threads"] == 1
    assert any(isinstance(message, Progress) and message.phase == "train" for message in seen)
    assert any(isinstance(message, Progress) and message.phase == "sample" for message in seen)


@pytest.mark.usefixtures("plugin")
def test_units_are_done_in_true_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU, torch's convolutions are in TF32 unless told otherwise, and the manifests would say float32."""
    seen: list[str] = []

    @contextmanager
    def strict() -> Iterator[None]:
        seen.append("on")
        yield
        seen.append("off")

    monkeypatch.setattr("dreambench.benchmark.engine.work.true_float32", strict)
    run_inline(make_job(tmp_path), singly(UNITS[:1]), on_message=lambda message: seen.append(type(message).__name__))
    assert seen[0] == "Loaded"
    assert seen[1] == "on"
    assert seen[-3:] == ["UnitDone", "off", "GroupFinished"]


@pytest.mark.usefixtures("plugin")
def test_a_base_model_that_changed_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambench.benchmark.engine.work.BaseModel.load", lambda *_, **__: SimpleNamespace(weights_hash="new"))
    job = replace(make_job(tmp_path), model_source="owner/model", weights_hash="old")
    outcome = run_inline(job, singly(UNITS), on_message=silent)
    assert outcome.done == {}
    assert outcome.failures[0].kind == "user"
    assert "owner/model changed" in outcome.failures[0].message


def test_a_full_disk_is_recognised_in_any_librarys_words() -> None:
    class SafetensorError(Exception):
        pass

    assert is_disk_full(SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"))
    assert not is_disk_full(SafetensorError("Error while deserializing header: header too small"))


@pytest.mark.usefixtures("plugin")
def test_a_worker_that_is_killed_costs_its_unit_only(tmp_path: Path) -> None:
    outcome = run_in_processes(make_job(tmp_path, die_on="can"), singly(UNITS), workers=1, on_message=silent)
    assert set(outcome.done) == {"cat", "dog", "vase"}
    (failure,) = outcome.failures
    assert failure.subjects == ("can",)
    assert "exit code 9" in failure.message
    assert RunFolder(tmp_path).finished(UNITS[0]) is None


@pytest.mark.usefixtures("plugin")
def test_a_full_disk_stops_the_handing_out(tmp_path: Path) -> None:
    outcome = run_in_processes(make_job(tmp_path, full_disk_on="cat"), singly(UNITS), workers=1, on_message=silent)
    assert set(outcome.done) == {"can"}
    assert outcome.failures[0].kind == "disk_full"
    assert outcome.untried == ("dog", "vase")


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("engine", ["processes", "inline"])
def test_models_that_cannot_be_loaded_stop_everything_at_once(tmp_path: Path, engine: str) -> None:
    job = replace(make_job(tmp_path), model_source=str(tmp_path / "no model here"))
    run: Callable[..., Outcome] = run_inline
    arguments = {}
    if engine == "processes":
        run, arguments = run_in_processes, {"workers": 1}
    outcome = run(job, singly(UNITS), on_message=silent, **arguments)
    assert outcome.done == {}
    assert outcome.failures[0].subjects == ()
    assert outcome.failures[0].kind == "user"
    assert "no model here" in outcome.failures[0].message
    assert outcome.untried == ("can", "cat", "dog", "vase")
