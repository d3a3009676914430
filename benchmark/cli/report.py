"""`bench report`: runs as one page to read and pass on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dreambench.benchmark.cli.progress import ProgressDisplay
    from dreambench.benchmark.results.finished import FinishedRun
    from dreambench.reports.page import PagePlot


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Runs, or folders that `bench score --out` wrote.", show_default=False, metavar="RUN RUN ..."),
    ],
    out: Annotated[Path, typer.Option(help="The page's folder; new, empty, or an earlier report.", show_default=False)],
    dataset: Annotated[
        str | None, typer.Option(help="Whose reference images to show; the runs' own dataset if left out.")
    ] = None,
    plots: Annotated[bool, typer.Option(help="Draw the plots.")] = True,
    device: Annotated[str, typer.Option(help="Where DINO embeds images for one of the plots: auto, cpu or cuda.")] = "auto",
) -> None:
    """Make one page of runs: table, plots, every image with its scores, settings, protocol, how to reproduce.

    The page needs no network and no server: open OUT/index.html. Pictures lie in OUT/images, encoded anew. Runs under
    different protocols, or with different subjects or prompts, are refused.
    """
    import shlex

    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.progress import ProgressDisplay
    from dreambench.benchmark.machine.environment import usable_cores
    from dreambench.benchmark.machine.resources import choose_device
    from dreambench.benchmark.reporting.report_page import report_page
    from dreambench.benchmark.results.report_data import read_report_data
    from dreambench.reports.page import check_place, write_report

    place = choose_device(choose(device, ("auto", "cpu", "cuda"), "--device"))
    check_place(out)
    command = ["bench", "report", *map(str, runs), "--out", str(out), *(["--dataset", dataset] if dataset else [])]
    with ProgressDisplay() as display:
        display.say("reading the runs")
        data = read_report_data(runs, dataset=dataset)
        drawn = _plots([each.run for each in data.runs], place, display) if plots else ()
        display.say("comparing the runs")
        page = report_page(data, plots=drawn, command=shlex.join([*command, *([] if plots else ["--no-plots"])]))
        meter = _Pictures()
        display.measure(meter)
        file = write_report(page, out, workers=usable_cores(), on_progress=meter.count)
    typer.echo(file)


class _Pictures:
    """Counts re-encoded pictures for the progress display."""

    def __init__(self) -> None:
        import time

        self._clock = time.monotonic
        self._began = self._clock()
        self._done, self._total = 0, 0

    def count(self, done: int, total: int) -> None:
        self._done, self._total = done, total

    def share(self) -> float | None:
        return self._done / self._total if self._total else None

    def seconds_left(self) -> float | None:
        if not self._done:
            return None
        return (self._clock() - self._began) / self._done * (self._total - self._done)

    def text(self) -> str:
        if self._total and self._done == self._total:
            return "writing the page"
        return f"copying pictures, {self._done} of {self._total}"


#: Of one plot's SVG in both themes; above, PNGs are smaller and no less sharp.
_MAX_SVG_BYTES = 600_000


def _plots(runs: "Sequence[FinishedRun]", device: str, display: "ProgressDisplay") -> "tuple[PagePlot, ...]":
    """Every plot that can be drawn, in both themes; what is left out is said."""
    from dreambench.benchmark.reporting.plot_data import plot_data
    from dreambench.reports.page import PagePlot
    from dreambench.reports.plots import plots_for, render

    display.say("embedding images for a map")
    data = plot_data(runs, device=device)
    found = plots_for(data)
    for family, reason in found.left_out.items():
        display.note(f"The plot {family} is left out: {reason}")
    drawn = []
    for each in found.plots:
        display.say(f"drawing {each.name}")
        light, dark = (render(each, data, form="svg", theme=theme) for theme in ("light", "dark"))
        if len(light) + len(dark) <= _MAX_SVG_BYTES:
            drawn.append(PagePlot(each.question, each.caption, light, dark, "image/svg+xml", each.family))
        else:
            light, dark = (render(each, data, form="png", theme=theme) for theme in ("light", "dark"))
            drawn.append(PagePlot(each.question, each.caption, light, dark, "image/png", each.family))
    return tuple(drawn)
