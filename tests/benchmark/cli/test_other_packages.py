"""Other people's modules called as our folders are: ours lie below `dreambench` and are never looked for elsewhere."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dreambench.benchmark.cli.app import _refuse_another_package

NAMES = ("benchmark", "dataset", "baselines", "reports")


def bench(cwd: Path, *first: Path, safe: bool) -> subprocess.CompletedProcess[str]:
    """`bench suites` with folders at the front of Python's path, and the current one too unless `safe`."""
    paths = [*map(str, first), *(path for path in sys.path if path and "helpers" not in path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    environment.pop("PYTHONSAFEPATH", None)
    if safe:
        environment["PYTHONSAFEPATH"] = "1"
    command = [sys.executable, "-m", "dreambench", "suites"]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def occupied(folder: Path, *, as_packages: bool) -> Path:
    """Modules of our folders' names that no one can import: PyPI's `dataset` unpacked beside ours is like that."""
    for name in NAMES:
        file = folder / name / "__init__.py" if as_packages else folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("raise SystemExit('theirs was imported')\n")
    return folder


@pytest.mark.parametrize("as_packages", [False, True])
def test_modules_of_our_folders_names_on_pythonpath_and_in_the_current_folder_do_not_matter(
    as_packages: bool, tmp_path: Path
) -> None:
    theirs = occupied(tmp_path / "theirs", as_packages=as_packages)
    for result in (bench(tmp_path, theirs, safe=True), bench(theirs, safe=False)):
        assert result.returncode == 0, result.stderr
        assert "mini" in result.stdout


def test_a_folder_of_pictures_called_dreambench_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "dreambench" / "benchmark").mkdir(parents=True)
    result = bench(tmp_path, safe=False)
    assert result.returncode == 0, result.stderr


def test_another_package_called_dreambench_is_named_with_its_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    theirs = ModuleType("dreambench")
    theirs.__file__ = "/theirs/dreambench.py"
    with pytest.raises(SystemExit) as ended:
        _refuse_another_package(theirs)
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "bench: /theirs/dreambench.py hides the package dreambench; rename it, or leave its folder out of PYTHONPATH and "
        "start `bench` elsewhere.\n"
    )
