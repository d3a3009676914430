"""The report page in a browser: sorting, filters, the gallery, the enlarged view, the keyboard, small and dark screens.

Every test also checks, when its tabs close, that no error was logged and nothing was requested from elsewhere.
"""

from typing import Any

import pytest
from speed.report_sample import HOSTILE

Tabs = Any
Tab = Any


def texts(tab: Tab, selector: str) -> list[str]:
    return [text.strip() for text in tab.locator(selector).all_text_contents()]


def rows(tab: Tab) -> list[str]:
    return texts(tab, "#view-0 tbody.runs th")


def values(tab: Tab) -> list[float]:
    """Scores under the tiles of a ranking."""
    return [float(text.replace("−", "-")) for text in texts(tab, "#gallery .ranked .value")]


def focused(tab: Tab) -> str | None:
    image: str | None = tab.evaluate("document.activeElement.dataset.image ?? null")
    return image


def test_nothing_a_stranger_wrote_runs(tabs: Tabs) -> None:
    tab = tabs.open()
    assert tab.evaluate("window.broken") is None
    assert HOSTILE in rows(tab)
    assert HOSTILE in tab.title()
    assert any(text.startswith(HOSTILE) for text in texts(tab, "#gallery figcaption"))


def test_the_table_sorts_by_every_column_and_runs_keep_apart_from_yardsticks(tabs: Tabs) -> None:
    tab = tabs.open()
    assert rows(tab) == ["first", "second", HOSTILE]
    headings = tab.locator("#view-0 .sort")
    headings.nth(1).click()  # DINO: the best first
    assert rows(tab) == [HOSTILE, "second", "first"]
    assert headings.nth(1).locator("..").get_attribute("aria-sort") == "descending"
    headings.nth(1).click()
    assert rows(tab) == ["first", "second", HOSTILE]
    headings.nth(3).click()  # PRES: the lowest first
    assert rows(tab) == [HOSTILE, "second", "first"]
    assert texts(tab, "#view-0 tbody.beside th") == ["real_images"]
    headings.nth(0).focus()
    tab.keyboard.press("Enter")
    assert rows(tab) == sorted(rows(tab), key=lambda name: name.casefold())


def test_the_table_turns_to_a_part_of_the_benchmark(tabs: Tabs) -> None:
    tab = tabs.open()
    tab.get_by_text("Objects", exact=True).first.click()
    assert not tab.locator("#view-0").is_visible()
    assert tab.locator("#view-1").is_visible()


def test_plots_of_one_kind_share_a_place(tabs: Tabs) -> None:
    tab = tabs.open()
    assert tab.locator(".plot:visible").count() == 2
    tab.select_option("select[data-family]", label="Why that?")
    assert tab.locator(".plot:visible .for-light").evaluate_all("all => all.map(each => each.alt)") == [
        f"Why {HOSTILE}?",
        "Why that?",
    ]


def test_a_plot_fits_a_phone_in_whole_and_enlarges_in_its_own_frame(tabs: Tabs) -> None:
    tab = tabs.open(width=390)
    reach = "frame => [frame.scrollWidth, frame.clientWidth]"
    frame, button = tab.locator(".picture").first, tab.locator(".enlarge").first
    wide, seen = frame.evaluate(reach)
    assert wide == seen
    button.click()
    wide, seen = frame.evaluate(reach)
    assert (wide, seen) == (720, 358)
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    button.click()
    assert frame.evaluate(reach) == [358, 358]
    assert not tabs.open().locator(".enlarge").first.is_visible()


def test_pairs_show_references_and_every_runs_images(tabs: Tabs) -> None:
    tab = tabs.open()
    assert texts(tab, "#pager-top [role=status]") == ["1–12 of 20 pairs of subject and prompt, 120 images"]
    card = tab.locator(".pair").first
    assert card.locator(".reference-set img").count() == 4
    assert card.locator(".tile").count() == 6
    for image in card.locator("img").all():
        image.scroll_into_view_if_needed()  # a lazy image that nobody comes near would be waited for without end
        image.evaluate("image => image.decode()")  # fails for a broken one
    without = tab.locator(".pair").nth(4)  # s1 has no reference images
    assert without.locator("h3").text_content().startswith("s1")
    assert without.locator(".references").count() == 0
    tab.locator("#pager-bottom .next").click()
    assert texts(tab, "#pager-top [role=status]")[0].startswith("13–20 of 20")
    assert tab.evaluate("document.activeElement.closest('.pager').id") == "pager-bottom"  # the focus stays where it was


