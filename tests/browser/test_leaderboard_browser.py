"""The leaderboard in a browser: ranks that follow the sorting, search, and nothing cut on a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Tabs
from speed.made_up_submissions import made_up_submission

from dreambench.benchmark.reporting.leaderboard_page import leaderboard_page
from dreambench.benchmark.submissions import boards_of, read_submissions, write_submission
from dreambench.reports.leaderboard import write_leaderboard


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("leaderboard")
    for number in range(4):
        made = made_up_submission(f"m{number}", seed=number, shift=0.03 * number, subjects=8, prompts=2, images=1)
        write_submission(place / "in" / f"{number}.json", made)
    boards = boards_of(read_submissions(place / "in").accepted)
    return write_leaderboard(leaderboard_page(boards, (), title="Leaderboard", published=True), place / "out")


@pytest.fixture
def boards(chromium: Any, page: Path) -> Iterator[Tabs]:
    opened = Tabs(chromium, page)
    yield opened
    opened.close()


def test_sorting_and_search_work_by_keyboard(boards: Tabs) -> None:
    tab = boards.open()
    tab.locator(".ranked th[data-metric=PRES] button").focus()
    tab.keyboard.press("Enter")
    assert tab.locator(".ranked-by").text_content() == "Rank by PRES"
    shown = [
        float(text) for text in tab.locator(".ranked td[data-label^=PRES]").evaluate_all("a => a.map(e => e.dataset.sort)")
    ]
    assert shown == sorted(shown)
    tab.fill("input[type=search]", "m2")
    assert tab.locator(".ranked tbody tr:visible").count() == 1
    assert tab.locator("#count").text_content() == "1 of 4 shown"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(boards: Tabs, width: int, theme: str) -> None:
    tab = boards.open(width=width, theme=theme)
    for _ in range(2):
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.locator(".ranked tbody a, .back a").first.click()
