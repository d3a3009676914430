"""A check as GitHub Markdown, for a job's summary or a pull request's comment."""

from typing import Final

from dreambench.reports.escaping import escape_markdown
from dreambench.reports.regression.checked import RegressionReport, explanation
from dreambench.reports.table import heading, number

_MARKS: Final = {"regression": "❌ regression", "improvement": "✅ improvement", "no change": "✅ no change"}


def markdown_summary(report: RegressionReport) -> str:
    """A heading, the conclusion, the table and what it means."""
    lines = [
        f"### bench check: {escape_markdown(report.run)}",
        "",
        f"**{escape_markdown(report.conclusion)}** Against `{report.baseline.replace('`', '')}`.",
        "",
        "| Metric | Baseline | Now | Difference [95%] | Tolerance | Detectable | Verdict |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for metric in report.metrics:
        cells = [
            escape_markdown(heading(metric.column)),
            number(metric.baseline, decimals=metric.decimals),
            number(metric.now, decimals=metric.decimals),
            metric.change,
            f"{metric.tolerance:g}",
            metric.reach,
            _MARKS[metric.verdict],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    notes = [explanation(report), *report.remarks]
    return "\n".join([*lines, "", f"<sub>{escape_markdown(' '.join(notes))}</sub>", ""])
