"""A subject as a statue: white marble with grey veins, on a plinth."""

import dataclasses
import math
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas, Pose, shade
from dreambench.dataset.miniature.materials import Ramp, own_chance, recast
from dreambench.dataset.miniature.properties import paste_on_body

SCULPTOR: Final = "Michelangelo"
_MARBLE: Final[Ramp] = ((122, 122, 128), (222, 220, 216), (254, 253, 250))
_FLOOR: Final = 0.97


def raised(pose: Pose) -> Pose:
    """Where the subject stands on its plinth: smaller and higher, upright."""
    scale = pose.scale * 0.8
    return dataclasses.replace(pose, scale=scale, y=0.72 - scale, rotation=0.0)


def draw_plinth(picture: Canvas, pose: Pose) -> None:
    """The block below a raised subject, in frame coordinates."""
    top, half, stone = pose.y + pose.scale * 0.93, pose.scale * 0.95, (206, 204, 200)
    for low, high, wide in ((top + 0.05, _FLOOR - 0.05, half * 0.85), (_FLOOR - 0.05, _FLOOR, half), (top, top + 0.05, half)):
        box = [(pose.x - wide, low), (pose.x + wide, low), (pose.x + wide, high), (pose.x - wide, high)]
        picture.shape(box, stone, 0.014, (112, 112, 116))
        side = [(pose.x + wide * 0.6, low), (pose.x + wide, low), (pose.x + wide, high), (pose.x + wide * 0.6, high)]
        picture.shape(side, shade(stone, 0.84))


def carve(body: Canvas, appearance: Appearance) -> None:
    """Turn a drawn subject into marble, in place."""
    recast(body, _MARBLE)
    own, veins = own_chance(appearance), Canvas(body.pose)
    for start in (-0.9, -0.3, 0.3):
        phase = own.uniform(0, 6)
        vein = [(start + 0.12 * i + 0.08 * math.sin(phase + 1.4 * i), -1.1 + 0.24 * i) for i in range(10)]
        veins.stroke(vein, 0.03, (140, 142, 152))
    paste_on_body(body, veins.image, 0.5)
