"""Fixtures of a made-up release, where nothing of the machine's own settings is in effect."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_release import FakeRelease, Mirror

from dreambench.dataset import release as release_module
from dreambench.dataset.release import load_release


@pytest.fixture
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No variable of the person who runs the tests is in effect; the cache is a folder of the test's own, which is returned."""
    for name in ("DREAMBENCH_DATA", "DREAMBENCH_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    cache = tmp_path / "cache"
    monkeypatch.setenv("DREAMBENCH_CACHE", str(cache))
    return cache


@pytest.fixture
def fake_release(tmp_path: Path, clean_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRelease]:
    """The package believes that the fake is the release."""
    fake = FakeRelease(tmp_path)
    monkeypatch.setattr(release_module, "MANIFEST_FILE", fake.manifest)
    load_release.cache_clear()
    yield fake
    load_release.cache_clear()


@pytest.fixture
def mirror(fake_release: FakeRelease) -> Iterator[Mirror]:
    """Serves the fake release."""
    served = Mirror(fake_release.content)
    thread = threading.Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield served
    served.over.set()
    served.server.shutdown()
    served.server.server_close()
    thread.join()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that pooch waits between tries: noted, not waited for."""
    noted: list[float] = []
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=noted.append))
    return noted
