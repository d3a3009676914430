"""The dress rehearsal: Stable Diffusion 1.5's architecture with random weights through the suite `sd15`, on this machine.

    python -m tests.speed.rehearsal [--scale small] [--device cuda] [--resolution 512] [--steps 20] [--work DIR]

Makes a diffusers folder and encoders' weight files in --work (once), lets `bench run` train DreamBooth and Textual Inversion
on one subject, draw, and score; then times a step and an image in a process of their own, beside what the operations alone
would take. On a CPU the full scale needs 20 GB of memory and, with the 5 GB of weights, 10 GB of disk.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from dreambench.benchmark.machine.device import Device, choose_device, is_gpu
from dreambench.benchmark.machine.environment import hardware, versions
from dreambench.benchmark.reporting.wording import duration
from tests.helpers.checkpoints.rehearsal_suite import make_encoders, make_model, models_folder, write_suite
from tests.helpers.checkpoints.stable_diffusion_configs import Scale

from .rehearsal_figures import METHODS, SUBJECT, Measured, measure
from .whole_run import measured_process

PROMPTS: Final = "0,1"
SUITE: Final = "suite.toml"
IMAGES_PER_PROMPT: Final = 2
_H100: Final = (
    "For comparison, Stable Diffusion 1.5 at 512 px and 40% of an H100's bfloat16 rate: a DreamBooth step of 1 + 1 takes 12 ms "
    "by its operations and about 28 ms by the optimiser's memory traffic, an image of 50 guided steps 0.21 s."
)


@dataclass(frozen=True)
class Stage:
    """One method: the whole `bench run`, and the figures measured afterwards."""

    method: str
    wall_seconds: float
    peak_bytes: int
    summary: dict[str, Any]
    manifest: dict[str, Any]
    measured: Measured


def main(arguments: Sequence[str] | None = None) -> None:
    """Rehearse and print; talk goes to stderr."""
    given = _parser().parse_args(arguments)
    device = choose_device(given.device)
    if given.part == "make":
        _make(given, device)
        return
    if given.part is not None:
        print(json.dumps(measure(given.suite, given.part, device=device).record()))
        return
    work = given.work.expanduser().resolve()
    work.mkdir(parents=True, exist_ok=True)
    _say(f"model ({given.scale}) and encoders ({given.encoders or given.scale}) in {work}")
    # In a process of its own, so that what it took does not count against the run's memory.
    subprocess.run([sys.executable, "-m", "tests.speed.rehearsal", *(arguments or sys.argv[1:]), "--part", "make"], check=True)
    stages = [_stage(method, device=device, work=work, scale=given.scale) for method in given.only or METHODS]
    if given.json:
        record = {"scale": given.scale, "device": device, "hardware": hardware(), "versions": versions()}
        print(json.dumps(record | {"stages": [_record(stage) for stage in stages]}, indent=2))
        return
    console = Console() if sys.stdout.isatty() else Console(width=120)
    for stage in stages:
        console.print(_table(stage))
    if is_gpu(device) and given.scale == "full":
        console.print(_H100)


def _make(given: argparse.Namespace, device: Device) -> None:
    """Weight files and suite."""
    work = given.work.expanduser().resolve()
    make_model(work, scale=given.scale)
    write_suite(
        work / SUITE,
        encoders=make_encoders(work) if (given.encoders or given.scale) == "full" else None,
        scale=given.scale,
        resolution=given.resolution or (512 if is_gpu(device) else 64),
        train_steps=given.steps or (20 if is_gpu(device) else 2),
        sampler_steps=given.sampler_steps or (50 if is_gpu(device) else 2),
        class_images=given.class_images,
        checkpointed=given.gradient_checkpointing,
    )


def _stage(method: str, *, device: str, work: Path, scale: Scale) -> Stage:
    """`bench run` from nothing, then the figures with the class images that it left."""
    out, suite = work / "runs" / method, work / SUITE
    shutil.rmtree(out, ignore_errors=True)
    environment = {
        **os.environ,
        "DREAMBENCH_MODELS": str(models_folder(work, scale=scale)),
        "DREAMBENCH_CACHE": str(work / "cache"),
        "HF_HUB_OFFLINE": "1",
    }
    shutil.rmtree(work / "cache" / "class_images", ignore_errors=True)
    _say(f"bench run --method {method}")
    run = [sys.executable, "-m", "dreambench", "run", "--method", method, "--suite", str(suite), "--subjects", SUBJECT]
    run += [
        "--prompts",
        PROMPTS,
        "--images-per-prompt",
        str(IMAGES_PER_PROMPT),
        "--device",
        device,
        "--out",
        str(out),
        "--json",
    ]
    wall, peak = measured_process(run, environment)
    _say(f"measuring {method}")
    again = [sys.executable, "-m", "tests.speed.rehearsal", "--part", method, "--suite", str(suite), "--device", device]
    said = subprocess.run(again, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Stage(
        method=method,
        wall_seconds=wall,
        peak_bytes=peak,
        summary=json.loads((out / "summary.json").read_text()),
        manifest=json.loads((out / "units" / f"{SUBJECT}.json").read_text()),
        measured=Measured.from_record(json.loads(said.stdout)),
    )


def _record(stage: Stage) -> dict[str, Any]:
    return {
        "method": stage.method,
        "run": {
            "wall_seconds": round(stage.wall_seconds, 2),
            "peak_bytes": stage.peak_bytes,
            "peak_device_bytes": stage.manifest["peak_device_memory_bytes"],
            "losses": stage.manifest["losses"],
            "metrics": stage.summary["overall"],
            "fingerprint": stage.summary["fingerprint"],
        },
        **stage.measured.record(),
    }


def _table(stage: Stage) -> Table:
    figures = stage.measured
    table = Table(title=f"{stage.method}: {figures.about}", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("", "measured", "at 40% of a matrix product"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_row("bench run, one subject, all in all", duration(stage.wall_seconds), "")
    table.add_row("its peak memory, all processes", _gigabytes(stage.peak_bytes), "")
    table.add_row("a training step", _seconds(figures.step), _seconds(figures.step_limit))
    table.add_row("an image", _seconds(figures.image), _seconds(figures.image_limit))
    table.add_row("images a second", f"{1 / figures.image:.3g}", f"{1 / figures.image_limit:.3g}")
    if figures.device_peak is not None:
        table.add_row("peak memory of the GPU", _gigabytes(figures.device_peak), "")
    table.add_row("peak memory of the host", _gigabytes(figures.host_peak), "")
    table.add_row("bench doctor's guess of the memory", _gigabytes(figures.guessed), "")
    table.add_row("snapshot of the weights kept on", figures.snapshot, "")
    losses = ", ".join(f"{loss:.3f}" for loss in stage.manifest["losses"][:4])
    table.add_row("first losses", losses, "")
    scores = ", ".join(f"{key} {metric['mean']:.3f}" for key, metric in stage.summary["overall"].items() if metric.get("mean"))
    table.add_row("scores (random weights: they mean nothing)", scores, "")
    return table


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def _gigabytes(value: int) -> str:
    return f"{value / 1e9:.2f} GB"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.speed.rehearsal", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", choices=("full", "small"), default="full", help="full: 1.07 billion weights (full)")
    parser.add_argument("--encoders", choices=("full", "small"), help="small: the miniature's; as --scale if left out")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, or one of several GPUs: cuda:1.")
    parser.add_argument("--resolution", type=int, help="pixels, a multiple of 64 (512 on a GPU, 64 on a CPU)")
    parser.add_argument("--steps", type=int, help="training steps (20 on a GPU, 2 on a CPU)")
    parser.add_argument("--sampler-steps", type=int, help="of the sampler (50 on a GPU, 2 on a CPU)")
    parser.add_argument("--class-images", type=int, default=2, help="class images (2)")
    parser.add_argument("--gradient-checkpointing", action="store_true", help="train with less memory")
    parser.add_argument("--only", nargs="+", choices=METHODS, help="only these methods")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "dreambench-rehearsal", help="a folder")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--part", choices=("make", *METHODS), help=argparse.SUPPRESS)
    parser.add_argument("--suite", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
