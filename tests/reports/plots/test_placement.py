"""Labels beside points: apart, over no marker, and each plainly its own point's, however crowded."""

from collections.abc import Callable

import numpy as np
from legible import check, texts_of
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dreambench.reports.plots import THEMES, PlotData, draw, plots_for
from dreambench.reports.plots.placement import Box, label_points
from dreambench.reports.plots.style import styled


def test_crowded_points_keep_their_labels_apart(data_of: Callable[..., PlotData]) -> None:
    for seed in range(4):
        data = data_of([f"method_number_{k}" for k in range(12)], seed=seed, spread=0.015)
        for plot in plots_for(data, ["fidelity_prompt", "cost"]).plots:
            check(draw(plot, data))


def test_labels_cover_no_other_marker_and_lie_nearest_to_their_own() -> None:
    for seed in range(12):
        generator = np.random.default_rng(seed)
        points = [(float(x), float(y)) for x, y in generator.normal(0.5, 0.06, size=(12, 2))]
        with styled(THEMES["light"]):
            figure = Figure(figsize=(7.5, 5.0))
            FigureCanvasAgg(figure)
            axes = figure.add_axes((0.1, 0.1, 0.85, 0.85))
            axes.set(xlim=(0, 1), ylim=(0, 1))
            names = [f"method_number_{k}" for k in range(12)]
            label_points(axes, points, names, theme=THEMES["light"], marker_size=8.0)
            boxes = {text.get_text(): box for text, box in texts_of(figure) if text.get_text() in names}
            centres = axes.transData.transform(points) * 72.0 / figure.dpi
        assert len(boxes) == 12
        leaders = sum(1 for text in axes.texts if not text.get_text())
        for box in boxes.values():
            assert not any(box.overlap(Box(x - 4, y - 4, x + 4, y + 4)) for x, y in centres)
        wrong = 0
        for name, box in boxes.items():
            distances = [box.distance((float(x), float(y))) for x, y in centres]
            wrong += int(np.argmin(distances)) != names.index(name)
        assert wrong <= leaders  # a label that is not nearest to its own point has a line to it
