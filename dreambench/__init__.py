"""dreambench: the evaluation suite for subject-driven image generation.

    import dreambench

    run = dreambench.run("dreambooth", quick=True)
    scored = dreambench.score("my_images", suite="mini", name="Mine", out="scored")
    dreambench.compare(run.folder, "scored").frame()

Every verb takes keyword arguments, returns a typed result, tells a listener how far it is, prints nothing, and raises
`UserError` with one sentence where the input is wrong. Names are loaded when they are first used.
"""

import os
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

# Installed, the four folders lie in this one; in a checkout, beside it. Python run from a checkout's root finds this folder
# first, and would take the four from an editable install of another checkout.
if not os.path.isdir(os.path.join(os.path.dirname(__file__), "benchmark")):  # noqa: PTH112, PTH118, PTH120 - at every start
    __path__.append(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120

if TYPE_CHECKING:
    from dreambench.benchmark.api.calibrate import calibrate
    from dreambench.benchmark.api.check import check, make_baseline
    from dreambench.benchmark.api.compare import compare
    from dreambench.benchmark.api.leaderboard import leaderboard
    from dreambench.benchmark.api.merge import merge
    from dreambench.benchmark.api.open_run import open_run
    from dreambench.benchmark.api.plan import plan
    from dreambench.benchmark.api.plot import plot
    from dreambench.benchmark.api.report import report
    from dreambench.benchmark.api.run import run
    from dreambench.benchmark.api.score import score
    from dreambench.benchmark.api.study import study
    from dreambench.benchmark.api.submit import submit
    from dreambench.benchmark.api.userstudy import make_userstudy, read_userstudy
    from dreambench.benchmark.api.validate import validate_doses, validate_metrics
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.benchmark.metrics import METRICS
    from dreambench.dataset.collection import load_dataset
    from dreambench.dataset.errors import IncompleteRun, UserError

    __version__: str

__all__ = [
    "METRICS",
    "IncompleteRun",
    "UserError",
    "__version__",
    "calibrate",
    "check",
    "compare",
    "leaderboard",
    "load_dataset",
    "load_protocol",
    "load_suite",
    "make_baseline",
    "make_userstudy",
    "merge",
    "open_run",
    "plan",
    "plot",
    "read_userstudy",
    "report",
    "run",
    "score",
    "study",
    "submit",
    "validate_doses",
    "validate_metrics",
]

_HOMES = {
    "METRICS": "benchmark.metrics",
    "IncompleteRun": "dataset.errors",
    "UserError": "dataset.errors",
    "calibrate": "benchmark.api.calibrate",
    "check": "benchmark.api.check",
    "compare": "benchmark.api.compare",
    "leaderboard": "benchmark.api.leaderboard",
    "load_dataset": "dataset.collection",
    "load_protocol": "benchmark.declarations.protocol",
    "load_suite": "benchmark.declarations.suite",
    "make_baseline": "benchmark.api.check",
    "merge": "benchmark.api.merge",
    "open_run": "benchmark.api.open_run",
    "plan": "benchmark.api.plan",
    "plot": "benchmark.api.plot",
    "report": "benchmark.api.report",
    "run": "benchmark.api.run",
    "score": "benchmark.api.score",
    "study": "benchmark.api.study",
    "submit": "benchmark.api.submit",
    "make_userstudy": "benchmark.api.userstudy",
    "read_userstudy": "benchmark.api.userstudy",
    "validate_doses": "benchmark.api.validate",
    "validate_metrics": "benchmark.api.validate",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        try:
            return version("dreambench")
        except PackageNotFoundError:
            return "unknown"
    if name in _HOMES:
        return getattr(import_module(f"dreambench.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'dreambench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
