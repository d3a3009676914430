"""What strangers call methods, subjects and prompts, and more of them than a page holds: everything can still be read."""

import dataclasses

import pandas as pd
from legible import check, texts_of

from dreambench.reports.plots import PlotData, draw, plots_for
from dreambench.reports.plots.frame import NO_BREAK


def test_hostile_names_break_no_plot(hostile: PlotData) -> None:
    plots = plots_for(hostile).plots
    by_image = [column for column in hostile.metrics if column.level == "image"]
    assert len([plot for plot in plots if plot.family == "heat_map"]) == len(by_image) * 12
    shown = [plot for plot in plots if plot.family != "heat_map"] + [plot for plot in plots if plot.family == "heat_map"][10:12]
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
    data = dataclasses.replace(three, methods=tuple(methods), embeddings=None, protocols={names[10]: names[5]})
    plots = plots_for(data).plots
    heat_maps = [each for each in plots if each.family == "heat_map"]
    for plot in [*(each for each in plots if each.family != "heat_map"), heat_maps[0]]:
        check(draw(plot, data))


def test_many_subjects_and_many_prompts_are_cut_to_what_a_page_holds(three: PlotData) -> None:
    method = three.methods[0]
    images = method.images[(method.images["subject"] == "vase") & (method.images["prompt_index"] < 5)]
    many = pd.concat([images.assign(subject=f"vase_{k:03d}", dino=images["dino"] - k / 1000) for k in range(80)])
    keys = [column.key for column in three.metrics if column.level == "image"]
    subjects = many.groupby(["subject", "kind"], as_index=False)[keys].mean()
    lowest = set(subjects.nsmallest(60, "dino")["subject"])
    methods = [dataclasses.replace(method, images=many, subjects=subjects)]
    data = dataclasses.replace(three, methods=tuple(methods), embeddings=None)
    for plot in plots_for(data, ["subject_dots", "heat_map"]).plots:
        figure = draw(plot, data)
        check(figure)
        words = " ".join(text.get_text() for text in figure.texts)
        assert "60 of 80" in words or "20 subjects" in words
        if plot.name == "subject_dots":
            assert {label.get_text() for label in figure.axes[1].get_yticklabels()} == lowest
