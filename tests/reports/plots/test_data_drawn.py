"""What is drawn is what was given: artists are read back and compared with numbers computed another way."""

import dataclasses
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.stats import spearmanr

from dreambench.reports.cells import Cell
from dreambench.reports.plots import THEMES, Plot, PlotData, draw, plots_for
from dreambench.reports.plots.distributions import density_of
from dreambench.reports.plots.embedding_map import project
from dreambench.reports.plots.scales import share
from dreambench.reports.plots.style import method_styles


def the_plot(data: PlotData, name: str) -> Plot:
    (plot,) = [each for each in plots_for(data).plots if each.name == name]
    return plot


def axes_labelled(figure: Figure, start: str) -> Axes:
    (axes,) = [each for each in figure.axes if each.get_xlabel().startswith(start)]
    return axes


def lines_with(axes: Axes, gid: str) -> list[Line2D]:
    return [line for line in axes.get_lines() if line.get_gid() == gid]


def test_points_and_intervals_of_fidelity_against_prompt(three: PlotData) -> None:
    axes = axes_labelled(draw(the_plot(three, "fidelity_prompt"), three), "CLIP-T")
    assert len(axes.containers) == 3
    styles = method_styles(3, THEMES["light"])
    for bars, method, style in zip(axes.containers, three.methods, styles, strict=True):
        x, y = method.overall["clip_t"], method.overall["dino"]
        marker, _, (across, up) = bars.lines
        assert (marker.get_xdata()[0], marker.get_ydata()[0]) == (x.mean, y.mean)
        assert (marker.get_marker(), to_hex(marker.get_color())) == (style.marker, style.colour)
        np.testing.assert_allclose(across.get_segments()[0], [[x.low, y.mean], [x.high, y.mean]])
        np.testing.assert_allclose(up.get_segments()[0], [[x.mean, y.low], [x.mean, y.high]])
        assert bars.get_label() == method.label


def test_yardsticks_without_a_prompt_are_lines_and_the_others_points(three: PlotData) -> None:
    plot = the_plot(three, "fidelity_prompt")
    axes = axes_labelled(draw(plot, three), "CLIP-T")
    styles = set()
    for name, height in (("real_images", 0.972), ("impostor", 0.45)):
        (line,) = lines_with(axes, name)
        assert set(line.get_ydata()) == {height}
        styles.add(str(line._unscaled_dash_pattern))
    assert len(styles) == 2
    for name, point in (("copy_reference", (0.129, 0.978)), ("pretrained", (0.72, 0.31))):
        (cross,) = lines_with(axes, name)
        assert [tuple(map(float, at)) for at in cross.get_xydata()] == [point]
    words = [text.get_text() for text in axes.texts]
    for word in ("real images of the subject, 0.972", "other subjects of the class, 0.45"):
        assert words.count(word) == 1
    for word in ("copies of the references", "the base model, not tuned"):
        assert words.count(word) == 1
    assert "reference images of the other subjects of the class" in plot.caption
    low, high = axes.get_ylim()
    assert low < 0.31
    assert high > 0.978


def test_a_yardstick_that_nobody_here_knows_has_its_own_name(three: PlotData) -> None:
    data = dataclasses.replace(three, beside={"a_friend": {"dino": Cell(0.8)}})
    plot = the_plot(data, "fidelity_prompt")
    assert "a_friend, 0.8" in [text.get_text() for text in axes_labelled(draw(plot, data), "CLIP-T").texts]
    assert "real images" not in plot.caption


def test_a_method_without_an_interval_or_without_a_score(three: PlotData) -> None:
    first, second, third = three.methods
    bare = dataclasses.replace(first, overall={"dino": Cell(0.5), "clip_t": Cell(0.4)})
    none = dataclasses.replace(second, overall={"dino": Cell(0.7)})
    data = dataclasses.replace(three, methods=(bare, none, third), beside={})
    axes = axes_labelled(draw(the_plot(data, "fidelity_prompt"), data), "CLIP-T")
    assert [bars.get_label() for bars in axes.containers] == [first.label, third.label]
    np.testing.assert_allclose(axes.containers[0].lines[2][0].get_segments()[0], [[0.4, 0.5], [0.4, 0.5]])


