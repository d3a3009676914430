"""A check as a JUnit file: a test case a metric, a failure a regression."""

import re
from xml.etree import ElementTree as ET

from dreambench.reports.regression.checked import RegressionReport


def junit_xml(report: RegressionReport) -> bytes:
    """UTF-8 XML of the common schema (testsuites, testsuite, testcase, failure), which Jenkins, GitLab and others read."""
    counts = {"tests": str(len(report.metrics)), "failures": str(len(report.regressions)), "errors": "0"}
    root = ET.Element("testsuites", {"name": "bench check", **counts, "time": "0"})
    suite = ET.SubElement(root, "testsuite", {"name": _clean(report.run), **counts, "skipped": "0", "time": "0"})
    for metric in report.metrics:
        names = {"name": _clean(metric.column.label), "classname": f"bench.check.{metric.column.key}", "time": "0"}
        case = ET.SubElement(suite, "testcase", names)
        if metric.verdict == "regression":
            failure = ET.SubElement(case, "failure", {"message": _clean(metric.sentence), "type": "regression"})
            failure.text = _clean(f"{metric.sentence} Baseline: {report.baseline}.")
        else:
            ET.SubElement(case, "system-out").text = _clean(metric.sentence)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _clean(text: str) -> str:
    """Text without the control characters that XML 1.0 cannot hold, escaped or not."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
