"""The leaderboard of hundreds of submissions: from their files to the pages."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from dreambench.benchmark.reporting.leaderboard_page import leaderboard_page
from dreambench.benchmark.submissions import boards_of, read_submissions, write_submission
from dreambench.reports.leaderboard import write_leaderboard

from .made_up_submissions import made_up_submission
from .setting import Setting
from .timing import Figure, seconds


def leaderboard(
    setting: Setting, *, repeats: int, submissions: int = 500, subjects: int = 30, prompts: int = 25
) -> list[Figure]:
    """Seconds to check, rank and write `submissions` files; the better of `repeats`, up to two."""
    with TemporaryDirectory(prefix="dreambench-speed-") as place:
        folder = Path(place) / "submissions"
        for number in range(submissions):
            made = made_up_submission(f"method {number}", seed=number, subjects=subjects, prompts=prompts)
            write_submission(folder / f"{number:04d}.json", made)
        work = partial(_build, folder, Path(place) / "out")
        took = min(seconds(work, setting.device) for _ in range(min(repeats, 2)))
    return [Figure("leaderboard", f"{submissions} submissions of {subjects} subjects", took, "s")]


def _build(folder: Path, out: Path) -> None:
    reading = read_submissions(folder)
    if reading.refused:
        raise RuntimeError(f"{reading.refused[0].file} is refused: {reading.refused[0].reason}")
    write_leaderboard(leaderboard_page(boards_of(reading.accepted), (), title="Leaderboard", published=True), out)
