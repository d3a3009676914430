"""Where generated images lie beside the reference images: a plane of the embedding space, method by method."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.choice import of_formula
from dreambench.reports.plots.frame import MARGIN, NO_BREAK, draw_legend, framed, plan_legend, protocol_of
from dreambench.reports.plots.labels import short_names, shorten, text_width
from dreambench.reports.plots.plot_data import Embeddings, NotDrawable, Plot, PlotData
from dreambench.reports.plots.style import SMALL, TEXT, WIDTH, MethodStyle, Theme, method_styles
from dreambench.reports.plots.wording import IDENTIFICATION
from dreambench.reports.table import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "Do generated images lie with their own subject's references?"
CAPTION: Final = (
    "Principal components of the embeddings of references and generated images together; every panel shows the same plane. "
    "Large: reference images; small: generated images."
)
_BETWEEN: Final = 10.0
_TITLE_LINE: Final = 12.0
_ROW_GAP: Final = 10.0
_BELOW: Final = 18.0
#: Between the outermost points and the panel's edge: a marker is 7.5 points wide.
_ROOM: Final = 7.0


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family.

    Raises:
        NotDrawable: there are no embeddings, or too few for a plane.
    """
    _embeddings(data)
    share = _identification(data)
    said = ""
    if share is not None:
        said = (
            f" {share.label} is the table's number, over all images and against all subjects of the dataset; it is not counted "
            "from what is drawn here."
        )
    return [Plot("embedding_map", "embedding_map", QUESTION, CAPTION + said, draw_embedding_map)]


def _embeddings(data: PlotData) -> Embeddings:
    embeddings = data.embeddings
    if embeddings is None:
        raise NotDrawable(data.why_no_embeddings)
    count = sum(map(len, embeddings.references.values())) + sum(len(v) for g in embeddings.generated for v in g.values())
    if not embeddings.references or count < 3:
        raise NotDrawable("A map needs embeddings of at least three images.")
    return embeddings


