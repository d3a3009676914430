"""A board's trade-off: which methods are named, what stands apart, and that everything can be read."""

from itertools import product

import numpy as np
import pytest
from legible import check, texts_of

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots import THEMES, NotDrawable
from dreambench.reports.plots.style import styled
from dreambench.reports.plots.trade_off import Contender, TradeOff, draw_trade_off, pareto_front, render_trade_off

DINO = Column("dino", "DINO", True, "image_similarity")
CLIP_T = Column("clip_t", "CLIP-T", True, "text_similarity")
COPIES = Contender("copies", {"clip_t": Cell(0.2, 0.18, 0.22), "dino": Cell(0.97, 0.96, 0.98)}, is_ranked=False)
HOSTILE = "$\\frac{1}{0}$ <script>\u202eabc\n漢字" + "x" * 500


def contender(label: str, x: float, y: float, *, is_ranked: bool = True) -> Contender:
    return Contender(label, {"clip_t": Cell(x, x - 0.02, x + 0.02), "dino": Cell(y, y - 0.03, y + 0.03)}, is_ranked)


def trade_off(*contenders: Contender, **beside: dict[str, float]) -> TradeOff:
    yardsticks = {name: {key: Cell(value) for key, value in means.items()} for name, means in beside.items()}
    return TradeOff((DINO, CLIP_T), contenders, yardsticks, "3 subjects. Protocol p.")


def drawn(data: TradeOff, theme: str = "light") -> list[str]:
    """Check a figure for legibility; its texts."""
    with styled(THEMES[theme]):  # type: ignore[index]
        figure = draw_trade_off(data, THEMES[theme])  # type: ignore[index]
    check(figure)
    return [text.get_text() for text, _ in texts_of(figure)]


def test_the_front_is_what_none_beats_in_both() -> None:
    values = [(float(x), float(y)) for x, y in np.random.default_rng(0).integers(0, 6, (60, 2))]
    better = {(a, b) for a, b in product(values, values) if a != b and a[0] >= b[0] and a[1] >= b[1]}
    expected = [not any((other, own) in better for other in values) for own in values]
    assert pareto_front(values) == expected
    assert pareto_front([None, (1.0, 1.0), None, (2.0, 0.0)]) == [False, True, False, True]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_few_methods_are_all_named_and_the_yardsticks_are_lines(theme: str) -> None:
    floor = contender("floor", 0.82, 0.3, is_ranked=False)
    few = (contender("a", 0.7, 0.6), contender("b", 0.8, 0.5), floor)
    texts = drawn(trade_off(*few, real_images={"dino": 0.95}), theme)
    assert {"a", "b", "floor", "real images of the subject, 0.95"} <= set(texts)


def test_a_copier_far_to_the_left_becomes_a_line_that_says_where_it_is() -> None:
    texts = drawn(trade_off(contender("a", 0.7, 0.6), contender("b", 0.8, 0.5), COPIES))
    assert "copies (CLIP-T 0.2), 0.97" in texts
    packaged = trade_off(contender("a", 0.7, 0.6), contender("b", 0.8, 0.5), copy_reference={"dino": 0.97, "clip_t": 0.2})
    assert "copies of the references (CLIP-T 0.2), 0.97" in drawn(packaged)
    assert "Grey lines: reference images handed in" in packaged.caption()
    near = trade_off(contender("a", 0.7, 0.6), contender("b", 0.8, 0.5), copy_reference={"dino": 0.97, "clip_t": 0.75})
    assert "copies of the references" in drawn(near)
    assert "Grey crosses: reference images handed in" in near.caption()
    assert "copies" in drawn(trade_off(contender("a", 0.7, 0.6), COPIES))  # one method alone needs no room of its own


def test_in_a_crowd_the_front_is_named_and_everything_can_still_be_read() -> None:
    draw = np.random.default_rng(1)
    crowd = [contender(f"method {n}", *draw.uniform(0.3, 0.7, 2).tolist()) for n in range(200)]
    best = [contender(f"best {n}", 0.7 + 0.01 * n, 0.8 - 0.01 * n) for n in range(5)]
    texts = drawn(trade_off(*crowd, *best, COPIES, real_images={"dino": 0.95}))
    assert {f"best {n}" for n in range(5)} <= set(texts)
    assert not [text for text in texts if text.startswith("method")]


def test_hostile_names_are_letters() -> None:
    theirs = (contender(HOSTILE, 0.7, 0.6), contender("b", 0.8, 0.5))
    texts = drawn(TradeOff((DINO, CLIP_T), theirs, {HOSTILE[:40]: {"dino": Cell(0.9)}}, HOSTILE))
    assert all(text.replace("\u00a0", " ").isprintable() for text in texts)


def test_the_same_board_makes_the_same_file_and_a_theme_another() -> None:
    data = trade_off(contender("a", 0.7, 0.6), contender("b", 0.8, 0.5))
    assert render_trade_off(data) == render_trade_off(data)
    assert render_trade_off(data) != render_trade_off(data, theme="dark")


def test_without_both_metrics_there_is_nothing_to_draw() -> None:
    half = Contender("a", {"dino": Cell(0.5)}, is_ranked=True)
    with pytest.raises(NotDrawable, match="both DINO and CLIP-T"):
        render_trade_off(trade_off(half))
    with pytest.raises(NotDrawable, match="not both"):
        render_trade_off(TradeOff((DINO,), (half,)))


def test_the_metrics_are_the_first_of_their_formulas_whatever_they_are_called() -> None:
    panel = (Column("siglip", "SigLIP", True, "image_similarity"), DINO, Column("t", "Text", True, "text_similarity"), CLIP_T)
    data = TradeOff(panel, (Contender("a", {"siglip": Cell(0.4), "t": Cell(0.3)}, is_ranked=True),))
    assert (data.fidelity.key, data.prompt.key) == ("siglip", "t")
    assert "SigLIP with the references (keeps the subject →)" in drawn(data)
