"""What a run was made with: library versions, hardware, git commit. A record; nothing is decided by it."""

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

_LIBRARIES: Final = ("torch", "diffusers", "transformers", "timm", "open_clip_torch", "numpy", "pandas", "Pillow")


class Environment(BaseModel):
    """What something was made with."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    versions: dict[str, str] = Field(default_factory=dict)
    """Of dreambench, Python and the libraries that images and scores depend on."""
    hardware: dict[str, JsonValue] = Field(default_factory=dict)
    """Processor, cores, memory in bytes, GPUs, system."""
    git_commit: str | None = None
    """Of the checkout that the code ran from, with "-dirty" for uncommitted changes; None outside one."""
    platform: str = ""
    """Python's name of the platform."""


def package_version() -> str:
    """The installed version of dreambench, or "unknown" in a checkout that was never installed."""
    return library_version("dreambench")


def versions() -> dict[str, str]:
    """Versions of dreambench, Python and the libraries that images and scores depend on."""
    return {"dreambench": package_version(), "python": platform.python_version()} | {
        name: library_version(name) for name in _LIBRARIES
    }


def hardware() -> dict[str, Any]:
    """The machine: processor, logical cores that this process may use, memory in bytes, GPUs, system."""
    import psutil
    import torch

    return {
        "processor": _processor(),
        "cores": usable_cores(),
        "memory_bytes": int(psutil.virtual_memory().total),
        "gpus": [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())],
        "cuda": torch.version.cuda,
        "system": f"{platform.system()} {platform.machine()}",
    }


def usable_cores() -> int:
    """Logical cores that this process may use: what the scheduler allows, and at most the container's CPU quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _container_quota()
    return max(1, allowed if quota is None else min(allowed, quota))


def git_commit() -> str | None:
    """The commit of the checkout that the code runs from, with "-dirty" for uncommitted changes; None outside one."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return f"{commit}-dirty" if _git(root, "status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.SubprocessError):
        return None  # no git on this machine, or a checkout without a commit


def environment() -> Environment:
    """Everything above in one record, for run.json and summary.json."""
    return Environment(versions=versions(), hardware=hardware(), git_commit=git_commit(), platform=sys.platform)


def _git(root: Path, *arguments: str) -> str:
    result = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True, stdin=subprocess.DEVNULL
    )
    return result.stdout.strip()


def library_version(name: str) -> str:
    """The installed version of a distribution, or "unknown"."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _container_quota() -> int | None:
    """Whole cores of the cgroup's CPU quota (version 2); None without one."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None
