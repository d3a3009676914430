"""Every subject a row, every method a marker: where methods agree, and which subjects none of them manages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd

from dreambench.dataset.kinds import kind_label
from dreambench.reports.plots.frame import MARGIN, RIGHT, counted, draw_legend, framed, plan_legend
from dreambench.reports.plots.labels import short_names, text_width
from dreambench.reports.plots.records import NotDrawable, Plot, PlotData
from dreambench.reports.plots.scales import spanning, unit_of
from dreambench.reports.plots.style import SMALL, WIDTH, Theme, method_styles
from dreambench.reports.records import Column

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "On which subjects does each method succeed or fail?"
CAPTION: Final = (
    "A marker is a method's mean over a subject's images; the thin line joins the lowest and the highest. Within each kind, "
    "subjects stand in the order of their mean DINO over the methods."
)
METRICS: Final = ("dino", "clip_t")
#: More rows than this do not fit on a page: those with the lowest means are shown.
MOST_ROWS: Final = 60
_ROW: Final = 12.0
_KIND_GAP: Final = 20.0
_BELOW: Final = 34.0
#: Room for half a tick label of either panel.
_BETWEEN: Final = 28.0


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family.

    Raises:
        NotDrawable: no subject has a DINO score.
    """
    ordered_subjects(data)
    return [Plot("subject_dots", "subject_dots", QUESTION, CAPTION, draw_subject_dots)]


def ordered_subjects(data: PlotData, key: str = METRICS[0]) -> pd.DataFrame:
    """Columns subject, kind, mean: kinds apart, in each the best subject (mean over the methods) first.

    Raises:
        NotDrawable: no method has the metric.
    """
    data.metric(key)
    stacked = pd.concat([method.subjects[["subject", "kind", key]] for method in data.methods])
    rows = stacked.groupby("subject", as_index=False).agg(kind=("kind", "first"), mean=(key, "mean"))
    rows = rows[rows["mean"].notna()]
    if rows.empty:
        raise NotDrawable("No subject has a DINO score.")
    lowest = rows.nsmallest(MOST_ROWS, "mean")
    # Objects before live subjects, as in the benchmark's list.
    return lowest.sort_values(["kind", "mean", "subject"], ascending=[False, False, True], ignore_index=True)


def draw_subject_dots(data: PlotData, theme: Theme) -> "Figure":
    """Draw it: a panel for DINO and, where there is one, a panel for CLIP-T, with common rows."""
    rows = ordered_subjects(data)
    metrics = [data.metric(METRICS[0]), *(_metric(data, key) for key in METRICS[1:])]
    shown = [metric for metric in metrics if metric is not None]
    kinds = list(dict.fromkeys(rows["kind"]))
    tops = [place * _ROW + (kinds.index(kind) + 1) * _KIND_GAP for place, kind in enumerate(rows["kind"])]
    height = tops[-1] + _ROW
    legend = plan_legend([method.label for method in data.methods])
    n_all = len(set().union(*(method.subjects["subject"] for method in data.methods)))
    fewer = f" Shown: the {len(rows)} of {n_all} subjects with the lowest mean." if len(rows) == MOST_ROWS < n_all else ""
    frame = framed(theme, question=QUESTION, counted=counted(data) + fewer, body=legend.height + height + _BELOW)
    draw_legend(frame, legend, method_styles(len(data.methods), theme))
    names = short_names(list(rows["subject"]), 130.0)
    left = MARGIN + max(text_width(name, SMALL) for name in names) + 6.0
    width = (WIDTH - left - RIGHT - _BETWEEN * (len(shown) - 1)) / len(shown)
    for panel, metric in enumerate(shown):
        axes = frame.axes(left=left + panel * (width + _BETWEEN), top=legend.height, width=width, height=height)
        axes.set_ylim(height, 0.0)
        axes.set_yticks([top + _ROW / 2.0 for top in tops], names if panel == 0 else [""] * len(names))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(
            f"{metric.label}, mean {unit_of(data, metric.key)} ({'higher' if metric.higher_is_better else 'lower'} is better)"
        )
        _draw_dots(axes, data, rows, tops, metric=metric, theme=theme)
        if panel == 0:
            for kind in kinds:
                count = int((rows["kind"] == kind).sum())
                first = tops[list(rows["kind"]).index(kind)]
                label = short_names([kind_label(str(kind))], 90.0)[0]
                frame.text(MARGIN, legend.height + first - 3.0, f"{label}, n = {count}", size=SMALL, weight="bold", va="bottom")
    return frame.figure


def _draw_dots(
    axes: "Axes", data: PlotData, rows: pd.DataFrame, tops: Sequence[float], *, metric: Column, theme: Theme
) -> None:
    from matplotlib.ticker import MaxNLocator

    values = [method.subjects.set_index("subject")[metric.key].reindex(rows["subject"]) for method in data.methods]
    table = pd.concat(values, axis=1)
    middles = [top + _ROW / 2.0 for top in tops]
    axes.hlines(middles, table.min(axis=1), table.max(axis=1), color=theme.quiet, linewidth=0.7, zorder=1.5)
    size = 6.0 if len(values) <= 6 else 5.0
    for method, column, style in zip(data.methods, values, method_styles(len(values), theme), strict=True):
        axes.plot(
            column.to_numpy(),
            middles,
            linestyle="none",
            marker=style.marker,
            markersize=size,
            color=style.colour,
            markerfacecolor=style.face(theme),
            markeredgewidth=0.9,
            label=method.label,
            zorder=3,
        )
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlim(*spanning(table.to_numpy().ravel()))


def _metric(data: PlotData, key: str) -> Column | None:
    try:
        return data.metric(key)
    except NotDrawable:
        return None
