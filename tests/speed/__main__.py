"""The command line of the speed benchmarks."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import torch
from rich.console import Console

from dreambench.benchmark.machine.device import choose_device
from dreambench.benchmark.machine.environment import hardware, versions

from .comparing import comparing
from .dreambooth_step import dreambooth_step
from .full_scoring import full_scoring
from .leaderboard import leaderboard
from .report_page import report_page
from .restoring import restoring
from .sampling import batched_sampling, bfloat16_sampling
from .scoring import scoring
from .setting import Setting
from .table import figures_record, figures_table
from .textual_inversion_stack import textual_inversion_stack
from .timing import Figure
from .whole_run import whole_run

BENCHMARKS: Final[dict[str, Callable[..., list[Figure]]]] = {
    "dreambooth": dreambooth_step,
    "textual_inversion": textual_inversion_stack,
    "restore": restoring,
    "batch": batched_sampling,
    "bfloat16": bfloat16_sampling,
    "scoring": scoring,
    "comparing": comparing,
    "report": report_page,
    "leaderboard": leaderboard,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmarks asked for and print their figures; progress goes to stderr."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    device = choose_device(given.device)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="dreambench-speed-") as cache:
        setting = Setting.of(given.suite, device=device, cache_dir=Path(cache))
        todo = {name: partial(BENCHMARKS[name], setting, repeats=given.repeats) for name in given.only or BENCHMARKS}
        if given.whole:
            todo["whole"] = partial(whole_run, device)
        if given.images:
            todo["full scoring"] = partial(full_scoring, device, images=given.images)
        for number, (name, benchmark) in enumerate(todo.items(), start=1):
            print(f"{number} of {len(todo)}: {name}", file=sys.stderr, flush=True)
            figures += benchmark()
    if given.json:
        about = {"suite": given.suite, "device": device, "threads": given.threads, "repeats": given.repeats}
        record = figures_record(figures, {**about, "hardware": hardware(), "versions": versions()})
        print(json.dumps(record, indent=2))
        return
    title = f"Medians of {given.repeats}, suite {given.suite}, {device}, {given.threads} thread(s)"
    console = Console() if sys.stdout.isatty() else Console(width=140)
    console.print(figures_table(figures, title=title))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.speed", description="Whole figures, and ours against the plain way.")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--repeats", type=_positive, default=5, help="measurements a median is taken of (5)")
    parser.add_argument("--only", nargs="+", choices=tuple(BENCHMARKS), help="only these benchmarks")
    parser.add_argument("--whole", action="store_true", help="also `bench run --quick`, once, over a minute")
    parser.add_argument(
        "--images", type=_positive, metavar="N", help="also score N pictures of 512 px with full-size encoders, once (3000)"
    )
    parser.add_argument("--suite", default="mini", help="a suite's name or file (mini)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")
    parser.add_argument("--threads", type=_positive, default=1, help="of torch on a CPU; 1 as in a worker of `bench run`")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give 1 or more")
    return number


if __name__ == "__main__":
    main()
