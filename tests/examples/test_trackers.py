"""examples/hooks: what Weights & Biases, MLflow and TensorBoard are sent; fakes stand in for the three libraries."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from example_plugins import forget, install_example

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
from dreambench.benchmark.api.hooks.telling import Hooks
from dreambench.dataset.errors import UserError

Calls = list[tuple[Any, ...]]
RUN: dict[str, Any] = {"folder": "runs/mini-fake-seed0"}
STARTED = RunStarted(
    suite="mini",
    method="fake",
    settings={"steps": 2, "noun": None},
    seed=0,
    protocol="miniature",
    fingerprint="abc",
    subjects=("can", "cat", "dog"),
    kept=("cat",),
    **RUN,
)
DONE = SubjectDone(
    subject="can",
    images=("a.png", "b.png"),
    steps=2,
    losses=(1.0, 0.5),
    train_seconds=3.0,
    sample_seconds=4.0,
    peak_memory_bytes=5,
    peak_device_memory_bytes=None,
    n_done=2,
    n_subjects=3,
    **RUN,
)
OVERALL = {"dino": {"mean": 0.5, "ci95": [0.4, 0.6]}, "clip_t": {"mean": 0.2, "ci95": [None, None]}}
WHOLE: tuple[Event, ...] = (
    STARTED,
    SubjectStarted(subject="can", **RUN),
    DONE,
    SubjectFailed(subject="dog", message="the fake failed.", **RUN),
    ScoresReady(n_images=4, overall=OVERALL, per_kind={}, **RUN),
    RunDone(**RUN),
)
CUT_SHORT: tuple[Event, ...] = (STARTED, RunStopped(message="Interrupted.", **RUN))


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    modules = install_example("hooks", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for variable in ("WANDB_PROJECT", "MLFLOW_EXPERIMENT_NAME", "TENSORBOARD_LOGDIR"):
        monkeypatch.delenv(variable, raising=False)
    yield
    forget(modules)


def tell(name: str, *events: Event) -> None:
    """Tell a hook, found by its entry point, of events; it must not fail."""
    trouble: list[str] = []
    hooks = Hooks([name], note=trouble.append)
    for event in events:
        hooks.tell(event)
    assert not trouble


def module(name: str, monkeypatch: pytest.MonkeyPatch, **holds: Any) -> None:
    made = ModuleType(name)
    vars(made).update(holds)
    monkeypatch.setitem(sys.modules, name, made)


def test_weights_and_biases_gets_a_run_with_settings_numbers_and_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = []

    class Run(SimpleNamespace):
        def log(self, data: dict[str, Any], step: int | None = None, commit: bool | None = None) -> None:
            self.logged.append((step, data))

        def finish(self, exit_code: int | None = None) -> None:
            self.ended.append(exit_code)

    def init(*, project: str, name: str, group: str, config: dict[str, Any]) -> Run:
        runs.append(Run(about=(project, name, group, config), logged=[], summary={}, ended=[]))
        return runs[-1]

    def image(data_or_path: str, *, caption: str) -> tuple[str, str]:
        return data_or_path, caption

    module("wandb", monkeypatch, init=init, Image=image)
    tell("wandb", *WHOLE, *CUT_SHORT)
    whole, cut_short = runs
    project, name, group, config = whole.about
    assert (project, name, group) == ("dreambench", "mini-fake-seed0", "mini-fake-seed0")
    assert config["settings"] == {"steps": 2, "noun": None}
    assert config["kept"] == ("cat",)
    assert "folder" not in config  # no path of this machine
    numbers = {"train_seconds": 3.0, "sample_seconds": 4.0, "mean_loss": 0.75}
    assert whole.logged == [(2, numbers | {"images/can": ("a.png", "can")})]
    scores = {"dino": 0.5, "dino_low": 0.4, "dino_high": 0.6, "clip_t": 0.2, "clip_t_low": None, "clip_t_high": None}
    assert whole.summary == {"failed/dog": "the fake failed."} | scores
    assert (whole.ended, cut_short.ended) == ([None], [1])
    assert cut_short.summary == {"stopped": "Interrupted."}


def test_mlflow_gets_a_run_with_parameters_metrics_and_how_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Calls = []

    def log_metrics(metrics: dict[str, float], step: int | None = None) -> None:
        assert all(isinstance(value, float) for value in metrics.values())  # None is refused there
        calls.append(("metrics", metrics, step))

    def end_run(status: str = "FINISHED") -> None:
        calls.append(("end", status))

    module(
        "mlflow",
        monkeypatch,
        set_experiment=lambda experiment_name: calls.append(("experiment", experiment_name)),
        start_run=lambda *, run_name: calls.append(("start", run_name)),
        log_params=lambda params: calls.append(("params", params)),
        set_tag=lambda key, value: calls.append(("tag", key, value)),
        log_metrics=log_metrics,
        end_run=end_run,
    )
    tell("mlflow", *WHOLE, *CUT_SHORT)
    assert calls[:2] == [("experiment", "dreambench"), ("start", "mini-fake-seed0")]
    assert calls[2][1]["set.steps"] == 2
    assert (calls[2][1]["subjects"], calls[2][1]["kept"], calls[2][1]["part"]) == (3, 1, "whole")
    assert calls[3:8] == [
        ("metrics", {"train_seconds": 3.0, "sample_seconds": 4.0, "mean_loss": 0.75}, 2),
        ("tag", "failed.dog", "the fake failed."),
        ("metrics", {"dino": 0.5, "dino_low": 0.4, "dino_high": 0.6}, None),
        ("metrics", {"clip_t": 0.2}, None),
        ("end", "FINISHED"),
    ]
    assert calls[-2:] == [("tag", "stopped", "Interrupted."), ("end", "FAILED")]


def test_tensorboard_gets_a_folder_with_curves_and_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Calls = []

    class SummaryWriter:
        def __init__(self, log_dir: str) -> None:
            calls.append(("open", log_dir))

        def add_text(self, tag: str, text_string: str) -> None:
            calls.append(("text", tag, text_string))

        def add_scalar(self, tag: str, scalar_value: float, global_step: int | None = None) -> None:
            calls.append((tag, scalar_value, global_step))

        def close(self) -> None:
            calls.append(("close",))

    module("torch.utils.tensorboard", monkeypatch, SummaryWriter=SummaryWriter)
    monkeypatch.setenv("TENSORBOARD_LOGDIR", "curves")
    tell("tensorboard", *WHOLE)
    assert calls[0] == ("open", "curves/mini-fake-seed0")
    assert '"fingerprint": "abc"' in calls[1][2]
    assert calls[2:] == [
        ("seconds/train", 3.0, 2),
        ("seconds/sample", 4.0, 2),
        ("loss/can", 1.0, 1),
        ("loss/can", 0.5, 2),
        ("text", "failed/dog", "the fake failed."),
        ("score/dino", 0.5, None),
        ("score/clip_t", 0.2, None),
        ("close",),
    ]


@pytest.mark.parametrize("name", ["wandb", "mlflow", "tensorboard"])
def test_a_tracker_without_its_library_is_refused_before_any_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard" if name == "tensorboard" else name, None)
    with pytest.raises(UserError, match=f"The hook {name} cannot be made"):
        Hooks([name])
