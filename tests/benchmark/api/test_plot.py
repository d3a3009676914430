"""`plot`: typed results, a listener that hears what is done, nothing printed, mistakes as one sentence."""

import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from handed_in import changed, made_otherwise

from dreambench.benchmark.api.listener import Meter
from dreambench.benchmark.api.plot import plot
from dreambench.dataset.errors import UserError


class Heard:
    """Keeps what a verb says."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.noted: list[str] = []
        self.meters: list[Meter | None] = []
        self.lock = threading.RLock()

    def say(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.noted.append(text)

    def measure(self, meter: Meter | None) -> None:
        self.meters.append(meter)
        if meter is not None:
            assert meter.share() == 0.0
            assert meter.seconds_left() is None


def test_plots_are_files_with_their_questions(
    handed_in: Mapping[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = Heard()
    wanted = ("fidelity_prompt", "heat_map-difference-dino", "cost")
    drawn = plot(*handed_in.values(), out=tmp_path / "plots", only=wanted, listener=heard)
    assert [(each.name, each.file) for each in drawn.plots] == [
        (name, tmp_path / "plots" / f"{name}.png") for name in ("fidelity_prompt", "fidelity_prompt-clip_i", wanted[1])
    ]
    assert all(each.file.read_bytes().startswith(b"\x89PNG") for each in drawn.plots)
    assert drawn.plots[2].question == "Where does own keep the subject better than others?"
    assert "Grey lines: real images of a subject" in drawn.plots[0].caption
    assert list(drawn.left_out) == ["cost"]
    assert heard.noted == [f"cost is left out: {drawn.left_out['cost']}"]
    assert heard.said == ["reading the runs"]  # no image is embedded where no map is asked for
    (meter, nothing) = heard.meters
    assert meter is not None
    assert nothing is None
    share = meter.share()
    assert share is not None
    assert 0.0 < share < 1.0
    assert meter.text() == "drawing heat_map-difference-dino"
    assert capsys.readouterr().out == ""


def test_metrics_made_in_different_ways_are_named_and_left_out(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    metrics = made_otherwise(handed_in["others"], "clip_t", "pres")
    other = changed(handed_in["others"], tmp_path / "other", metrics=metrics, fingerprint="f" * 12)
    heard = Heard()
    drawn = plot(handed_in["own"], other, out=tmp_path / "o", only=["fidelity_prompt", "distributions"], listener=heard)
    assert {each.name for each in drawn.plots} == {"distributions", "distributions-copy_index"}
    assert list(drawn.left_out) == ["fidelity_prompt"]
    assert len(drawn.remarks) == 1
    assert drawn.remarks[0].startswith("CLIP-T is left out: ")
    assert heard.noted[0] == drawn.remarks[0]


def test_a_notebook_shows_the_pictures(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    run = handed_in["own"]
    html = plot(run, out=tmp_path / "a", form="svg", only=["distributions"])._repr_html_()
    assert html.count("<figure>") == html.count("data:image/svg+xml;base64,") == 3
    assert "<script" not in html
    assert "distributions.pdf" in plot(run, out=tmp_path / "b", form="pdf", only=["distributions"])._repr_html_()


def test_mistakes_are_one_sentence(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    run, out = handed_in["own"], tmp_path / "o"
    cases: list[tuple[tuple[Path, ...], dict[str, object], str]] = [
        ((), {}, "needs a run"),
        ((run, run), {}, "named twice"),
        ((tmp_path / "nothing",), {}, "There is no folder"),
        ((run,), {"form": "gif"}, "--format cannot be 'gif'"),
        ((run,), {"theme": "drak"}, "did you mean 'dark'?"),
        ((run,), {"only": ["heatmap"]}, "did you mean 'heat_map'?"),
        ((run,), {"only": ["heat_map-nobody-dino"]}, "There is no plot 'heat_map-nobody-dino' of these runs"),
        ((run,), {"only": ["cost"]}, "Nothing could be drawn: No method's seconds are known"),
        ((run,), {"device": "gpu"}, "--device cannot be 'gpu'"),
    ]
    for folders, options, sentence in cases:
        with pytest.raises(UserError) as refused:
            plot(*folders, out=out, **options)  # type: ignore[arg-type]
        assert sentence in str(refused.value)
    dataset = {"name": "another", "checksum": "0" * 64}
    with pytest.raises(UserError, match="different reference images"):
        plot(run, changed(handed_in["others"], tmp_path / "other", dataset=dataset), out=out)


def test_a_runs_folder_and_a_file_are_never_written_into(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").touch()
    (tmp_path / "file").touch()
    for out, sentence in (("run", "is a run's folder"), ("file", "is a file"), ("file/below", "is a file")):
        with pytest.raises(UserError, match=sentence):
            plot(handed_in["own"], out=tmp_path / out)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]
