"""Everything can be read: no text over another, none cut off, none smaller than 8 points at 720 CSS pixels."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from legible import check, texts_of
from matplotlib.colors import to_hex

from dreambench.reports.plots import THEME_NAMES, THEMES, PlotData, ThemeName, draw, plots_for
from dreambench.reports.records import Column

SHOWN_ONCE = ("heat_map-dreambooth-dino", "heat_map-difference-clip_t")


@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_no_text_overlaps_or_is_cut_off(data_of: Callable[..., PlotData], count: int) -> None:
    names = ["dreambooth", "textual_inversion", "pretrained", *(f"a_rather_long_method_name_{k}" for k in range(9))]
    data = data_of(names[:count])
    for plot in plots_for(data).plots:
        if plot.family != "heat_map" or plot.name in SHOWN_ONCE:
            check(draw(plot, data))


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_themes_change_colours_and_nothing_else(three: PlotData, theme: ThemeName) -> None:
    (plot,) = plots_for(three, ["subject_dots"]).plots
    figure = draw(plot, three, theme=theme)
    assert to_hex(figure.get_facecolor()) == THEMES[theme].paper
    words = [text.get_text() for text, _ in texts_of(figure)]
    assert words == [text.get_text() for text, _ in texts_of(draw(plot, three))]


def test_a_table_of_seven_metrics_has_room_for_its_numbers(three: PlotData) -> None:
    more = [Column("identification", "Subj. ID", True), Column("copy_index", "Copy", False)]
    methods = []
    for place, method in enumerate(three.methods):
        draws = np.random.default_rng(place)
        extra = {column.key: draws.random(len(method.images)) for column in more}
        subjects = method.subjects.assign(**{column.key: draws.random(len(method.subjects)) for column in more})
        methods.append(dataclasses.replace(method, images=method.images.assign(**extra), subjects=subjects))
    data = dataclasses.replace(three, methods=tuple(methods), metrics=(*three.metrics, *more))
    (plot,) = plots_for(data, ["metric_correlation"]).plots
    figure = draw(plot, data)
    check(figure)
    words = [text.get_text() for text, _ in texts_of(figure)]
    assert [word for word in words if word in {"Subj. ID", "Copy", "PRES", "DIV (DINO)"}].count("Copy") >= 1
    assert sum("to" in word.split() for word in words) == 7 * 6 / 2 + 1  # every pair has its range; the subtitle has one "to"
