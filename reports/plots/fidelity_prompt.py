"""Subject fidelity against prompt following: every method a point with its intervals, between real images and copies."""

from typing import TYPE_CHECKING, Any, Final

from dreambench.reports.plots.frame import RIGHT, counted, framed
from dreambench.reports.plots.labels import short_names, text_width
from dreambench.reports.plots.placement import Box, label_points, to_points
from dreambench.reports.plots.records import NotDrawable, Plot, PlotData
from dreambench.reports.plots.scales import limits, unit_of
from dreambench.reports.plots.style import SMALL, WIDTH, Theme, method_styles
from dreambench.reports.records import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "Which method keeps the subject without ignoring the prompt?"
CAPTION: Final = (
    "Up is closer to the reference images, right is closer to the prompt; bars are 95% intervals over subjects. Dashed: real "
    "images of the subject against each other. Dotted: reference images handed in whatever the prompt asks."
)
_HEIGHT: Final = 330.0
_LEFT: Final = 52.0
_BELOW: Final = 34.0
_MARKER: Final = 8.0


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family.

    Raises:
        NotDrawable: no method has both DINO and CLIP-T.
    """
    _points(data)
    return [Plot("fidelity_prompt", "fidelity_prompt", QUESTION, CAPTION, draw_fidelity_prompt)]


def draw_fidelity_prompt(data: PlotData, theme: Theme) -> "Figure":
    """Draw it: x is CLIP-T, y is DINO, both in the protocol's scale."""
    dino, clip_t = data.metric("dino"), data.metric("clip_t")
    found = _points(data)
    anchors = [data.beside.get(name, {}) for name in ("real_images", "copy_reference")]
    real, copy_dino, copy_clip = anchors[0].get("dino"), anchors[1].get("dino"), anchors[1].get("clip_t")
    frame = framed(theme, question=QUESTION, counted=counted(data), body=_HEIGHT + _BELOW)
    axes = frame.axes(left=_LEFT, top=0, width=WIDTH - _LEFT - RIGHT, height=_HEIGHT)
    axes.set_xlabel(f"{clip_t.label}, mean {unit_of(data, 'clip_t')} of image and prompt (follows the prompt →)")
    axes.set_ylabel(f"{dino.label}, mean {unit_of(data, 'dino')} with the references (keeps the subject →)")
    axes.set_xlim(*limits([x for x, _, _ in found], [copy_clip]))
    axes.set_ylim(*limits([y for _, y, _ in found], [real, copy_dino]))
    styles = method_styles(len(data.methods), theme)
    bars: list[Box] = []
    for x, y, place in found:
        style = styles[place]
        axes.errorbar(
            [_mean(x)],
            [_mean(y)],
            xerr=_error(x),
            yerr=_error(y),
            color=style.colour,
            marker=style.marker,
            markersize=_MARKER,
            markerfacecolor=style.face(theme),
            elinewidth=1.1,
            capsize=2.5,
            linestyle="none",
            label=data.methods[place].label,
            zorder=4,
        )
        bars += _bar_boxes(axes, x, y)
    half = _MARKER / 2.0 + 1.0
    centres = [to_points(axes, _mean(x), _mean(y)) for x, y, _ in found]
    markers = [Box(x - half, y - half, x + half, y + half) for x, y in centres]
    words, lines = _anchor_lines(axes, theme, [*markers, *bars], real=real, copy_dino=copy_dino, copy_clip=copy_clip)
    names = short_names([data.methods[place].label for _, _, place in found], 120.0)
    label_points(
        axes,
        [(_mean(x), _mean(y)) for x, y, _ in found],
        names,
        theme=theme,
        marker_size=_MARKER,
        keep_clear=words,
        rather_clear=[*bars, *lines],
    )
    return frame.figure


def _points(data: PlotData) -> list[tuple[Cell, Cell, int]]:
    """CLIP-T, DINO and the place of every method that has both."""
    data.metric("dino"), data.metric("clip_t")
    cells = [(method.overall.get("clip_t"), method.overall.get("dino"), place) for place, method in enumerate(data.methods)]
    found = [(x, y, p) for x, y, p in cells if x is not None and y is not None and None not in (x.mean, y.mean)]
    if not found:
        raise NotDrawable("No method has both a DINO and a CLIP-T score.")
    return found


