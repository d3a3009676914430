"""`bench run --quick` from a cold start in its own processes: wall time, and peak memory of the process tree."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from .timing import Figure

QUICK_RUN: Final = ("run", "--method", "dreambooth", "--quick")
_LOOK_EVERY: Final = 0.2  # seconds


def whole_run(device: str, *, command: Sequence[str] = QUICK_RUN) -> list[Figure]:
    """One run of `bench` with nothing left over: a new folder for the run, and no class images from earlier runs."""
    with tempfile.TemporaryDirectory(prefix="dreambench-speed-") as place:
        full = [sys.executable, "-m", "dreambench", *command]
        if command[0] == "run":
            full += ["--device", device, "--out", str(Path(place) / "run")]
        wall, peak = measured_process(full, {**os.environ, "DREAMBENCH_CACHE": str(Path(place) / "cache")})
    name = f"bench {' '.join(command)}"
    return [Figure(name, "wall time", wall, "s"), Figure(name, "peak memory, all processes", peak / 1e9, "GB")]


def measured_process(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, int]:
    """Run a command to its end: wall-clock seconds, and the peak bytes of memory of it and all its children.

    Pages that processes share (the libraries) count once in all on Linux, and once for each process elsewhere.

    Raises:
        RuntimeError: the command failed; the message has the end of what it said.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = psutil.Popen(list(command), env=dict(environment), stdout=subprocess.DEVNULL, stderr=said)
        peak = 0
        try:
            while process.poll() is None:
                peak = max(peak, _bytes_of_tree(process))
                time.sleep(_LOOK_EVERY)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        wall = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")[-500:].strip()
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {words}")
    return wall, peak


def _bytes_of_tree(root: psutil.Process) -> int:
    """The memory of a process and its descendants; those that end meanwhile count nothing."""
    total = 0
    try:
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in family:
        try:
            memory = process.memory_full_info()
            # Linux shares a page out over its users (pss); other systems only know what is resident.
            total += int(getattr(memory, "pss", 0) or memory.rss)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
