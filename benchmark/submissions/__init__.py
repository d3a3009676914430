"""Submissions to a leaderboard: packed from runs, and read back as what strangers may have sent."""

from dreambench.benchmark.submissions.apart import Apart
from dreambench.benchmark.submissions.archive import Refused, Sample, archive_of, read_samples
from dreambench.benchmark.submissions.boards import Board, BoardKey, Standing, boards_of
from dreambench.benchmark.submissions.folder import Accepted, Reading, Refusal, read_submissions
from dreambench.benchmark.submissions.hub import check_hub, send
from dreambench.benchmark.submissions.model import TRAININGS, Submission, Training
from dreambench.benchmark.submissions.packing import pack
from dreambench.benchmark.submissions.writing import write_images, write_submission

__all__ = [
    "TRAININGS",
    "Accepted",
    "Apart",
    "Board",
    "BoardKey",
    "Reading",
    "Refusal",
    "Refused",
    "Sample",
    "Standing",
    "Submission",
    "Training",
    "archive_of",
    "boards_of",
    "check_hub",
    "pack",
    "read_samples",
    "read_submissions",
    "send",
    "write_images",
    "write_submission",
]
