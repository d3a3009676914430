"""Files: the same bytes for the same data, whatever the user's settings; safe to put into a page; nothing global touched."""

import io
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from PIL import Image
from repository import ROOT

from dreambench.reports.plots import PLOT_FORMATS, PlotData, PlotFormat, plots_for, render


@pytest.mark.parametrize("form", PLOT_FORMATS)
def test_the_same_data_give_the_same_bytes(three: PlotData, form: PlotFormat) -> None:
    for plot in plots_for(three, ["fidelity_prompt", "metric_correlation"]).plots:
        first = render(plot, three, form=form)
        with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": "other", "figure.dpi": 40}):
            assert render(plot, three, form=form) == first  # not even the user's own style changes them


def test_bytes_do_not_depend_on_the_process(three: PlotData, tmp_path: Path) -> None:
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from conftest import made_up; "
        "from dreambench.reports.plots import *; "
        "d = made_up(['dreambooth', 'textual_inversion', 'pretrained']); p = plots_for(d, ['cost']).plots[0]; "
        "print(hashlib.sha256(render(p, d, form='svg')).hexdigest(), 'matplotlib.pyplot' in sys.modules)"
    )
    same = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    done = [
        subprocess.run(
            [sys.executable, "-P", "-c", code, str(Path(__file__).parent)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env=same | {"PYTHONHASHSEED": seed, "PATH": "", "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path), "TZ": zone},
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
    plot = plots_for(three, ["subject_dots"]).plots[0]
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
