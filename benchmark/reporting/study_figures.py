"""The figures of a study: its variants, and, where they are values of one setting, curves along it; losses where they train."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.metrics.image_similarity import ImageSimilarity
from dreambench.benchmark.metrics.text_similarity import TextSimilarity
from dreambench.benchmark.studies.declaration import Study
from dreambench.dataset.files import atomic_write_bytes
from dreambench.dataset.words import counted
from dreambench.reports.comparison import ComparisonTable
from dreambench.reports.page import PagePlot
from dreambench.reports.plots import (
    AXIS_CAPTION,
    CURVE_CAPTION,
    LOSS_CAPTION,
    VARIANTS_CAPTION,
    AxisPlot,
    CurvePlot,
    LossPlot,
    Theme,
    VariantPlot,
    render_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COST: Final = "forward passes of the denoiser a subject"


@dataclass(frozen=True)
class StudyFigure:
    """A figure of a study.

    Attributes:
        name: of its file, without the ending.
        question: its title.
        caption: how to read it.
        draw: in a theme.
    """

    name: str
    question: str
    caption: str
    draw: "Callable[[Theme], Figure]"

    def write(self, folder: Path) -> PagePlot:
        """Write <name>.svg into a folder; returns the figure for the page."""
        light, dark = (render_figure(self.draw, form="svg", theme=theme) for theme in ("light", "dark"))
        atomic_write_bytes(folder / f"{self.name}.svg", light)
        return PagePlot(self.question, self.caption, light, dark, "image/svg+xml", self.name)


def study_figures(
    study: Study,
    table: ComparisonTable,
    *,
    values: Sequence[float | None],
    costs: Sequence[float | None],
    losses: LossPlot | None,
    n_images: int,
) -> list[StudyFigure]:
    """What is drawn of a study, the plot of its variants first.

    Args:
        study: what was asked.
        table: of `study_table`.
        values: of the study's axis, a variant each; None where it has none.
        costs: of the variants, as `passes_a_subject` counts them.
        losses: of `loss_plot`.
        n_images: that a variant was scored on.
    """
    plot = study_plot(study, table, values, n_images=n_images)
    figures = [StudyFigure("plot", study.question, VARIANTS_CAPTION, plot.draw)]
    numbers = [value for value in values if value is not None]
    if study.axis and len(numbers) == len(values):
        known = [cost for cost in costs if cost is not None]
        along = axis_plot(study, table, numbers, known if len(known) == len(numbers) else (), n_images=n_images)
        figures.append(StudyFigure("cost", along.question, AXIS_CAPTION, along.draw))
        curve = study_curve(study, table, numbers, n_images=n_images)
        if curve is not None:
            figures.append(StudyFigure("curve", curve.question, CURVE_CAPTION, curve.draw))
    if losses is not None:
        figures.append(StudyFigure("loss", losses.question, LOSS_CAPTION, losses.draw))
    return figures


def study_plot(study: Study, table: ComparisonTable, values: Sequence[float | None], *, n_images: int) -> VariantPlot:
    """The table's means as a plot; with an axis the variants are ordered by its values.

    Args:
        study: what was asked.
        table: of `study_table`.
        values: of the study's axis, a variant each; None where it has none.
        n_images: that a variant was scored on.
    """
    block = table.blocks[0]
    order = list(range(len(block.rows)))
    labels = [row.label for row in block.rows]
    if study.axis and all(value is not None for value in values):
        order.sort(key=lambda number: values[number] or 0.0)
        labels = [
            label if f"{value:g}" in label.split() else f"{label} [{value:g}]"
            for label, value in zip(labels, values, strict=True)
        ]
    columns = block.columns(table.columns)
    return VariantPlot(
        question=study.question,
        counted=_counted(table, n_images),
        columns=columns,
        labels=[labels[number] for number in order],
        cells=[{column.key: block.rows[number].score(column).cell for column in columns} for number in order],
        reference=order.index(0),
    )


def study_curve(study: Study, table: ComparisonTable, values: Sequence[float], *, n_images: int) -> CurvePlot | None:
    """Fidelity against prompt following along the study's axis; None where the table has not both.

    Args:
        study: what was asked.
        table: of `study_table`.
        values: of the study's axis, a variant each.
        n_images: that a variant was scored on.
    """
    block = table.blocks[0]
    columns = block.columns(table.columns)
    up, across = (
        next((column for column in columns if column.formula == formula), None)
        for formula in (ImageSimilarity.name, TextSimilarity.name)
    )
    if up is None or across is None:
        return None
    order = sorted(range(len(block.rows)), key=lambda number: values[number])
    return CurvePlot(
        question=f"How does the subject trade against the prompt along {study.axis}?",
        counted=_counted(table, n_images),
        across=across,
        up=up,
        labels=[f"{values[number]:g}" for number in order],
        points=[(block.rows[number].score(across).cell, block.rows[number].score(up).cell) for number in order],
    )


def axis_plot(
    study: Study, table: ComparisonTable, values: Sequence[float], costs: Sequence[float], *, n_images: int
) -> AxisPlot:
    """Every metric along the study's axis, and against the cost.

    Args:
        study: what was asked.
        table: of `study_table`.
        values: of the study's axis, a variant each.
        costs: of the variants; empty where one is not known.
        n_images: that a variant was scored on.
    """
    block = table.blocks[0]
    columns = block.columns(table.columns)
    order = sorted(range(len(block.rows)), key=lambda number: values[number])
    return AxisPlot(
        question=f"What does the setting {study.axis} give{', and what does it cost' if costs else ''}?",
        counted=_counted(table, n_images),
        axis=study.axis,
        cost=COST,
        columns=columns,
        values=[values[number] for number in order],
        costs=[costs[number] for number in order] if costs else (),
        cells=[{column.key: block.rows[number].score(column).cell for column in columns} for number in order],
        reference=order.index(0),
    )


def _counted(table: ComparisonTable, n_images: int) -> str:
    block = table.blocks[0]
    return f"{block.title.removeprefix(f'{block.name}: ')}; {counted(n_images, 'image')} a variant."
