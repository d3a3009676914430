"""Is there a network? Asked shortly and with the hub's own client, which is replaced here."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dreambench.baselines.model.files import hub

ADDRESS = "https://hub.invalid"


class Client:
    """Does to each question what it was told, in order; then answers."""

    def __init__(self, *does: Any) -> None:
        self.does = list(does)
        self.asked: list[tuple[str, float]] = []

    def head(self, address: str, *, timeout: float) -> object:
        self.asked.append((address, timeout))
        what = self.does.pop(0) if self.does else None
        if isinstance(what, Exception):
            raise what
        return what() if callable(what) else object()


@pytest.fixture(autouse=True)
def _a_hub_nobody_asked_yet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", ADDRESS)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    for variable in ("DREAMBENCH_OFFLINE", "HF_HUB_ETAG_TIMEOUT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(hub, "_PAUSE", 0.0)
    hub._problem.cache_clear()
    yield
    hub._problem.cache_clear()


def use(monkeypatch: pytest.MonkeyPatch, client: Client) -> Client:
    monkeypatch.setattr("huggingface_hub.get_session", lambda: client)
    return client


def test_a_hub_that_answers_is_asked_once_with_the_patience_that_a_person_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "33")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 33)
    client = use(monkeypatch, Client())
    assert [hub.hub_problem(), hub.hub_problem()] == [None, None]
    assert client.asked == [(ADDRESS, 33.0)]


def test_no_network_is_a_clause_with_the_address_and_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [OSError("no route\nand a long story."), OSError("Name not known.\nand a long story")]
    client = use(monkeypatch, Client(*refusals, *refusals))
    assert hub.hub_problem() == f"{ADDRESS} does not answer (Name not known)"
    assert len(client.asked) == 2


def test_one_lost_question_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    client = use(monkeypatch, Client(ConnectionError("reset")))
    assert hub.hub_problem() is None
    assert len(client.asked) == 2


def test_a_hub_that_hangs_is_left_alone_and_the_slow_are_told_the_knob(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up of a name heeds no timeout of the client's."""
    monkeypatch.setattr(hub, "_PATIENCE", 0.05)
    let_go = threading.Event()
    use(monkeypatch, Client(let_go.wait))
    problem = hub.hub_problem()
    let_go.set()
    assert problem is not None
    assert "waited 0.05 s" in problem
    assert "HF_HUB_ETAG_TIMEOUT" in problem


@pytest.mark.parametrize("switch", ["HF_HUB_OFFLINE", "DREAMBENCH_OFFLINE"])
def test_a_network_that_is_forbidden_is_not_asked(monkeypatch: pytest.MonkeyPatch, switch: str) -> None:
    client = use(monkeypatch, Client())
    if switch == "HF_HUB_OFFLINE":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    else:
        monkeypatch.setenv(switch, "1")
    assert hub.hub_problem() == hub.address_problem("https://elsewhere.invalid/x.pth") == f"{switch} is set"
    assert client.asked == []


def test_an_address_that_refuses_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    from email.message import Message
    from urllib.error import HTTPError, URLError

    def asked(request: Any, *, timeout: float) -> object:
        assert request.get_method() == "HEAD"
        if "gone" in request.full_url:
            raise HTTPError(request.full_url, 403, "Forbidden", Message(), None)
        raise URLError("unreachable")

    monkeypatch.setattr("urllib.request.urlopen", asked)
    assert hub.address_problem("https://elsewhere.invalid/gone.pth") is None
    assert "unreachable" in str(hub.address_problem("https://elsewhere.invalid/x.pth"))


def test_half_a_download_is_no_file_of_a_repository(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "models--timm--vit"
    (folder / "blobs").mkdir(parents=True)
    (folder / "blobs" / "abc.incomplete").write_bytes(b"half")
    (folder / "snapshots" / "0123").mkdir(parents=True)
    assert not hub.has_files_of("timm/vit")
    (folder / "snapshots" / "0123" / "model.safetensors").write_bytes(b"whole")
    assert hub.has_files_of("timm/vit")
    assert not hub.has_files_of("timm/vit_small")
