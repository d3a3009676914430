"""A picture of a subject in a context: what a prompt asks for, where the subject stands, under which light."""

import random
from dataclasses import dataclass
from typing import Final

from PIL import Image

from dreambench.dataset.miniature.accessories import ACCESSORIES
from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import CANVAS_SIZE, Canvas, Pose, ellipse
from dreambench.dataset.miniature.contexts import CONTEXTS, PLAIN_CONTEXTS
from dreambench.dataset.miniature.crosses import draw_cross
from dreambench.dataset.miniature.drawings import draw_subject
from dreambench.dataset.miniature.drawings.anchors import THING, Anchors
from dreambench.dataset.miniature.materials import MATERIALS
from dreambench.dataset.miniature.ordinary_words import WORD_MEANINGS
from dreambench.dataset.miniature.properties import PROPERTIES, recolored
from dreambench.dataset.miniature.statue import SCULPTOR, carve, draw_plinth, raised
from dreambench.dataset.miniature.styles import PAINTERS
from dreambench.dataset.miniature.views import VIEWS

_CHANGES: Final = {**PROPERTIES, **MATERIALS, **WORD_MEANINGS}


@dataclass(frozen=True)
class Scene:
    """Everything a picture depends on. `context`, `accessory` and `change` are phrases of the prompt list, or None.

    A `change` may also be a material (`materials.MATERIALS`) or an ordinary word that means something. `artist` is a painter
    of `styles.PAINTERS`, or the sculptor. `cross` is one of `crosses.SPECIES`, for dogs alone. `view` is one of
    `views.VIEW_PHRASES`, for the classes that have it; nothing is worn in it.
    """

    appearance: Appearance
    pose: Pose
    seed: int
    context: str | None = None
    accessory: str | None = None
    change: str | None = None
    light: float = 1.0
    artist: str | None = None
    cross: str | None = None
    view: str | None = None


def random_scene(
    appearance: Appearance,
    seed: int,
    *,
    context: str | None = None,
    accessory: str | None = None,
    change: str | None = None,
    artist: str | None = None,
    cross: str | None = None,
    view: str | None = None,
) -> Scene:
    """A scene with pose and light of its own, as pictures of one thing differ: place, size, tilt, mirror, brightness."""
    rng = random.Random(f"scene/{seed}")
    pose = Pose(
        x=rng.uniform(0.43, 0.57),
        y=rng.uniform(0.53, 0.58),
        scale=rng.uniform(0.32, 0.4),
        rotation=rng.uniform(-10, 10),
        flip=rng.random() < 0.5,
    )
    light = rng.uniform(0.88, 1.08)
    return Scene(appearance, pose, seed, context, accessory, change, light, artist, cross, view)


def render(scene: Scene) -> Image.Image:
    """Draw a scene: 64 x 64 RGB. The same scene gives the same pixels on every machine."""
    rng = random.Random(f"render/{scene.seed}")
    names = sorted(PLAIN_CONTEXTS)
    context = CONTEXTS[scene.context] if scene.context else PLAIN_CONTEXTS[names[rng.randrange(len(names))]]
    picture = Canvas()
    context.back(picture, rng)
    is_statue = scene.artist == SCULPTOR
    pose = raised(scene.pose) if is_statue else scene.pose
    if is_statue:
        draw_plinth(picture, pose)
    elif context.shadow:
        _draw_shadow(picture, pose)
    appearance = recolored(scene.appearance, scene.change) if scene.change else scene.appearance
    body = Canvas(pose)
    anchors = _draw_body(body, appearance, scene)
    if scene.change:
        _CHANGES[scene.change](body, appearance, rng)
    if scene.accessory:
        ACCESSORIES[scene.accessory](body, anchors)
    if is_statue:
        carve(body, appearance)
    picture.paste(body)
    if context.front and not is_statue:
        context.front(picture, pose, rng)
    if scene.artist and not is_statue:
        painted = PAINTERS[scene.artist](picture.image.convert("RGB"), random.Random(f"paint/{scene.seed}"))
        picture.image.paste(painted)
    return _lit(picture.finish(), scene.light)


def _draw_body(body: Canvas, appearance: Appearance, scene: Scene) -> Anchors:
    """Draw the subject as the scene shows it, and say where accessories go."""
    if scene.view:
        VIEWS[scene.view][appearance.class_noun](body, appearance)
        return THING
    return draw_cross(body, appearance, scene.cross) if scene.cross else draw_subject(body, appearance)


def _draw_shadow(picture: Canvas, pose: Pose) -> None:
    shadow = Image.new("L", (CANVAS_SIZE, CANVAS_SIZE), 0)
    layer = Canvas()
    layer.shape(ellipse(pose.x, pose.y + pose.scale * 0.98, pose.scale * 0.85, pose.scale * 0.16), (0, 0, 0))
    shadow = layer.image.getchannel("A").point([round(level * 0.28) for level in range(256)])
    picture.image.paste((20, 20, 30, 255), mask=shadow)


def _lit(image: Image.Image, light: float) -> Image.Image:
    return image.point([min(255, round(level * light)) for level in range(256)] * 3)
