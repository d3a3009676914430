"""Limits of axes, and numbers as short as they can be told apart."""

from collections.abc import Iterable, Sequence

from dreambench.reports.cells import Cell


def limits(cells: Sequence[Cell], beside: Iterable[Cell | None] = (), *, room: float = 0.09) -> tuple[float, float]:
    """Limits that hold every mean and interval, with `room` of the span left free at both ends."""
    values = [value for cell in [*cells, *beside] if cell is not None for value in (cell.mean, cell.low, cell.high)]
    return spanning([value for value in values if value is not None], room=room)


def spanning(values: Iterable[float], *, room: float = 0.05) -> tuple[float, float]:
    """Limits around finite values; equal values get a span of their own size, no values 0 to 1."""
    finite = [value for value in values if value - value == 0.0]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    span = high - low
    if span <= 1e-9 * max(abs(low), abs(high), 1e-9):
        span = max(abs(high), 1.0) * 0.2
    return low - span * room, high + span * room


def share(value: float) -> str:
    """A number between -1 and 1 in two digits, without the zero before the point: .62, -.05, 1.00."""
    text = f"{value:.2f}"
    if text in ("-0.00", "0.00"):
        return ".00"
    return text.replace("0.", ".", 1).replace("-", "−")
