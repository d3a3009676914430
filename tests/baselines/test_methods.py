"""What a user relies on: methods are found by name, refuse what they cannot do, and share each image's start noise."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from dreambench.baselines import registry
from dreambench.baselines.method import (
    ImageRequest,
    Method,
    MethodContext,
    PreparedSubject,
    SubjectTask,
    Work,
    image_seed,
)
from dreambench.baselines.methods.copy_reference import CopyReference
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.methods.pretrained import Pretrained
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.registry import build_method, describe_method, method_class, method_names, settings_class
from dreambench.baselines.seeds import derive_seed
from dreambench.baselines.settings import (
    CopyReferenceSettings,
    DreamBoothSettings,
    MethodSettings,
    PretrainedSettings,
    SamplerSettings,
    TextualInversionSettings,
)
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS

MINI = load_dataset("mini")

Contexts = Callable[..., MethodContext]
Tasks = Callable[[str], SubjectTask]


def test_the_built_in_methods_are_there() -> None:
    assert set(method_names()) >= {"copy_reference", "dreambooth", "pretrained", "textual_inversion"}
    names = ("copy_reference", "dreambooth", "pretrained", "textual_inversion")
    built: dict[str, Method[Any]] = {name: build_method(name, settings_class(name)()) for name in names}
    assert [name for name, method in built.items() if not method.uses_sampler] == []
    assert [name for name, method in built.items() if not method.needs_base_model] == ["copy_reference"]
    assert [name for name, method in built.items() if not method.has_prior] == ["copy_reference"]


@pytest.mark.parametrize(
    ("wrong", "right"), [("dreamboth", "dreambooth"), ("textual-inversion", "textual_inversion"), ("copy", "copy_reference")]
)
def test_an_unknown_method_names_the_nearest(wrong: str, right: str) -> None:
    for ask in (method_class, settings_class):
        with pytest.raises(UserError, match=f"did you mean '{right}'"):
            ask(wrong)


def test_another_methods_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="DreamBoothSettings"):
        build_method("dreambooth", PretrainedSettings())


def test_a_built_in_method_is_described_alike_with_and_without_its_class() -> None:
    """Lists describe it without loading torch."""
    for name in ("copy_reference", "dreambooth", "pretrained", "textual_inversion"):
        assert describe_method(name) == method_class(name).describe() != ""


class OwnMethod:
    """Written without a look at our classes."""

    needs_base_model = True

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[PreparedSubject]:
        return []


class Derived(Method[MethodSettings]):
    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[PreparedSubject]:
        return []


class OnTheModel(Derived):
    needs_base_model = True


class OnTheModelsEmbeddings(OnTheModel):
    uses_sampler = False


class Undecided(Derived):
    @property
    def has_prior(self) -> bool:  # type: ignore[override]
        return True


def test_a_method_that_says_nothing_has_sane_defaults() -> None:
    method = Derived(MethodSettings())
    assert (method.needs_base_model, method.uses_sampler, method.has_prior) == (False, False, False)
    assert (method.group_size, method.memory_bytes, method.work(), method.saves_memory) == (1, None, Work(), {})
    assert OnTheModel.uses_sampler  # whoever works on the base model samples from it, unless it says otherwise
    assert not OnTheModelsEmbeddings.uses_sampler


def test_plug_ins_are_found_and_broken_ones_named(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        EntryPoint("mine", f"{__name__}:OwnMethod", registry.GROUP),
        EntryPoint("broken", "no_such_module:Method", registry.GROUP),
        EntryPoint("odd", "json:dumps", registry.GROUP),
        EntryPoint("undecided", f"{__name__}:Undecided", registry.GROUP),
        EntryPoint("number", "fractions:Fraction", registry.GROUP),
    ]

    def found(*, group: str, name: str | None = None) -> list[EntryPoint]:
        return [entry for entry in entries if entry.group == group and name in {None, entry.name}]

    monkeypatch.setattr(registry, "entry_points", found)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[OwnMethod.__module__])
    assert "mine" in method_names()
    mine = build_method("mine", MethodSettings())
    assert isinstance(mine, OwnMethod)
    assert (mine.needs_base_model, mine.uses_sampler, mine.has_prior, mine.group_size) == (True, True, False, 1)
    assert describe_method("mine") == "Written without a look at our classes."
    with pytest.raises(UserError, match="must say has_prior = True or False in its class"):
        method_class("undecided")
    with pytest.raises(UserError, match="no method: it has no `prepare`"):
        method_class("number")
    with pytest.raises(UserError, match="no_such_module"):
        method_class("broken")
    with pytest.raises(UserError, match="json:dumps"):
        method_class("odd")


def test_names_and_settings_need_no_torch() -> None:
    code = (
        "import sys, dreambench.baselines.registry as r; r.settings_class('dreambooth')(); r.method_names();"
        "r.describe_method('dreambooth'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (DreamBoothSettings, {"stepz": 3}),
        (DreamBoothSettings, {"learning_rate": 0}),
        (DreamBoothSettings, {"learning_rate": float("nan")}),
        (DreamBoothSettings, {"prior_loss_weight": -1}),
        (DreamBoothSettings, {"batch_size": 0}),
        (DreamBoothSettings, {"identifier_tokens": 4}),
        (TextualInversionSettings, {"n_vectors": 0}),
        (TextualInversionSettings, {"templates": []}),
        (TextualInversionSettings, {"templates": ["a dog"]}),
        (TextualInversionSettings, {"templates": ["a {} {x}"]}),
        (TextualInversionSettings, {"prompt_form": "word"}),
        (SamplerSettings, {"steps": 0, "guidance_scale": 1, "resolution": 64}),
        (SamplerSettings, {"steps": 1, "guidance_scale": 0.5, "resolution": 64}),
        (PretrainedSettings, {"steps": 1}),
    ],
)
def test_settings_out_of_range_are_refused(kind: type[MethodSettings], values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(values)


def test_run_time_knobs_are_no_part_of_the_identity() -> None:
    one, two = TextualInversionSettings(group_size=1), TextualInversionSettings(group_size=8)
    assert one.identity() == two.identity()
    assert "group_size" not in one.identity()
    assert TextualInversionSettings(steps=1).identity() != one.identity()


def test_the_seed_of_an_image_is_the_same_for_every_method() -> None:
    subject, prompt = SUBJECTS[0], MINI.prompts_of("object")[3]
    request = ImageRequest(subject, prompt, 2)
    assert image_seed(request, seed=7) == derive_seed("image", 7, "backpack", "object/03", 2)
    assert image_seed(ImageRequest(subject, None, 0), seed=7) == derive_seed("image", 7, "backpack", "prior", 0)


def test_copying_returns_every_reference_evenly_at_the_samplers_size(
    context: Contexts, pictures: Callable[..., tuple[Image.Image, ...]]
) -> None:
    subject = SUBJECTS[0]
    originals = pictures(3, 5, 32)
    where = context()
    where.base = None
    (copied,) = CopyReference(CopyReferenceSettings()).prepare([SubjectTask(subject, originals)], where)
    wanted = [ImageRequest(subject, prompt, k) for prompt in MINI.prompts_of("object") for k in range(4)]
    images = list(copied.sample(wanted))
    counts = Counter(image.tobytes() for image in images)
    assert set(counts) == {image.tobytes() for image in originals}
    assert set(counts.values()) == {20}
    assert images[4 * 3 + 2].tobytes() == originals[(2 + 3) % 5].tobytes()
    # Equal images under one prompt would be an accident of the count, and DIV 0.
    assert all(len({image.tobytes() for image in images[4 * p : 4 * p + 4]}) == 4 for p in range(25))
    with pytest.raises(ValueError, match="prior"):
        list(copied.sample([ImageRequest(subject, None, 0)]))


def test_the_floor_knows_the_class_only(context: Contexts, make_task: Tasks) -> None:
    """Two subjects of a class differ by their start noise alone, and equal prompts of a subject are equal images again."""
    where = context()
    prepared = Pretrained(PretrainedSettings()).prepare([make_task("dog"), make_task("dog2")], where)
    wanted = [ImageRequest(one.subject, MINI.prompts_of("live")[0], 0) for one in prepared]
    first = [np.asarray(next(one.sample([request]))) for one, request in zip(prepared, wanted, strict=True)]
    assert not np.array_equal(first[0], first[1])
    assert (prepared[0].embed([None]).text == prepared[1].embed([None]).text).all()


def test_the_floor_follows_a_training_unharmed(context: Contexts, make_task: Tasks) -> None:
    where, task = context(), make_task("dog")
    request = [ImageRequest(task.subject, MINI.prompts_of("live")[0], 0), ImageRequest(task.subject, None, 1)]
    floor = Pretrained(PretrainedSettings())
    before = [np.asarray(image) for image in floor.prepare([task], where)[0].sample(request)]
    quick = DreamBoothSettings(steps=3, learning_rate=0.01, prior_loss_weight=0, identifier="zq")
    trained = [np.asarray(image) for image in DreamBooth(quick).prepare([task], where)[0].sample(request)]
    TextualInversion(TextualInversionSettings(steps=2)).prepare([task], where)
    after = [np.asarray(image) for image in floor.prepare([task], where)[0].sample(request)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert not np.array_equal(before[0], trained[0])


def test_a_context_without_a_model_is_refused_by_those_that_need_one(context: Contexts, make_task: Tasks) -> None:
    where = context()
    where.base = None
    with pytest.raises(ValueError, match="say needs_base_model = True in its class"):
        Pretrained(PretrainedSettings()).prepare([make_task("dog")], where)


def test_a_context_without_a_sampler_is_refused_by_those_that_use_one(context: Contexts, make_task: Tasks) -> None:
    """A run of a method that does not say so records no sampler, so it must not depend on one."""
    where = context()
    where.sampler_settings = None
    with pytest.raises(ValueError, match="say uses_sampler = True in its class"):
        CopyReference(CopyReferenceSettings()).prepare([make_task("dog")], where)
