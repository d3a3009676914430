"""The report page of 3,000 images: until a browser shows its first screen, against a page that holds every image at once."""

import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from dreambench.reports.page import write_report

from .report_sample import make_page, write_pictures
from .setting import Setting
from .timing import Figure, median_pair

_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


def report_page(setting: Setting, *, repeats: int, subjects: int = 30, prompts: int = 25, images: int = 4) -> list[Figure]:
    """Milliseconds to write the page for each image, and seconds until it is open; none without a browser.

    Open means that the load event has come and the gallery's first tile is painted, measured from the navigation.
    """
    count = subjects * prompts * images
    with tempfile.TemporaryDirectory(prefix="dreambench-speed-") as place:
        pictures = write_pictures(Path(place) / "pictures", min(count, 100), side=64)
        page = make_page(pictures, labels=("only",), subjects=subjects, prompts=prompts, images=images)
        began = time.perf_counter()
        file = write_report(page, Path(place) / "out", workers=1, on_progress=lambda done, total: None)
        writing = 1000 * (time.perf_counter() - began) / count
        figures = [Figure(f"page of {count:,} images, written", "one thread", writing, "ms/image")]
        plain = _plain_page(file)
        opened = _opening(file, plain, repeats)
        if opened is not None:
            way = "a page of the gallery at a time"
            figures.append(Figure(f"page of {count:,} images, opened", way, opened[0], "s", "every image at once", opened[1]))
    return figures


def _plain_page(file: Path) -> Path:
    """All images of the page as plain elements of one document."""
    sources = sorted(path.relative_to(file.parent).as_posix() for path in (file.parent / "images" / "0").iterdir())
    plain = file.with_name("plain.html")
    plain.write_text("<!doctype html><title>all</title>" + "".join(f'<img class="tile" src="{each}">' for each in sources))
    return plain


def _opening(ours: Path, plain: Path, repeats: int) -> tuple[float, float] | None:
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if executable is None:
        return None

    def measure() -> tuple[float, float]:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            pair = median_pair(_opener(tab, ours), _opener(tab, plain), repeats=repeats)
            browser.close()
        return pair

    # In a thread of its own: Playwright refuses a second session in a thread that runs one, as the browser tests' does.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(measure).result()


def _opener(tab: Any, file: Path) -> Callable[[], float]:
    def measure() -> float:
        tab.goto("about:blank")
        tab.goto(file.as_uri(), wait_until="load", timeout=180_000)
        milliseconds: float = tab.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => setTimeout(() =>"
            " done(document.querySelector('.tile').getClientRects().length && performance.now()))))"
        )
        return milliseconds / 1000

    return measure
