"""Plots follow what the protocol declares: formulas choose and word them, and no metric's name does."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from dreambench.reports.cells import Column
from dreambench.reports.plots import Plot, PlotData, draw, plots_for
from dreambench.reports.plots.distributions import plots as distributions


def plots_of(data: PlotData, family: str) -> dict[str, Plot]:
    return {plot.name: plot for plot in plots_for(data, [family]).plots}


def labels_of_axes(plot: Plot, data: PlotData) -> list[str]:
    """The metrics that a plot's axes name, x before y."""
    axes = [axes for axes in draw(plot, data).figure.axes if axes.axison]
    return [text.split(",")[0] for one in axes for text in (one.get_xlabel(), one.get_ylabel()) if "," in text]


def test_the_first_encoders_are_the_familys_plot_and_every_further_one_has_its_own(panel: PlotData) -> None:
    expected = {
        "": ("CLIP-T B/32", "DINO"),
        "-dinov2": ("CLIP-T B/32", "DINOv2-B"),
        "-siglip2": ("CLIP-T B/32", "SigLIP2-B"),
        "-clip_b32": ("CLIP-T B/32", "CLIP-I B/32"),
        "-clip_l14": ("CLIP-T B/32", "CLIP-I L/14"),
        "-clip_t_l14": ("CLIP-T L/14", "DINO"),
        "-siglip2_t": ("SigLIP2-T B/…ultilingual", "DINO"),
    }
    found = plots_of(panel, "fidelity_prompt")
    assert list(found) == [f"fidelity_prompt{suffix}" for suffix in expected]
    assert [tuple(labels_of_axes(plot, panel)) for plot in found.values()] == list(expected.values())
    found = plots_of(panel, "subject_dots")
    assert list(found) == [f"subject_dots{suffix}" for suffix in expected]
    assert [tuple(labels_of_axes(plot, panel)[::-1]) for plot in found.values()] == list(expected.values())


def test_questions_of_a_family_differ_so_that_a_reader_can_choose(panel: PlotData) -> None:
    for plots in (
        plots_for(panel).plots,
        plots_for(dataclasses.replace(panel, methods=panel.methods[:1], embeddings=None)).plots,
    ):
        questions = [plot.question for plot in plots]
        assert len(set(questions)) == len(questions)
        assert all(question.endswith("?") for question in questions)
    assert plots_of(panel, "fidelity_prompt")["fidelity_prompt-dinov2"].question.endswith(", by DINOv2-B and CLIP-T B/32?")


def test_names_of_metrics_change_no_number_that_is_drawn(three: PlotData) -> None:
    new = {column.key: f"m{number}" for number, column in enumerate(three.metrics)}
    renamed = dataclasses.replace(
        three,
        metrics=tuple(dataclasses.replace(column, key=new[column.key]) for column in three.metrics),
        methods=tuple(
            dataclasses.replace(
                method,
                overall={new[key]: cell for key, cell in method.overall.items()},
                images=method.images.rename(columns=new),
                subjects=method.subjects.rename(columns=new),
            )
            for method in three.methods
        ),
        beside={name: {new[key]: cell for key, cell in cells.items()} for name, cells in three.beside.items()},
    )
    first, second = plots_for(three).plots, plots_for(renamed).plots
    assert [plot.question for plot in first] == [plot.question for plot in second]
    for one, other in zip(first, second, strict=True):
        if one.family != "heat_map" or "dreambooth" in one.name:
            lines, others = (
                [line for axes in draw(p, d).axes for line in axes.get_lines()] for p, d in ((one, three), (other, renamed))
            )
            assert len(lines) == len(others)
            for line, same in zip(lines, others, strict=True):
                np.testing.assert_array_equal(line.get_xydata(), same.get_xydata())


def test_a_protocol_of_one_similarity_draws_all_but_what_needs_two_metrics(data_of: Callable[..., PlotData]) -> None:
    data = data_of(["one", "two"], metrics=[Column("dinov2", "DINOv2-B", True, "image_similarity")])
    found = plots_for(data)
    assert set(found.left_out) == {"fidelity_prompt", "metric_correlation"}
    assert found.left_out["fidelity_prompt"] == "No method has a score for prompt fidelity (text similarity)."
    assert [plot.name for plot in found.plots] == [
        "subject_dots",
        "distributions",
        "heat_map-one-dinov2",
        "heat_map-two-dinov2",
        "heat_map-difference-dinov2",
        "embedding_map",
        "cost",
    ]
    (dots,) = plots_of(data, "subject_dots").values()
    assert labels_of_axes(dots, data) == ["DINOv2-B"]
    (cost,) = plots_of(data, "cost").values()
    assert "DINOv2-B" in labels_of_axes(cost, data)


