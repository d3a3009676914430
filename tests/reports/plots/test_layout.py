"""Everything can be read: no text over another, none cut off, none smaller than 8 points at 720 CSS pixels."""

import dataclasses
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from reports.plots import THEME_NAMES, THEMES, PlotData, draw, plots_for
from reports.plots.frame import NO_BREAK
from reports.plots.placement import Box, label_points
from reports.plots.style import styled

SHOWN_ONCE = ("heat_map-dreambooth-dino", "heat_map-difference-clip_t")


def texts_of(figure: Figure) -> list[tuple[Text, Box]]:
    """Every text that is drawn, with its box in points, under the settings that files are written with."""
    with styled(THEMES["light"]):
        return _texts_of(figure)


def _texts_of(figure: Figure) -> list[tuple[Text, Box]]:
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    scale = 72.0 / figure.dpi
    hidden = _kept_back(figure)
    found = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            found.append((text, Box(*(float(v) * scale for v in text.get_window_extent(renderer).extents))))
    return found


def _kept_back(figure: Figure) -> set[int]:
    """ids of texts that matplotlib keeps without drawing them: labels of ticks beyond the limits, and of axes that are off."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            drawn = axis._update_ticks() if axes.axison and axis.get_visible() else []
            keep = {id(label) for tick in drawn for label in (tick.label1, tick.label2)}
            every = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {id(label) for tick in every for label in (tick.label1, tick.label2)} - keep
    return hidden


def check(figure: Figure) -> None:
    width, height = (float(side) * 72.0 for side in figure.get_size_inches())
    assert width == 540.0  # 720 CSS pixels
    texts = texts_of(figure)
    assert len(texts) > 3
    page = Box(0.0, 0.0, width, height)
    for text, box in texts:
        assert text.get_fontsize() >= 8.0, text.get_text()
        assert box.within(page), (text.get_text(), box, page)
    for (one, first), (other, second) in combinations(texts, 2):
        width = min(first.right, second.right) - max(first.left, second.left)
        height = min(first.top, second.top) - max(first.bottom, second.bottom)
        # Boxes hold room above and below the letters: lines of a heat map's rows may share a point of it.
        assert width <= 0.5 or height <= 1.0, (one.get_text(), other.get_text(), width, height)


@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_no_text_overlaps_or_is_cut_off(data_of: Callable[..., PlotData], count: int) -> None:
    names = ["dreambooth", "textual_inversion", "pretrained", *(f"a_rather_long_method_name_{k}" for k in range(9))]
    data = data_of(names[:count])
    for plot in plots_for(data).plots:
        if plot.family != "heat_map" or plot.name in SHOWN_ONCE:
            check(draw(plot, data))


def test_hostile_names_break_no_plot(hostile: PlotData) -> None:
    plots = plots_for(hostile).plots
    assert len(plots) == 6 + 2 * 12
    shown = [plot for plot in plots if plot.family != "heat_map"] + [plot for plot in plots if plot.family == "heat_map"][10:14]
    for plot in shown:
        figure = draw(plot, hostile, theme="dark")
        check(figure)
        for text, _ in texts_of(figure):
            assert text.get_text().replace(NO_BREAK, " ").isprintable()


def test_hostile_subjects_and_prompts_break_no_plot(three: PlotData, hostile: PlotData) -> None:
    names = [method.label for method in hostile.methods]
    other = dict(zip(["backpack", "grey_sloth_plushie", "vase", "cat2", "dog"], names[:5], strict=True))
    methods = []
    for method in three.methods:
        images = method.images.assign(
            subject=method.images["subject"].map(other),
            prompt=[f"{text} {names[5 + place % 7]}{place}" for place, text in enumerate(method.images["prompt"])],
        )
        methods.append(
            dataclasses.replace(
                method, images=images, subjects=method.subjects.assign(subject=method.subjects["subject"].map(other))
            )
        )
    data = dataclasses.replace(three, methods=tuple(methods), embeddings=None, protocol=names[5], fingerprint=names[10])
    for plot in plots_for(data).plots:
        check(draw(plot, data))


def test_crowded_points_keep_their_labels_apart(data_of: Callable[..., PlotData]) -> None:
    for seed in range(4):
        data = data_of([f"method_number_{k}" for k in range(12)], seed=seed, spread=0.015)
        for plot in plots_for(data, ["fidelity_prompt", "cost"]).plots:
            check(draw(plot, data))


def test_labels_cover_no_other_marker_and_lie_nearest_to_their_own() -> None:
    for seed in range(12):
        generator = np.random.default_rng(seed)
        points = [(float(x), float(y)) for x, y in generator.normal(0.5, 0.06, size=(12, 2))]
        with styled(THEMES["light"]):
            figure = Figure(figsize=(7.5, 5.0))
            FigureCanvasAgg(figure)
            axes = figure.add_axes((0.1, 0.1, 0.85, 0.85))
            axes.set(xlim=(0, 1), ylim=(0, 1))
            names = [f"method_number_{k}" for k in range(12)]
            label_points(axes, points, names, theme=THEMES["light"], marker_size=8.0)
            boxes = {text.get_text(): box for text, box in texts_of(figure) if text.get_text() in names}
            centres = axes.transData.transform(points) * 72.0 / figure.dpi
        assert len(boxes) == 12
        leaders = sum(1 for text in axes.texts if not text.get_text())
        for box in boxes.values():
            assert not any(box.overlap(Box(x - 4, y - 4, x + 4, y + 4)) for x, y in centres)
        wrong = 0
        for name, box in boxes.items():
            distances = [box.distance((float(x), float(y))) for x, y in centres]
            wrong += int(np.argmin(distances)) != names.index(name)
        assert wrong <= leaders  # a label that is not nearest to its own point has a line to it


def test_many_subjects_and_many_prompts_are_cut_to_what_a_page_holds(three: PlotData) -> None:
    methods = []
    for method in three.methods[:1]:
        images = method.images[method.images["subject"] == "vase"]
        many = [images.assign(subject=f"vase_{k:03d}", dino=images["dino"] - k / 1000) for k in range(80)]
        table = np.concatenate([[k] * len(images) for k in range(80)])
        import pandas as pd

        stacked = pd.concat(many, ignore_index=True)
        assert len(table) == len(stacked)
        subjects = stacked.groupby(["subject", "kind"], as_index=False)[["dino", "clip_i", "clip_t"]].mean()
        methods.append(dataclasses.replace(method, images=stacked, subjects=subjects))
    data = dataclasses.replace(three, methods=tuple(methods), embeddings=None)
    for plot in plots_for(data, ["subject_dots", "heat_map"]).plots:
        figure = draw(plot, data)
        check(figure)
        words = " ".join(text.get_text() for text in figure.texts)
        assert "60 of 80" in words or "20 subjects" in words


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_themes_change_colours_and_nothing_else(three: PlotData, theme: str) -> None:
    (plot,) = plots_for(three, ["subject_dots"]).plots
    figure = draw(plot, three, theme="dark" if theme == "dark" else "light")
    assert figure.get_facecolor()[:3] == pytest.approx([int(THEMES[theme].paper[k : k + 2], 16) / 255 for k in (1, 3, 5)])  # type: ignore[index]
    words = [text.get_text() for text, _ in texts_of(figure)]
    assert words == [text.get_text() for text, _ in texts_of(draw(plot, three))]
