"""Every subject a row, every method a marker: where methods agree, and which subjects none of them manages."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import pandas as pd

from dreambench.dataset.kinds import kind_label
from dreambench.reports.cells import Column
from dreambench.reports.plots.choice import Member, fidelity_if_there
from dreambench.reports.plots.frame import MARGIN, RIGHT, counted, draw_legend, framed, plan_legend
from dreambench.reports.plots.labels import first_that_fits, short_names, text_width
from dreambench.reports.plots.plot_data import NotDrawable, Plot, PlotData
from dreambench.reports.plots.scales import spanning
from dreambench.reports.plots.style import SMALL, TEXT, WIDTH, Theme, method_styles
from dreambench.reports.plots.wording import axis_of, better

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "On which subjects does each method succeed or fail?"
_FAMILY: Final = "subject_dots"
#: More rows than this do not fit on a page: those with the worst means are shown.
MOST_ROWS: Final = 60
_ROW: Final = 12.0
_KIND_GAP: Final = 20.0
_BELOW: Final = 34.0
#: Room for half a tick label of either panel.
_BETWEEN: Final = 28.0


def plots(data: PlotData) -> list[Plot]:
    """A plot for the first encoders of subject and of prompt fidelity, and one for every further encoder.

    Where one of the two is missing the other stands alone; a protocol with neither shows its first metric.

    Raises:
        NotDrawable: no subject has a score.
    """
    members = fidelity_if_there(data)
    drawable = [member for member in members if data.has_subjects(member.metrics[0])]
    if not drawable:
        raise NotDrawable(f"No subject has a score in {members[0].metrics[0].label}.")
    return [_plot(member) for member in drawable]


def _plot(member: Member) -> Plot:
    first, question = member.metrics[0], member.question(QUESTION)
    caption = (
        "A marker is a method's mean over a subject's images; the thin line joins the lowest and the highest. Within each "
        f"kind, subjects stand in the order of their mean {first.label} over the methods, the best first."
    )
    return Plot(member.name(_FAMILY), _FAMILY, question, caption, partial(_draw, member=member, question=question), member.by)


def ordered_subjects(data: PlotData, metric: Column) -> pd.DataFrame:
    """Columns subject, kind, mean: kinds apart, in each the best subject (mean over the methods) first."""
    tables = [method.subjects.reindex(columns=["subject", "kind", metric.key]) for method in data.methods]
    rows = pd.concat(tables).groupby("subject", as_index=False).agg(kind=("kind", "first"), mean=(metric.key, "mean"))
    rows = rows[rows["mean"].notna()]
    worst = rows.nsmallest(MOST_ROWS, "mean") if metric.higher_is_better else rows.nlargest(MOST_ROWS, "mean")
    # Objects before live subjects, as in the benchmark's list.
    upwards = [False, not metric.higher_is_better, True]
    return worst.sort_values(["kind", "mean", "subject"], ascending=upwards, ignore_index=True)


def _draw(data: PlotData, theme: Theme, *, member: Member, question: str) -> "Figure":
    """A panel a metric, with common rows."""
    shown = [metric for metric in member.metrics if data.has_subjects(metric)]
    rows = ordered_subjects(data, shown[0])
    kinds = list(dict.fromkeys(rows["kind"]))
    tops = [number * _ROW + (kinds.index(kind) + 1) * _KIND_GAP for number, kind in enumerate(rows["kind"])]
    height = tops[-1] + _ROW
    legend = plan_legend([method.label for method in data.methods])
    n_all = len(set().union(*(method.subjects["subject"] for method in data.methods)))
    fewer = f" Shown: the {len(rows)} of {n_all} subjects with the worst mean." if len(rows) == MOST_ROWS < n_all else ""
    frame = framed(theme, question=question, counted=counted(data) + fewer, body=legend.height + height + _BELOW)
    draw_legend(frame, legend, method_styles(len(data.methods), theme))
    names = short_names(list(rows["subject"]), 130.0)
    left = MARGIN + max(text_width(name, SMALL) for name in names) + 6.0
    width = (WIDTH - left - RIGHT - _BETWEEN * (len(shown) - 1)) / len(shown)
    short = [axis_of(data, metric) for metric in shown]
    long = [f"{text} ({better(metric)})" for text, metric in zip(short, shown, strict=True)]
    labels = first_that_fits([long, short], width + _BETWEEN / 2.0, size=TEXT)
    for panel, metric in enumerate(shown):
        axes = frame.axes(left=left + panel * (width + _BETWEEN), top=legend.height, width=width, height=height)
        axes.set_ylim(height, 0.0)
        axes.set_yticks([top + _ROW / 2.0 for top in tops], names if panel == 0 else [""] * len(names))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(labels[panel])
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

    values = [
        method.subjects.reindex(columns=["subject", metric.key]).set_index("subject")[metric.key].reindex(rows["subject"])
        for method in data.methods
    ]
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