def test_a_formula_that_nobody_here_knows_is_drawn_in_words_of_its_label(data_of: Callable[..., PlotData]) -> None:
    noise = Column("noise", "Noise", False, "my_formula")
    data = data_of(["one", "two"], metrics=[noise, Column("glow", "Glow", True, "my_formula")])
    names = {plot.name: plot for plot in plots_for(data).plots}
    assert names["distributions"].question == "Does a method's mean hide images that do badly in Noise?"
    assert names["distributions-glow"].question == "Does a method's mean hide images that do badly in Glow?"
    assert names["heat_map-difference-glow"].question == "Where does one score higher in Glow than two?"
    (axes,) = [axes for axes in draw(names["subject_dots"], data).axes if axes.axison]
    assert axes.get_xlabel() == "Noise, mean (lower is better)"
    (left, _) = [axes for axes in draw(names["cost"], data).axes if axes.axison]
    assert left.get_ylabel() == "Noise, mean (← lower is better)"


def test_less_is_better_puts_the_lowest_first(data_of: Callable[..., PlotData]) -> None:
    data = data_of(["one"], metrics=[Column("copy_index", "Copy", False, "copy_index")])
    means = data.methods[0].subjects.set_index("subject")["copy_index"]
    names = {plot.name: plot for plot in plots_for(data).plots}
    (axes,) = [axes for axes in draw(names["subject_dots"], data).axes if axes.axison]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    kinds = data.methods[0].subjects.groupby("kind")["subject"]
    for of_kind in (set(subjects) for _, subjects in kinds):
        values = [float(means[row]) for row in rows if row in of_kind]
        assert values == sorted(values)
    figure = draw(names["heat_map-one-copy_index"], data)
    (axes,) = [axes for axes in figure.axes if len(axes.get_yticks()) > 10]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    for group in (columns[:3], columns[3:5]):
        values = [float(means[name]) for name in group]
        assert values == sorted(values)
    (cells,) = [each for each in axes.collections if each.get_gid() == "cells"]
    low, high = (sum(cells.to_rgba(np.array([end]))[0, :3]) for end in (cells.norm.vmin, cells.norm.vmax))
    assert low > high  # bright is better


def test_a_metric_of_ones_and_zeros_has_no_distribution_but_a_heat_map(three: PlotData) -> None:
    shown = [label for plot in distributions(three) for label in labels_of_axes(plot, three)]
    assert [label.split(" ")[0] for label in shown] == ["DINO", "CLIP-I", "CLIP-T", "Copy"]
    assert "heat_map-dreambooth-identification" in plots_of(three, "heat_map")


@pytest.mark.parametrize(("n_methods", "heat_maps"), [(2, 4 * 3), (3, 4 * 3)])
def test_a_page_does_without_further_encoders_where_a_family_would_fill_it(
    data_of: Callable[..., PlotData], panel: PlotData, n_methods: int, heat_maps: int
) -> None:
    found = plots_for(data_of([f"method{k}" for k in range(n_methods)], metrics=panel.metrics))
    kept = found.for_page()
    assert len([plot for plot in kept if plot.family == "heat_map"]) == heat_maps
    assert [plot for plot in kept if plot.family != "heat_map"] == [plot for plot in found.plots if plot.family != "heat_map"]


def test_runs_under_two_protocols_name_both(three: PlotData) -> None:
    data = dataclasses.replace(three, protocols={"aaaa": "miniature", "bbbb": "mini-panel"})
    words = " ".join(text.get_text() for text in draw(plots_for(data, ["cost"]).plots[0], data).texts)
    assert "Protocols miniature (aaaa), mini-panel (bbbb); the metrics shown are the same." in words


def test_scores_beyond_one_are_called_scores(three: PlotData) -> None:
    hundred = [
        dataclasses.replace(method, images=method.images.assign(dino=100 * method.images["dino"])) for method in three.methods
    ]
    data = dataclasses.replace(three, methods=tuple(hundred))
    plot = plots_of(data, "fidelity_prompt")["fidelity_prompt"]
    (axes,) = [axes for axes in draw(plot, data).axes if axes.axison]
    assert axes.get_ylabel().startswith("DINO, mean score with the references")
    assert axes.get_xlabel().startswith("CLIP-T, mean cosine of image and prompt")
