"""The report page: one HTML file and a folder of pictures beside it, readable without a network or a server."""

from dreambench.reports.page.contents import (
    PageColumn,
    PageImage,
    PagePlot,
    PagePrompt,
    PageProtocol,
    PageRun,
    PageSubject,
    ReportPage,
)
from dreambench.reports.page.render import render_page, write_report
from dreambench.reports.page.target_folder import check_target_folder

__all__ = [
    "PageColumn",
    "PageImage",
    "PagePlot",
    "PagePrompt",
    "PageProtocol",
    "PageRun",
    "PageSubject",
    "ReportPage",
    "check_target_folder",
    "render_page",
    "write_report",
]
