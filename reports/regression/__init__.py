"""The regression check's rule and its outputs: a table for people, Markdown for a job's summary, JUnit for a CI, JSON."""

from reports.regression.junit import junit_xml
from reports.regression.markdown import markdown_summary
from reports.regression.records import CheckedMetric, RegressionReport
from reports.regression.rule import LEVEL, Verdict, detectable_loss, judge
from reports.regression.terminal import check_table

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
