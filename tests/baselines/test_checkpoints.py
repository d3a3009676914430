"""What a user relies on: what a training shows on the way is what a training of so many steps gives, bit for bit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dreambench.baselines.method import ImageRequest, Method, MethodContext, PreparedSubject, SubjectTask, TrainingRecord
from dreambench.baselines.methods.copy_reference import CopyReference
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.settings import (
    CopyReferenceSettings,
    DreamBoothSettings,
    MethodSettings,
    TextualInversionSettings,
)
from dreambench.baselines.testing import check_method
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

MINI = load_dataset("mini")
AT = (0, 2, 5)

Contexts = Callable[..., MethodContext]
Tasks = Callable[[str], SubjectTask]
Shown = tuple[list[np.ndarray], torch.Tensor, TrainingRecord]


def dreambooth(steps: int, **changes: Any) -> DreamBooth:
    values = {"learning_rate": 1e-3, "batch_size": 2, "class_images": 3, "identifier": "qzx", "lr_warmup_steps": 3, **changes}
    return DreamBooth(DreamBoothSettings.model_validate({"steps": steps, **values}))


def inversion(steps: int) -> TextualInversion:
    values = {"learning_rate": 0.01, "batch_size": 2, "templates": ["a {}", "a photo of a {}"], "lr_warmup_steps": 3}
    return TextualInversion(TextualInversionSettings.model_validate({"steps": steps, "group_size": 2, **values}))


def look(prepared: Sequence[PreparedSubject]) -> list[Shown]:
    """Pictures, text embeddings and record of every subject, now."""
    seen = []
    for one in prepared:
        prompts = MINI.prompts_of(one.subject.kind)[:2]
        requests = [*(ImageRequest(one.subject, prompt, 0) for prompt in prompts), ImageRequest(one.subject, None, 0)]
        pictures = [np.asarray(picture) for picture in one.sample(requests)]
        seen.append((pictures, one.embed(list(prompts)).text.clone(), replace(one.record, seconds=0.0)))  # type: ignore[attr-defined]
    return seen


def assert_same(found: list[Shown], expected: list[Shown]) -> None:
    assert len(found) == len(expected)
    for (pictures, text, record), (usual_pictures, usual_text, usual_record) in zip(found, expected, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(pictures, usual_pictures, strict=True))
        assert torch.equal(text, usual_text)
        assert record == usual_record


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (dreambooth, ["dog"]),
        (lambda steps: dreambooth(steps, train_text_encoder=False, prior_loss_weight=0.0), ["dog"]),
        (inversion, ["dog", "can"]),
    ],
    ids=["dreambooth", "unet alone, no prior", "textual_inversion, a stack of two"],
)
def test_a_look_on_the_way_equals_a_training_of_so_many_steps(
    make: Callable[[int], Method[Any]], names: list[str], context: Contexts, make_task: Tasks
) -> None:
    tasks = [make_task(name) for name in names]
    where = context()
    shown = {step: look(prepared) for step, prepared in make(9).checkpoints(tasks, where, AT)}
    assert tuple(shown) == AT
    for step in AT:
        assert_same(shown[step], look(make(step).prepare(tasks, where)))
    first, last = (shown[step][0][1] for step in (0, 5))
    assert not torch.equal(first, last) or not np.array_equal(shown[0][0][0], shown[5][0][0])  # something was trained


@pytest.mark.parametrize("make", [dreambooth, inversion], ids=["dreambooth", "textual_inversion"])
def test_a_training_that_is_left_early_leaves_no_trace(
    make: Callable[[int], Method[Any]], context: Contexts, make_task: Tasks
) -> None:
    where, method = context(), make(2)
    expected = look(method.prepare([make_task("dog")], where))
    for _ in method.checkpoints([make_task("can")], where, (1, 4)):
        break
    assert_same(look(method.prepare([make_task("dog")], where)), expected)
    assert not any(weight.requires_grad for weight in where.model.unet.parameters())


def test_progress_runs_to_the_last_look(context: Contexts, make_task: Tasks) -> None:
    where = context()
    heard: list[tuple[str, int, int]] = []
    where.on_progress = lambda phase, done, total: heard.append((str(phase), done, total))
    list(dreambooth(9).checkpoints([make_task("dog")], where, (2, 4)))
    assert [(done, total) for phase, done, total in heard if phase == "train"] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_method_that_cannot_says_so_in_a_sentence(context: Contexts, make_task: Tasks) -> None:
    method = CopyReference(CopyReferenceSettings())
    assert not method.has_checkpoints
    with pytest.raises(UserError, match="CopyReference cannot be looked at while it trains"):
        method.checkpoints([make_task("dog")], context(), (1,))


def test_a_method_of_ones_own_that_prepares_in_another_way_does_not_inherit_the_looks() -> None:
    class Other(DreamBooth):
        def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Any:
            return super().prepare(tasks, context)

    class Named(DreamBooth):
        pass

    assert dreambooth(1).has_checkpoints
    assert Named(DreamBoothSettings()).has_checkpoints
    assert not Other(DreamBoothSettings()).has_checkpoints


class PacedSettings(MethodSettings):
    """Of the method below."""

    steps: int = 2
    """How long it trains."""


class Paced(CopyReference):
    """Copies; what it says of its training on the way is wrong."""

    settings_type = PacedSettings  # type: ignore[assignment]

    def checkpoints(
        self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, Sequence[PreparedSubject]]]:
        for step in at:
            yield step + self.late, self.prepare(tasks, context)

    late = 0


class Late(Paced):
    """Shows other steps than those that were asked for."""

    late = 1


def test_check_method_looks_at_the_way_too() -> None:
    check_method(Paced)
    with pytest.raises(AssertionError, match=r"asked to be looked at after \(1, 2\) steps, and was after \(2, 3\)"):
        check_method(Late)


class Stretched(TextualInversion):
    """Its rate depends on how long the training is."""

    def checkpoints(self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]) -> Any:
        rate = self.settings.learning_rate / at[-1]
        stretched = TextualInversion(self.settings.model_copy(update={"learning_rate": rate}))
        yield from stretched.checkpoints(tasks, context, at)


def test_check_method_finds_a_rate_that_depends_on_the_length(pipeline_folder: Any) -> None:
    from dreambench.baselines.settings import SamplerSettings

    sampler = SamplerSettings(steps=2, guidance_scale=2.0, resolution=32)
    settings = TextualInversionSettings(steps=2, batch_size=1, learning_rate=0.5)
    with pytest.raises(AssertionError, match="after 1 steps"):
        check_method(Stretched, settings, model=pipeline_folder, sampler=sampler, tolerance=2)
