"""Colours that stand out from the paper and from each other, for the colour-blind too, and markers where colours fail."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from dreambench.reports.plots import THEMES
from dreambench.reports.plots.style import SMALL, WIDTH, method_styles

#: Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
DEFICIENCIES = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(values: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB under D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ np.clip(values, 0, 1) / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_everything_stands_out_from_the_paper(theme) -> None:  # type: ignore[no-untyped-def]
    assert contrast(theme.ink, theme.paper) >= 7.0
    assert contrast(theme.quiet, theme.paper) >= 4.5
    for colour in theme.colours:
        assert contrast(colour, theme.paper) >= 3.0, colour


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_colour_blind_tell_colours_apart(theme, deficiency: str) -> None:  # type: ignore[no-untyped-def]
    seen = [lab(np.array(DEFICIENCIES[deficiency]) @ linear(colour)) for colour in theme.colours]
    for (one, first), (other, second) in combinations(zip(theme.colours, seen, strict=True), 2):
        assert np.linalg.norm(first - second) > 10.0, (one, other)
    low, _, high = (lab(np.array(DEFICIENCIES[deficiency]) @ linear(colour)) for colour in theme.diverging)
    assert np.linalg.norm(low - high) > 40.0


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_twelve_methods_differ_in_grey_and_keep_their_style_when_others_join(theme) -> None:  # type: ignore[no-untyped-def]
    styles = method_styles(12, theme)
    assert len({style.marker for style in styles}) == 12
    assert len({(style.colour, style.filled) for style in styles}) == 12
    assert method_styles(3, theme) == styles[:3]
    assert len(method_styles(40, theme)) == 40


def test_a_point_is_a_point_at_the_width_of_the_page() -> None:
    assert WIDTH / 72.0 * 96.0 == 720.0
    assert SMALL >= 8.0
