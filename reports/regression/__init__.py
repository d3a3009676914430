"""The regression check's rule and its outputs: a table for people, Markdown for a job's summary, JUnit for a CI, JSON."""

from dreambench.reports.regression.checked import CheckedMetric, RegressionReport
from dreambench.reports.regression.junit import junit_xml
from dreambench.reports.regression.markdown import markdown_summary
from dreambench.reports.regression.rule import LEVEL, Verdict, detectable_loss, judge
from dreambench.reports.regression.terminal import check_table

__all__ = [
    "LEVEL",
    "CheckedMetric",
    "RegressionReport",
    "Verdict",
    "check_table",
    "detectable_loss",
    "judge",
    "junit_xml",
    "markdown_summary",
]
