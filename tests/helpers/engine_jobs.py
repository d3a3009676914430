"""Units of the fake method, for engines to do."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_fakes import forget_plugin, write_plugin

from dreambench.benchmark.engine.job import Job
from dreambench.benchmark.engine.messages import Message
from dreambench.benchmark.runs.units import Unit

UNITS = tuple(Unit(name, f"key of {name}") for name in ("can", "cat", "dog", "vase"))


def make_job(folder: Path, **settings: object) -> Job:
    from dreambench.baselines.registry import settings_class
    from dreambench.benchmark.declarations.suite import load_suite

    return Job(
        folder=folder,
        dataset="mini",
        model_source=None,
        model_revision=None,
        sampler=load_suite("mini").sampler,
        method="fake",
        settings=settings_class("fake").model_validate(settings),
        seed=0,
        prompts=(0, 20),
        images_per_prompt=2,
        prior_images=1,
        cache_dir=folder / "cache",
        batch_size=4,
        device="cpu",
    )


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = write_plugin(tmp_path_factory.mktemp("plugin"))
    sys.path.insert(0, str(place))
    yield place
    sys.path.remove(str(place))
    forget_plugin()


def pictures(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.png"))}


def singly(units: tuple[Unit, ...]) -> list[tuple[Unit, ...]]:
    return [(unit,) for unit in units]


def silent(_message: Message) -> None:
    pass
