"""The example packages, installed as pip would, without pip: their modules on the path, and a distribution that names them."""

import shutil
import sys
import tomllib
from pathlib import Path

from repository import ROOT


def install_example(name: str, folder: Path) -> list[str]:
    """Install examples/NAME into a folder that can be put on sys.path; returns its modules."""
    source = ROOT / "examples" / name
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))
    modules: list[str] = project["tool"]["setuptools"]["py-modules"]
    for module in modules:
        shutil.copy(source / f"{module}.py", folder)
    what, version = project["project"]["name"], project["project"]["version"]
    info = folder / f"{what.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {what}\nVersion: {version}\n")
    groups = project["project"]["entry-points"]
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items()) for group, entries in groups.items()
    ]
    (info / "entry_points.txt").write_text("".join(lines))
    return modules


def forget(modules: list[str]) -> None:
    """Let the next test import its own copy."""
    for module in modules:
        sys.modules.pop(module, None)
