"""The speed benchmarks still run, on tiny sizes; what they measure is for people and never asserted."""

import json
import math
from collections.abc import Callable, Iterator

import pytest
import torch

from speed.__main__ import BENCHMARKS, main
from speed.comparing import comparing
from speed.dreambooth_step import dreambooth_step
from speed.equal_work import require_same_losses
from speed.full_scoring import full_scoring
from speed.leaderboard import leaderboard
from speed.report_page import report_page
from speed.restoring import restoring
from speed.sampling import batched_sampling, bfloat16_sampling
from speed.scoring import scoring
from speed.setting import Setting
from speed.textual_inversion_stack import textual_inversion_stack
from speed.timing import Figure
from speed.whole_run import whole_run

Benchmark = Callable[[Setting], list[Figure]]

TINY: dict[str, Benchmark] = {
    "dreambooth": lambda setting: dreambooth_step(setting, repeats=1, steps=1),
    "textual_inversion": lambda setting: textual_inversion_stack(setting, repeats=1, steps=1, group_size=2),
    "restore": lambda setting: restoring(setting, repeats=1),
    "batch": lambda setting: batched_sampling(setting, repeats=1, images=2),
    "bfloat16": lambda setting: bfloat16_sampling(setting, repeats=1, images=1),
    "scoring": lambda setting: scoring(setting, repeats=1, subjects=1, prompts=1),
    "comparing": lambda setting: comparing(setting, repeats=1, methods=3, subjects=4, prompts=2),
    "report": lambda setting: report_page(setting, repeats=1, subjects=2, prompts=2, images=1),
    "leaderboard": lambda setting: leaderboard(setting, repeats=1, submissions=3, subjects=4, prompts=2),
}


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    """The miniature with 2 sampling steps and tiny batches, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    mini = Setting.of("mini", device="cpu", cache_dir=tmp_path_factory.mktemp("cache"))
    sampler = mini.suite.sampler_for("The test").model_copy(update={"steps": 2})
    methods = mini.suite.methods
    small = {name: {**methods[name], "batch_size": 1} for name in ("dreambooth", "textual_inversion")}
    small["dreambooth"]["class_images"] = 2
    suite = mini.suite.model_copy(update={"sampler": sampler, "methods": {**methods, **small}})
    yield Setting(suite, "cpu", mini.cache_dir)
    torch.set_num_threads(threads)


def test_every_benchmark_is_kept_running() -> None:
    assert TINY.keys() == BENCHMARKS.keys()


@pytest.mark.parametrize("name", TINY)
def test_a_benchmark_gives_whole_figures(setting: Setting, name: str) -> None:
    figures = TINY[name](setting)
    assert figures or name == "bfloat16"  # nothing to compare on a processor without it
    for figure in figures:
        assert math.isfinite(figure.value)
        assert figure.value > 0
        assert (figure.plain_way is None) == (figure.ratio is None)


def test_scoring_at_full_size_gives_whole_figures(setting: Setting) -> None:
    """With the miniature's encoders in place of the full-size ones; 100 pictures is the least."""
    figures = full_scoring("cpu", images=1, side=64, load=lambda _device: setting.encoders)
    assert all(math.isfinite(figure.value) and figure.value > 0 for figure in figures)
    share = next(figure for figure in figures if figure.unit == "share of all")
    assert share.value <= 1


def test_a_command_is_measured_with_its_processes() -> None:
    wall, peak = whole_run("cpu", command=["methods"])
    assert wall.value > 0
    assert peak.value > 0


def test_the_ratio_is_the_plain_ways_time_over_ours() -> None:
    assert Figure("sampling", "batch 2", 0.5, "s/image", "batch 1", 2.0).ratio == 4.0
    assert Figure("scoring", "all", 0.5, "s/image").ratio is None


def test_two_ways_that_train_differently_are_not_compared() -> None:
    require_same_losses([(0.5, 0.4)], [(0.5001, 0.4)])
    with pytest.raises(RuntimeError, match="differently"):
        require_same_losses([(0.5, 0.4)], [(0.5, 0.3)])


def test_the_json_names_what_was_measured_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figure = Figure("next subject's weights", "restored in place", 0.5, "s", "read from disk", 2.0)
    monkeypatch.setitem(BENCHMARKS, "restore", lambda _setting, repeats: [figure] * repeats)
    threads = torch.get_num_threads()
    try:
        main(["--only", "restore", "--repeats", "1", "--device", "cpu", "--json"])
    finally:
        torch.set_num_threads(threads)
    record = json.loads(capsys.readouterr().out)
    assert (record["device"], record["threads"], record["repeats"]) == ("cpu", 1, 1)
    assert [(each["benchmark"], each["ratio"]) for each in record["figures"]] == [("next subject's weights", 4.0)]
    assert record["hardware"]["cores"] >= 1
