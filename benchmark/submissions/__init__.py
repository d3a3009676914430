"""Submissions to a leaderboard: packed from runs, and read back as what strangers may have sent."""

from benchmark.submissions.boards import Board, BoardKey, Standing, boards_of
from benchmark.submissions.folder import Accepted, Reading, Refusal, read_submissions
from benchmark.submissions.model import Submission
from benchmark.submissions.packing import pack, write_images, write_submission

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
