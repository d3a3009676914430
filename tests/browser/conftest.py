"""Debian's Chromium through Playwright, and one report page for all tests. Skipped where either is missing."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from speed.report_sample import make_page, write_pictures

from dreambench.reports.page import write_report

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Seen:
    """What a tab asked for and complained about."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 3 runs x 5 subjects x 4 prompts x 2 images; one run has a hostile name."""
    place = tmp_path_factory.mktemp("report")
    page = make_page(write_pictures(place / "pictures", 6))
    return write_report(page, place / "out", workers=2, on_progress=lambda done, total: None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed; pip install playwright")
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("there is no Chromium here; on Debian, apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


class Tabs:
    """Opens the page in windows of any size; at the end no tab may have complained or asked for anything elsewhere."""

    def __init__(self, browser: Any, report: Path) -> None:
        self._browser, self._report = browser, report
        self._opened: list[tuple[Any, Seen]] = []

    def open(self, *, width: int = 1280, theme: str = "light") -> Any:
        """A tab with the page."""
        context = self._browser.new_context(viewport={"width": width, "height": 844}, color_scheme=theme)
        tab, seen = context.new_page(), Seen()
        tab.on("request", lambda request: seen.requests.append(request.url))
        tab.on("console", lambda message: seen.complaints.append(message.text))
        tab.on("pageerror", lambda error: seen.complaints.append(str(error)))
        self._opened.append((context, seen))
        tab.goto(self._report.as_uri())
        return tab

    def close(self) -> None:
        """Close all and check what they saw."""
        home = self._report.parent.as_uri() + "/"
        for context, _ in self._opened:
            context.close()
        for _, seen in self._opened:
            assert seen.complaints == []
            assert seen.requests
            assert [url for url in seen.requests if not url.startswith((home, "data:"))] == []


@pytest.fixture
def tabs(chromium: Any, report: Path) -> Iterator[Tabs]:
    """`tabs.open(width=390, theme="dark")`."""
    opened = Tabs(chromium, report)
    yield opened
    opened.close()
