"""`leaderboard`: a folder of submissions as static pages."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambench.benchmark.api.counting import Counting
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.reporting.leaderboard_page import leaderboard_page
from dreambench.benchmark.reporting.thumbnails import thumbnails_of
from dreambench.benchmark.submissions import Board, Refusal, Standing, boards_of, read_submissions
from dreambench.dataset.errors import UserError
from dreambench.reports.leaderboard import LEADERBOARD, as_space, write_leaderboard
from dreambench.reports.page import check_target_folder

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Ranking:
    """A leaderboard that was written.

    Attributes:
        boards: the submissions by board, with means, intervals and ranks; the board with the most of them first.
        refused: files that were not taken, and why.
        page: the page with the boards.
    """

    boards: tuple[Board, ...]
    refused: tuple[Refusal, ...]
    page: Path

    @property
    def conclusion(self) -> str:
        """One sentence on what is on the page."""
        ranked = sum(len(board.standings) for board in self.boards)
        apart = sum(len(board.apart) for board in self.boards)
        boards = f"{len(self.boards)} board{'' if len(self.boards) == 1 else 's'}"
        return f"{ranked} ranked and {apart} without a rank on {boards}, {len(self.refused)} refused."

    def frame(self) -> "pd.DataFrame":
        """A row a submission and metric: board, name, metric, mean, low, high, rank, rank_low, rank_high, apart."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for board in self.boards:
            for standing in board.members:
                for info in board.infos:
                    interval, rank = standing.overall[info.key], standing.ranks.get(info.key)
                    rows.append(
                        {
                            "board": board.key.fingerprint,
                            "name": standing.accepted.submission.name,
                            "metric": info.key,
                            "mean": interval.mean,
                            "low": interval.low,
                            "high": interval.high,
                            "rank": None if rank is None else rank.rank,
                            "rank_low": None if rank is None else rank.low,
                            "rank_high": None if rank is None else rank.high,
                            "apart": standing.apart,
                        }
                    )
        frame = pd.DataFrame(rows)
        return frame.astype(dict.fromkeys(("rank", "rank_low", "rank_high"), "Int64"))

    def _repr_html_(self) -> str:
        parts = []
        for board in self.boards:
            head = "".join(f"<th>{html.escape(info.label)}</th>" for info in board.infos)
            rows = "".join(_row_html(standing, board.infos) for standing in board.members)
            parts.append(f"<p>{board.key.fingerprint}</p><table><tr><th></th>{head}</tr>{rows}</table>")
        return "".join(parts)


def leaderboard(
    submissions: str | Path,
    *,
    out: str | Path,
    title: str = "Leaderboard",
    published: bool = True,
    space: bool = False,
    listener: Listener | None = None,
) -> Ranking:
    """Check a folder of submissions, make their means anew, rank within one protocol, and write the pages.

    What is broken or contradicts itself is refused by name; the others are ranked all the same. Yardsticks, and methods whose
    images are near-copies of the reference images, stand apart without a rank.

    Args:
        submissions: the folder with the submissions' files, and archives of images beside them.
        out: the pages' folder; new, empty, or an earlier leaderboard.
        title: the page's heading.
        published: show scores from the literature, apart and without ranks.
        space: also write the README.md that makes the folder a static Space of the Hugging Face Hub; one that is there is kept.
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: there is no submission that can be taken, or the folder cannot be written.

    Examples:
        >>> import dreambench
        >>> for folder in ("mine", "theirs"):
        ...     _ = dreambench.submit(folder, name=folder, authors="Me", out=f"submissions/{folder}.json")
        >>> ranking = dreambench.leaderboard("submissions", out="site", published=False)
        >>> ranking.conclusion
        '2 ranked and 0 without a rank on 1 board, 0 refused.'
        >>> ranking.frame().set_index("name")["rank"].to_dict()
        {'mine': 1, 'theirs': 2}
    """
    folder, target = Path(submissions), Path(out)
    kind = as_space(LEADERBOARD) if space else LEADERBOARD
    check_target_folder(target, of=kind)
    with listening(listener) as told:
        meter = Counting(told, "reading the submissions")
        told.measure(meter)
        reading = read_submissions(folder, on_progress=meter.count)
        told.measure(None)
        for refusal in reading.refused:
            told.note(f"refused {refusal.file}: {refusal.reason}")
        if not reading.accepted:
            raise UserError(f"No submission in {folder} can be taken; nothing is written.")
        told.say("ranking")
        boards = boards_of(reading.accepted)
        told.say("drawing")
        page = leaderboard_page(
            boards,
            reading.refused,
            title=title,
            published=published,
            thumbnails=thumbnails_of,
        )
        told.say("writing the pages")
        file = write_leaderboard(page, target, of=kind)
    return Ranking(boards, reading.refused, file)


def _row_html(standing: Standing, infos: Sequence[MetricInfo]) -> str:
    """A submission's row: means with ranks."""
    cells = []
    for info in infos:
        mean, rank = standing.overall[info.key].mean, standing.ranks.get(info.key)
        text = "–" if math.isnan(mean) else f"{mean:.3f}{'' if rank is None else f' ({rank.low}–{rank.high})'}"
        cells.append(f"<td>{text}</td>")
    return f"<tr><th>{html.escape(standing.accepted.submission.name)}</th>{''.join(cells)}</tr>"
