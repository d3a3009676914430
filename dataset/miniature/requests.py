"""What a prompt of the paper's applications asks for, as parts, and how it is told in that prompt's words."""

from dataclasses import dataclass
from typing import Final

from dreambench.dataset.miniature.accessories import ACCESSORIES
from dreambench.dataset.miniature.contexts import CONTEXTS
from dreambench.dataset.miniature.crosses import CROSSED_NOUN, SPECIES
from dreambench.dataset.miniature.materials import AFTER_THE_NOUN, MATERIALS
from dreambench.dataset.miniature.ordinary_words import ORDINARY_WORDS
from dreambench.dataset.miniature.properties import PROPERTIES
from dreambench.dataset.miniature.statue import SCULPTOR
from dreambench.dataset.miniature.styles import PAINTERS
from dreambench.dataset.miniature.views import VIEWS

LIVE_NOUNS: Final = ("cat", "dog")


@dataclass(frozen=True)
class Request:
    """Phrases of the prompts, None where one asks for nothing of that sort; `word` is one of `ORDINARY_WORDS`."""

    context: str | None = None
    accessory: str | None = None
    change: str | None = None
    artist: str | None = None
    word: str | None = None
    cross: str | None = None
    view: str | None = None


def told(request: Request, class_noun: str) -> str:
    """The prompt without an identifier: "a painting of a dog in the style of Rembrandt"."""
    after = request.change in AFTER_THE_NOUN
    before = [request.word, None if after else request.change]
    behind = [request.change if after else None, request.accessory, request.view, request.context]
    shown = " ".join(part for part in ("a", *before, class_noun, *behind) if part)
    if request.cross:
        return " ".join(part for part in (f"a cross of a {class_noun} and a {request.cross}", request.context) if part)
    if request.artist:
        work = "statue" if request.artist == SCULPTOR else "painting"
        return f"a {work} of {shown} in the style of {request.artist}"
    return shown


def requests_by_family(class_noun: str) -> dict[str, tuple[Request, ...]]:
    """All that the renderer can be asked for a class, one part at a time, by the prompts' families and "word"."""
    families = {
        "recontextualisation": tuple(Request(context=phrase) for phrase in CONTEXTS),
        "style": tuple(Request(artist=artist) for artist in (*PAINTERS, SCULPTOR)),
        "property": tuple(Request(change=phrase) for phrase in (*PROPERTIES, *MATERIALS)),
        "word": tuple(Request(word=word) for word in ORDINARY_WORDS),
    }
    if views := tuple(Request(view=phrase) for phrase, drawn in VIEWS.items() if class_noun in drawn):
        families["view"] = views
    if class_noun in LIVE_NOUNS:
        families["accessory"] = tuple(Request(accessory=phrase) for phrase in ACCESSORIES)
    if class_noun == CROSSED_NOUN:
        families["cross"] = tuple(Request(cross=species) for species in SPECIES)
    return families
