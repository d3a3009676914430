"""`plot`: what runs say, as pictures."""

import base64
import html
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.machine.resources import choose_device
from dreambench.benchmark.reporting.plot_data import plot_data
from dreambench.benchmark.results.comparison import check_same_dataset, comparable_metrics
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.runs.record import RUN_FILE
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_bytes, make_folder
from dreambench.dataset.words import did_you_mean
from dreambench.reports.plots import (
    FAMILIES,
    PLOT_FORMATS,
    THEME_NAMES,
    Drawable,
    Plot,
    PlotFormat,
    ThemeName,
    plots_for,
    render,
)

#: The family that needs the images embedded anew.
_MAP: Final = "embedding_map"
_MEDIA_TYPES: Final[dict[str, str]] = {"png": "image/png", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class DrawnPlot:
    """A plot in a file.

    Attributes:
        name: the file's stem; `only` takes it.
        question: what a researcher asks and the plot answers.
        caption: how to read it.
        file: the picture.
    """

    name: str
    question: str
    caption: str
    file: Path


@dataclass(frozen=True)
class DrawnPlots:
    """What was drawn of runs.

    Attributes:
        plots: in the order in which a page shows them.
        left_out: kind of plot -> the sentence that says why it could not be drawn.
        remarks: sentences that a reader must know: metrics that runs made in different ways.
    """

    plots: tuple[DrawnPlot, ...]
    left_out: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        figures = [
            f"<figure>{_picture(plot)}<figcaption>{html.escape(plot.caption)}</figcaption></figure>" for plot in self.plots
        ]
        said = [f"<p>{html.escape(remark)}</p>" for remark in self.remarks]
        return "".join([*said, *figures])


def plot(
    *runs: str | Path,
    out: str | Path,
    form: PlotFormat = "png",
    only: Sequence[str] = (),
    theme: ThemeName = "light",
    images: Sequence[str | Path] = (),
    device: str = "auto",
    listener: Listener | None = None,
) -> DrawnPlots:
    """Draw runs: subject against prompt fidelity, subjects, distributions, heat maps, correlations, a map, costs.

    The plots show the metrics that the runs made in the same way, whatever their protocol declares; what cannot be drawn is
    left out with the reason.

    Args:
        runs: runs' folders, or folders that `score` wrote.
        out: the folder for the pictures; made if it is not there.
        form: "png", "svg" or "pdf".
        only: names of plots, or of kinds of plots; empty draws all.
        theme: "light" or "dark".
        images: folders that images lie in, of folders of `score` that were not scored here.
        device: where images are embedded for the embedding map.
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: the runs cannot stand in one plot, an argument is wrong, or nothing can be drawn.
    """
    folders, target = [Path(run) for run in runs], Path(out)
    computed_on = choose_device(device)
    _check_choice(form, PLOT_FORMATS, "--format")
    _check_choice(theme, THEME_NAMES, "--theme")
    families = [name.split("-")[0] for name in only] or list(FAMILIES)
    for family in families:
        _check_choice(family, tuple(FAMILIES), "--only")
    if not folders:
        raise UserError("bench plot needs a run; name its folder.")
    if len({folder.resolve() for folder in folders}) != len(folders):
        raise UserError("A run is named twice; name each folder once.")
    _check_out(target)
    with listening(listener) as told:
        told.say("reading the runs")
        finished = [read_finished(folder) for folder in folders]
        remark = comparable_metrics(finished).remark
        if remark:
            told.note(remark)
        check_same_dataset(finished)
        if _MAP in families:
            told.say("embedding images for a map")
        data = plot_data(
            finished, with_embeddings=_MAP in families, device=computed_on, images=[Path(folder) for folder in images]
        )
        found = plots_for(data, families)
        for family, reason in found.left_out.items():
            told.note(f"{family} is left out: {reason}")
        wanted = _wanted(found, only)
        meter = _Drawing(len(wanted))
        told.measure(meter)
        drawn = []
        for chosen in wanted:
            with told.lock:
                meter.begin(chosen.name)
            file = target / f"{chosen.name}.{form}"
            atomic_write_bytes(file, render(chosen, data, form=form, theme=theme))
            drawn.append(DrawnPlot(chosen.name, chosen.question, chosen.caption, file))
        told.measure(None)
    return DrawnPlots(tuple(drawn), found.left_out, (remark,) if remark else ())


class _Drawing:
    """Counts pictures."""

    def __init__(self, total: int) -> None:
        self._began = time.monotonic()
        self._total, self._begun, self._name = total, 0, ""

    def begin(self, name: str) -> None:
        """The next picture is begun."""
        self._begun, self._name = self._begun + 1, name

    def share(self) -> float | None:
        return max(0, self._begun - 1) / self._total

    def seconds_left(self) -> float | None:
        done = self._begun - 1
        return (time.monotonic() - self._began) / done * (self._total - done) if done > 0 else None

    def text(self) -> str:
        return f"drawing {self._name}"


def _wanted(found: Drawable, only: Sequence[str]) -> list[Plot]:
    """The plots that were asked for.

    Raises:
        UserError: a name is none of them, or nothing can be drawn.
    """
    wanted = [plot for plot in found.plots if not only or plot.name in only or plot.family in only]
    for name in only:
        if name not in FAMILIES and name not in [plot.name for plot in wanted]:
            there = ", ".join(plot.name for plot in found.plots if plot.family == name.split("-")[0])
            raise UserError(f"There is no plot '{name}' of these runs; give one of {there or ', '.join(FAMILIES)}.")
    if not wanted:
        raise UserError(f"Nothing could be drawn: {' '.join(found.left_out.values())}")
    return wanted


def _check_choice(given: str, known: Sequence[str], option: str) -> None:
    if given not in known:
        raise UserError(f"{option} cannot be '{given}'; {did_you_mean(given, known)}")


def _check_out(out: Path) -> None:
    """Refuse to write into a run's folder or where a file stands."""
    if (out / RUN_FILE).exists():
        raise UserError(f"--out {out} is a run's folder, which is never rewritten; choose another folder.")
    if any(folder.exists() and not folder.is_dir() for folder in (out, *out.parents)):
        raise UserError(f"--out {out} is a file, or lies below one; name a folder.")
    make_folder(out)


def _picture(plot: DrawnPlot) -> str:
    """The picture inside of HTML; of a PDF, its file's name."""
    media_type = _MEDIA_TYPES.get(plot.file.suffix.removeprefix("."))
    if media_type is None or not plot.file.is_file():
        return html.escape(str(plot.file))
    data = base64.b64encode(plot.file.read_bytes()).decode()
    return f'<img alt="{html.escape(plot.question)}" width="720" src="data:{media_type};base64,{data}">'