def draw_embedding_map(data: PlotData, theme: Theme) -> "Figure":
    """Draw it: a panel a method, a colour and marker a subject."""
    embeddings = _embeddings(data)
    subjects = list(embeddings.references)
    styles = method_styles(len(subjects), theme)
    references, generated, explained = project(embeddings)
    n = len(data.methods)
    columns = 1 if n == 1 else 2 if n in (2, 4) else 3 if n <= 9 else 4
    rows = -(-n // columns)
    legend = plan_legend(subjects)
    width = (WIDTH - 2 * MARGIN - 12.0 - _BETWEEN * (columns - 1)) / columns
    below = _below_names(data, width)
    title = (2 if any(below) else 1) * _TITLE_LINE + 4.0
    height = min(width, 270.0) if rows == 1 else width * 0.85
    note = (
        f"{shorten(embeddings.encoder, 200.0)}; {embeddings.sample}, {len(subjects)}{NO_BREAK}subjects, {_drawn(embeddings)}. "
    )
    body = legend.height + rows * (title + height + _ROW_GAP) + _BELOW
    frame = framed(theme, question=QUESTION, counted=note + protocol_of(data), body=body)
    draw_legend(frame, legend, styles)
    names = short_names([method.label for method in data.methods], 0.88 * width, size=TEXT)
    box = _window(
        [*references.values(), *(points for by_subject in generated for points in by_subject.values())], width, height
    )
    for index, name in enumerate(names):
        row, column = divmod(index, columns)
        left = MARGIN + 12.0 + column * (width + _BETWEEN)
        top = legend.height + row * (title + height + _ROW_GAP)
        axes = frame.axes(left=left, top=top + title, width=width, height=height)
        axes.set(xlim=box[0], ylim=box[1], xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(visible=True, color=theme.grid)
        frame.text(left, top + 2.0, name, size=TEXT, weight="bold", va="top")
        frame.text(left, top + 14.0, below[index], size=SMALL, color=theme.quiet, va="top")
        for subject, style in zip(subjects, styles, strict=True):
            _draw_subject(axes, subject, references[subject], generated[index].get(subject), style, theme)
    bottom = legend.height + rows * (title + height + _ROW_GAP) - _ROW_GAP + 6.0
    frame.text(MARGIN + 12.0, bottom, f"first principal component, {explained[0]:.0%} of the variance →", size=TEXT, va="top")
    frame.text(
        MARGIN - 4.0,
        bottom - 6.0,
        f"second component, {explained[1]:.0%} →",
        size=TEXT,
        rotation=90,
        va="bottom",
        ha="left",
    )
    return frame.figure


def project(
    embeddings: Embeddings,
) -> tuple[dict[str, NDArray[np.float64]], list[dict[str, NDArray[np.float64]]], tuple[float, float]]:
    """References and generated images on the plane of the first two principal components of all of them together.

    Returns:
        references [n, 2] by subject; generated [m, 2] by subject for each method; the two shares of the variance.
    """
    from sklearn.decomposition import PCA

    parts = [*embeddings.references.values(), *(rows for by_subject in embeddings.generated for rows in by_subject.values())]
    everything = np.concatenate(parts).astype(np.float64)
    pca = PCA(n_components=2, svd_solver="full").fit(everything)
    shares = np.nan_to_num(pca.explained_variance_ratio_)

    def plane(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        placed: NDArray[np.float64] = pca.transform(rows.astype(np.float64))
        return placed

    references = {subject: plane(rows) for subject, rows in embeddings.references.items()}
    generated = [
        {subject: plane(rows) for subject, rows in by_subject.items() if len(rows)} for by_subject in embeddings.generated
    ]
    return references, generated, (float(shares[0]), float(shares[1]))


def _identification(data: PlotData) -> Column | None:
    """The metric that says, for every image, whether its nearest reference is its own subject's."""
    found = of_formula(data, IDENTIFICATION)
    return found[0] if found else None


def _below_names(data: PlotData, width: float) -> list[str]:
    """A line a method: the table's share of images nearest to their own subject, where it is measured."""
    column = _identification(data)
    lines = []
    for method in data.methods:
        mean = None if column is None else method.overall.get(column.key, Cell(None)).mean
        if column is None or mean is None:
            lines.append("")
            continue
        room = width - text_width(f" {number(mean)}", SMALL)
        short = f"{shorten(column.label, room)} {number(mean)}"
        long = f"{short} over all images"
        lines.append(long if text_width(long, SMALL) <= width else short)
    return lines


def _drawn(embeddings: Embeddings) -> str:
    """How many images a panel has: "n = 36 a method"."""
    counts = sorted({sum(map(len, generated.values())) for generated in embeddings.generated})
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"n = {many}{' a method' if len(embeddings.generated) > 1 else ''}".replace(" ", NO_BREAK)


def _window(parts: list[NDArray[np.float64]], width: float, height: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of both axes around all points and their markers, with one scale for both, for a panel of so many points."""
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2.0, (high - low) / 2.0
    # What a point of paper is worth: so much that the wider of the two directions just fits between the margins.
    worth = max(half[0] / (width / 2.0 - _ROOM), half[1] / (height / 2.0 - _ROOM), 1e-6)
    across, up = worth * width / 2.0, worth * height / 2.0
    return (middle[0] - across, middle[0] + across), (middle[1] - up, middle[1] + up)


def _draw_subject(
    axes: "Axes",
    subject: str,
    references: NDArray[np.float64],
    generated: NDArray[np.float64] | None,
    style: MethodStyle,
    theme: Theme,
) -> None:
    common: dict[str, Any] = {"linestyle": "none", "marker": style.marker}
    if generated is not None:
        axes.plot(
            generated[:, 0],
            generated[:, 1],
            markersize=3.2,
            color=style.colour,
            markerfacecolor=style.face(theme),
            markeredgewidth=0.6,
            alpha=0.75,
            zorder=2,
            gid=f"generated-{subject}",
            **common,
        )
    axes.plot(
        references[:, 0],
        references[:, 1],
        markersize=7.5,
        color=theme.ink,
        markerfacecolor=style.face(theme),
        markeredgewidth=0.9,
        zorder=3,
        gid=f"references-{subject}",
        **common,
    )
