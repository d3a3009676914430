"""A user without a home, or with one that cannot be written: a temporary cache, said once, never a crash."""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dreambench.benchmark.machine import cache
from dreambench.benchmark.machine.cache import cache_folder
from dreambench.dataset.errors import UserError
from dreambench.dataset.leftovers import temporary_folder
from dreambench.dataset.local_folders import cache_root, expanded
from dreambench.dataset.os_errors import NotWritten, in_words

#: As in a container whose user has a number and nothing else; worker processes import it too.
NOBODY = """
import pwd
def nobody(who):
    raise KeyError(f"getpwuid(): uid not found: {who}")
pwd.getpwuid = pwd.getpwnam = nobody
"""


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No home, no cache that is named, and temporary files in a folder of the test's."""
    for name in ("HOME", "DREAMBENCH_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    pwd = pytest.importorskip("pwd")

    def nobody(who: object) -> None:
        raise KeyError(who)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setattr(pwd, "getpwnam", nobody)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path)
    cache._say_once.cache_clear()
    return tmp_path / "tmp"


def test_without_a_home_a_temporary_cache_serves_and_is_said_once(homeless: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "dreambench"):
        folder = cache_folder()
        assert cache_folder() == cache_root() == folder
    assert folder.parent == homeless
    assert folder.stat().st_mode & 0o777 == 0o700
    (said,) = caplog.messages
    assert said == f"There is no home folder for a cache; {folder} serves for now. Set DREAMBENCH_CACHE to keep one."
    assert not Path("~").exists()


@pytest.mark.usefixtures("homeless")
def test_a_path_with_a_home_that_is_not_there_stays_as_it_is() -> None:
    assert expanded("~/x") == Path("~/x")
    assert expanded("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")


def test_a_home_that_cannot_be_written_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.delenv("DREAMBENCH_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cache._say_once.cache_clear()
    with caplog.at_level(logging.WARNING, "dreambench"):
        assert cache_folder().parent == tmp_path / "tmp"
    assert "cannot be written; " in caplog.messages[0]


def test_a_cache_that_a_person_names_is_never_replaced_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(UserError, match="set DREAMBENCH_CACHE"):
        cache_folder()


def test_a_temporary_cache_of_somebody_else_is_not_used(homeless: Path) -> None:
    """Others may write among the temporary files: a link there would lead what is cached elsewhere."""
    folder = cache_root()
    folder.rmdir()
    (homeless / "theirs").mkdir()
    folder.symlink_to(homeless / "theirs", target_is_directory=True)
    with pytest.raises((UserError, NotWritten)):
        cache_root()
    folder.unlink()
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(UserError, match="was made by somebody else; name a cache folder with DREAMBENCH_CACHE"):
        cache_root()


def test_without_a_folder_for_temporary_files_it_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/var/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(FileNotFoundError) as raised, temporary_folder("dreambench-embeddings-"):
        pass
    told = str(in_words(raised.value))
    assert told == "No folder for temporary files can be written; set TMPDIR to one that can."


def test_a_whole_run_without_a_home_and_with_all_warnings_on_says_nothing_of_libraries(tmp_path: Path) -> None:
    """Also its workers, and multiprocessing's resource tracker."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(NOBODY)
    (tmp_path / "tmp").mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "DREAMBENCH_CACHE")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *filter(None, sys.path)]),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    command = "-W default -m dreambench run --method dreambooth --subjects can --prompts 0 --set steps=1 --set class_images=2"
    result = subprocess.run(
        [sys.executable, *command.split(), "--engine", "processes", "--workers", "1", "--out", "r"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    others = [line for line in result.stderr.splitlines() if not line.startswith("[") and not line[:4].endswith("%")]
    assert [line for line in others if "home folder" in line] == others != []
    assert not (tmp_path / "~").exists()