def test_worst_and_best_come_first(tabs: Tabs) -> None:
    tab = tabs.open()
    tab.select_option("select[name=order]", "worst")
    lowest = values(tab)
    assert len(lowest) == 60
    assert lowest == sorted(lowest)
    assert lowest[0] == 0.0
    tab.select_option("select[name=order]", "best")
    highest = values(tab)
    assert highest == sorted(highest, reverse=True)
    assert min(highest) > min(lowest)
    tab.select_option("select[name=metric]", "clip_t")
    assert texts(tab, "#pager-top [role=status]") == ["1–60 of 119 images"]  # one image has no CLIP-T
    assert values(tab)[0] == pytest.approx(1 - sorted(n * 7919 % 1000 / 1000 for n in range(1, 120))[0], abs=1e-3)


def test_filters_narrow_together_and_reset(tabs: Tabs) -> None:
    tab = tabs.open()
    status = "#pager-top [role=status]"
    tab.select_option("select[name=kind]", "live")  # s1 and s3
    assert texts(tab, status) == ["1–8 of 8 pairs of subject and prompt, 48 images"]
    tab.select_option("select[name=request]", label="in place 2")
    assert texts(tab, status) == ["1–2 of 2 pairs of subject and prompt, 12 images"]
    tab.select_option("select[name=subject]", label="s3")
    tab.locator("input[name=run]").nth(2).uncheck()
    assert texts(tab, status) == ["1–1 of 1 pairs of subject and prompt, 4 images"]
    tab.select_option("select[name=subject]", label="s0")  # an object: nothing is left
    assert texts(tab, status) == ["No images"]
    assert "No image fits" in tab.locator("#gallery").text_content()
    tab.get_by_role("button", name="Reset").click()
    tab.locator(status, has_text="1–12 of 20").wait_for()
    tab.select_option("select[name=order]", "worst")
    tab.fill("input[name=low]", "0.25")
    tab.fill("input[name=high]", "0.5")
    shown = values(tab)
    assert len(shown) == sum(0.25 <= n * 7919 % 1000 / 1000 <= 0.5 for n in range(120))
    assert min(shown) >= 0.25
    assert max(shown) <= 0.5


def test_the_enlarged_view_opens_goes_on_and_gives_the_focus_back(tabs: Tabs) -> None:
    tab = tabs.open()
    tab.select_option("select[name=order]", "worst")
    order = tab.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.dataset.image)")
    tab.locator(".tile").nth(1).click()
    dialog = tab.get_by_role("dialog")
    assert dialog.is_visible()
    assert " 2 of 120" in tab.locator("#viewer-place").text_content()
    assert texts(tab, "#viewer-scores b")[0] == f"{values(tab)[1]:.3f}"
    tab.keyboard.press("ArrowRight")
    assert " 3 of 120" in tab.locator("#viewer-place").text_content()
    for _ in range(4):
        tab.keyboard.press("ArrowLeft")  # stops at the first
    assert " 1 of 120" in tab.locator("#viewer-place").text_content()
    assert tab.locator("#viewer-previous").is_disabled()
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    assert tab.evaluate(
        "document.getElementById('viewer').contains(document.activeElement) || document.activeElement === document.body"
    )
    tab.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert focused(tab) == order[3]


def test_the_enlarged_view_turns_the_gallerys_page(tabs: Tabs) -> None:
    tab = tabs.open()
    tab.select_option("select[name=order]", "worst")
    tab.locator(".tile").nth(59).click()
    tab.keyboard.press("ArrowRight")
    tab.locator("#viewer-close").click()
    assert texts(tab, "#pager-top [role=status]") == ["61–120 of 120 images"]
    assert focused(tab) == tab.locator(".tile").first.get_attribute("data-image")


