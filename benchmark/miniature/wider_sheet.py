"""A sheet of what the renderer draws beyond the present models: a subject of each class noun as asked for."""

from typing import Final

from PIL import Image, ImageDraw

from dreambench.dataset.miniature.canvas import SIZE
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.crosses import SPECIES
from dreambench.dataset.miniature.materials import MATERIALS
from dreambench.dataset.miniature.ordinary_words import WORD_MEANINGS
from dreambench.dataset.miniature.requests import Request
from dreambench.dataset.miniature.scene import render
from dreambench.dataset.miniature.statue import SCULPTOR
from dreambench.dataset.miniature.styles import PAINTERS
from dreambench.dataset.miniature.views import VIEW_PHRASES, VIEWS
from dreambench.dataset.miniature.wider_scenes import requested_scene, wider_scene

_ZOOM: Final = 2
_CELL: Final = SIZE * _ZOOM
_LABEL: Final = 120
_CORPUS_ROWS: Final = 4
_COLUMNS: Final[dict[str, Request]] = {
    "as it is": Request(),
    **{view: Request(view=view) for view in VIEW_PHRASES},
    **{color: Request(change=color) for color in ("blue", "yellow")},
    **{material: Request(change=material) for material in MATERIALS},
    **{artist: Request(artist=artist) for artist in (*PAINTERS, SCULPTOR)},
    **{word: Request(word=word) for word in WORD_MEANINGS},
}


def wider_sheet(*, seed: int = 0) -> Image.Image:
    """A row a class noun, white where it has no such view; then crossed dogs, then scenes of a corpus. RGB."""
    nouns = {look.class_noun: name for name, look in reversed(CAST.items())}
    rows = {name: [_shown(name, request, seed + 3) for request in _COLUMNS.values()] for name in nouns.values()}
    dogs = [name for name, look in CAST.items() if look.class_noun == "dog"]
    rows |= {f"and a {species}": [_shown(dog, Request(cross=species), seed + 3) for dog in dogs] for species in SPECIES}
    for row in range(_CORPUS_ROWS):
        start = row * len(_COLUMNS)
        rows[f"corpus {row + 1}"] = [render(wider_scene(start + i, seed=seed).scene) for i in range(len(_COLUMNS))]
    sheet = Image.new("RGB", (_LABEL + _CELL * len(_COLUMNS), 20 + _CELL * len(rows)), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for column, label in enumerate(_COLUMNS):
        draw.text((_LABEL + _CELL * column + 4, 4), label, fill=(0, 0, 0))
    for row, (label, images) in enumerate(rows.items()):
        draw.text((4, 20 + _CELL * row + _CELL // 2), label, fill=(0, 0, 0))
        for column, image in enumerate(images):
            if image:
                grown = image.resize((_CELL, _CELL), Image.Resampling.NEAREST)
                sheet.paste(grown, (_LABEL + _CELL * column, 20 + _CELL * row))
    return sheet


def _shown(name: str, request: Request, seed: int) -> Image.Image | None:
    """The subject as it is asked for, or nothing where its class has no such view."""
    if request.view and CAST[name].class_noun not in VIEWS[request.view]:
        return None
    return render(requested_scene(request, CAST[name], seed))
