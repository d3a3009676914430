"""The leaderboard: a page of ranked tables, a page a method, and the same as JSON and CSV; needs no network and no server."""

from dreambench.reports.leaderboard.boards import (
    BoardPage,
    Entry,
    Facts,
    Leaderboard,
    RankedCell,
    Ranks,
    Refusal,
    SubjectScores,
    Thumbnail,
)
from dreambench.reports.leaderboard.render import LEADERBOARD, write_leaderboard
from dreambench.reports.leaderboard.space import as_space

__all__ = [
    "LEADERBOARD",
    "BoardPage",
    "Entry",
    "Facts",
    "Leaderboard",
    "RankedCell",
    "Ranks",
    "Refusal",
    "SubjectScores",
    "Thumbnail",
    "as_space",
    "write_leaderboard",
]
