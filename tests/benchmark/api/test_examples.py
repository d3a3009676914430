"""The examples in the docstrings of the verbs do what they say."""

import doctest
from pathlib import Path

import pytest

from dreambench.benchmark.api import run


def test_the_example_of_run_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    result = doctest.testmod(run)
    assert result.attempted > 3
    assert result.failed == 0
