"""`report`: runs as one page to read and pass on."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dreambench.benchmark.api.counting import Counting
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.machine.environment import usable_cores
from dreambench.benchmark.machine.resources import choose_device
from dreambench.benchmark.reporting.plot_data import plot_data
from dreambench.benchmark.reporting.report_page import report_page
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.report_data import read_report_data
from dreambench.reports.page import PagePlot, check_target_folder, write_report
from dreambench.reports.plots import plots_for, render

#: Of one plot's SVG in both themes; above, PNGs are smaller and no less sharp.
_MAX_SVG_BYTES: Final = 600_000


def report(
    *runs: str | Path,
    out: str | Path,
    dataset: str | None = None,
    images: Sequence[str | Path] = (),
    plots: bool = True,
    device: str = "auto",
    listener: Listener | None = None,
) -> Path:
    """Make one page of runs: table, plots, every image with its scores, settings, protocol, how to reproduce.

    The page needs no network and no server. Pictures lie in its folder, encoded anew.

    Args:
        runs: runs' folders, or folders that `score` wrote.
        out: the page's folder; new, empty, or an earlier report.
        dataset: whose reference images to show; None takes the runs' own dataset.
        images: folders that images lie in, of folders of `score` that were not scored here.
        plots: draw the plots.
        device: where images are embedded for one of the plots.
        listener: who hears how far it is; None for what suits where Python runs.

    Returns:
        The page's file.

    Raises:
        UserError: the runs cannot stand on one page, or the folder cannot be written.
    """
    folders, target = [Path(run) for run in runs], Path(out)
    computed_on = choose_device(device)
    check_target_folder(target)
    command = ["bench", "report", *map(str, folders), "--out", str(target), *(["--dataset", dataset] if dataset else [])]
    named = [Path(folder) for folder in images]
    command += [part for folder in named for part in ("--images", str(folder))]
    with listening(listener) as told:
        told.say("reading the runs")
        data = read_report_data(folders, dataset=dataset, images=named)
        drawn = _plots([run.run for run in data.runs], computed_on, told, named) if plots else ()
        told.say("comparing the runs")
        page = report_page(data, plots=drawn, command=shlex.join([*command, *([] if plots else ["--no-plots"])]))
        pictures = Counting(told, "copying pictures")
        told.measure(pictures)
        file = write_report(page, target, workers=usable_cores(), on_progress=pictures.count)
        told.measure(None)
    return file


def _plots(runs: Sequence[FinishedRun], device: str, listener: Listener, images: Sequence[Path]) -> tuple[PagePlot, ...]:
    """Every plot that can be drawn, in both themes; what is left out is said."""
    listener.say("embedding images for a map")
    data = plot_data(runs, device=device, images=images)
    found = plots_for(data)
    for family, reason in found.left_out.items():
        listener.note(f"The plot {family} is left out: {reason}")
    drawn = []
    for plot in found.for_page():
        listener.say(f"drawing {plot.name}")
        light, dark = (render(plot, data, form="svg", theme=theme) for theme in ("light", "dark"))
        if len(light) + len(dark) <= _MAX_SVG_BYTES:
            drawn.append(PagePlot(plot.question, plot.caption, light, dark, "image/svg+xml", plot.family))
        else:
            light, dark = (render(plot, data, form="png", theme=theme) for theme in ("light", "dark"))
            drawn.append(PagePlot(plot.question, plot.caption, light, dark, "image/png", plot.family))
    return tuple(drawn)
