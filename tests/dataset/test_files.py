"""Files that are whole or absent, and as open to others as the user's umask says."""

import ast
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from repository import ROOT

from dreambench.dataset.files import (
    atomic_write_bytes,
    make_folder,
    put_bytes,
    sync_tree,
    whole_file,
    write_json,
    write_together,
)
from dreambench.dataset.os_errors import MachineTrouble, NotWritten


def test_a_written_file_has_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        atomic_write_bytes(tmp_path / "a" / "b.txt", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "b.txt").stat().st_mode & 0o777 == 0o640


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MachineTrouble, match=r"a\.json cannot be written: the disk is full; free some space"):
        write_json(path, {"a": 2})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    assert "1" in path.read_text()


def failing(name: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a function of `os` fail as a machine would."""

    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, fail)


#: Error -> what is raised, and words of it.
SAID = {
    errno.ENOSPC: (MachineTrouble, "the disk is full"),
    errno.EDQUOT: (MachineTrouble, "your quota on the disk is used up"),
    errno.EIO: (MachineTrouble, "the disk or the network drive failed"),
    errno.EROFS: (NotWritten, "the disk is read-only"),
    errno.EACCES: (NotWritten, "permission denied"),
    errno.ENAMETOOLONG: (NotWritten, "the name or the path is too long"),
    errno.ENOENT: (NotWritten, "it, or its folder, is not there or was removed"),
    errno.EOVERFLOW: (NotWritten, os.strerror(errno.EOVERFLOW)),  # one that is not in the table
}


@pytest.mark.parametrize("number", SAID, ids=errno.errorcode.get)
@pytest.mark.parametrize("step", ["fsync", "replace", "mkdir"])
@pytest.mark.parametrize("write", [atomic_write_bytes, put_bytes])
def test_a_fault_at_any_step_is_a_sentence_and_leaves_no_half_file(
    write: Callable[[Path, bytes], None], step: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, words = SAID[number]
    path = tmp_path / "new" / "a.json"
    with monkeypatch.context() as patch:
        failing(step, number, patch)
        with pytest.raises(kind) as told:
            write(path, b"x")
    assert f"cannot be written: {words}; " in str(told.value)
    assert "\n" not in str(told.value)
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_a_file_and_the_names_of_its_new_folders_are_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this order, or a loss of power shows an empty file, or a folder without it."""
    steps: list[str] = []
    flush, rename = os.fsync, os.replace
    names = {}

    def fsync(descriptor: int) -> None:
        steps.append(f"flush {names.get(os.fstat(descriptor).st_ino, 'file')}")
        flush(descriptor)

    def replace(source: Path, target: Path) -> None:
        steps.append("rename")
        rename(source, target)

    names[tmp_path.stat().st_ino] = "above"
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    make_folder(tmp_path / "new")
    names[(tmp_path / "new").stat().st_ino] = "folder"
    atomic_write_bytes(tmp_path / "new" / "a", b"x")
    assert steps == ["flush above", "flush file", "rename", "flush folder"]
    steps.clear()
    sync_tree(tmp_path)
    assert sorted(steps) == ["flush above", "flush file", "flush folder"]


def test_a_long_name_is_written_and_one_that_is_too_long_refused(tmp_path: Path) -> None:
    atomic_write_bytes(tmp_path / ("n" * 255), b"x")
    with pytest.raises(NotWritten, match="the name or the path is too long; choose a shorter one"):
        atomic_write_bytes(tmp_path / ("n" * 256), b"x")


def test_a_file_that_the_block_cannot_read_is_the_one_named(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match=r"gone\.png cannot be written: it, or"), whole_file(tmp_path / "a.zip") as file:
        file.write((tmp_path / "gone.png").read_bytes())
    assert not list(tmp_path.iterdir())


def written_before(folder: Path) -> dict[str, bytes]:
    """Three files that belong together; the last one says of which kind the others are."""
    write_together(folder, {"a": b"old a", "b": b"old b", "last": b"old"})
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_the_file_that_vouches_for_others_never_stands_beside_any_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_before(tmp_path)
    moments = []
    for name in ("fsync", "replace", "unlink"):

        def noted(*arguments: object, call: Callable[..., object] = getattr(os, name)) -> None:  # noqa: B008
            moments.append(contents(tmp_path))
            call(*arguments)
            moments.append(contents(tmp_path))

        monkeypatch.setattr(os, name, noted)
    write_together(tmp_path, {"a": b"new a", "b": b"new b", "last": b"new"})
    assert contents(tmp_path) == {"a": b"new a", "b": b"new b", "last": b"new"} == moments[-1]
    with_last = [moment for moment in moments if "last" in moment]
    assert len(with_last) < len(moments)
    assert all(moment[name] == moment["last"] + b" " + name.encode() for moment in with_last for name in "ab")


def test_a_full_disk_leaves_the_earlier_files_that_belong_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = written_before(tmp_path)
    with monkeypatch.context() as patch:
        failing("fsync", errno.ENOSPC, patch)
        with pytest.raises(MachineTrouble, match="last cannot be written: the disk is full"):
            write_together(tmp_path, {"a": b"new a", "b": b"new b", "last": b"new"})
    assert contents(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 3


#: What writes without the writer, and why it may.
OTHER_WRITERS = {
    "baselines/adapters/saving.py": "into a folder written aside, flushed whole",
    "baselines/sampling/class_images.py": "into a folder written aside, flushed whole",
    "reports/page/render.py": "as above",
    "reports/page/target_folder.py": "as above",
    "reports/page/thumbnails.py": "as above",
    "reports/leaderboard/render.py": "as above",
    "reports/userstudy/render.py": "as above",
    "benchmark/reporting/thumbnails.py": "a temporary file",
    "baselines/model/snapshot.py": "a temporary file",
    "benchmark/encoders/embedding_cache.py": "carries a digest of itself, so that a torn entry is none",
    "benchmark/runs/reuse.py": "a link to a file that is flushed already",
    "dataset/locks.py": "a lock, which need not outlive a loss of power",
    "benchmark/runs/log.py": "is appended to",
    "benchmark/miniature/checkpoints.py": "of the workshop that made the shipped models",
    "benchmark/miniature/corpus.py": "as above",
    "benchmark/miniature/tokenizer.py": "as above",
    "benchmark/cli/exits.py": "a folder for what went wrong, which is to stay",
    "dataset/leftovers.py": "temporary folders, whose remains are cleared",
}
WRITES = {"write_text", "write_bytes", "replace", "rename", "mkstemp", "mkdtemp", "TemporaryDirectory"}


def test_nothing_else_of_ours_writes_files() -> None:
    """Another writer would have no sentence for a full disk, and a half file under its name."""
    found = set()
    for folder in ("dataset", "baselines", "benchmark", "reports"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                of_path = node.func.attr != "replace" or (len(node.args) == 1 and not node.keywords)  # str.replace takes two
                if node.func.attr in WRITES and of_path:
                    found.add(path.relative_to(ROOT).as_posix())
                mode = [each.value for each in node.args if isinstance(each, ast.Constant)]
                if node.func.attr == "open" and {"w", "wb", "x", "xb", "a", "ab"} & set(mode):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found - {"dataset/files.py"} <= OTHER_WRITERS.keys()
