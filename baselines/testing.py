"""A check for authors of methods: whether a class keeps the contract of `dreambench.baselines.method`, in seconds.

from dreambench.baselines.testing import check_method

def test_my_method_keeps_the_contract() -> None:
    check_method(MyMethod, MySettings(weights="small"))
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image, ImageDraw

from dreambench.baselines.description import describe_settings
from dreambench.baselines.method import ImageRequest, Method, MethodContext, PreparedSubject, SubjectTask
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.returned import check_prepared, checked_images
from dreambench.baselines.seeds import derive_seed
from dreambench.baselines.settings import MethodSettings, SamplerSettings
from dreambench.baselines.work import Work
from dreambench.dataset.errors import UserError
from dreambench.dataset.kinds import Kind
from dreambench.dataset.leftovers import temporary_folder
from dreambench.dataset.prompts import OFFICIAL_PROMPTS
from dreambench.dataset.subjects import Subject

_SAMPLER: Final = SamplerSettings(steps=2, guidance_scale=2.0, resolution=64)
_SUBJECTS: Final[tuple[tuple[str, str, Kind], ...]] = (("can", "can", "object"), ("dog", "dog", "live"))
_PROMPTS: Final = (0, 20)
_TOLERANCE: Final = 1
"""Grey levels by which the same image may differ in another batch: sums round differently there."""


def check_method(
    kind: type[Method[Any]],
    settings: MethodSettings | None = None,
    *,
    device: str = "cpu",
    model: str | Path = "mini",
    sampler: SamplerSettings = _SAMPLER,
    tolerance: int = _TOLERANCE,
) -> None:
    """Build a method, let it prepare two drawn subjects and sample a few images of each, and look at what comes back.

    Checked: what the class says of itself; that `prepare` gives one result a task; that every picture is RGB, of one size and
    as many as were asked for; that the same seed gives the same pictures, also from another instance; that neither the order
    of the requests nor the batch size nor the other subjects of the group change a picture; that what subjects share may be
    made before them; and, of a method that can be looked at while it trains, that what it shows after some steps equals a
    training of so many.

    Args:
        kind: the class.
        settings: that it is built with; None: the defaults. Few steps make a quick check.
        device: where it works.
        model: the base model, for a method that needs one: the packaged miniature, a diffusers folder or a hub id.
        sampler: the sampler, for a method that uses it; two steps at 64 pixels if left out.
        tolerance: grey levels, of 255, by which a picture may differ in another batch or group.

    Raises:
        AssertionError: the contract is broken; the message says how, in one sentence.
    """
    who = kind.__name__
    chosen = _settings(kind, settings)
    _check_facts(kind(chosen), who)
    with temporary_folder("dreambench-check-") as folder:
        context = MethodContext(
            device=torch.device(device),
            seed=0,
            cache_dir=folder,
            batch_size=4,
            base=BaseModel.load(model, device=torch.device(device)) if kind.needs_base_model else None,
            sampler_settings=sampler if kind.uses_sampler else None,
        )
        tasks = [SubjectTask(Subject(*subject), _drawn(subject[0])) for subject in _SUBJECTS]
        size = (sampler.resolution, sampler.resolution) if kind.uses_sampler else None
        try:
            _check_pictures(kind, chosen, tasks, context, size=size, tolerance=tolerance)
            if kind(chosen).has_checkpoints:
                _check_checkpoints(kind, chosen, tasks, context, size=size)
        except UserError as error:
            raise AssertionError(str(error)) from error


def _check_facts(method: Method[Any], who: str) -> None:
    """What a method says before it does anything."""
    _hold(bool(method.describe()), f"{who} says nothing of itself: give the class a docstring.")
    for setting in describe_settings(method.settings_type):
        _hold(bool(setting.doc), f"{who} has the setting '{setting.key}' without a docstring below it.")
    _hold(isinstance(method.group_size, int) and method.group_size >= 1, f"{who} has no group_size of 1 or more.")
    _hold(method.memory_bytes is None or method.memory_bytes > 0, f"{who} has memory_bytes that are neither None nor above 0.")
    _hold(isinstance(method.work(), Work), f"{who} has a `work` that returns no Work.")
    unknown = sorted(set(method.saves_memory) - set(method.settings_type.model_fields))
    _hold(not unknown, f"{who} names '{', '.join(unknown)}' in saves_memory, which is no setting of it.")


def _check_pictures(
    kind: type[Method[Any]],
    settings: MethodSettings,
    tasks: Sequence[SubjectTask],
    context: MethodContext,
    *,
    size: tuple[int, int] | None,
    tolerance: int,
) -> None:
    who = kind.__name__
    method = kind(settings)
    method.load(context)
    first = _pictures(method, tasks, context, size=size)
    sizes = {picture.size for picture in first.values()}
    _hold(len(sizes) == 1, f"{who} gave pictures of several sizes: {', '.join(f'{w} x {h}' for w, h in sorted(sizes))}.")
    again = kind(settings)
    again.load(context)
    _alike(first, _pictures(again, tasks, context, size=size), 0, f"{who} gave other pictures for the same seed")
    if any(again.shared(task.subject, context.sampler_settings) for task in tasks):
        before = replace(context, cache_dir=context.cache_dir / "made before")
        _make_shared(again, tasks, before)
        found = _pictures(again, tasks, before, size=size)
        _alike(first, found, 0, f"{who} gave other pictures where what subjects share was made before them")
    backwards = _pictures(again, tasks[::-1], context, size=size, backwards=True)
    _alike(first, backwards, tolerance, f"{who} gave other pictures when they were asked for in another order")
    context.batch_size = 1
    _alike(first, _pictures(again, tasks, context, size=size), tolerance, f"{who} gave other pictures with another batch size")
    context.batch_size = 4
    for task in tasks:
        alone = _pictures(again, [task], context, size=size)
        _alike(first, alone, tolerance, f"{who} gave other pictures when {task.subject.id} was prepared alone")


def _make_shared(method: Method[Any], tasks: Sequence[SubjectTask], context: MethodContext) -> None:
    """Make what the subjects share as an engine with several workers does it: the parts in any order, then the whole."""
    for task in tasks:
        shared = method.shared(task.subject, context.sampler_settings)
        if shared is None:
            continue
        _hold(shared.parts >= 1, f"{type(method).__name__} has a `shared` with {shared.parts} parts instead of 1 or more.")
        for part in reversed(range(shared.parts if shared.parts > 1 else 0)):
            method.make_shared(task.subject, context, part=part)
        method.make_shared(task.subject, context, part=None)


def _check_checkpoints(
    kind: type[Method[Any]],
    settings: MethodSettings,
    tasks: Sequence[SubjectTask],
    context: MethodContext,
    *,
    size: tuple[int, int] | None,
) -> None:
    """Hold what a method shows on the way against trainings of so many steps."""
    who = kind.__name__
    steps = getattr(settings, "steps", None)
    _hold(isinstance(steps, int), f"{who} has `checkpoints`, but no setting 'steps' that says how long it trains.")
    at = (1, max(2, steps or 0))
    method = kind(settings)
    method.load(context)
    group = tasks[: method.group_size]
    shown = []
    for step, found in method.checkpoints(group, context, at):
        prepared = check_prepared(found, group, method=who)
        shown.append((step, _sampled(method, prepared, size=size), [subject.record for subject in prepared]))
    found_steps = tuple(step for step, _, _ in shown)
    _hold(found_steps == at, f"{who} was asked to be looked at after {at} steps, and was after {found_steps}.")
    for step, pictures, records in shown:
        usual = kind(type(settings).model_validate(settings.model_dump() | {"steps": step}))
        usual.load(context)
        prepared = check_prepared(usual.prepare(group, context), group, method=who)
        _alike(_sampled(usual, prepared, size=size), pictures, 0, f"{who} gave other pictures after {step} steps on the way")
        for record, subject in zip(records, prepared, strict=True):
            _hold(
                replace(record, seconds=0.0) == replace(subject.record, seconds=0.0),
                f"{who} has another record for {subject.subject.id} after {step} steps on the way than after a training of so "
                "many: losses, steps and details must be the same.",
            )


def _pictures(
    method: Method[Any],
    tasks: Sequence[SubjectTask],
    context: MethodContext,
    *,
    size: tuple[int, int] | None,
    backwards: bool = False,
) -> dict[ImageRequest, Image.Image]:
    """All pictures by what was asked for; the subjects are prepared in groups, as a run does it."""
    found: dict[ImageRequest, Image.Image] = {}
    who = type(method).__name__
    for start in range(0, len(tasks), method.group_size):
        group = tasks[start : start + method.group_size]
        prepared = check_prepared(method.prepare(group, context), group, method=who)
        found |= _sampled(method, prepared, size=size, backwards=backwards)
    return found


def _sampled(
    method: Method[Any], prepared: Sequence[PreparedSubject], *, size: tuple[int, int] | None, backwards: bool = False
) -> dict[ImageRequest, Image.Image]:
    """The pictures of prepared subjects by what was asked for."""
    found: dict[ImageRequest, Image.Image] = {}
    for subject in prepared:
        requests = _requests(subject, has_prior=method.has_prior)
        requests = requests[::-1] if backwards else requests
        pictures = checked_images(subject.sample(requests), requests, method=type(method).__name__, size=size)
        found |= dict(zip(requests, pictures, strict=True))
    return found


def _requests(prepared: PreparedSubject, *, has_prior: bool) -> list[ImageRequest]:
    subject = prepared.subject
    prompts = [prompt for prompt in OFFICIAL_PROMPTS if prompt.kind == subject.kind and prompt.index in _PROMPTS]
    requests = [ImageRequest(subject, prompt, index) for prompt in prompts for index in range(2)]
    return [*requests, ImageRequest(subject, None, 0)] if has_prior else requests


def _alike(first: dict[ImageRequest, Image.Image], second: dict[ImageRequest, Image.Image], tolerance: int, what: str) -> None:
    """Compare the pictures that both have, pixel by pixel."""
    for request, picture in second.items():
        pair = [np.asarray(image, dtype=np.int16) for image in (first[request], picture)]
        apart = int(np.abs(pair[0] - pair[1]).max())
        about = f"{request.subject.id}, prompt {'none' if request.prompt is None else request.prompt.index}"
        _hold(
            apart <= tolerance,
            f"{what} ({about}: {apart} grey levels apart); draw all that is random from `image_seed` and the context's seed.",
        )


def _settings(kind: type[Method[Any]], settings: MethodSettings | None) -> MethodSettings:
    if settings is not None:
        return settings
    unset = [setting.key for setting in describe_settings(kind.settings_type) if setting.must_be_set]
    _hold(not unset, f"{kind.__name__} has settings without a default ({', '.join(unset)}): give check_method settings.")
    return kind.settings_type()


def _drawn(name: str) -> tuple[Image.Image, ...]:
    """Three pictures of a coloured thing, not square and not of one size, as photos are."""
    numbers = np.random.default_rng(derive_seed("check", name))
    pictures = []
    for side in (96, 112, 128):
        thing, ground = (tuple(int(level) for level in numbers.integers(0, 256, 3)) for _ in range(2))
        picture = Image.new("RGB", (side, side * 3 // 4), ground)
        ImageDraw.Draw(picture).ellipse((side // 4, side // 8, side * 3 // 4, side // 2), fill=thing)
        pictures.append(picture)
    return tuple(pictures)


def _hold(kept: bool, broken: str) -> None:
    """Raise the sentence unless it is kept. Not `assert`, which python -O leaves out."""
    if not kept:
        raise AssertionError(broken)
