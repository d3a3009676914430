"""Drawn pictures whose order is known: each ladder goes down from what is right to what is less so, in one respect only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from PIL import Image

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.changes import look_alike, with_other_hue, with_other_pattern, with_other_shape
from dreambench.dataset.miniature.contexts import CONTEXTS
from dreambench.dataset.miniature.references import REFERENCE_COUNTS, reference_scene
from dreambench.dataset.miniature.scene import Scene, random_scene, render
from dreambench.dataset.prompts import Prompt

#: What a ladder asks a metric about: whether this is the subject, or whether this is the scene that the prompt asks for.
Asks = Literal["subject", "prompt"]
DOSES: Final = (0.0, 1 / 3, 2 / 3, 1.0)


@dataclass(frozen=True)
class LadderKind:
    """A way in which pictures get worse.

    Attributes:
        name: what tables call it.
        asks: what a metric must see to get it right.
        rungs: what each picture is, best first.
    """

    name: str
    asks: Asks
    rungs: tuple[str, ...]


_BY_DOSE: Final = tuple(f"dose {dose:.2f}".removesuffix("0") if dose in (0.0, 1.0) else f"dose {dose:.2f}" for dose in DOSES)
HUE: Final = LadderKind("changed hue, by dose", "subject", _BY_DOSE)
PATTERN: Final = LadderKind("changed pattern, by dose", "subject", _BY_DOSE)
SHAPE: Final = LadderKind("changed shape, by dose", "subject", _BY_DOSE)
ALIKE: Final = LadderKind("look-alike in the same scene", "subject", ("the subject", "a look-alike, same scene"))
ELSEWHERE: Final = LadderKind(
    "the subject elsewhere, a look-alike in a reference's scene",
    "subject",
    ("the subject in another scene", "a look-alike in the scene of a reference image"),
)
ASKED: Final = LadderKind("the scene that is asked for", "prompt", ("in the scene asked for", "in another scene"))
LADDERS: Final = (HUE, PATTERN, SHAPE, ALIKE, ELSEWHERE, ASKED)


@dataclass(frozen=True, eq=False)
class DrawnSet:
    """The pictures of one subject under one prompt; pictures that several ladders share are there once.

    Attributes:
        subject: its id.
        prompt: that the pictures are scored for.
        pictures: each once.
        ladders: kind -> the numbers of its pictures, best first.
    """

    subject: str
    prompt: Prompt
    pictures: tuple[Image.Image, ...]
    ladders: dict[LadderKind, tuple[int, ...]]


def scene_prompts(prompts: Sequence[Prompt]) -> list[Prompt]:
    """The prompts that ask for a scene that the renderer can draw around an unchanged subject."""
    return [prompt for prompt in prompts if prompt.request in CONTEXTS]


def draw_set(subject_id: str, prompt: Prompt, other: Prompt, *, number: int, seed: int) -> DrawnSet:
    """Draw all ladders of a subject under a prompt. A ladder's pictures share pose, light and scene unless it is about them.

    Args:
        subject_id: one of the drawn subjects.
        prompt: what is asked for.
        other: another prompt, whose scene is the wrong one.
        number: which of the subject's sets this is; it picks the reference image whose scene is used.
        seed: of poses and look-alikes.
    """
    appearance = CAST[subject_id]
    scene = random_scene(appearance, _seed_of(subject_id, number, seed), context=prompt.request)
    stranger = look_alike(appearance, _seed_of(subject_id, number, seed + 1))
    reference = reference_scene(subject_id, number % REFERENCE_COUNTS[subject_id])
    itself = render(scene)
    other_pattern = render(replace(scene, appearance=with_other_pattern(appearance)))
    pictures = [itself]

    def add(picture: Image.Image) -> int:
        pictures.append(picture)
        return len(pictures) - 1

    def drawn(changed: Appearance, where: Scene) -> int:
        return add(render(replace(where, appearance=changed)))

    higher = DOSES[1:]
    alike = drawn(stranger, scene)
    ladders = {
        HUE: (0, *(drawn(with_other_hue(appearance, dose), scene) for dose in higher)),
        PATTERN: (0, *(add(Image.blend(itself, other_pattern, dose)) for dose in higher)),
        SHAPE: (0, *(drawn(with_other_shape(appearance, dose), scene) for dose in higher)),
        ALIKE: (0, alike),
        ELSEWHERE: (0, drawn(stranger, reference)),
        ASKED: (0, add(render(replace(scene, context=other.request)))),
    }
    return DrawnSet(subject_id, prompt, tuple(pictures), ladders)


def _seed_of(subject_id: str, number: int, seed: int) -> int:
    """A seed that is the same on every machine."""
    import hashlib

    return int.from_bytes(hashlib.sha256(f"ladder/{subject_id}/{number}/{seed}".encode()).digest()[:6])
