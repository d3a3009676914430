"""A comparison as text, in any of its formats."""

from typing import Final

from dreambench.reports.comparison.comparison_table import ComparisonTable, Format
from dreambench.reports.comparison.data import comparison_csv, comparison_json
from dreambench.reports.comparison.latex import latex
from dreambench.reports.comparison.markdown import markdown
from dreambench.reports.comparison.terminal import terminal_text

TEXT_WIDTH: Final = 100


def render_comparison(table: ComparisonTable, *, form: Format, width: int = TEXT_WIDTH) -> str:
    """The comparison as text that ends in a line end.

    Args:
        table: the comparison.
        form: of the text; "table" gives the terminal's table without colours.
        width: of the terminal's table, in columns.
    """
    match form:
        case "json":
            return comparison_json(table)
        case "csv":
            return comparison_csv(table)
        case "markdown":
            return markdown(table)
        case "latex":
            return latex(table)
        case "table":
            return terminal_text(table, width=width)
