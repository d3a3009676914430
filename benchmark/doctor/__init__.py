"""`bench doctor`: whether a run could begin on this machine, what is missing, and about how long it would take."""

from dreambench.benchmark.doctor.examination import Question, examine
from dreambench.benchmark.doctor.findings import Estimate, Examination, Finding

__all__ = ["Estimate", "Examination", "Finding", "Question", "examine"]
