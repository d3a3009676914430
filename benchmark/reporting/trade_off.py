"""From a board to its trade-off plot: the first image similarity against the first text similarity."""

from typing import Final

from dreambench.benchmark.submissions import Board, Standing
from dreambench.reports.cells import Cell, column_of, known
from dreambench.reports.page import PagePlot
from dreambench.reports.plots import NotDrawable
from dreambench.reports.plots.trade_off import QUESTION, Contender, TradeOff, render_trade_off

_FAMILY: Final = "trade_off"


def trade_off_plot(board: Board, *, scope: str) -> PagePlot | None:
    """The plot in both themes; None where the board has not both metrics, or nobody has.

    Args:
        board: whose submissions are the points.
        scope: what was measured, in a phrase.
    """
    there = {standing.accepted.submission.provenance.method for standing in board.apart}
    data = TradeOff(
        columns=tuple(column_of(info) for info in board.infos),
        contenders=tuple(_contender(standing) for standing in board.members),
        # A run of the same yardstick lies where the packaged one does.
        beside={name: cells for name, cells in yardstick_cells(board).items() if name not in there},
        scope=scope,
    )
    try:
        light, dark = (render_trade_off(data, theme=theme) for theme in ("light", "dark"))
    except NotDrawable:
        return None
    return PagePlot(QUESTION, data.caption(), light, dark, "image/svg+xml", _FAMILY)


def yardstick_cells(board: Board) -> dict[str, dict[str, Cell]]:
    """The packaged yardsticks as a page's cells."""
    return {
        name: {key: Cell(mean.mean, mean.low, mean.high) for key, mean in means.items()} for name, means in board.beside.items()
    }


def _contender(standing: Standing) -> Contender:
    cells = {
        key: Cell(known(interval.mean), known(interval.low), known(interval.high)) for key, interval in standing.overall.items()
    }
    return Contender(standing.accepted.submission.name, cells, is_ranked=standing.apart is None)
