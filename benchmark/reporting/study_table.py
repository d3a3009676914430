"""From a study's finished runs to its table and its page."""

from collections.abc import Sequence
from dataclasses import replace

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.reporting.comparison_table import comparison_table
from dreambench.benchmark.reporting.report_page import report_page
from dreambench.benchmark.reporting.study_costs import cost_sentences
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.parts import Breakdown
from dreambench.benchmark.results.report_data import ReportData
from dreambench.benchmark.studies.declaration import Study
from dreambench.dataset.errors import UserError
from dreambench.reports.cells import Cell
from dreambench.reports.comparison import ComparisonTable
from dreambench.reports.page import PagePlot, ReportPage
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
    against = 0 if any(_is_tested(run, runs[0], wanted) for run in runs[1:]) else None
    table = comparison_table(runs, wanted, against=against, per=per, published=_published(study), remarks=remarks)
    return replace(table, remarks=(*table.remarks, *_differences(table), *cost_sentences(runs, study.costs)))


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
    above = {study.question, *study.notes}  # the page's heading, and its remarks
    findings = tuple(text for text in table.remarks if text not in above)
    parts = replace(page.table, published=table.published, remarks=findings)
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


def _is_tested(run: ScoredRun, first: ScoredRun, infos: Sequence[MetricInfo]) -> bool:
    """Whether a run made one of the metrics in the way of the first one."""
    pairs = ((run.run.metric(info.key), first.run.metric(info.key)) for info in infos)
    return any(own is not None and other is not None and own.fingerprint == other.fingerprint for own, other in pairs)


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
