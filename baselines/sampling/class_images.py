"""Class images: samples of "a [class noun]" from the base model, made once per class and shared by its subjects and workers."""

import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from dreambench.baselines.method import MethodContext
from dreambench.baselines.model.latents import Moments, encode_moments
from dreambench.baselines.sampling.class_image_parts import PartStore, cut
from dreambench.baselines.sampling.sampler import sample_images
from dreambench.baselines.seeds import derive_seed
from dreambench.baselines.settings import SamplerSettings
from dreambench.baselines.work import Phase, Shared
from dreambench.dataset.files import make_folder, sync_folder, sync_tree, write_json
from dreambench.dataset.hashing import sha256_bytes, sha256_file, sha256_json
from dreambench.dataset.leftovers import aside_name, remove_leftovers, remove_leftovers_under_lock
from dreambench.dataset.locks import Lock
from dreambench.dataset.os_errors import writing
from dreambench.dataset.prompts import class_prompt
from dreambench.dataset.reading import NotRead, read_json

_SHOWN: Final = 16
"""How many are also kept as PNG, for people to look at."""
_LAYOUT: Final = 2
"""Raise when the way they are made changes, so that older ones are not taken for the same."""
_MADE: Final = "made.json"
_MOMENTS: Final = "moments.safetensors"
_AT_ONCE: Final = 16
_PIXELS_AT_ONCE: Final = 4 * 512 * 512