def test_the_enlarged_view_compares_with_a_reference_and_with_the_other_runs(tabs: Tabs) -> None:
    tab = tabs.open()
    tab.locator(".tile").first.click()
    assert tab.locator("#viewer-references button").count() == 4
    tab.locator("#viewer-references button").nth(2).click()
    tab.locator("#viewer-reference").evaluate("image => image.decode()")
    assert tab.locator("#viewer-reference").get_attribute("src") == "images/references/0-2.webp"
    assert tab.locator("#viewer-siblings .tile").count() == 6  # 3 runs x 2 images
    tab.locator("#viewer-siblings .tile").nth(5).click()
    assert tab.locator("#viewer-place").text_content().startswith(HOSTILE)
    assert tab.locator("#viewer-reference").is_visible()  # of the same subject, so it stays
    box = tab.locator("#viewer").bounding_box()
    tab.mouse.click(box["x"] - 10, box["y"] - 10)  # the backdrop
    assert not tab.locator("#viewer").is_visible()


def test_the_gallery_works_by_keyboard_alone(tabs: Tabs) -> None:
    tab = tabs.open()
    tiles = tab.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.dataset.image)")
    assert tab.locator(".tile[tabindex='0']").count() == 1  # one stop in the tab order, not hundreds
    tab.locator("#pager-top .next").focus()
    tab.keyboard.press("Tab")
    assert focused(tab) == tiles[0]
    tab.keyboard.press("ArrowRight")
    assert focused(tab) == tiles[1]
    tab.keyboard.press("ArrowDown")
    below = focused(tab)
    assert below is not None
    assert below not in tiles[:2]
    tab.keyboard.press("ArrowUp")
    assert focused(tab) == tiles[1]
    tab.keyboard.press("End")
    assert focused(tab) == tiles[-1]
    tab.keyboard.press("Home")
    tab.keyboard.press("Enter")
    assert tab.locator("#viewer").is_visible()
    tab.keyboard.press("Escape")
    assert focused(tab) == tiles[0]


#: Text wider than its own box is cut or runs into its neighbour. Plots alone scroll, in a frame of their own.
OVERFLOWING = """() => [...document.querySelectorAll('h1,h2,h3,p,dd,dt,th,td,figcaption,button,label,li,pre,span,a')]
    .filter(e => e.getClientRects().length && getComputedStyle(e).display !== 'inline' && e.scrollWidth > e.clientWidth + 1)
    .filter(e => { for (; e; e = e.parentElement) if (getComputedStyle(e).clipPath !== 'none') return false; return true; })
    .map(e => `${e.tagName} ${e.textContent.slice(0, 40)}`)"""


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_width_scrolls_sideways_or_cuts_text(tabs: Tabs, width: int) -> None:
    tab = tabs.open(width=width)
    for order in ("pairs", "worst"):
        tab.select_option("select[name=order]", order)
        assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.locator(".tile").first.click()
    assert tab.evaluate("(() => { const d = document.getElementById('viewer'); return d.scrollWidth - d.clientWidth })()") == 0
    tab.keyboard.press("Escape")
    assert tab.evaluate(OVERFLOWING) == []


CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgb = (colour) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (c) => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (e) => { for (; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
    const poor = [];
    for (const e of document.querySelectorAll('body *')) {
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        if (!own || !e.getClientRects().length || e.disabled || e.closest('script, style, .hidden-label')) continue;
        const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) poor.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${e.textContent.trim().slice(0, 30)}`);
    }
    return poor;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(tabs: Tabs, theme: str) -> None:
    """WCAG 2 AA: 4.5:1 for text, by the formula of its relative luminance; disabled controls are exempt."""
    tab = tabs.open(theme=theme)
    assert tab.evaluate(CONTRAST) == []
    tab.locator(".tile").first.click()
    assert tab.evaluate(CONTRAST) == []


def test_the_theme_follows_the_system_until_it_is_chosen_and_is_kept(tabs: Tabs) -> None:
    tab = tabs.open(theme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = tab.evaluate(paper)
    assert tab.locator(".for-dark").first.is_visible()
    assert not tab.locator(".for-light").first.is_visible()
    tab.locator("#theme").click()
    assert tab.locator("#theme").text_content() == "Theme: light"
    assert tab.evaluate(paper) != dark
    assert tab.locator(".for-light").first.is_visible()
    tab.reload()
    assert tab.evaluate(paper) != dark
    tab.locator("#theme").click()
    assert tab.evaluate(paper) == dark


def test_paper_gets_the_light_theme_without_controls(tabs: Tabs) -> None:
    tab = tabs.open(theme="dark")
    tab.emulate_media(media="print")
    assert tab.locator(".for-light").first.is_visible()
    assert not tab.locator("#filters").is_visible()
    assert not tab.locator("nav.sections").is_visible()
    assert tab.evaluate(CONTRAST) == []
