"""How plots look: two themes, colours that the colour-blind tell apart, a marker for every method, sizes in points.

A figure is 540 points wide, which is 720 CSS pixels: shown so, a point is a point and no letter is smaller than 8.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

ThemeName = Literal["light", "dark"]
THEME_NAMES: Final[tuple[ThemeName, ...]] = ("light", "dark")

WIDTH: Final = 540.0
SMALL: Final = 8.0
TEXT: Final = 8.5
TITLE: Final = 12.0
#: Pixels an inch of a PNG: two for every CSS pixel.
PNG_DPI: Final = 192
FONT: Final = "DejaVu Sans"  # ships with matplotlib, so every machine draws the same letters

#: Twelve shapes that differ in grey and at 5 points.
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", "p", "*", "h", ">")


@dataclass(frozen=True)
class Theme:
    """Colours of a light or dark page.

    Attributes:
        paper: behind everything.
        ink: text and axes.
        quiet: text of second rank.
        grid: lines of the grid, and what holds no value.
        colours: of methods; after Okabe and Ito (2008), moved until each stands out from the paper by 3:1 and from the others
            for the colour-blind.
        diverging: below zero, zero, above zero.
    """

    name: ThemeName
    paper: str
    ink: str
    quiet: str
    grid: str
    colours: tuple[str, ...]
    diverging: tuple[str, str, str]


THEMES: Final[dict[ThemeName, Theme]] = {
    "light": Theme(
        name="light",
        paper="#ffffff",
        ink="#1b1f24",
        quiet="#57606a",
        grid="#e2e5e9",
        colours=("#0072b2", "#d55e00", "#009e73", "#b0578d", "#3b9bd6", "#6b4a00"),
        diverging=("#b35806", "#f4f4f4", "#1f5fa8"),
    ),
    "dark": Theme(
        name="dark",
        paper="#14171c",
        ink="#e8eaed",
        quiet="#a3abb5",
        grid="#31363e",
        colours=("#56b4e9", "#e69f00", "#1fc492", "#dd94be", "#f0e442", "#ef7f38"),
        diverging=("#f2a541", "#262b32", "#6fb4f5"),
    ),
}


@dataclass(frozen=True)
class MethodStyle:
    """How one method (or subject) is drawn everywhere: a colour, a marker, and whether the marker is filled."""

    colour: str
    marker: str
    filled: bool

    def face(self, theme: Theme) -> str:
        """The marker's inner colour."""
        return self.colour if self.filled else theme.paper


def method_styles(count: int, theme: Theme) -> list[MethodStyle]:
    """Styles for so many methods, the same for the same place in every plot.

    Up to 12 have a marker of their own; the first 6 have a colour of their own, and from the seventh on markers are
    hollow, so that a colour that returns looks different.
    """
    n_colours = len(theme.colours)
    return [
        MethodStyle(theme.colours[index % n_colours], MARKERS[index % len(MARKERS)], (index // n_colours) % 2 == 0)
        for index in range(count)
    ]


def settings(theme: Theme) -> dict[str, Any]:
    """matplotlib's settings for a theme. Names come from strangers, so "$" is never read as mathematics."""
    return {
        "font.family": FONT,
        "font.size": TEXT,
        "text.color": theme.ink,
        "text.parse_math": False,
        "text.usetex": False,
        # Letters then are as wide at every resolution and in every format as `labels.text_width` says.
        "text.hinting": "none",
        "figure.facecolor": theme.paper,
        "savefig.facecolor": theme.paper,
        "figure.dpi": 96,
        "axes.facecolor": theme.paper,
        "axes.edgecolor": theme.quiet,
        "axes.labelcolor": theme.ink,
        "axes.labelsize": TEXT,
        "axes.titlesize": TEXT,
        "axes.linewidth": 0.7,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": theme.grid,
        "grid.linewidth": 0.6,
        "xtick.color": theme.quiet,
        "ytick.color": theme.quiet,
        "xtick.labelcolor": theme.ink,
        "ytick.labelcolor": theme.ink,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "legend.frameon": False,
        "hatch.linewidth": 0.5,
        "hatch.color": theme.grid,
        "svg.hashsalt": "dreambench",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }


@contextmanager
def styled(theme: Theme) -> Iterator[None]:
    """Draw and save under a theme, whatever the user's own matplotlibrc says; everything is put back afterwards."""
    import matplotlib.style

    with matplotlib.style.context(settings(theme), after_reset=True):
        yield