def class_batch(resolution: int) -> int:
    """How many class images are sampled at once, on every device: another number would move them by a grey level."""
    return max(1, min(_AT_ONCE, _PIXELS_AT_ONCE // (resolution * resolution)))


@dataclass(frozen=True)
class ClassImages:
    """What is asked for: how many, for which class noun, at which guidance."""

    class_noun: str
    count: int
    guidance_scale: float

    @property
    def prompt(self) -> str:
        """The prompt they are drawn for."""
        return class_prompt(self.class_noun)


def class_image_moments(wanted: ClassImages, context: MethodContext) -> Moments:
    """The VAE moments of the class images, from the cache or made now. The model must hold its own, restored weights.

    They live in `cache_dir/class_images/<address>/`, addressed by weights, prompt, sampler, seed, count and arithmetic. A
    lock beside the folder makes other workers wait instead of making the same; a folder appears whole or not at all, and one
    whose content is not what was written is made again, which is said.
    """
    folder = _folder(wanted, context)
    moments = _read(folder, wanted.count)
    if moments is None:
        with _alone(folder.name, folder):
            moments = _read(folder, wanted.count)
            if moments is None:
                moments = _make(wanted, context, folder)
    return moments.to(next(context.model.denoiser.parameters()))


def parts_of(wanted: ClassImages, sampler: SamplerSettings) -> tuple[range, ...]:
    """The numbers of the images of every part that `make_part` can make."""
    return cut(wanted.count, batch=class_batch(sampler.resolution))


def as_shared(wanted: ClassImages, sampler: SamplerSettings) -> Shared:
    """What `Method.shared` says of them."""
    return Shared(f"the class images of {wanted.class_noun}", len(parts_of(wanted, sampler)))


def make_ahead(wanted: ClassImages, context: MethodContext, *, part: int | None) -> None:
    """What `Method.make_shared` does for them: make one of the parts, or with None the whole."""
    context.model.restore()
    if part is None:
        class_image_moments(wanted, context)
    else:
        make_part(wanted, context, part)


def make_part(wanted: ClassImages, context: MethodContext, part: int) -> None:
    """Make one of the parts and keep it for `class_image_moments`, which makes the whole of those that it finds.

    Nothing is done where it is there, or the whole. The images are those of a set made in one piece, to the bit.
    """
    folder, numbers = _folder(wanted, context), parts_of(wanted, context.sampler)[part]
    store = PartStore(folder)
    with _alone(f"{folder.name}.{numbers.start:06d}", folder):
        if not folder.is_dir() and store.read(numbers) is None:
            images: list[Image.Image] = []
            for image in _drawn(wanted, context, numbers):
                images.append(image)
                _tell(len(images), wanted, context, last=len(numbers))
            store.write(numbers, images)
        if folder.is_dir():  # another run was quicker
            store.remove()


def _tell(done: int, wanted: ClassImages, context: MethodContext, *, last: int) -> None:
    """Say how many images are there, batch by batch."""
    if done % class_batch(context.sampler.resolution) == 0 or done == last:
        context.on_progress(Phase.CLASS_IMAGES, done, wanted.count)


def _folder(wanted: ClassImages, context: MethodContext) -> Path:
    folder = context.cache_dir / "class_images" / _address(wanted, context)
    make_folder(folder.parent)
    return folder


def _alone(name: str, folder: Path) -> AbstractContextManager[None]:
    """Hold a lock beside the folder; who comes second waits."""
    lock = Lock(folder.with_name(f"{name}.lock.json"))
    return lock.held(waits=lambda: True, say=logging.getLogger("dreambench").info)


def _address(wanted: ClassImages, context: MethodContext) -> str:
    sampler = context.sampler.model_copy(update={"guidance_scale": wanted.guidance_scale})
    parts = {
        "layout": _LAYOUT,
        "weights": context.model.weights_hash,
        "prompt": wanted.prompt,
        "sampler": sampler.identity(),
        "seed": context.seed,
        "count": wanted.count,
        "batch": class_batch(sampler.resolution),
        "autocast": str(context.sample_autocast),
    }
    readable = re.sub(r"[^\w-]", "_", wanted.class_noun)  # nothing that could lead out of the cache
    return f"{readable}-{sha256_json(parts)[:24]}"


def _read(folder: Path, count: int) -> Moments | None:
    """The moments in a folder; None if they are not there, or not what was written."""
    if not folder.is_dir():
        return None
    try:
        made = read_json(folder / _MADE, mend="remove its folder.")
        written = made.get("sha256") if isinstance(made, dict) else None
        if written == sha256_file(folder / _MOMENTS):
            stored = load_file(folder / _MOMENTS)
            moments = Moments(stored["mean"], stored["std"])
            if len(moments) == count and all(bool(part.isfinite().all()) for part in (moments.mean, moments.std)):
                return moments
    except (OSError, KeyError, SafetensorError, NotRead):
        pass
    logging.getLogger("dreambench").warning("The class images in %s are damaged; they are made again.", folder)
    return None


def _make(wanted: ClassImages, context: MethodContext, folder: Path) -> Moments:
    """Sample, encode and store them; called under the lock."""
    model, store = context.model, PartStore(folder)
    images: list[Image.Image] = []
    for numbers in parts_of(wanted, context.sampler):
        for image in store.read(numbers) or _drawn(wanted, context, numbers):
            images.append(image)
            _tell(len(images), wanted, context, last=wanted.count)
    encoded = encode_moments(model.codec, images, model.device)
    moments = encoded.to(torch.zeros((), dtype=torch.float32))

    remove_leftovers(folder.parent.glob(".*"))
    name = folder.name.rpartition("-")[2]  # the hash alone: a long class noun would leave no room for it
    remove_leftovers_under_lock(folder.parent.glob(f".{name}.*"))
    aside = folder.with_name(aside_name(name))
    try:
        stored = save({"mean": moments.mean.contiguous(), "std": moments.std.contiguous()})
        with writing(folder):
            aside.mkdir()  # not mkdtemp, whose folders nobody else can read: people share caches
            (aside / _MOMENTS).write_bytes(stored)
            for index, image in enumerate(images[:_SHOWN]):
                image.save(aside / f"{index:02d}.png")
        about = {"prompt": wanted.prompt, "count": wanted.count, "seed": context.seed, "sha256": sha256_bytes(stored)}
        write_json(aside / _MADE, about)
        with writing(folder):
            sync_tree(aside)
            shutil.rmtree(folder, ignore_errors=True)  # only ever a damaged one
            aside.replace(folder)
            sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    store.remove()
    return moments


def _drawn(wanted: ClassImages, context: MethodContext, numbers: range) -> Iterator[Image.Image]:
    """Draw some of the images from the model's own weights."""
    return sample_images(
        context.model,
        context.model.encode_text([wanted.prompt]),
        [0] * len(numbers),
        [derive_seed("class", context.seed, wanted.class_noun, index) for index in numbers],
        context.sampler.model_copy(update={"guidance_scale": wanted.guidance_scale}),
        batch_size=class_batch(context.sampler.resolution),  # never halved: it would move what is trained with
        autocast=context.sample_autocast,
    )
