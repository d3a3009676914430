"""A rater's page in a browser, from the first question to the last: by keyboard, by mouse, on a phone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scored_folders import write_folder, write_pictures

from dreambench.benchmark.api.userstudy import MadeUserStudy, make_userstudy
from dreambench.benchmark.userstudy.answers import read_answers

Tab = Any
QUESTIONS = 6


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeUserStudy:
    root = tmp_path_factory.mktemp("study")
    for seed, name in enumerate(("ours", "theirs")):
        write_pictures(root / f"{name}-pictures", seed=seed)
        write_folder(root / name, root / f"{name}-pictures", method=f"method-{name}", seed=seed)
    return make_userstudy(root / "ours", root / "theirs", out=root / "study", questions=QUESTIONS)


@pytest.fixture
def tab(chromium: Any, made: MadeUserStudy) -> Iterator[Tab]:
    """The first questionnaire; nothing may be asked for from elsewhere, and nothing logged."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", accept_downloads=True)
    page, requests, complaints = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((made.pages / "01.html").as_uri())
    yield page
    context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def handed_in(tab: Tab, folder: Path) -> Path:
    with tab.expect_download() as waiting:
        tab.locator("#download").click()
    file = folder / str(waiting.value.suggested_filename)
    waiting.value.save_as(file)
    assert json.loads(file.read_text()) == json.loads(tab.locator("#answers").input_value())
    return file


def test_by_keyboard_alone_from_the_first_question_to_the_file(tab: Tab, made: MadeUserStudy, tmp_path: Path) -> None:
    tab.keyboard.press("Enter")
    for number in range(QUESTIONS):
        assert tab.locator("#place").inner_text() == f"Question {number + 1} of {QUESTIONS}"
        tab.keyboard.press("Enter")  # nothing was answered: it stays
        tab.keyboard.press("ArrowLeft")
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("Enter")
    taken, refused = read_answers([handed_in(tab, tmp_path)], made.study)
    assert refused == ()
    assert {(answer.subject, answer.prompt) for answer in taken[0].answers.answers} == {("left", "undecided")}


def test_a_closed_page_goes_on_where_it_was(tab: Tab, made: MadeUserStudy, tmp_path: Path) -> None:
    tab.locator("#begin").click()
    tab.locator('[data-ask="subject"] label', has_text="Right").click()
    tab.locator('[data-ask="prompt"] label', has_text="Left").click()
    tab.locator("#next").click()
    tab.reload()
    assert tab.locator("#place").inner_text() == f"Question 2 of {QUESTIONS}"
    tab.locator("#back").click()
    assert tab.locator('[data-ask="subject"] input[value="right"]').is_checked()
    assert tab.locator('[data-ask="prompt"] input[value="left"]').is_checked()
    for _ in range(QUESTIONS):
        for ask in ("subject", "prompt"):
            tab.locator(f'[data-ask="{ask}"] label', has_text="Cannot decide").click()
        tab.locator("#next").click()
    taken, refused = read_answers([handed_in(tab, tmp_path)], made.study)
    assert (len(taken), refused) == (1, ())
    assert {answer.subject for answer in taken[0].answers.answers} == {"undecided"}


def test_next_waits_for_both_answers_and_all_pictures_fit_a_phone(tab: Tab) -> None:
    tab.locator("#begin").click()
    assert tab.locator("#next").is_disabled()
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#next").is_disabled()
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#next").is_enabled()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    left, right = (tab.locator(f"#{side}").bounding_box() for side in ("left", "right"))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
