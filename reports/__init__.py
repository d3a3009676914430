"""From scores to something a person reads: tables, comparisons, contact sheets. Plain records in, text and pictures out."""

from reports.compare import FORMATS, ComparedRun, Format, Significance, render_comparison
from reports.contact_sheet import make_contact_sheet
from reports.records import Cell, Column, Row, row_from_metrics
from reports.table import terminal_table

__all__ = [
    "FORMATS",
    "Cell",
    "Column",
    "ComparedRun",
    "Format",
    "Row",
    "Significance",
    "make_contact_sheet",
    "render_comparison",
    "row_from_metrics",
    "terminal_table",
]
