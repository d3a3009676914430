"""What cuts a run short is a sentence."""

import errno
import os
from pathlib import Path

import pytest

from dreambench.benchmark.api.attempt import unfinished_in_words
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.log import LOG_FILE
from dreambench.dataset.errors import IncompleteRun
from dreambench.dataset.os_errors import NotWritten


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, IncompleteRun, "the disk is full; mend that"),
        (errno.EROFS, NotWritten, "a.png cannot be used: the disk is read-only; choose"),
        (errno.ENOENT, NotWritten, "a.png cannot be used: it, or its folder, is not there"),
    ],
)
def test_what_the_system_says_no_with_is_no_fault_of_ours(
    number: int, kind: type[Exception], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=words), unfinished_in_words(RunFolder(tmp_path / "run"), lambda: "nothing"):
        raise OSError(number, os.strerror(number), "a.png")
    assert not (tmp_path / LOG_FILE).exists()