def test_subjects_are_sorted_within_their_kind_and_every_dot_is_a_mean(three: PlotData) -> None:
    figure = draw(the_plot(three, "subject_dots"), three)
    means = pd.concat([m.subjects for m in three.methods]).groupby(["subject", "kind"])["dino"].mean().reset_index()
    expected = [
        name
        for kind in ("object", "live")
        for name in means[means["kind"] == kind].sort_values("dino", ascending=False)["subject"]
    ]
    for start, key in (("DINO", "dino"), ("CLIP-T", "clip_t")):
        axes = axes_labelled(figure, start)
        if key == "dino":
            assert [label.get_text() for label in axes.get_yticklabels()] == expected
        dots = {line.get_label(): line for line in axes.get_lines() if line.get_linestyle() == "None"}
        for method in three.methods:
            values = method.subjects.set_index("subject")[key]
            np.testing.assert_allclose(dots[method.label].get_xdata(), [values[name] for name in expected])
            np.testing.assert_allclose(dots[method.label].get_ydata(), axes.get_yticks())
        (spans,) = [each for each in axes.collections if isinstance(each, LineCollection)]
        for name, segment in zip(expected, spans.get_segments(), strict=True):
            values = [method.subjects.set_index("subject")[key][name] for method in three.methods]
            np.testing.assert_allclose(segment[:, 0], [min(values), max(values)])


def heat(data: PlotData, name: str) -> tuple[Axes, dict[tuple[str, str], float]]:
    """A heat map's cells by (row's label, column's label), read from the colours' array and the tick labels."""
    figure = draw(the_plot(data, name), data)
    (axes,) = [each for each in figure.axes if len(each.get_yticks()) > 10]
    (drawn,) = [each for each in axes.collections if each.get_gid() == "cells"]
    values = {(x, y): value for (x, y), value in zip(drawn.get_offsets(), drawn.get_array(), strict=True)}
    cells = {
        (row.get_text(), column.get_text()): float(values.pop((x, y), np.nan))
        for y, row in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        for x, column in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    }
    assert not values  # every cell stands at a row and a column
    return axes, cells


def test_every_cell_of_a_heat_map_is_the_mean_of_its_images(three: PlotData) -> None:
    _, cells = heat(three, "heat_map-dreambooth-dino")
    images = three.methods[0].images
    one = images[(images["subject"] == "vase") & (images["prompt"] == "a vase on top of a purple rug in a forest")]["dino"]
    assert cells["on purple rug in forest", "vase"] == pytest.approx(one.mean())
    hat = images[(images["subject"] == "dog") & (images["prompt_index"] == 13)]["dino"]
    assert cells["wearing black top hat and monocle", "dog"] == pytest.approx(hat.mean())
    assert np.isnan(cells["wearing black top hat and monocle", "vase"])  # objects wear nothing
    drawn = [value for (row, column), value in cells.items() if "mean" not in (row, column) and np.isfinite(value)]
    assert sorted(drawn) == pytest.approx(sorted(images.groupby(["subject", "prompt_index"])["dino"].mean()))
    assert cells["mean", "vase"] == pytest.approx(images[images["subject"] == "vase"]["dino"].mean())
    assert cells["red", "mean"] == pytest.approx(images[images["prompt_index"] == 20]["dino"].mean())
    assert cells["mean", "mean"] == pytest.approx(images["dino"].mean())


def test_rows_and_columns_of_a_heat_map_fall_within_their_groups(three: PlotData) -> None:
    axes, cells = heat(three, "heat_map-pretrained-clip_t")
    rows = [label.get_text() for label in axes.get_yticklabels()]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    assert (len(rows), len(columns)) == (15 + 10 + 10 + 1, 5 + 1)
    for group in (rows[:10], rows[10:20], rows[20:30], rows[30:35]):
        means = [cells[row, "mean"] for row in group]
        assert means == sorted(means, reverse=True)
    assert set(rows[30:35]) == {"red", "purple", "shiny", "wet", "cube shaped"}
    for group in (columns[:3], columns[3:5]):
        means = [cells["mean", column] for column in group]
        assert means == sorted(means, reverse=True)
    gaps = np.diff(axes.get_yticks()) > 1.01
    assert [int(place) for place in np.flatnonzero(gaps)] == [9, 19, 29, 34]


def test_a_difference_is_the_first_minus_the_second_and_minus_marks_stand_where_it_is_negative(three: PlotData) -> None:
    two = dataclasses.replace(three, methods=three.methods[:2], embeddings=None)
    axes, cells = heat(two, "heat_map-difference-dino")
    first, second = (m.images.query("subject == 'cat2' and prompt_index == 2")["dino"].mean() for m in two.methods)
    assert cells["on beach", "cat2"] == pytest.approx(first - second)
    (mesh,) = [each for each in axes.collections if each.get_gid() == "cells"]
    assert mesh.norm.vmin == -mesh.norm.vmax  # zero is the middle of the colours
    (marks,) = lines_with(axes, "negative")
    negative = {
        (x, y)
        for x, column in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        for y, row in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        if cells[row.get_text(), column.get_text()] < 0
    }
    assert {(x, y) for x, y in zip(marks.get_xdata(), marks.get_ydata(), strict=True)} == negative
    colours = mesh.to_rgba(np.array([-mesh.norm.vmax, 0.0, mesh.norm.vmax]))
    wanted = [to_rgba(colour) for colour in THEMES["light"].diverging]
    np.testing.assert_allclose(colours, wanted, atol=2 / 255)  # the map has 256 steps, none of them exactly in the middle


