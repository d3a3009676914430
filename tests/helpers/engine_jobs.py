"""A plan of four units of the fake method, for engines to do."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from run_fakes import forget_plugin, write_plugin

from dreambench.benchmark.engine.messages import Message, Outcome
from dreambench.benchmark.machine.resources import Resources
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit

SUBJECTS = ("can", "cat", "dog", "vase")


def make_plan(method: str = "fake", **settings: object) -> RunPlan:
    """4 subjects x 2 prompts x 2 images and a prior image each."""
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite, method_settings
    from dreambench.benchmark.runs.selection import Selection
    from dreambench.dataset.collection import load_dataset

    suite = load_suite("mini")
    return RunPlan(
        suite=suite,
        protocol=load_protocol(suite.protocol),
        fingerprint="of no account here",
        encoders_key="of no account here",
        dataset=load_dataset(suite.dataset),
        method=method,
        settings=method_settings(suite, method, settings),
        selection=Selection(dict.fromkeys(SUBJECTS, (0, 20)), 2),
        prior_images=1,
        model=None,
        weights_hash=None,
        sampler=None,
        seed=0,
        plugin="fake 1.0",
    )


def resources(folder: Path, *, workers: int | None = 1) -> Resources:
    """Of a CPU."""
    return Resources(folder=folder, cache=folder / "cache", device="cpu", batch_size=4, workers=workers)


def do(
    engine: str, folder: Path, plan: RunPlan, units: Sequence[Unit] | None = None, *, workers: int = 1, report: object = None
) -> Outcome:
    """Do a plan's units, or some of them, with an engine."""
    from dreambench.benchmark.engine.registry import make_engine

    with make_engine(engine, "cpu") as made:
        say = report if callable(report) else silent
        return made.run(plan, plan.units() if units is None else units, resources(folder, workers=workers), say)


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = write_plugin(tmp_path_factory.mktemp("plugin"))
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    forget_plugin()


def pictures(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.png"))}


def silent(_message: Message) -> None:
    pass
