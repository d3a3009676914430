"""The log of a worker: bounded, harmless, its end told and its file gone."""

import subprocess
import sys
from pathlib import Path

from dreambench.benchmark.engine.worker_log import WorkerLog, last_words

WRITES = """
import sys
from pathlib import Path
from dreambench.benchmark.engine.worker_log import write_to
write_to(Path(sys.argv[1]))
print("from Python", file=sys.stderr, flush=True)
import os
os.write(2, b"from a library \\xff\\n")
os.kill(os.getpid(), {signal})
"""


def killed(log: WorkerLog, signal: int) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", WRITES.format(signal=signal), str(log.path)], capture_output=True, check=False)


def test_the_last_words_of_a_killed_process_are_kept(tmp_path: Path) -> None:
    log = WorkerLog(tmp_path / "run")
    assert killed(log, 9).stderr == b""
    assert log.close() == "from Python\nfrom a library \ufffd"
    assert not list((tmp_path / "run").iterdir())


def test_of_a_crash_in_a_library_the_stack_is_told(tmp_path: Path) -> None:
    log = WorkerLog(tmp_path)
    killed(log, 11)
    wrote = log.close()
    assert 'File "<string>"' in wrote
    assert last_words(wrote) == '; the last that it wrote: "Fatal Python error: Segmentation fault"'


def test_a_log_never_grows_large_and_its_end_is_kept(tmp_path: Path) -> None:
    log = WorkerLog(tmp_path)
    with log.path.open("ab", buffering=0) as file:
        for number in range(4):
            file.write(b"x" * 1_100_000 + b"\nround %d\n" % number)
            log.trim()
            assert log.path.stat().st_size == 0
        file.write(b"the end")
    assert log.close().endswith("\nround 3\nthe end")
    assert not log.path.exists()


def test_what_was_never_written_is_no_words(tmp_path: Path) -> None:
    log = WorkerLog(tmp_path)
    log.trim()
    assert log.close() == last_words("") == last_words("\n \n") == ""
    told = last_words("first\n" + "long " * 100 + "\x1b]0;title\x07\n")
    assert len(told) < 200
    assert told.startswith('; the last that it wrote: "long long')
    assert told.isprintable()
