"""Full memory while sampling: smaller batches, the same images in the same order, and what training works with never moves."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from engine_jobs import SUBJECTS, make_plan, resources
from hypothesis import given
from hypothesis import strategies as st

from dreambench.baselines.batches import in_batches
from dreambench.baselines.method import MethodContext
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.sampling import class_images, sampler
from dreambench.baselines.sampling.class_images import ClassImages, class_image_moments
from dreambench.baselines.settings import SamplerSettings
from dreambench.benchmark.engine.messages import Failure, UnitDone
from dreambench.benchmark.engine.work import Worker
from dreambench.benchmark.results.about_run import about_run
from dreambench.benchmark.runs.units import UnitManifest

FULL = (
    torch.OutOfMemoryError("CUDA out of memory."),
    MemoryError(),
    RuntimeError("DefaultCPUAllocator: can't allocate memory"),
)


@given(st.integers(0, 40), st.integers(1, 20), st.integers(1, 20), st.sampled_from(FULL))
def test_all_is_made_once_and_in_order_however_little_fits(count: int, asked: int, fits: int, full: Exception) -> None:
    sizes, halved = [], list[int]()

    def make(part: slice) -> list[int]:
        if part.stop - part.start > fits:
            raise full
        sizes.append(part.stop - part.start)
        return list(range(part.start, part.stop))

    assert list(in_batches(count, make, batch_size=asked, on_halved=halved.append)) == list(range(count))
    assert halved == sorted(set(halved), reverse=True)
    assert all(fits < 2 * size + 2 for size in halved)  # halved only where what was tried did not fit
    assert bool(halved) == (min(asked, count) > fits)


@pytest.mark.parametrize("may", [True, False])
def test_what_never_fits_or_may_not_be_halved_is_an_error(may: bool) -> None:
    tried: list[int] = []

    def make(part: slice) -> list[int]:
        tried.append(part.stop - part.start)
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(torch.OutOfMemoryError):
        list(in_batches(8, make, batch_size=8, on_halved=(lambda _size: None) if may else None))
    assert tried == ([8, 4, 2, 1] if may else [8])


def test_other_errors_are_nobodys_reason_to_try_again() -> None:
    tried: list[slice] = []

    def make(part: slice) -> list[int]:
        tried.append(part)
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="mismatch"):
        list(in_batches(8, make, batch_size=8, on_halved=lambda _size: None))
    assert len(tried) == 1


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A sampler whose memory holds 3 latents; the sizes of all batches that were tried."""
    tried: list[int] = []
    real: Callable[..., Any] = sampler._sample_batch

    def limited(model: Any, prompts: Any, empty: Any, noise: torch.Tensor, *rest: Any) -> Any:
        tried.append(len(noise))
        if len(noise) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(model, prompts, empty, noise, *rest)

    monkeypatch.setattr(sampler, "_sample_batch", limited)
    return tried


def test_a_unit_says_in_which_batches_it_was_sampled_and_the_next_begins_with_them(
    small_memory: list[int], tmp_path: Path
) -> None:
    plan = make_plan("pretrained")
    assert plan.suite.model is not None
    model = BaseModel.load("mini", device=torch.device("cpu"))
    few_steps = SamplerSettings(steps=1, guidance_scale=1.0, resolution=64)
    plan = replace(plan, model=plan.suite.model, weights_hash=model.weights_hash, sampler=few_steps, prior_images=0)
    units = plan.units()[:2]
    said: list[Any] = []
    worker = Worker(plan, resources(tmp_path), said.append)
    for unit in units:
        worker.do([unit])
    assert not [message.traceback for message in said if isinstance(message, Failure)]
    manifests: list[UnitManifest] = [message.manifest for message in said if isinstance(message, UnitDone)]
    assert [manifest.subject for manifest in manifests] == list(SUBJECTS[:2])
    for manifest in manifests:
        assert len(manifest.images) == 4
        assert (manifest.environment["batch_size"], manifest.environment["batch_size_asked"]) == (2, 4)
    assert small_memory == [4, 2, 2, 2, 2]
    remarks = about_run(plan, manifests, hashes={}).remarks
    assert any(f"the images of {', '.join(SUBJECTS[:2])} were sampled fewer at once" in text for text in remarks)


def test_class_images_are_never_drawn_in_other_batches(
    small_memory: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_images, "_AT_ONCE", 4)
    context = MethodContext(
        device=torch.device("cpu"),
        seed=0,
        cache_dir=tmp_path,
        base=BaseModel.load("mini", device=torch.device("cpu")),
        sampler_settings=SamplerSettings(steps=1, guidance_scale=1.0, resolution=64),
    )
    with pytest.raises(torch.OutOfMemoryError):
        class_image_moments(ClassImages("dog", 4, 1.0), context)
    assert small_memory == [4]
