"""Files that are whole or absent, and as open to others as the user's umask says."""

import os
from pathlib import Path

import pytest

from dreambench.dataset.files import atomic_write_bytes, write_json


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
    with pytest.raises(OSError, match="No space"):
        write_json(path, {"a": 2})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    assert "1" in path.read_text()
