"""A check in the terminal."""

from typing import TYPE_CHECKING, Final

from dreambench.reports.regression.checked import RegressionReport, explanation
from dreambench.reports.table import heading, number

if TYPE_CHECKING:
    from rich.table import Table

_STYLES: Final = {"regression": "bold red", "improvement": "green", "no change": "dim"}


def check_table(report: RegressionReport) -> "Table":
    """A rich table, a row a metric: baseline, now, difference with interval, tolerance, detectable loss, verdict."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(f"{report.run} against {report.baseline}", style="bold"),
        caption=Text(" ".join([explanation(report), *report.remarks]), style="dim"),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", no_wrap=True)
    for name in ("baseline", "now", "difference", "tolerance", "detectable"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for metric in report.metrics:
        style = _STYLES[metric.verdict]
        table.add_row(
            Text(heading(metric.column)),
            number(metric.baseline, decimals=metric.decimals),
            number(metric.now, decimals=metric.decimals),
            Text(metric.change),
            f"{metric.tolerance:g}",
            metric.reach,
            Text(metric.verdict, style=style),
        )
    return table