def _anchor_lines(
    axes: "Axes", theme: Theme, occupied: list[Box], *, real: Cell | None, copy_dino: Cell | None, copy_clip: Cell | None
) -> tuple[list[Box], list[Box]]:
    """The lines of real images and of copies, each with a word where it covers none of `occupied`; boxes of words, of lines."""
    line: dict[str, Any] = {"color": theme.quiet, "linewidth": 1.0, "zorder": 1.5}
    dashed, dotted = (0, (6, 3)), (0, (1, 2))
    # Both stand at nearly the same height: the higher one has its word above its line, the other one below.
    higher_first = sorted(
        (
            (cell.mean, word, style, name)
            for cell, word, style, name in (
                (real, "real images against each other", dashed, "real_images"),
                (copy_dino, "copies of the references", dotted, "copy_reference"),
            )
            if cell is not None and cell.mean is not None
        ),
        reverse=True,
    )
    written = list(occupied)
    lines = []
    if copy_clip is not None and copy_clip.mean is not None:
        axes.axvline(copy_clip.mean, linestyle=dotted, gid="copy_reference", **line)
        x = to_points(axes, copy_clip.mean, 0.0)[0]
        lines.append(Box(x - 1.5, 0.0, x + 1.5, 1e4))
        written.append(lines[0])
        places = [(x + side, top, 90.0) for top in (0.02, 0.98) for side in (7.0, -7.0)]
        written.append(_word(axes, theme, f"copies of the references, {copy_clip.mean:.3g}", places, written))
    for rank, (height, word, style, name) in enumerate(higher_first):
        axes.axhline(height, linestyle=style, gid=name, **line)
        middle = to_points(axes, 0.0, height)[1]
        lines.append(Box(0.0, middle - 1.5, WIDTH, middle + 1.5))
        y = middle + (-7.0 if rank else 7.0)
        places = [(across, y, 0.0) for across in (0.99, 0.01, 0.16, 0.3, 0.45, 0.6)]
        written.append(_word(axes, theme, f"{word}, {height:.3g}", places, written))
    return [box for box in written[len(occupied) :] if box not in lines], lines


def _word(axes: "Axes", theme: Theme, text: str, places: list[tuple[float, float, float]], occupied: list[Box]) -> Box:
    """Write a line's word at the first place that is free, else at the one that covers least.

    Args:
        places: for level text (share of the axes' width, points from below, 0), for upright text (points from the left,
            share of the axes' height, 90); from 0.5 on the text ends there, else it begins there.
    """
    inside = _window(axes)
    width, half = text_width(text, SMALL), SMALL * 0.6
    boxes = []
    for first, second, angle in places:
        share, start, end = (second, inside.bottom, inside.top) if angle else (first, inside.left, inside.right)
        at = start + share * (end - start) - (width if share > 0.5 else 0.0)
        across = first if angle else second
        boxes.append(
            Box(across - half, at, across + half, at + width) if angle else Box(at, across - half, at + width, across + half)
        )
    best = min(range(len(boxes)), key=lambda index: (sum(boxes[index].overlap(other) for other in occupied), index))
    box = boxes[best]
    axes.annotate(
        text,
        ((box.left + box.right) / 2.0, (box.bottom + box.top) / 2.0),
        xycoords="figure points",
        size=SMALL,
        color=theme.quiet,
        rotation=places[best][2],
        ha="center",
        va="center",
        annotation_clip=False,
    )
    return box


def _window(axes: "Axes") -> Box:
    scale = 72.0 / axes.figure.dpi
    return Box(*(float(value) * scale for value in axes.get_window_extent().extents))


def _bar_boxes(axes: "Axes", x: Cell, y: Cell) -> list[Box]:
    centre = to_points(axes, _mean(x), _mean(y))
    left, right = (to_points(axes, end, _mean(y))[0] for end in _ends(x))
    bottom, top = (to_points(axes, _mean(x), end)[1] for end in _ends(y))
    across = Box(left - 1, centre[1] - 2.0, right + 1, centre[1] + 2.0)
    return [across, Box(centre[0] - 2.0, bottom - 1, centre[0] + 2.0, top + 1)]


def _mean(cell: Cell | None) -> float:
    assert cell is not None
    assert cell.mean is not None
    return cell.mean


def _ends(cell: Cell) -> tuple[float, float]:
    """The interval; the mean twice where there is none."""
    mean = _mean(cell)
    return (mean if cell.low is None else cell.low, mean if cell.high is None else cell.high)


def _error(cell: Cell) -> list[list[float]]:
    low, high = _ends(cell)
    return [[max(0.0, _mean(cell) - low)], [max(0.0, high - _mean(cell))]]
