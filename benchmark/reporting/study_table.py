"""From a study's finished runs to its table, its plot and its page."""

from collections.abc import Sequence
from dataclasses import replace

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.metrics.image_similarity import ImageSimilarity
from dreambench.benchmark.metrics.text_similarity import TextSimilarity
from dreambench.benchmark.reporting.comparison_table import comparison_table
from dreambench.benchmark.reporting.report_page import report_page
from dreambench.benchmark.reporting.study_costs import cost_sentences
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.parts import Breakdown
from dreambench.benchmark.results.report_data import ReportData
from dreambench.benchmark.studies.declaration import Study
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted
from dreambench.reports.cells import Cell
from dreambench.reports.comparison import ComparisonTable
from dreambench.reports.page import PagePlot, ReportPage
from dreambench.reports.plots import CurvePlot, VariantPlot
from dreambench.reports.published import PublishedRow


def study_table(study: Study, runs: Sequence[ScoredRun], infos: Sequence[MetricInfo], *, n_seeds: int) -> ComparisonTable:
    """The variants against the first of them, with the published rows set apart.

    Args:
        study: what was asked.
        runs: a variant each, in the study's order, labelled with the variants' titles.
        infos: the metrics on which the runs compare.
        n_seeds: that each variant's cells are means over.

    Raises:
        UserError: the protocol has none of the study's metrics.
    """
    known = {info.key: info for info in infos}
    wanted = [known[key] for key in study.metrics if key in known] if study.metrics else list(infos)
    missing = [key for key in study.metrics if key not in known]
    if not wanted:
        raise UserError(
            f"The study '{study.name}' tabulates {', '.join(study.metrics)}, and the suite's protocol has none of them; name "
            f"others under metrics, for example {', '.join(list(known)[:3])}."
        )
    remarks = [study.question, *study.notes]
    if missing:
        remarks.append(f"The suite's protocol has no {', '.join(missing)}.")
    if n_seeds > 1:
        remarks.append(f"Every value is the mean over {n_seeds} seeds; intervals and tests are over subjects.")
    if study.published:
        remarks.append("The published rows are of another base model, protocol and choice of subjects: compare directions.")
    per: tuple[Breakdown, ...] = ("family",) if any(run.run.summary.per_family for run in runs) else ()
    table = comparison_table(runs, wanted, against=0, per=per, published=_published(study), remarks=remarks)
    return replace(table, remarks=(*table.remarks, *_differences(table), *cost_sentences(runs, study.costs)))


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
        counted=f"{block.title.removeprefix(f'{block.name}: ')}; {counted(n_images, 'image')} a variant.",
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
        counted=f"{block.title.removeprefix(f'{block.name}: ')}; {counted(n_images, 'image')} a variant.",
        across=across,
        up=up,
        labels=[f"{values[number]:g}" for number in order],
        points=[(block.rows[number].score(across).cell, block.rows[number].score(up).cell) for number in order],
    )


def study_page(
    study: Study, data: ReportData, table: ComparisonTable, plots: Sequence[PagePlot], *, command: str
) -> ReportPage:
    """The page of a study: the images of its variants side by side, its plot, and its table with the published rows.

    Args:
        study: what was asked.
        data: the runs of the first seed, a variant each, in the study's order.
        table: of `study_table`.
        plots: already drawn.
        command: that makes the study again.
    """
    runs = tuple(
        replace(run, scored=replace(run.scored, label=variant.title))
        for run, variant in zip(data.runs, study.variants, strict=True)
    )
    page = report_page(replace(data, runs=runs), plots=tuple(plots), command=command)
    parts = replace(page.table, published=table.published, remarks=table.remarks)
    remarks = tuple(text for text in (study.description, *study.notes, *page.remarks) if text)
    return replace(page, title=study.question, table=parts, remarks=remarks)


def _differences(table: ComparisonTable) -> list[str]:
    """For every variant but the first, its paired differences in words: CSV and JSON alone would have them otherwise."""
    sentences = []
    for row in table.blocks[0].rows:
        said = [
            f"{column.label} {against.difference:+.3f} ({against.low:+.3f} to {against.high:+.3f}, "
            f"p {against.adjusted_p_value:.3f})"
            for column in table.columns
            if (against := row.score(column).against) is not None
        ]
        if said:
            sentences.append(f"{row.label} minus {table.reference}, paired, Holm-corrected: {', '.join(said)}.")
    return sentences


def _published(study: Study) -> list[PublishedRow]:
    return [
        PublishedRow(
            method=row.label,
            backbone=row.backbone,
            cells={key: Cell(value) for key, value in row.values.items()},
            source=f"published: {row.source}",
            protocol="unknown",
            note=row.note,
        )
        for row in study.published
    ]
