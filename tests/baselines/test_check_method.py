"""What an author relies on: `check_method` lets sound methods pass, and says in a sentence what is wrong with others."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from dreambench.baselines.method import (
    ImageRequest,
    Method,
    MethodContext,
    Shared,
    SubjectTask,
    TrainingRecord,
    Work,
    image_seed,
)
from dreambench.baselines.methods.copy_reference import CopyReference
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.methods.pretrained import Pretrained
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.settings import DreamBoothSettings, MethodSettings, SamplerSettings, TextualInversionSettings
from dreambench.baselines.testing import check_method
from dreambench.dataset.subjects import Subject

SAMPLER = SamplerSettings(steps=2, guidance_scale=2.0, resolution=32)


def test_copying_passes() -> None:
    check_method(CopyReference)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Pretrained, None),
        (DreamBooth, DreamBoothSettings(steps=1, class_images=2)),
        (TextualInversion, TextualInversionSettings(steps=1, batch_size=1)),
    ],
    ids=["pretrained", "dreambooth", "textual_inversion"],
)
def test_the_built_in_methods_pass(kind: type[Method[Any]], settings: MethodSettings | None, pipeline_folder: Path) -> None:
    check_method(kind, settings, model=pipeline_folder, sampler=SAMPLER, tolerance=2)


class NoiseSettings(MethodSettings):
    strength: int = 200
    """Brightest grey level."""


@dataclass
class Noise:
    subject: Subject
    context: MethodContext
    record: TrainingRecord

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        for request in requests:
            yield self.picture(request)

    def picture(self, request: ImageRequest) -> Image.Image:
        numbers = np.random.default_rng(image_seed(request, seed=self.context.seed))
        return Image.fromarray(numbers.integers(0, 200, (16, 16, 3)).astype("uint8"))


class Sound(Method[NoiseSettings]):
    """Noise."""

    settings_type = NoiseSettings
    prepared: type[Noise] = Noise

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Any:
        return [self.prepared(task.subject, context, TrainingRecord()) for task in tasks]


def test_a_sound_method_without_a_model_passes() -> None:
    check_method(Sound)
    check_method(Sound, NoiseSettings(strength=3))


class Reused(Noise):
    """As bright as what is in the cache."""

    def picture(self, request: ImageRequest) -> Image.Image:
        file = self.context.cache_dir / self.subject.kind
        return Image.new("RGB", (16, 16), (int(file.read_text()) if file.exists() else 100, 0, 0))


class Sharing(Sound):
    """Subjects of a kind share a number."""

    prepared = Reused
    number = 100

    def shared(self, subject: Subject, sampler: SamplerSettings | None) -> Shared:
        return Shared(f"the number of {subject.kind}", 2)

    def make_shared(self, subject: Subject, context: MethodContext, *, part: int | None) -> None:
        context.cache_dir.mkdir(exist_ok=True)
        (context.cache_dir / subject.kind).write_text(str(self.number if part is None else 7))


def test_what_subjects_share_may_be_made_before_them_and_must_then_change_nothing() -> None:
    check_method(Sharing)
    with pytest.raises(AssertionError, match="Other gave other pictures where what subjects share was made before them"):
        check_method(type("Other", (Sharing,), {"number": 101, "__doc__": "Of another number."}))


class Unseeded(Noise):
    def picture(self, request: ImageRequest) -> Image.Image:
        return Image.new("RGB", (16, 16), (random.randrange(256), 0, 0))


class InOrder(Noise):
    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        for position, _ in enumerate(requests):
            yield Image.new("RGB", (16, 16), (60 * position, 0, 0))


class InBatches(Noise):
    def picture(self, request: ImageRequest) -> Image.Image:
        return Image.new("RGB", (16, 16), (60 * self.context.batch_size, 0, 0))


class Grey(Noise):
    def picture(self, request: ImageRequest) -> Image.Image:
        return super().picture(request).convert("L")


class Array(Noise):
    def picture(self, request: ImageRequest) -> Any:
        return np.asarray(super().picture(request))


class OfManySizes(Noise):
    def picture(self, request: ImageRequest) -> Image.Image:
        return Image.new("RGB", (16 + request.image_index, 16))


class OneSizeASubject(Noise):
    def picture(self, request: ImageRequest) -> Image.Image:
        return Image.new("RGB", (16, 16 if request.subject.id == "dog" else 17))


class TooFew(Noise):
    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        yield from super().sample(requests[:-1])


class TooMany(Noise):
    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        yield from super().sample([*requests, requests[0]])


class Nothing(Noise):
    def sample(self, requests: Sequence[ImageRequest]) -> Any:
        return None


@pytest.mark.parametrize(
    ("prepared", "sentence"),
    [
        (Unseeded, "gave other pictures for the same seed"),
        (InOrder, "gave other pictures when they were asked for in another order"),
        (InBatches, "gave other pictures with another batch size"),
        (Grey, r'gave a picture in the mode L instead of RGB for can, prompt 0 \("in the jungle"\), image 0'),
        (Array, "gave an object of the type ndarray instead of a PIL picture for can, prompt 0"),
        (OfManySizes, "gave a picture of 17 x 16 pixels instead of 16 x 16 for can, prompt 0"),
        (OneSizeASubject, "gave pictures of several sizes: 16 x 16, 16 x 17"),
        (TooFew, "gave 3 pictures for can and 4 were asked for; the first that is missing is prompt 20"),
        (TooMany, "gave more pictures for can than the 4 that were asked for; the last was prompt 20"),
        (Nothing, "gave nothing for can; `sample` must yield pictures"),
    ],
)
def test_what_comes_back_wrong_is_told_in_a_sentence(prepared: type[Noise], sentence: str) -> None:
    class Broken(Sound):
        """Noise, but."""

    Broken.prepared = prepared
    with pytest.raises(AssertionError, match=sentence) as caught:
        check_method(Broken)
    assert str(caught.value).startswith("Broken gave") or "The method Broken gave" in str(caught.value)
    assert "\n" not in str(caught.value)


class Grouped(Sound):
    """Two at a time."""

    group_size = 2

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Any:
        prepared = super().prepare(tasks, context)
        if len(tasks) == 1:
            context = MethodContext(device=context.device, seed=1, cache_dir=context.cache_dir)
            return [Noise(tasks[0].subject, context, TrainingRecord())]
        return prepared


class Unprepared(Sound):
    """Returns nothing."""

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Any:
        return None


class HalfPrepared(Sound):
    """Returns the subject itself."""

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Any:
        return [task.subject for task in tasks]


class SwappedAround(Grouped):
    """Returns them in another order."""

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Any:
        return super().prepare(tasks[::-1], context)


class Shy(Sound):
    settings_type = MethodSettings


class OpenSettings(MethodSettings):
    weights: str
    """Where they are."""


class Undocumented(MethodSettings):
    strength: int = 1


class Open(Sound):
    """Needs weights."""

    settings_type = OpenSettings


class Silent(Sound):
    """Has a setting that says nothing."""

    settings_type = Undocumented


class Saving(Sound):
    """Saves by what it has not."""

    saves_memory: ClassVar = {"half": True}


class Odd(Sound):
    """Says its work in numbers."""

    def work(self) -> Any:
        return 7


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Grouped, "gave other pictures when can was prepared alone"),
        (Unprepared, "prepared nothing for can; it must return a list of one prepared subject a task, in order"),
        (
            HalfPrepared,
            "prepared an object of the type Subject for can; a prepared subject has `subject`, `record`",
        ),
        (SwappedAround, "prepared another subject where can was due"),
        (Shy, "says nothing of itself: give the class a docstring"),
        (Open, r"has settings without a default \(weights\): give check_method settings"),
        (Silent, "has the setting 'strength' without a docstring below it"),
        (Saving, "names 'half' in saves_memory, which is no setting of it"),
        (Odd, "has a `work` that returns no Work"),
    ],
)
def test_what_a_class_says_wrongly_is_told_in_a_sentence(kind: type[Method[Any]], sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        check_method(kind)


def test_work_has_the_defaults_of_a_method_that_trains_nothing() -> None:
    assert Sound(NoiseSettings()).work() == Work(class_images=0, steps=0, trains=())
