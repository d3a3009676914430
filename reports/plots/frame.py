"""A figure's frame: the question as its title, what was counted below it, and axes placed in points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dreambench.reports.plots.labels import short_names, shorten, text_width, wrapped
from dreambench.reports.plots.plot_data import PlotData
from dreambench.reports.plots.style import SMALL, TEXT, TITLE, WIDTH, MethodStyle, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARGIN: Final = 8.0
#: Right of axes with numbers below: half of the widest number may stand beyond the last tick.
RIGHT: Final = 18.0
#: Keeps a number and its word on one line.
NO_BREAK: Final = "\u00a0"
_TITLE_LINE: Final = TITLE * 1.3
_TEXT_LINE: Final = TEXT * 1.35
_LEGEND_LINE: Final = 14.0
_LEGEND_HANDLE: Final = 14.0
_LEGEND_GAP: Final = 16.0


@dataclass(frozen=True)
class Frame:
    """A figure with its header drawn.

    Attributes:
        figure: 540 points wide.
        theme: it is drawn in.
        height: of the whole figure, in points.
        header: height of the header, in points; the body begins below it.
    """

    figure: "Figure"
    theme: Theme
    height: float
    header: float

    def axes(self, *, left: float, top: float, width: float, height: float, **options: Any) -> "Axes":
        """Axes whose box is given in points, from the figure's left edge and from the body's top."""
        bottom = self.height - self.header - top - height
        return self.figure.add_axes((left / WIDTH, bottom / self.height, width / WIDTH, height / self.height), **options)

    def text(self, x: float, top: float, text: str, **options: Any) -> None:
        """Text at a place in points; `top` from the body's top."""
        self.figure.text(x / WIDTH, 1.0 - (self.header + top) / self.height, text, **options)


def framed(theme: Theme, *, question: str, counted: str, body: float) -> Frame:
    """A figure that asks `question`, says what was counted, and has `body` points of room below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    room = WIDTH - 2 * MARGIN
    titles = wrapped(question, room, size=TITLE, weight="bold", lines=2)
    notes = wrapped(counted, room, size=TEXT, lines=3)
    header = MARGIN + len(titles) * _TITLE_LINE + len(notes) * _TEXT_LINE + 8.0
    height = header + body + MARGIN
    figure = Figure(figsize=(WIDTH / 72.0, height / 72.0))
    FigureCanvasAgg(figure)
    frame = Frame(figure, theme, height, header)
    top = MARGIN - header
    for line in titles:
        frame.text(MARGIN, top, line, size=TITLE, weight="bold", va="top")
        top += _TITLE_LINE
    for line in notes:
        frame.text(MARGIN, top + 1.0, line, size=TEXT, color=theme.quiet, va="top")
        top += _TEXT_LINE
    return frame


def counted(data: PlotData) -> str:
    """Subjects, prompts and images of a method, and the protocol: "30 subjects x 25 prompts x 4 images. Protocol ..."."""
    return f"{counted_images(data)} {protocol_of(data)}"


def protocol_of(data: PlotData) -> str:
    """The protocol and its fingerprint, as a sentence; several where the methods' metrics agree and their protocols do not."""
    named = [(shorten(name, 120.0), shorten(fingerprint, 90.0)) for fingerprint, name in data.protocols.items()]
    if len(named) == 1:
        return f"Protocol {named[0][0]}, fingerprint {named[0][1]}."
    return f"Protocols {', '.join(f'{name} ({fingerprint})' for name, fingerprint in named)}; the metrics shown are the same."


def counted_images(data: PlotData) -> str:
    """Subjects, prompts and images of a method, as a sentence without a verb."""
    images = data.methods[0].images
    cells = images.groupby(["subject", "prompt_index"], sort=False).size()
    prompts = cells.groupby(level="subject").size()
    n_subjects = len(prompts)
    if cells.nunique() == 1 and prompts.nunique() == 1:
        text = f"{_count(n_subjects, 'subject')} × {_count(prompts.iloc[0], 'prompt')} × {_count(cells.iloc[0], 'image')}"
    else:
        text = f"{_count(n_subjects, 'subject')}, {_count(len(images), 'image')}"
    scope = " a method" if len(data.methods) > 1 else ""
    return f"{text}{scope}."


def _count(number: int, noun: str) -> str:
    return f"{number:,}{NO_BREAK}{noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class Legend:
    """A legend above the axes, in as many columns as fit: `height` is the room it takes, in points."""

    names: tuple[str, ...]
    columns: int
    column_width: float
    height: float


def plan_legend(names: Sequence[str], *, most: float = 150.0) -> Legend:
    """Lay out a legend over the figure's width; names longer than `most` points are shortened."""
    short = short_names(names, most)
    widest = max(text_width(name, SMALL) for name in short)
    column = _LEGEND_HANDLE + widest + _LEGEND_GAP
    columns = max(1, min(len(short), int((WIDTH - 2 * MARGIN + _LEGEND_GAP) // column)))
    rows = -(-len(short) // columns)
    return Legend(tuple(short), columns, column, rows * _LEGEND_LINE + 6.0)


def draw_legend(frame: Frame, legend: Legend, styles: Sequence[MethodStyle], *, top: float = 0.0) -> None:
    """Draw a legend at a height of the body, row by row from left to right."""
    axes = frame.axes(left=0, top=top, width=WIDTH, height=legend.height)
    axes.set_axis_off()
    axes.set(xlim=(0, WIDTH), ylim=(legend.height, 0))
    for index, (name, style) in enumerate(zip(legend.names, styles, strict=True)):
        row, column = divmod(index, legend.columns)
        x, y = MARGIN + column * legend.column_width, (row + 0.5) * _LEGEND_LINE
        axes.plot(
            [x + 4.0],
            [y],
            marker=style.marker,
            markersize=6.5,
            color=style.colour,
            markerfacecolor=style.face(frame.theme),
            linestyle="none",
            clip_on=False,
        )
        axes.text(x + _LEGEND_HANDLE, y, name, size=SMALL, va="center_baseline")
