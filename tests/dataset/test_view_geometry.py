"""Things seen from elsewhere: the geometry against closed forms, and what stays in sight of a front that is turned away."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, Pose
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.drawings import DRAWINGS
from dreambench.dataset.miniature.views import BACK, BELOW, SIDE, TOP, VIEWS
from dreambench.dataset.miniature.views.camera import Camera, hull
from dreambench.dataset.miniature.views.round_bodies import wrapped

#: No drawing has this colour of its own.
PINK: Final[RGB] = (255, 0, 255)


def spots_of(color: RGB, view: str | None, look: Appearance) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels in just that colour, upright and unmirrored."""
    canvas = Canvas(Pose(scale=0.36))
    (DRAWINGS if view is None else VIEWS[view])[look.class_noun](canvas, look)
    rows, columns = np.nonzero((np.asarray(canvas.image)[..., :3] == color).all(axis=-1))
    return rows, columns


def test_a_camera_in_front_sees_the_usual_drawings_plane_as_it_is() -> None:
    camera = Camera(turn=0, elevation=0, middle=0.3, shown=0.3)
    assert camera.at((0.4, -0.2, 0.0)) == pytest.approx((0.4, -0.2))


def test_what_is_high_is_nearer_from_above_and_farther_from_below() -> None:
    high, low = (0.0, -0.8, 0.0), (0.0, 0.8, 0.0)
    for elevation in (30, 60):
        above, below = (Camera(turn=0, elevation=sign * elevation, middle=0.0, shown=0.0) for sign in (1, -1))
        assert above.nearness(high) == pytest.approx(0.8 * math.sin(math.radians(elevation)))
        assert below.nearness(high) == pytest.approx(-above.nearness(high))
        assert below.nearness(low) > below.nearness(high)


def test_a_thing_turned_a_quarter_shows_its_front_on_the_left_and_its_right_side_ahead() -> None:
    camera = Camera(turn=90, elevation=0, middle=0.0, shown=0.0)
    assert camera.at((0.0, 0.0, 0.5)) == pytest.approx((-0.5, 0.0))
    assert camera.nearness((0.5, 0.0, 0.0)) == pytest.approx(0.5)


def test_a_hull_has_its_corners_among_the_points_and_all_points_on_one_side_of_its_edges() -> None:
    points: list[Point] = [(float(x), float(y)) for x, y in np.random.default_rng(3).normal(size=(60, 2))]
    found = hull(points)
    assert set(found) <= set(points)
    for (x0, y0), (x1, y1) in zip(found, [*found[1:], found[0]], strict=True):
        assert all((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= -1e-12 for x, y in points)


def test_what_is_wrapped_round_a_body_gets_narrower_towards_the_edge_and_is_cut_off_behind_it() -> None:
    label: list[Point] = [(-0.2, 0.0), (0.2, 0.0)]

    def width(turn: float) -> float:
        (left, _), (right, _) = wrapped(label, radius=0.5, tilt=0.1, turn=turn)
        return right - left

    assert width(0) == pytest.approx(2 * 0.5 * math.sin(0.4))
    assert width(0) > width(-40) > width(-80) > 0
    assert width(-180) == pytest.approx(0)


@pytest.mark.parametrize(
    "look", [replace(CAST["can"], accent=PINK), replace(CAST["candle"], secondary=PINK)], ids=["can", "candle"]
)
def test_a_label_goes_out_of_sight_round_the_left_edge(look: Appearance) -> None:
    (_, front), (_, side), (_, back) = (spots_of(PINK, view, look) for view in (None, SIDE, BACK))
    assert len(back) == 0
    assert 0 < len(side) < 0.7 * len(front)
    assert side.max() < np.median(front)


def test_the_wax_that_ran_down_a_pillars_back_is_seen_from_the_back_and_at_the_edge_from_the_side() -> None:
    look = replace(CAST["candle"], form=1, accent=PINK)
    lowest = {view: spots_of(PINK, view, look) for view in (None, BACK, SIDE)}
    foot = {view: columns[rows > rows.max() - 8] for view, (rows, columns) in lowest.items()}
    assert lowest[None][0].max() + 10 < min(lowest[BACK][0].max(), lowest[SIDE][0].max())
    assert abs(foot[BACK].mean() - 128) < 5 < foot[SIDE].mean() - 128


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize(("view", "is_flat"), [(TOP, True), (BELOW, True), (SIDE, False)])
def test_a_clocks_dial_is_foreshortened_the_way_it_is_turned(form: int, view: str, is_flat: bool) -> None:
    look = replace(CAST["clock"], form=form, secondary=(205, 105, 205))
    rows, columns = spots_of((250, 240, 250), view, look)
    high, wide = np.ptp(rows), np.ptp(columns)
    assert min(high, wide) > 15
    assert (high < 0.75 * wide) if is_flat else (wide < 0.6 * high)
