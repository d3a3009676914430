"""Files: the same bytes for the same data, whatever the user's settings; safe to put into a page; nothing global touched."""

import dataclasses
import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from reports.plots import FAMILIES, PLOT_FORMATS, PlotData, PlotFormat, plots_for, render
from reports.records import Cell

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("form", PLOT_FORMATS)
def test_the_same_data_give_the_same_bytes(three: PlotData, form: PlotFormat) -> None:
    for plot in plots_for(three, ["fidelity_prompt", "metric_correlation", "cost"]).plots:
        first = render(plot, three, form=form)
        with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": "other", "figure.dpi": 40}):
            assert render(plot, three, form=form) == first  # not even the user's own style changes them


def test_bytes_do_not_depend_on_the_process(three: PlotData, tmp_path: Path) -> None:
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from conftest import made_up; from reports.plots import *; "
        "d = made_up(['dreambooth', 'textual_inversion', 'pretrained']); p = plots_for(d, ['embedding_map']).plots[0]; "
        "print(hashlib.sha256(render(p, d, form='svg')).hexdigest(), 'matplotlib.pyplot' in sys.modules)"
    )
    done = [
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": "", "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path), "TZ": zone},
        ).stdout.split()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert done[0] == done[1]
    assert done[0][1] == "False"  # pyplot and its global figures are never loaded


def test_files_say_no_date_and_no_version(three: PlotData) -> None:
    (plot,) = plots_for(three, ["cost"]).plots
    for form in PLOT_FORMATS:
        data = render(plot, three, form=form)
        assert mpl.__version__.encode() not in data
        assert b"CreationDate" not in data
        assert b"dc:date" not in data


def test_png_has_two_pixels_for_every_css_pixel_and_opens(three: PlotData) -> None:
    (plot,) = plots_for(three, ["subject_dots"]).plots
    image = Image.open(io.BytesIO(render(plot, three)))
    assert image.width == 2 * 720
    dark = Image.open(io.BytesIO(render(plot, three, theme="dark"))).convert("RGB")
    assert dark.getpixel((2, 2)) == (0x14, 0x17, 0x1C)
    assert dark.size == image.size


def test_svg_of_hostile_names_is_well_formed_and_carries_no_script(hostile: PlotData) -> None:
    for plot in plots_for(hostile, ["fidelity_prompt", "subject_dots", "distributions"]).plots:
        data = render(plot, hostile, form="svg")
        root = ElementTree.fromstring(data)
        tags = {element.tag.rsplit("}", 1)[-1] for element in root.iter()}
        assert not tags & {"script", "foreignObject", "image", "a", "text"}
        assert b"<script" not in data
        assert not any(name.lower().startswith("on") for element in root.iter() for name in element.attrib)
        assert float(root.attrib["width"].removesuffix("pt")) == 540.0


def test_drawing_changes_no_setting(three: PlotData) -> None:
    before = dict(mpl.rcParams)
    for plot in plots_for(three, ["cost"]).plots:
        render(plot, three, form="svg", theme="dark")
    assert dict(mpl.rcParams) == before


def test_names_are_files_and_unique_whatever_methods_are_called(three: PlotData) -> None:
    labels = ["difference", "A!", "a?", "a-2", "", "/"]
    methods = tuple(dataclasses.replace(three.methods[0], label=label) for label in labels)
    names = [plot.name for plot in plots_for(dataclasses.replace(three, methods=methods, embeddings=None)).plots]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for name in names)
    assert "heat_map-difference-dino" not in names  # that one is for the difference of two methods


def test_what_cannot_be_drawn_is_left_out_with_a_sentence(three: PlotData) -> None:
    first = three.methods[0]
    empty = {"dino", "clip_i", "clip_t"}
    bare = dataclasses.replace(
        first,
        overall={key: Cell(None) for key in first.overall},
        images=first.images.assign(**dict.fromkeys(empty, np.nan)),
        subjects=first.subjects.assign(**dict.fromkeys(empty | {"pres", "div"}, np.nan)),
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
