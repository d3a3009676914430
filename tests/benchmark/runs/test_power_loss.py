"""A loss of power at any moment of a unit: what is left on the disk is never a manifest without its images.

The recorder keeps what a file system promises: of a file the content of its last flush, of a folder the names of its last one.
What was not flushed may be there or not, so every moment is replayed both ways: only what was flushed, and all names with
whatever of the contents was flushed (a rename that overtook its data).
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_jobs import do, make_plan, pictures

from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.plan import RunPlan

pytestmark = pytest.mark.usefixtures("plugin")
Disk = dict[str, bytes | None]
"""Path -> content; None for a folder."""


class Recorder:
    """Notes, at every call that moves something to the disk, what a loss of power before it would leave."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self._root = root
        self._content: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        self.moments: list[tuple[Disk, Disk]] = []
        self._flush = os.fsync
        self.flush_is_lost: Callable[[int], bool] = lambda _descriptor: False
        patch.setattr(os, "fsync", self._fsync)
        for name in ("replace", "rename", "mkdir", "unlink", "link"):
            patch.setattr(os, name, self._before(getattr(os, name)))

    def _before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any, **named: Any) -> Any:
            self.note()
            return call(*arguments, **named)

        return noted

    def _fsync(self, descriptor: int) -> None:
        self.note()
        self._flush(descriptor)
        if self.flush_is_lost(descriptor):
            return
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115  # of no folder that is there
        number = os.fstat(descriptor).st_ino
        if path.is_dir():
            self._names[number] = {entry.name: entry.inode() for entry in os.scandir(path)}
        else:
            self._content[number] = path.read_bytes()

    def note(self) -> None:
        """Keep what this moment would leave."""
        only_flushed, all_names = {}, {}
        for path in self._root.rglob("*"):
            name, number = path.relative_to(self._root).as_posix(), path.stat().st_ino
            content = None if path.is_dir() else self._content.get(number, b"")
            all_names[name] = content
            if all(self._is_flushed(part) for part in (path, *path.parents) if part.is_relative_to(self._root)):
                only_flushed[name] = content
        self.moments.append((only_flushed, all_names))

    def _is_flushed(self, path: Path) -> bool:
        if path == self._root:
            return True
        return self._names.get(path.parent.stat().st_ino, {}).get(path.name) == path.stat().st_ino


def lay(disk: Disk, root: Path) -> RunFolder:
    """The folder that is found when the power is back."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, content in sorted(disk.items()):
        if content is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(content)
    return RunFolder(root)


def record(root: Path, plan: RunPlan, *, lost: Callable[[int], bool] | None = None) -> Recorder:
    """Do a plan's first two units under a recorder."""
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        recorder = Recorder(root, patch)
        if lost is not None:
            recorder.flush_is_lost = lost
        RunFolder(root).claim(plan.record())
        outcome = do("inline", root, plan, plan.units()[:2])
        recorder.note()
    assert set(outcome.done) == {"can", "cat"}
    return recorder


def broken(recorder: Recorder, plan: RunPlan, root: Path) -> list[str]:
    """Manifests, at any moment, that are there and whose unit is not whole, or that are half."""
    found = []
    for number, moment in enumerate(recorder.moments):
        for disk in moment:
            folder = lay(disk, root)
            for unit in plan.units():
                if folder.manifest_file(unit.subject).exists() and folder.finished(unit) is None:
                    found.append(f"{unit.subject} at {number}")
    return found


def test_no_moment_leaves_a_manifest_without_its_images(tmp_path: Path) -> None:
    plan = make_plan()
    recorder = record(tmp_path / "run", plan)
    assert len(recorder.moments) > 50
    assert broken(recorder, plan, tmp_path / "found") == []
    last = lay(recorder.moments[-1][0], tmp_path / "found")
    assert set(last.split(plan.units())[0]) == {"can", "cat"}  # what was reported as done outlives the loss
    assert pictures(last.root) == pictures(tmp_path / "run")


def test_what_any_moment_leaves_is_gone_on_with(tmp_path: Path) -> None:
    plan = make_plan()
    recorder = record(tmp_path / "run", plan)
    for disk in [disk for moment in recorder.moments[::9] for disk in moment]:
        folder = lay(disk, tmp_path / "found")
        _, todo = folder.split(plan.units()[:2])
        if todo:
            do("inline", folder.root, plan, todo)
        assert pictures(folder.root) == pictures(tmp_path / "run")


@pytest.mark.parametrize("what", ["pictures", "folders"])
def test_a_flush_that_is_left_out_is_found(what: str, tmp_path: Path) -> None:
    """The recorder sees the fault that it is there for."""

    def lost(descriptor: int) -> bool:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115
        return ".png" in path.name if what == "pictures" else path.is_dir() and "images" in path.parts

    plan = make_plan()
    assert broken(record(tmp_path / "run", plan, lost=lost), plan, tmp_path / "found")
