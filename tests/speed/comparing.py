"""Tables of many methods: from folders on disk to the text that `bench compare` prints."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from dreambench.benchmark.api.compare import compare
from dreambench.reports.comparison import Format

from .scored_runs import made_up_scores, write_scored
from .setting import Setting
from .timing import Figure, seconds


def comparing(setting: Setting, *, repeats: int, methods: int = 200, subjects: int = 30, prompts: int = 25) -> list[Figure]:
    """Seconds for a table of `methods` runs: read, tested against the first and against the best of every metric, rendered.

    Once with the whole only, and once with the parts by kind and family, which are five tables more; the better of
    `repeats`, up to two.
    """
    with TemporaryDirectory(prefix="dreambench-speed-") as folder:
        runs = [
            write_scored(
                Path(folder) / f"run{number:03d}",
                made_up_scores(seed=number, subjects=subjects, prompts=range(prompts)),
                method=f"method {number}",
            )
            for number in range(methods)
        ]
        figures = []
        for form, parts in (("table", False), ("latex", False), ("json", True)):
            work = partial(_compare, runs, form, in_parts=parts)
            took = min(seconds(work, setting.device) for _ in range(min(repeats, 2)))
            way = f"{form} of {methods} methods" + (", by kind and family too" if parts else "")
            figures.append(Figure("comparing", way, took, "s"))
    return figures


def _compare(runs: list[Path], form: Format, *, in_parts: bool) -> str:
    return compare(*runs, per=("kind", "family") if in_parts else ()).render(form)
