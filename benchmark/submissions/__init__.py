"""Submissions to a leaderboard: packed from runs, and read back as what strangers may have sent."""

from dreambench.benchmark.submissions.boards import Board, BoardKey, Standing, boards_of
from dreambench.benchmark.submissions.folder import Accepted, Reading, Refusal, read_submissions
from dreambench.benchmark.submissions.model import Submission
from dreambench.benchmark.submissions.packing import pack, write_images, write_submission

__all__ = [
    "Accepted",
    "Board",
    "BoardKey",
    "Reading",
    "Refusal",
    "Standing",
    "Submission",
    "boards_of",
    "pack",
    "read_submissions",
    "write_images",
    "write_submission",
]
