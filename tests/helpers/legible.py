"""Whether a figure can be read: every text's box, and what is asked of all of them together."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from dreambench.reports.plots import THEMES
from dreambench.reports.plots.placement import Box
from dreambench.reports.plots.style import styled


def texts_of(figure: Figure) -> list[tuple[Text, Box]]:
    """Every text that is drawn, with its box in points, under the settings that files are written with."""
    with styled(THEMES["light"]):
        return _texts_of(figure)


def _texts_of(figure: Figure) -> list[tuple[Text, Box]]:
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    scale = 72.0 / figure.dpi
    hidden = _kept_back(figure)
    found = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            found.append((text, Box(*(float(v) * scale for v in text.get_window_extent(renderer).extents))))
    return found


def _kept_back(figure: Figure) -> set[int]:
    """ids of texts that matplotlib keeps without drawing them: labels of ticks beyond the limits, and of axes that are off."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            drawn = axis._update_ticks() if axes.axison and axis.get_visible() else []
            keep = {id(label) for tick in drawn for label in (tick.label1, tick.label2)}
            every = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {id(label) for tick in every for label in (tick.label1, tick.label2)} - keep
    return hidden


def check(figure: Figure) -> None:
    """720 CSS pixels wide; no text over another, none cut off, none smaller than 8 points."""
    width, height = (float(side) * 72.0 for side in figure.get_size_inches())
    assert width == 540.0  # 720 CSS pixels
    texts = texts_of(figure)
    assert len(texts) > 3
    page = Box(0.0, 0.0, width, height)
    for text, box in texts:
        assert text.get_fontsize() >= 8.0, text.get_text()
        assert box.within(page), (text.get_text(), box, page)
    for (one, first), (other, second) in combinations(texts, 2):
        width = min(first.right, second.right) - max(first.left, second.left)
        height = min(first.top, second.top) - max(first.bottom, second.bottom)
        # Boxes hold room above and below the letters: lines of a heat map's rows may share a point of it.
        assert width <= 0.5 or height <= 1.0, (one.get_text(), other.get_text(), width, height)
