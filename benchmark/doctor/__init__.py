"""`bench doctor`: whether a run could begin on this machine, what is missing, and about how long it would take."""

from benchmark.doctor.examination import Question, examine
from benchmark.doctor.findings import Estimate, Examination, Finding

__all__ = ["Estimate", "Examination", "Finding", "Question", "examine"]
