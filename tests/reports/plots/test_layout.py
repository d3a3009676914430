"""Everything can be read: no text over another, none cut off, none smaller than 8 points at 720 CSS pixels."""

from collections.abc import Callable

import pytest
from legible import check, texts_of
from matplotlib.colors import to_hex

from dreambench.reports.cells import Column
from dreambench.reports.plots import THEME_NAMES, THEMES, PlotData, ThemeName, draw, plots_for

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
    plot = plots_for(three, ["subject_dots"]).plots[0]
    figure = draw(plot, three, theme=theme)
    assert to_hex(figure.get_facecolor()) == THEMES[theme].paper
    words = [text.get_text() for text, _ in texts_of(figure)]
    assert words == [text.get_text() for text, _ in texts_of(draw(plot, three))]


def test_a_table_of_seven_metrics_has_room_for_its_numbers(three: PlotData) -> None:
    (plot,) = plots_for(three, ["metric_correlation"]).plots
    figure = draw(plot, three)
    check(figure)
    words = [text.get_text() for text, _ in texts_of(figure)]
    assert sum("to" in word.split() for word in words) == 7 * 6 / 2 + 1  # every pair has its range; the subtitle has one "to"


def test_a_panel_of_encoders_can_be_read(panel: PlotData) -> None:
    for plot in plots_for(panel).plots:
        if plot.by in ("", "siglip2_t") and not plot.name.startswith("heat_map-textual_inversion"):
            check(draw(plot, panel))


def test_twelve_methods_under_a_panel_can_be_read(data_of: Callable[..., PlotData], panel: PlotData) -> None:
    data = data_of([f"a_rather_long_method_name_{k}" for k in range(12)], metrics=panel.metrics)
    for plot in plots_for(data, ["distributions", "metric_correlation"]).plots:
        check(draw(plot, data))


@pytest.mark.parametrize("count", [14, 24])
def test_numbers_that_do_not_fit_into_a_table_of_many_metrics_are_left_out(
    data_of: Callable[..., PlotData], count: int
) -> None:
    many = [Column(f"metric_{k}", f"Another encoder {k}", True, "image_similarity") for k in range(count)]
    data = data_of(["one", "two"], metrics=many)
    (plot,) = plots_for(data, ["metric_correlation"]).plots
    figure = draw(plot, data)
    check(figure)
    numbers = [text for text, _ in texts_of(figure) if text.axes is not None and text in text.axes.texts]
    assert len(numbers) == (count * (count - 1) / 2 if count == 14 else 0)


def test_points_of_a_map_keep_their_markers_inside(three: PlotData, panel: PlotData) -> None:
    for data in (three, panel):
        (plot,) = plots_for(data, ["embedding_map"]).plots
        figure = draw(plot, data)
        for axes in figure.axes:
            box = axes.get_window_extent()
            for line in axes.get_lines():
                if str(line.get_gid()).startswith("references-"):
                    half = line.get_markersize() / 2.0 * figure.dpi / 72.0
                    for x, y in axes.transData.transform(line.get_xydata()):
                        assert box.x0 + half < x < box.x1 - half
                        assert box.y0 + half < y < box.y1 - half
