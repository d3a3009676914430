"""Where generated images lie beside the reference images: a plane of the embedding space, method by method."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.reports.plots.frame import MARGIN, NO_BREAK, draw_legend, framed, plan_legend, protocol_of
from dreambench.reports.plots.labels import short_names, shorten
from dreambench.reports.plots.records import Embeddings, NotDrawable, Plot, PlotData
from dreambench.reports.plots.style import SMALL, TEXT, WIDTH, MethodStyle, Theme, method_styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "Do generated images lie with their own subject's references?"
CAPTION: Final = (
    "Principal components of the embeddings of references and generated images together; every panel shows the same plane. "
    "Large: reference images; small: generated images. The share counts, in the full space, the images whose nearest reference "
    "is one of their own subject, among the subjects shown."
)
_BETWEEN: Final = 10.0
_PANEL_TITLE: Final = 28.0
_ROW_GAP: Final = 10.0
_BELOW: Final = 18.0


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family.

    Raises:
        NotDrawable: there are no embeddings, or too few for a plane.
    """
    _embeddings(data)
    return [Plot("embedding_map", "embedding_map", QUESTION, CAPTION, draw_embedding_map)]


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
    height = min(width, 270.0) if rows == 1 else width * 0.85
    note = f"{shorten(embeddings.encoder, 200.0)}; {embeddings.sample}, {len(subjects)}{NO_BREAK}subjects. "
    body = legend.height + rows * (_PANEL_TITLE + height + _ROW_GAP) + _BELOW
    frame = framed(theme, question=QUESTION, counted=note + protocol_of(data), body=body)
    draw_legend(frame, legend, styles)
    names = short_names([method.label for method in data.methods], 0.88 * width, size=TEXT)
    box = _window([*references.values(), *(points for each in generated for points in each.values())], width / height)
    for place, name in enumerate(names):
        row, column = divmod(place, columns)
        left = MARGIN + 12.0 + column * (width + _BETWEEN)
        top = legend.height + row * (_PANEL_TITLE + height + _ROW_GAP)
        axes = frame.axes(left=left, top=top + _PANEL_TITLE, width=width, height=height)
        axes.set(xlim=box[0], ylim=box[1], xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(visible=True, color=theme.grid)
        frame.text(left, top + 2.0, name, size=TEXT, weight="bold", va="top")
        hits, total = nearest_own(embeddings, place)
        word = f"{hits / total:.0%} nearest to their own (n = {total})" if total else "no images"
        if columns == 4 and total:
            word = f"{hits / total:.0%} nearest own (n = {total})"
        frame.text(left, top + 14.0, word, size=SMALL, color=theme.quiet, va="top")
        for subject, style in zip(subjects, styles, strict=True):
            _draw_subject(axes, subject, references[subject], generated[place].get(subject), style, theme)
    bottom = legend.height + rows * (_PANEL_TITLE + height + _ROW_GAP) - _ROW_GAP + 6.0
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

    parts = [*embeddings.references.values(), *(rows for each in embeddings.generated for rows in each.values())]
    everything = np.concatenate(parts).astype(np.float64)
    pca = PCA(n_components=2, svd_solver="full").fit(everything)
    shares = np.nan_to_num(pca.explained_variance_ratio_)

    def plane(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        placed: NDArray[np.float64] = pca.transform(rows.astype(np.float64))
        return placed

    references = {subject: plane(rows) for subject, rows in embeddings.references.items()}
    generated = [{subject: plane(rows) for subject, rows in each.items() if len(rows)} for each in embeddings.generated]
    return references, generated, (float(shares[0]), float(shares[1]))


def nearest_own(embeddings: Embeddings, method: int) -> tuple[int, int]:
    """How many of a method's images have a reference of their own subject as their nearest by cosine, and of how many."""
    owners = np.concatenate([[subject] * len(rows) for subject, rows in embeddings.references.items()])
    known = np.concatenate(list(embeddings.references.values()))
    hits = total = 0
    for subject, rows in embeddings.generated[method].items():
        if len(rows):
            hits += int((owners[(rows @ known.T).argmax(axis=1)] == subject).sum())
            total += len(rows)
    return hits, total


def _window(parts: list[NDArray[np.float64]], aspect: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of both axes around all points, with one scale for both."""
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2.0, (high - low) / 2.0 * 1.08
    up = max(half[1], half[0] / aspect, 1e-6)
    across = up * aspect
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
