"""Prompts, and the benchmark's own: 25 for objects and 25 for live subjects, verbatim from its prompts_and_classes.txt.

Source: google/dreambooth, commit 4f887af7970a06fc0cd3adaa1d0b368547d6a1d0. `{0}` is the identifier, `{1}` the class noun.

The lists here are what a dataset has that brings none of its own. Whoever needs prompts asks a `Dataset` for them, or takes
those that a finished run has recorded.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dreambench.dataset.kinds import NO_FAMILY, Family, Kind

#: Where the subject stands in a template.
SUBJECT_FIELDS: Final = "{0} {1}"
#: Prompts of one kind, at most: their numbers have three digits.
MAX_PROMPTS: Final = 1_000
MAX_TEMPLATE: Final = 500

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
_ARTICLES: Final = frozenset({"a", "an", "the"})


def _one_subject(template: str) -> str:
    before, found, after = template.partition(SUBJECT_FIELDS)
    if not found or set("{}") & set(before + after):
        raise ValueError(f"a prompt names the subject once, as {SUBJECT_FIELDS}, and has no other braces")
    if not template.isprintable():
        raise ValueError("a prompt is one line of characters that can be printed")
    return template


#: A prompt's text as it is stored; the pattern is for readers of JSON schemas.
Template = Annotated[
    str,
    Field(max_length=MAX_TEMPLATE, json_schema_extra={"pattern": r"^[^{}]*\{0\} \{1\}[^{}]*$"}),
    AfterValidator(_one_subject),
]


class Prompt(BaseModel):
    """One prompt of a kind's list. `model_dump()` is its record in summary.json, `model_validate()` reads it back."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Kind
    """Of the subjects that it is for."""
    index: Annotated[int, Field(ge=0, lt=MAX_PROMPTS)]
    """Its place in the kind's list, from 0; it names folders of images."""
    template: Template
    """The text with `{0}` for the identifier and `{1}` for the class noun: "a {0} {1} in the snow"."""
    family: Family = NO_FAMILY
    """What it asks for."""
    class_nouns: tuple[str, ...] = Field(default=(), exclude_if=lambda nouns: not nouns)
    """It is asked of subjects of these class nouns alone; empty, and then not in the record: of all subjects of the kind."""

    def is_for(self, class_noun: str) -> bool:
        """Whether a subject of the kind is asked it."""
        return not self.class_nouns or class_noun in self.class_nouns

    def text(self, class_noun: str, *, identifier: str | None = None) -> str:
        """The prompt for a class noun: "a dog in the snow", or with an identifier "a sks dog in the snow"."""
        subject = class_noun if identifier is None else f"{identifier} {class_noun}"
        return self.template.replace(SUBJECT_FIELDS, subject)

    @property
    def request(self) -> str:
        """What is asked of the subject, without the subject: "in the snow", "wearing a red hat", "cube shaped"."""
        before, _, after = self.template.partition(SUBJECT_FIELDS)
        words = before.split()
        if words and words[0].lower() in _ARTICLES:
            words = words[1:]
        if words and words[-1].lower() in _ARTICLES:
            words = words[:-1]
        return " … ".join(part for part in (" ".join(words), after.strip(" ,.")) if part) or "nothing more"


def class_prompt(class_noun: str, *, identifier: str | None = None) -> str:
    """The bare prompt, "a dog" or "a sks dog": what DreamBooth trains on and what prior images are drawn from."""
    return f"a {class_noun}" if identifier is None else f"a {identifier} {class_noun}"


def _family(kind: Kind, index: int) -> Family:
    if index >= _FIRST_PROPERTY:
        return "property"
    return "accessory" if kind == "live" and index >= _FIRST_ACCESSORY else "recontextualisation"


def _official(kind: Kind, templates: tuple[str, ...]) -> tuple[Prompt, ...]:
    return tuple(
        Prompt(kind=kind, index=index, template=text, family=_family(kind, index)) for index, text in enumerate(templates)
    )


_PROMPTS: Final[dict[Kind, tuple[Prompt, ...]]] = {
    "object": _official("object", OBJECT_TEMPLATES),
    "live": _official("live", LIVE_TEMPLATES),
}
#: Both lists: what a run was asked whose summary is from before summaries had prompts.
OFFICIAL_PROMPTS: Final[tuple[Prompt, ...]] = tuple(prompt for prompts in _PROMPTS.values() for prompt in prompts)


def prompts_for(kind: Kind) -> tuple[Prompt, ...]:
    """The 25 prompts of a kind, in the official order; a dataset's own door to them, `Dataset.prompts_of` is everybody's."""
    return _PROMPTS[kind]
