"""The leaderboard in a browser: ranks follow the sorting, filters and columns, a view in the address, a header that stays."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import Tabs
from PIL import Image
from speed.made_up_submissions import made_up_record

from dreambench.benchmark.api.leaderboard import leaderboard

N = 14


def picture(name: str) -> bytes:
    """A picture of its own for every name."""
    colour = tuple(hashlib.sha256(name.encode()).digest()[:3])
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen submissions on one board, one of them a yardstick and one with its images, and two on another."""
    place = tmp_path_factory.mktemp("leaderboard")
    (place / "in").mkdir()
    for number in range(N):
        record = made_up_record(f"m{number}", seed=number, shift=0.03 * (number - N / 2), subjects=8, prompts=2, images=1)
        record["is_yardstick"] = number == 3
        if number == 0:
            content = {name: picture(name) for name in record["images"]}
            content |= {f"prior/{name}": picture(name) for name in record["prior_images"]}
            record["images"] = {name: hashlib.sha256(content[name]).hexdigest() for name in record["images"]}
            for name in record["prior_images"]:
                record["prior_images"][name] = hashlib.sha256(content[f"prior/{name}"]).hexdigest()
            with zipfile.ZipFile(place / "in/0.images.zip", "w") as archive:
                for name, data in content.items():
                    archive.writestr(name, data)
        (place / f"in/{number}.json").write_text(json.dumps(record))
    for number in range(2):
        record = made_up_record(f"other{number}", seed=number, subjects=5, prompts=3, images=1)
        (place / f"in/other{number}.json").write_text(json.dumps(record))
    return leaderboard(place / "in", out=place / "out").page


@pytest.fixture
def boards(chromium: Any, page: Path) -> Iterator[Tabs]:
    opened = Tabs(chromium, page)
    yield opened
    opened.close()


def shown(tab: Any) -> list[str]:
    """Names of the visible submissions, from above."""
    names: list[str] = tab.locator(".ranked tr[data-search]:visible a[href^=methods]").all_text_contents()
    return names


def test_sorting_and_search_work_by_keyboard(boards: Tabs) -> None:
    tab = boards.open()
    tab.locator(".ranked th[data-key=pres] button").first.focus()
    tab.keyboard.press("Enter")
    table = tab.locator(".ranked").first
    assert table.locator(".ranked-by").text_content() == "Rank by PRES"
    cells = table.locator("tbody").first.locator("td[data-label^=PRES]")
    values = [float(text) for text in cells.evaluate_all("a => a.map(e => e.dataset.sort)")]
    assert values == sorted(values)
    ranks = table.locator("tbody").first.locator(".rank").all_text_contents()
    assert ranks[0].startswith("1")
    assert "–" in table.locator("tbody.beside .rank").all_text_contents()
    tab.fill("input[type=search]", "m12")
    assert shown(tab) == ["m12"]
    assert tab.locator("#count").text_content() == f"1 of {N + 2} shown"


def test_filters_fit_together_and_clear_puts_all_back(boards: Tabs) -> None:
    tab = boards.open()
    everybody = shown(tab)
    tab.select_option("select[name=training]", "tuned")
    tuned = shown(tab)
    assert 0 < len(tuned) < len(everybody)
    tab.select_option("select[name=base_model]", "SDXL")
    tab.fill("input[name=since]", "2026-06-01")
    days = tab.locator(".ranked tr[data-search]:visible").evaluate_all("a => a.map(e => e.dataset.day + e.dataset.base_model)")
    assert days
    assert all(day >= "2026-06-01" and day.endswith("SDXL") for day in days)
    assert tab.locator("tbody.yardsticks tr:visible").count() >= 2  # nobody sent them
    tab.click("button[type=reset]")
    tab.locator("#count", has_text=re.compile(f"^{len(everybody)} of")).wait_for()
    assert shown(tab) == everybody
    assert "#" not in tab.url


def test_a_view_is_kept_in_the_address_and_a_link_shows_it_again(boards: Tabs) -> None:
    tab = boards.open()
    tab.locator("section.board").first.locator("th[data-key=clip_t] button").click()
    tab.select_option("select[name=training]", "zero-shot")
    tab.locator("summary", has_text="Columns").click()
    tab.locator("input[name=column][value=clip_i]").uncheck()
    before, address = shown(tab), tab.url
    assert "training=zero-shot" in address
    other = boards.open()
    other.goto(address)
    assert shown(other) == before
    assert other.locator("th[data-key=clip_t]").first.get_attribute("aria-sort") == "descending"
    assert other.locator(".ranked-by").first.text_content() == "Rank by CLIP-T"
    assert other.locator(".ranked th[data-key=clip_i]:visible").count() == 0
    assert other.locator(".ranked td[data-label^=CLIP-I]:visible").count() == 0
    assert other.url == address
    other.locator("nav.sections a", has_text="Literature").click()
    other.wait_for_url(re.compile("at=literature"))
    assert "training=zero-shot" in other.url
    assert other.evaluate("document.getElementById('literature').getBoundingClientRect().top") < 200


@pytest.mark.parametrize(
    "address", ["#sort=x.y.z&hide=,&training=nobody&board=none&at=nowhere", "#%%%=", "#board-none", "#search=<b>"]
)
def test_a_mangled_address_breaks_nothing(address: str, boards: Tabs, page: Path) -> None:
    tab = boards.open()
    tab.goto(f"{page.as_uri()}{address}")
    tab.reload()
    assert tab.locator(".ranked").count() == 2
    assert tab.locator("b").count() == 0


@pytest.mark.parametrize("width", [390, 900, 1280])
def test_a_tables_header_stays_while_its_rows_go_by(width: int, boards: Tabs) -> None:
    tab = boards.open(width=width)
    row = tab.locator(".ranked tbody tr").nth(9)
    row.scroll_into_view_if_needed()
    tab.mouse.move(width / 2, 400)
    tab.mouse.wheel(0, 300)
    tab.wait_for_timeout(300)
    heading = tab.locator(".ranked thead").first.locator("th[data-key=dino]").bounding_box()
    first = tab.locator(".ranked tbody tr").first.bounding_box()
    assert first["y"] + first["height"] < heading["y"] + heading["height"]  # it has gone above
    assert 0 <= heading["y"] < 844
    on_top = tab.evaluate(
        "([x, y]) => Boolean(document.elementFromPoint(x, y).closest('thead'))",
        [min(heading["x"] + 10, width - 5), heading["y"] + heading["height"] / 2],
    )
    assert on_top


def test_pictures_and_plots_load_in_either_theme(boards: Tabs) -> None:
    for theme in ("light", "dark"):
        tab = boards.open(theme=theme)
        plot = tab.locator("figure.trade-off").first
        plot.scroll_into_view_if_needed()
        picture = plot.locator(f".for-{theme}")
        assert picture.is_visible()
        picture.evaluate(
            "e => e.decode()"
        )  # a function that is waited for in the page would need eval, which its policy forbids
        assert picture.evaluate("e => e.naturalWidth > 0")
        shots = tab.locator(".shots img")
        assert shots.count() == 4
        shots.first.scroll_into_view_if_needed()
        shots.first.evaluate("e => e.decode()")
        assert shots.first.evaluate("e => e.naturalWidth === 160")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 900, 1280])
def test_nothing_is_wider_than_the_screen(boards: Tabs, width: int, theme: str) -> None:
    tab = boards.open(width=width, theme=theme)
    for _ in range(2):
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.locator(".ranked tbody a, .back a").first.click()