def test_quantiles_and_densities_of_distributions(three: PlotData) -> None:
    axes = axes_labelled(draw(the_plot(three, "distributions"), three), "CLIP-I")
    for row, method in enumerate(three.methods):
        ordered = np.sort(method.images["clip_i"].to_numpy())
        (median,) = lines_with(axes, f"median-{row}")
        assert median.get_xdata()[0] == pytest.approx(np.median(ordered))
        for gid, ends in ((f"tails-{row}", (5, 95)), (f"half-{row}", (25, 75))):
            (line,) = [each for each in axes.collections if each.get_gid() == gid]
            np.testing.assert_allclose(line.get_segments()[0][:, 0], np.percentile(ordered, ends))
        (shape,) = [each for each in axes.collections if each.get_gid() == f"density-{row}"]
        outline = shape.get_paths()[0].vertices
        assert outline[:, 0].min() == pytest.approx(ordered[0])
        assert outline[:, 0].max() == pytest.approx(ordered[-1])
        assert not isinstance(shape, PathCollection)


def test_a_density_has_its_peak_where_the_values_are_and_survives_too_few() -> None:
    values = np.concatenate([np.random.default_rng(0).normal(0.3, 0.02, 900), np.random.default_rng(1).normal(0.8, 0.02, 100)])
    places, density = density_of(values)
    assert places[density.argmax()] == pytest.approx(0.3, abs=0.02)
    # Scott's width by hand: the kernel density at a place is the mean of normal densities around the values.
    width = values.std(ddof=1) * len(values) ** -0.2
    by_hand = np.exp(-0.5 * ((places[:, None] - values) / width) ** 2).mean(axis=1)
    np.testing.assert_allclose(density, by_hand / by_hand.max(), atol=1e-9)
    for few in (np.array([0.5]), np.array([0.5, 0.7]), np.full(50, 0.25)):
        places, density = density_of(few)
        assert np.isfinite(places).all()
        assert places[0] <= few.min()
        assert places[-1] >= few.max()
        assert density.max() == 1.0


