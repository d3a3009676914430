"""What a CI reads from a check: the rule by hand, and JUnit and Markdown that other programs can parse."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dreambench.reports.cells import Column
from dreambench.reports.regression import (
    CheckedMetric,
    RegressionReport,
    Verdict,
    detectable_loss,
    judge,
    junit_xml,
    markdown_summary,
)

#: The part of the common JUnit schema that readers insist on (Jenkins' xunit plug-in, as published with it).
SCHEMA = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="testsuites"><xs:complexType><xs:sequence>
    <xs:element ref="testsuite" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="name" type="xs:string"/>
    <xs:attribute name="time" type="xs:decimal"/>
    <xs:attribute name="tests" type="xs:nonNegativeInteger"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger"/></xs:complexType>
  </xs:element>
  <xs:element name="testsuite"><xs:complexType><xs:sequence>
    <xs:element ref="testcase" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger"/>
    <xs:attribute name="skipped" type="xs:nonNegativeInteger"/>
    <xs:attribute name="time" type="xs:decimal"/></xs:complexType>
  </xs:element>
  <xs:element name="testcase"><xs:complexType><xs:choice minOccurs="0" maxOccurs="unbounded">
    <xs:element name="failure"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
      <xs:attribute name="message" type="xs:string"/>
    <xs:attribute name="type" type="xs:string"/></xs:extension></xs:simpleContent>
    </xs:complexType>
  </xs:element>
    <xs:element name="system-out" type="xs:string"/></xs:choice>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="classname" type="xs:string"/>
    <xs:attribute name="time" type="xs:decimal"/></xs:complexType>
  </xs:element>
</xs:schema>
"""


def _metric(key: str, verdict: Verdict, *, higher_is_better: bool = True) -> CheckedMetric:
    return CheckedMetric(
        column=Column(key, key.upper(), higher_is_better),
        baseline=0.7,
        now=0.65,
        difference=-0.05,
        low=-0.06,
        high=-0.04,
        p_worse=0.001,
        tolerance=0.01,
        detectable=0.0183,
        verdict=verdict,
        n_subjects=30,
    )


def _report(run: str = "mini-dreambooth-seed0") -> RegressionReport:
    metrics = (_metric("dino", "regression"), _metric("clip_t", "no change"))
    return RegressionReport(run, "baseline.json", "miniature", "abc123", metrics, ("A remark.",))


def test_the_detectable_loss_by_hand() -> None:
    # 31 subjects: t(.975, 30) = 2.0423, t(.95, 30) = 1.6973, t(.99, 30) = 2.4573 (tables); half an interval of 2.0423 is s = 1
    def detectable(metrics: int, tolerance: float) -> float | None:
        return detectable_loss(-1.0, 3.0845, n_subjects=31, n_metrics=metrics, tolerance=tolerance)

    assert detectable(1, 0.0) == pytest.approx(2 * 1.6973, abs=1e-3)
    assert detectable(5, 0.0) == pytest.approx(2.4573 + 1.6973, abs=1e-3)
    assert detectable(5, 9.0) == pytest.approx(9.0 + 1.6973, abs=1e-3)
    assert detectable_loss(0.0, 0.0, n_subjects=30, n_metrics=5, tolerance=0.01) == 0.01  # two runs alike to the last bit
    assert detectable_loss(0.0, 0.0, n_subjects=1, n_metrics=1, tolerance=0.01) is None
    assert detectable_loss(float("nan"), 0.0, n_subjects=9, n_metrics=1, tolerance=0.01) is None


def test_the_detectable_loss_is_rounded_up_where_people_see_it() -> None:
    assert _metric("dino", "no change").reach == "0.019"
    assert replace(_metric("dino", "no change"), detectable=None).reach == "-"


@pytest.mark.parametrize(
    ("difference", "p_worse", "higher", "verdict"),
    [
        (-0.02, 0.01, True, "regression"),
        (-0.02, 0.06, True, "no change"),  # large, but it may be noise
        (-0.009, 0.0001, True, "no change"),  # certain, but small
        (0.02, 0.01, False, "regression"),  # PRES: up is worse
        (0.02, 0.99, True, "improvement"),
        (-0.02, 0.99, False, "improvement"),
    ],
)
def test_a_regression_is_both_certain_and_large(difference: float, p_worse: float, higher: bool, verdict: str) -> None:
    p_better = 1 - p_worse
    assert judge(difference, p_worse=p_worse, p_better=p_better, tolerance=0.01, higher_is_better=higher) == verdict


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 0.5), st.booleans())
def test_turning_a_metric_round_turns_nothing_else(difference: float, p_worse: float, tolerance: float, higher: bool) -> None:
    one = judge(difference, p_worse=p_worse, p_better=1 - p_worse, tolerance=tolerance, higher_is_better=higher)
    other = judge(-difference, p_worse=p_worse, p_better=1 - p_worse, tolerance=tolerance, higher_is_better=not higher)
    assert one == other


def test_the_junit_file_validates_and_counts_the_regressions() -> None:
    written = junit_xml(_report())
    schema = etree.XMLSchema(etree.fromstring(SCHEMA.encode()))
    schema.assertValid(etree.fromstring(written))
    suite = ET.fromstring(written).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    cases = {case.get("name"): case.find("failure") for case in suite.iter("testcase")}
    assert cases["CLIP_T"] is None
    assert cases["DINO"] is not None
    assert "0.700 before, 0.650 now" in str(cases["DINO"].get("message"))


def test_a_hostile_name_stays_text() -> None:
    name = 'x"><failure/>\x00\x1b[31m|<script>`'
    written = junit_xml(_report(name))
    suite = ET.fromstring(written).find("testsuite")
    assert suite is not None
    assert suite.get("name") == 'x"><failure/>??[31m|<script>`'
    text = markdown_summary(_report(name))
    assert "<script>" not in text
    assert "\x1b" not in text


def test_the_markdown_is_a_table_of_seven_columns_and_says_what_happened() -> None:
    text = markdown_summary(_report())
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert {row.count("|") for row in rows} == {8}
    assert "Regression in DINO." in text
    assert "-0.050 [-0.060, -0.040]" in text
    assert "A remark." in text
