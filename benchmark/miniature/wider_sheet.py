"""A sheet of what the renderer draws beyond the present models: one subject of each class noun in every material and style."""

from typing import Final

from PIL import Image, ImageDraw

from dreambench.dataset.miniature.canvas import SIZE
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.material_scenes import material_scene
from dreambench.dataset.miniature.materials import MATERIALS
from dreambench.dataset.miniature.scene import random_scene, render
from dreambench.dataset.miniature.statue import SCULPTOR
from dreambench.dataset.miniature.style_scenes import style_scene
from dreambench.dataset.miniature.styles import PAINTERS

_ZOOM: Final = 2
_CELL: Final = SIZE * _ZOOM
_LABEL: Final = 120


def wider_sheet(*, seed: int = 0) -> Image.Image:
    """A row a class noun: the subject as it is, of each material, by each artist; below, scenes for a corpus. RGB."""
    nouns = {look.class_noun: name for name, look in reversed(CAST.items())}
    columns = [None, *MATERIALS, *PAINTERS, SCULPTOR]
    pictures = [[_shown(name, word, seed + 3) for word in columns] for name in nouns.values()]
    drawn = [material_scene(index, seed=seed).scene for index in range(len(columns))]
    drawn += [style_scene(index, seed=seed).scene for index in range(2 * len(columns))]
    rows = pictures + [[render(scene) for scene in drawn[i * len(columns) : (i + 1) * len(columns)]] for i in range(3)]
    labels = [*nouns.values(), *("corpus",) * 3]
    sheet = Image.new("RGB", (_LABEL + _CELL * len(columns), 20 + _CELL * len(rows)), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for column, word in enumerate(columns):
        draw.text((_LABEL + _CELL * column + 4, 4), word or "as it is", fill=(0, 0, 0))
    for row, (label, images) in enumerate(zip(labels, rows, strict=True)):
        draw.text((4, 20 + _CELL * row + _CELL // 2), label, fill=(0, 0, 0))
        for column, image in enumerate(images):
            grown = image.resize((_CELL, _CELL), Image.Resampling.NEAREST)
            sheet.paste(grown, (_LABEL + _CELL * column, 20 + _CELL * row))
    return sheet


def _shown(name: str, word: str | None, seed: int) -> Image.Image:
    """The subject of a material or by an artist, whichever the word names."""
    change = word if word in MATERIALS else None
    return render(random_scene(CAST[name], seed, change=change, artist=None if change else word))
