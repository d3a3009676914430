"""What a variant costs: forward passes of the denoiser, counted by hand."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dreambench.baselines.work import FULL_TRAINING
from dreambench.benchmark.runs.units import UnitManifest
from dreambench.benchmark.studies.cost import passes_a_subject
from dreambench.benchmark.studies.declaration import Study, Variant
from dreambench.benchmark.studies.planning import VariantRun, plan_study

DREAMBOOTH = {"steps": 10, "batch_size": 1, "class_images": 6, "class_guidance_scale": 3.0, "gradient_checkpointing": False}


def manifests(*subjects: str, images: int) -> dict[str, UnitManifest]:
    files = {str(number): "" for number in range(images)}
    # Only what is counted.
    return {name: cast(UnitManifest, SimpleNamespace(files=lambda: files)) for name in subjects}


def planned(tmp_path: Path, method: str, scale: float, settings: dict[str, Any]) -> VariantRun:
    sampler = {"steps": 5, "guidance_scale": scale, "scheduler": "dpmsolver++"}
    variants = (Variant(name="a", settings=settings, sampler=sampler), Variant(name="b"))
    study = Study(name="s", question="?", method=method, variants=variants)
    return plan_study(study, suite="mini", seeds=(0,), out=tmp_path)[0]


@pytest.mark.parametrize(("scale", "rows"), [(1.0, 1), (3.0, 2)])
def test_an_image_costs_its_solver_steps_and_twice_that_where_it_is_guided(tmp_path: Path, scale: float, rows: int) -> None:
    run = planned(tmp_path, "pretrained", scale, {})
    assert passes_a_subject(run, manifests("dog", images=7)) == 7 * 5 * rows


def test_class_images_are_shared_by_the_subjects_of_a_class_noun(tmp_path: Path) -> None:
    run = planned(tmp_path, "dreambooth", 1.0, DREAMBOOTH)
    training = 10 * 2 * FULL_TRAINING  # a class image beside each reference image
    found = passes_a_subject(run, manifests("dog", "dog2", images=2))
    assert found == pytest.approx(6 * 5 * 2 / 2 + training + 2 * 5)  # guided, though the images are not
    assert passes_a_subject(run, manifests("dog", "can", images=2)) == pytest.approx(6 * 5 * 2 + training + 2 * 5)


def test_a_method_without_a_base_model_has_no_passes(tmp_path: Path) -> None:
    run = planned(tmp_path, "copy_reference", 1.0, {})
    assert passes_a_subject(run, manifests("dog", images=2)) is None
