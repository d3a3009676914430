"""A sheet of what the renderer draws beyond the present models: one subject of each class noun in every material."""

from typing import Final

from PIL import Image, ImageDraw

from dreambench.dataset.miniature.canvas import SIZE
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.material_scenes import material_scene
from dreambench.dataset.miniature.materials import MATERIALS
from dreambench.dataset.miniature.scene import random_scene, render

_ZOOM: Final = 2
_CELL: Final = SIZE * _ZOOM
_LABEL: Final = 120


def material_sheet(*, seed: int = 0) -> Image.Image:
    """A row a class noun: the subject as it is, then of each material; below, scenes drawn for a corpus. RGB."""
    nouns = {look.class_noun: name for name, look in reversed(CAST.items())}
    columns = [None, *MATERIALS]
    pictures = [[render(random_scene(CAST[name], seed + 3, change=change)) for change in columns] for name in nouns.values()]
    drawn = [material_scene(index, seed=seed).scene for index in range(3 * len(columns))]
    rows = pictures + [[render(scene) for scene in drawn[i::3]] for i in range(3)]
    labels = [*nouns.values(), *("corpus",) * 3]
    sheet = Image.new("RGB", (_LABEL + _CELL * len(columns), 20 + _CELL * len(rows)), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for column, change in enumerate(columns):
        draw.text((_LABEL + _CELL * column + 4, 4), change or "as it is", fill=(0, 0, 0))
    for row, (label, images) in enumerate(zip(labels, rows, strict=True)):
        draw.text((4, 20 + _CELL * row + _CELL // 2), label, fill=(0, 0, 0))
        for column, image in enumerate(images):
            grown = image.resize((_CELL, _CELL), Image.Resampling.NEAREST)
            sheet.paste(grown, (_LABEL + _CELL * column, 20 + _CELL * row))
    return sheet
