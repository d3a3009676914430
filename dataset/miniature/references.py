"""The miniature's reference images: as many a subject as the real dataset has, in everyday places, as PNG with a manifest.

`python -m dreambench.dataset.miniature.references` draws them again; a test checks that the shipped files are what the
renderer draws.
"""

import hashlib
import io
from pathlib import Path
from typing import Final

from PIL import Image

from dreambench.dataset.collection import MINIATURE_FOLDER
from dreambench.dataset.files import atomic_write_bytes, write_json
from dreambench.dataset.hashing import sha256_bytes
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.scene import Scene, random_scene, render

MANIFEST: Final = "manifest.json"

#: How many reference images each subject of the released dataset has.
REFERENCE_COUNTS: Final[dict[str, int]] = {
    "backpack": 6, "backpack_dog": 5, "bear_plushie": 5, "berry_bowl": 6, "can": 6, "candle": 5, "cat": 5, "cat2": 5,
    "clock": 6, "colorful_sneaker": 5, "dog": 5, "dog2": 6, "dog3": 6, "dog5": 5, "dog6": 5, "dog7": 5, "dog8": 5,
    "duck_toy": 4, "fancy_boot": 6, "grey_sloth_plushie": 5, "monster_toy": 5, "pink_sunglasses": 6, "poop_emoji": 5,
    "rc_car": 5, "red_cartoon": 4, "robot_toy": 5, "shiny_sneaker": 6, "teapot": 5, "vase": 6, "wolf_plushie": 5,
}  # fmt: skip


def draw_references(subject_id: str) -> list[Image.Image]:
    """The reference images of one subject: 64 x 64 RGB, each with a pose, a place and a light of its own."""
    return [render(reference_scene(subject_id, index)) for index in range(REFERENCE_COUNTS[subject_id])]


def reference_scene(subject_id: str, index: int) -> Scene:
    """The scene that one reference image shows."""
    seed = int.from_bytes(hashlib.sha256(f"reference/{subject_id}/{index}".encode()).digest()[:6])
    return random_scene(CAST[subject_id], seed)


def encode_png(image: Image.Image) -> bytes:
    """PNG bytes of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def write_references(folder: Path = MINIATURE_FOLDER) -> None:
    """Draw every subject's reference images into a folder, with the manifest of their SHA-256."""
    manifest = {}
    for subject_id in sorted(CAST):
        for index, image in enumerate(draw_references(subject_id)):
            name, data = f"{subject_id}/{index:02d}.png", encode_png(image)
            atomic_write_bytes(folder / name, data)
            manifest[name] = sha256_bytes(data)
    write_json(folder / MANIFEST, manifest)


if __name__ == "__main__":
    write_references()
