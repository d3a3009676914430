"""Which plots there are for some data: safe and unique names, and a sentence for each that cannot be drawn."""

import dataclasses

import numpy as np
import pytest

from dreambench.reports.cells import Cell
from dreambench.reports.plots import FAMILIES, PlotData, plots_for, render


def test_names_are_files_and_unique_whatever_methods_are_called(three: PlotData) -> None:
    labels = ["difference", "A!", "a?", "a-2", "", "/"]
    methods = tuple(dataclasses.replace(three.methods[0], label=label) for label in labels)
    names = [plot.name for plot in plots_for(dataclasses.replace(three, methods=methods, embeddings=None)).plots]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for name in names)
    assert "heat_map-difference-dino" not in names  # that one is for the difference of two methods


def test_what_cannot_be_drawn_is_left_out_with_a_sentence(three: PlotData) -> None:
    first = three.methods[0]
    keys = {column.key for column in three.metrics}
    bare = dataclasses.replace(
        first,
        overall={key: Cell(None) for key in first.overall},
        images=first.images.assign(**dict.fromkeys(keys & set(first.images.columns), np.nan)),
        subjects=first.subjects.assign(**dict.fromkeys(keys, np.nan)),
        cost=None,
    )
    found = plots_for(dataclasses.replace(three, methods=(bare,), embeddings=None, why_no_embeddings="No encoder."))
    assert found.plots == ()
    assert set(found.left_out) == set(FAMILIES)
    assert found.left_out["embedding_map"] == "No encoder."
    assert all(reason.endswith(".") for reason in found.left_out.values())


def test_a_metric_that_some_methods_lack_and_the_smallest_data_still_draw(three: PlotData) -> None:
    first, second, third = three.methods
    without = dataclasses.replace(
        second,
        overall={key: cell for key, cell in second.overall.items() if key != "clip_t"},
        images=second.images.assign(clip_t=np.nan),
        subjects=second.subjects.assign(clip_t=np.nan),
        cost=None,
    )
    data = dataclasses.replace(three, methods=(first, without, third))
    assert not plots_for(data).left_out
    one = first.images.iloc[:1]
    its_subject = first.subjects[first.subjects["subject"] == one["subject"].iloc[0]]
    single = dataclasses.replace(first, images=one, subjects=its_subject)
    small = dataclasses.replace(three, methods=(single,), embeddings=None)
    found = plots_for(small)
    assert set(found.left_out) == {"metric_correlation", "embedding_map"}
    for each, whole in ((data, plots_for(data)), (small, found)):
        for plot in whole.plots:
            if plot.family != "heat_map" or plot.name.endswith("dreambooth-dino"):
                assert render(plot, each).startswith(b"\x89PNG")


def test_data_without_methods_is_a_mistake(three: PlotData) -> None:
    with pytest.raises(ValueError, match="at least one method"):
        dataclasses.replace(three, methods=())
    with pytest.raises(ValueError, match="every method"):
        dataclasses.replace(three, methods=three.methods[:2])
