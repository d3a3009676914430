"""A plug-in formula, installed as strangers' are: as a distribution with an entry point."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MODULE = "fake_dreambench_metric"
SOURCE = '''
import numpy as np

from dreambench.benchmark.metrics import Metric


class Nearest(Metric):
    """The cosine with the nearest of the reference images, to a power."""

    name = "nearest"
    measures = "subject fidelity: cosine with the nearest reference image"
    usual_label = "Nearest"
    level = "image"
    higher_is_better = True
    is_scaled = True
    needs = frozenset({"images", "references"})

    power: int = 1

    def scores(self, features):
        references = features.references[self.role()][features.compared]
        return (features.images[self.role()].astype(np.float64) @ references.T).max(axis=1) ** self.power


class Count(Metric):
    """How many images a subject has; no encoder is asked."""

    name = "count"
    measures = "images of the subject"
    level = "subject"
    higher_is_better = True
    bounds = (0.0, 1e6)
    needs = frozenset({"files"})
    needs_encoder = False

    def scores(self, features):
        return np.array([float(len(features.files))])
'''
Install = Callable[..., None]


@pytest.fixture
def metric_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`metric_plugin(version="1.0", source=SOURCE)` installs the formulas "nearest" and "count"; another call replaces them."""
    folder = tmp_path / "metric-plugin"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def install(*, version: str = "1.0", source: str = SOURCE, names: str = "nearest = {0}:Nearest\ncount = {0}:Count") -> None:
        (folder / f"{MODULE}.py").write_text(source)
        for info in folder.glob("*.dist-info"):
            for path in info.iterdir():
                path.unlink()
            info.rmdir()
        info = folder / f"fake_metric-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: Fake_Metric\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[dreambench.metrics]\n{names.format(MODULE)}\n")
        sys.modules.pop(MODULE, None)

    yield install
    sys.modules.pop(MODULE, None)
