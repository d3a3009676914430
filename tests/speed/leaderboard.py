"""The leaderboard of hundreds of submissions: from their files to the pages."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from dreambench.benchmark.api.leaderboard import leaderboard as build
from dreambench.benchmark.api.listener import Silent
from dreambench.benchmark.submissions import write_submission

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
    ranking = build(folder, out=out, listener=Silent())
    if ranking.refused:
        raise RuntimeError(f"{ranking.refused[0].file} is refused: {ranking.refused[0].reason}")
