"""The benchmark's 25 prompts for objects and 25 for live subjects, verbatim from the dataset's prompts_and_classes.txt.

Source: google/dreambooth, commit 4f887af7970a06fc0cd3adaa1d0b368547d6a1d0. `{0}` is the identifier, `{1}` the class noun.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["object", "live"]
Family = Literal["recontextualisation", "accessory", "property"]

OBJECT_TEMPLATES: Final[tuple[str, ...]] = (
    "a {0} {1} in the jungle",
    "a {0} {1} in the snow",
    "a {0} {1} on the beach",
    "a {0} {1} on a cobblestone street",
    "a {0} {1} on top of pink fabric",
    "a {0} {1} on top of a wooden floor",
    "a {0} {1} with a city in the background",
    "a {0} {1} with a mountain in the background",
    "a {0} {1} with a blue house in the background",
    "a {0} {1} on top of a purple rug in a forest",
    "a {0} {1} with a wheat field in the background",
    "a {0} {1} with a tree and autumn leaves in the background",
    "a {0} {1} with the Eiffel Tower in the background",
    "a {0} {1} floating on top of water",
    "a {0} {1} floating in an ocean of milk",
    "a {0} {1} on top of green grass with sunflowers around it",
    "a {0} {1} on top of a mirror",
    "a {0} {1} on top of the sidewalk in a crowded street",
    "a {0} {1} on top of a dirt road",
    "a {0} {1} on top of a white rug",
    "a red {0} {1}",
    "a purple {0} {1}",
    "a shiny {0} {1}",
    "a wet {0} {1}",
    "a cube shaped {0} {1}",
)

LIVE_TEMPLATES: Final[tuple[str, ...]] = (
    "a {0} {1} in the jungle",
    "a {0} {1} in the snow",
    "a {0} {1} on the beach",
    "a {0} {1} on a cobblestone street",
    "a {0} {1} on top of pink fabric",
    "a {0} {1} on top of a wooden floor",
    "a {0} {1} with a city in the background",
    "a {0} {1} with a mountain in the background",
    "a {0} {1} with a blue house in the background",
    "a {0} {1} on top of a purple rug in a forest",
    "a {0} {1} wearing a red hat",
    "a {0} {1} wearing a santa hat",
    "a {0} {1} wearing a rainbow scarf",
    "a {0} {1} wearing a black top hat and a monocle",
    "a {0} {1} in a chef outfit",
    "a {0} {1} in a firefighter outfit",
    "a {0} {1} in a police outfit",
    "a {0} {1} wearing pink glasses",
    "a {0} {1} wearing a yellow shirt",
    "a {0} {1} in a purple wizard outfit",
    "a red {0} {1}",
    "a purple {0} {1}",
    "a shiny {0} {1}",
    "a wet {0} {1}",
    "a cube shaped {0} {1}",
)

_FIRST_PROPERTY = 20
_FIRST_ACCESSORY = 10  # of the live list; objects have recontextualisations up to the properties


@dataclass(frozen=True)
class Prompt:
    """One prompt of a kind's list: `index` is its place there (0..24), `family` what it asks for."""

    index: int
    kind: Kind
    template: str
    family: Family

    def text(self, class_noun: str, *, identifier: str | None = None) -> str:
        """The prompt for a class noun: "a dog in the snow", or with an identifier "a sks dog in the snow"."""
        if identifier is None:
            return self.template.replace("{0} ", "").format("", class_noun)
        return self.template.format(identifier, class_noun)

    @property
    def request(self) -> str:
        """What is asked of the subject, without the subject: "in the snow", "wearing a red hat", "cube shaped"."""
        return self.template.removeprefix("a ").replace("{0} {1}", "").strip()


def class_prompt(class_noun: str, *, identifier: str | None = None) -> str:
    """The bare prompt, "a dog" or "a sks dog": what DreamBooth trains on and what prior images are drawn from."""
    return f"a {class_noun}" if identifier is None else f"a {identifier} {class_noun}"


def _family(kind: Kind, index: int) -> Family:
    if index >= _FIRST_PROPERTY:
        return "property"
    return "accessory" if kind == "live" and index >= _FIRST_ACCESSORY else "recontextualisation"


_PROMPTS: Final[dict[Kind, tuple[Prompt, ...]]] = {
    "object": tuple(Prompt(i, "object", text, _family("object", i)) for i, text in enumerate(OBJECT_TEMPLATES)),
    "live": tuple(Prompt(i, "live", text, _family("live", i)) for i, text in enumerate(LIVE_TEMPLATES)),
}


def prompts_for(kind: Kind) -> tuple[Prompt, ...]:
    """The 25 prompts of a kind, in the official order."""
    return _PROMPTS[kind]
