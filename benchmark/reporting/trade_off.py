"""From a board to its trade-off plot: the first image similarity against the first text similarity."""

from collections.abc import Mapping
from typing import Final

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.metrics.image_similarity import ImageSimilarity
from dreambench.benchmark.metrics.text_similarity import TextSimilarity
from dreambench.benchmark.submissions import Board, Standing
from dreambench.reports.page import PagePlot
from dreambench.reports.plots import NotDrawable
from dreambench.reports.plots.trade_off import CAPTION, QUESTION, Contender, TradeOff, render_trade_off
from dreambench.reports.records import Cell, column_of, known

_FAMILY: Final = "trade_off"


def trade_off_plot(board: Board, *, levels: Mapping[str, str], scope: str) -> PagePlot | None:
    """The plot in both themes; None where the board has not both metrics, or nobody has.

    Args:
        board: whose submissions are the points.
        levels: what a packaged yardstick is called -> its name on the board; one that has a text similarity too is a point.
        scope: what was measured, in a phrase.
    """
    fidelity, prompt = _first(board, ImageSimilarity.name), _first(board, TextSimilarity.name)
    if fidelity is None or prompt is None:
        return None
    contenders = [_contender(standing, fidelity, prompt) for standing in board.members]
    heights = {}
    there = {standing.accepted.submission.provenance.method for standing in board.apart}
    for label, name in levels.items():
        means = board.beside[name]
        if fidelity.key not in means or name in there:  # a run of the same yardstick lies where it does
            continue
        height = Cell(means[fidelity.key].mean, means[fidelity.key].low, means[fidelity.key].high)
        if prompt.key in means:
            across = Cell(means[prompt.key].mean, means[prompt.key].low, means[prompt.key].high)
            contenders.append(Contender(label, across, height, is_ranked=False))
        else:
            heights[label] = height
    data = TradeOff(column_of(prompt), column_of(fidelity), tuple(contenders), heights, scope)
    try:
        light, dark = (render_trade_off(data, theme=theme) for theme in ("light", "dark"))
    except NotDrawable:
        return None
    return PagePlot(QUESTION, CAPTION, light, dark, "image/svg+xml", _FAMILY)


def _first(board: Board, formula: str) -> MetricInfo | None:
    return next((info for info in board.infos if info.formula == formula), None)


def _contender(standing: Standing, fidelity: MetricInfo, prompt: MetricInfo) -> Contender:
    def cell(info: MetricInfo) -> Cell:
        interval = standing.overall[info.key]
        return Cell(known(interval.mean), known(interval.low), known(interval.high))

    name = standing.accepted.submission.name
    return Contender(name, cell(prompt), cell(fidelity), is_ranked=standing.apart is None)
