"""From a plot to a file's bytes: PNG, SVG or PDF, the same bytes for the same data."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from dreambench.reports.plots.plot_data import Plot, PlotData
from dreambench.reports.plots.style import PNG_DPI, THEMES, Theme, ThemeName, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PlotFormat = Literal["png", "svg", "pdf"]
PLOT_FORMATS: Final[tuple[PlotFormat, ...]] = ("png", "svg", "pdf")
#: Dates and version numbers would make every file another one.
_METADATA: Final[dict[PlotFormat, dict[str, str | None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def draw(plot: Plot, data: PlotData, *, theme: ThemeName = "light") -> "Figure":
    """The plot as a matplotlib figure, 540 points (720 CSS pixels) wide; for a file use `render`, which keeps the settings."""
    with styled(THEMES[theme]):
        return plot.draw(data, THEMES[theme])


def render(plot: Plot, data: PlotData, *, form: PlotFormat = "png", theme: ThemeName = "light") -> bytes:
    """The plot as a file. PNG has two pixels for every CSS pixel; SVG and PDF carry their letters with them."""
    return render_figure(lambda chosen: plot.draw(data, chosen), form=form, theme=theme)


def render_figure(draw_in: "Callable[[Theme], Figure]", *, form: PlotFormat, theme: ThemeName = "light") -> bytes:
    """A figure that is drawn in a theme, as a file's bytes."""
    buffer = io.BytesIO()
    with styled(THEMES[theme]):
        draw_in(THEMES[theme]).savefig(buffer, format=form, dpi=PNG_DPI, metadata=_METADATA[form])
    return buffer.getvalue()
