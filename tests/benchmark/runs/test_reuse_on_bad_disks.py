"""Pictures of another run on a disk that says no."""

import errno
import os
from pathlib import Path

import pytest

from dreambench.benchmark.runs import reuse
from dreambench.dataset.os_errors import NotWritten


def test_a_disk_that_is_read_only_is_told_and_not_what_could_not_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a disk says "read-only" of the removal of a file that is not there, too."""

    def refuse(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    (tmp_path / "a.png").write_bytes(b"x")
    for name in ("link", "unlink", "fsync"):
        monkeypatch.setattr(os, name, refuse)
    with pytest.raises(NotWritten, match=r"b\.png cannot be written: the disk is read-only"):
        reuse._share(tmp_path / "a.png", tmp_path / "b.png")