def test_correlations_are_spearmans_within_each_method(three: PlotData) -> None:
    figure = draw(the_plot(three, "metric_correlation"), three)
    (axes,) = [each for each in figure.axes if [t.get_text() for t in each.get_xticklabels()][:1] == ["DINO"]]
    cells = [m.images.groupby(["subject", "prompt_index"])[["dino", "clip_t"]].mean() for m in three.methods]
    by_cell = [float(spearmanr(each["dino"], each["clip_t"]).statistic) for each in cells]
    by_subject = [float(spearmanr(m.subjects["dino"], m.subjects["pres"]).statistic) for m in three.methods]
    texts = {(text.get_position()[0], int(text.get_position()[1] // 1)): [] for text in axes.texts}
    for text in axes.texts:
        texts[text.get_position()[0], int(text.get_position()[1] // 1)].append(text.get_text())
    rows = [label.get_text() for label in axes.get_yticklabels()]
    for row, key, found in (("CLIP-T", "clip_t", by_cell), ("PRES\u00a0†", "pres", by_subject)):
        words = texts[0.5, rows.index(row)]
        assert words == [share(np.mean(found)), f"{share(min(found))} to {share(max(found))}"]
        (box,) = [patch for patch in axes.patches if patch.get_gid() == f"{key}-dino"]
        assert box.get_xy() == (0, rows.index(row))


@pytest.mark.parametrize(
    ("value", "text"), [(0.624, ".62"), (-0.05, "−.05"), (1.0, "1.00"), (-1.0, "−1.00"), (0.0, ".00"), (-0.001, ".00")]
)
def test_shares_are_short(value: float, text: str) -> None:
    assert share(value) == text


def test_the_map_is_the_plane_of_greatest_variance(three: PlotData) -> None:
    assert three.embeddings is not None
    references, generated, explained = project(three.embeddings)
    parts = [*three.embeddings.references.values(), *(v for g in three.embeddings.generated for v in g.values())]
    everything = np.concatenate(parts).astype(float)
    centred = everything - everything.mean(axis=0)
    spectrum = np.linalg.eigvalsh(centred.T @ centred)[::-1]  # the covariance's eigenvalues, without scikit-learn
    assert explained == pytest.approx((spectrum[0] / spectrum.sum(), spectrum[1] / spectrum.sum()), abs=1e-6)
    placed = np.concatenate([*references.values(), *(v for g in generated for v in g.values())])
    assert (placed**2).sum() == pytest.approx(spectrum[:2].sum(), rel=1e-5)
    figure = draw(the_plot(three, "embedding_map"), three)
    panels = [axes for axes in figure.axes if lines_with(axes, "references-vase")]
    assert len(panels) == 3
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1
    for place, axes in enumerate(panels):
        (dots,) = lines_with(axes, "generated-cat2")
        np.testing.assert_allclose(dots.get_xydata(), generated[place]["cat2"])
        (large,) = lines_with(axes, "references-cat2")
        np.testing.assert_allclose(large.get_xydata(), references["cat2"])
        assert large.get_markersize() > 2 * dots.get_markersize()


def test_a_map_says_the_tables_subject_identification_and_counts_none_of_its_own(three: PlotData) -> None:
    told = dataclasses.replace(three.methods[1], overall=dict(three.methods[1].overall) | {"identification": Cell(0.5354)})
    data = dataclasses.replace(three, methods=(three.methods[0], told, three.methods[2]))
    plot = the_plot(data, "embedding_map")
    words = [text.get_text() for text in draw(plot, data).texts]
    assert words.count("Subj. ID 0.535 over all images") == 1
    assert not [word for word in words if "nearest" in word]
    assert "Subj. ID is the table's number" in plot.caption
    without = dataclasses.replace(data, metrics=tuple(c for c in data.metrics if c.key != "identification"))
    plot = the_plot(without, "embedding_map")
    assert "Subj. ID" not in " ".join([plot.caption, *(text.get_text() for text in draw(plot, without).texts)])


def test_costs_are_means_and_quartiles_over_subjects(three: PlotData) -> None:
    figure = draw(the_plot(three, "cost"), three)
    seconds, memory = axes_labelled(figure, "seconds"), axes_labelled(figure, "peak memory")
    for place, method in enumerate(three.methods):
        assert method.cost is not None
        assert method.cost.peak_memory_bytes is not None
        values: Any = list(method.cost.seconds.values())
        (point,) = lines_with(seconds, f"method-{place}")
        assert tuple(point.get_xydata()[0]) == pytest.approx((np.mean(values), method.overall["dino"].mean))
        across = [each for each in seconds.collections if isinstance(each, LineCollection)][2 * place + 1]
        np.testing.assert_allclose(across.get_segments()[0][:, 0], np.percentile(values, [25, 75]))
        (point,) = lines_with(memory, f"method-{place}")
        assert point.get_xdata()[0] == pytest.approx(method.cost.peak_memory_bytes / 1e9)


def test_memory_is_the_gpus_where_every_method_ran_on_one(three: PlotData) -> None:
    def on_gpu(data: PlotData, gigabytes: list[int | None]) -> PlotData:
        costs = [
            dataclasses.replace(m.cost, peak_device_memory_bytes=None if g is None else g * 10**9)  # type: ignore[type-var]
            for m, g in zip(data.methods, gigabytes, strict=True)
        ]
        pairs = zip(data.methods, costs, strict=True)
        return dataclasses.replace(data, methods=tuple(dataclasses.replace(m, cost=c) for m, c in pairs))

    data = on_gpu(three, [20, 30, 40])
    axes = axes_labelled(draw(the_plot(data, "cost"), data), "peak GPU memory, GB")
    assert [float(lines_with(axes, f"method-{place}")[0].get_xdata()[0]) for place in range(3)] == [20, 30, 40]
    mixed = on_gpu(three, [20, None, 40])
    axes_labelled(draw(the_plot(mixed, "cost"), mixed), "peak memory of a process")


def test_titles_ask_the_question_and_labels_count(three: PlotData) -> None:
    for plot in plots_for(three).plots:
        if plot.by or plot.name.startswith(("heat_map-textual", "heat_map-pretrained")):
            continue
        texts = [text.get_text() for text in draw(plot, three).texts]
        assert plot.question.endswith("?")
        assert " ".join(texts).startswith(plot.question)
        assert re.search(r"5.subjects|n = \d+", " ".join(texts)), plot.name
        assert any("8017e01460dd" in text for text in texts)
