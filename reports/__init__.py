"""From scores to something a person reads: tables, comparisons, contact sheets. Plain records in, text and pictures out."""

from reports.comparison import FORMATS, ComparisonTable, Format, comparison_view, render_comparison
from reports.contact_sheet import make_contact_sheet
from reports.published import published_rows
from reports.records import Cell, Column, Row, row_from_metrics
from reports.table import terminal_table

__all__ = [
    "FORMATS",
    "Cell",
    "Column",
    "ComparisonTable",
    "Format",
    "Row",
    "comparison_view",
    "make_contact_sheet",
    "published_rows",
    "render_comparison",
    "row_from_metrics",
    "terminal_table",
]
