"""Protocols in words: what one does, and where two of them differ, a sentence for each thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from dreambench.benchmark.declarations.protocol import NONE, Protocol
from dreambench.benchmark.declarations.transform import ImageTransform


@dataclass(frozen=True)
class Aspect:
    """One thing that protocols can do differently.

    Attributes:
        about: what it is, in a word or two.
        fields: the protocol's fields that it speaks of.
        phrase: what a protocol does, as a sentence without its subject and full stop; None where it has nothing to do there
            (another aspect says so).
    """

    about: str
    fields: tuple[str, ...]
    phrase: Callable[[Protocol], str | None]


@dataclass(frozen=True)
class Difference:
    """One thing that two protocols do differently: in a sentence, and field by field as JSON values."""

    about: str
    sentence: str
    first: Mapping[str, object]
    second: Mapping[str, object]


def describe(protocol: Protocol) -> list[str]:
    """What a protocol does, a sentence for each aspect."""
    phrases = (aspect.phrase(protocol) for aspect in ASPECTS)
    return [f"It {phrase}." for phrase in phrases if phrase is not None]


def protocol_in_words(protocol: Protocol) -> list[str]:
    """All that there is to say of a protocol: its description and source, what it does, its notes."""
    source = [f"Source: {protocol.source}."] if protocol.source else []
    return [*filter(None, [protocol.description]), *source, *describe(protocol), *protocol.notes]


def differences(first: Protocol, second: Protocol) -> list[Difference]:
    """Where two protocols differ in what they do; names, descriptions, sources and notes are no difference."""
    one, other = first.model_dump(mode="json"), second.model_dump(mode="json")
    found = []
    for aspect in ASPECTS:
        phrases = aspect.phrase(first), aspect.phrase(second)
        values = [{key: each[key] for key in aspect.fields} for each in (one, other)]
        if None in phrases or (phrases[0] == phrases[1] and values[0] == values[1]):
            continue
        if phrases[0] != phrases[1]:
            sentence = f"{first.name} {phrases[0]}; {second.name} {phrases[1]}."
        else:  # two lists of references of which the phrase shows the beginning
            sentence = (
                f"{first.name} and {second.name} fix other {aspect.about}: {_apart(first.references, second.references)}."
            )
        found.append(Difference(aspect.about, sentence, values[0], values[1]))
    return found


def _apart(first: object, second: object) -> str:
    """The subjects for which two lists name different reference images."""
    one, other = (dict(each) if isinstance(each, dict) else {} for each in (first, second))
    apart = [subject for subject in sorted(one.keys() | other.keys()) if one.get(subject) != other.get(subject)]
    shown = ", ".join(f"{subject} ({one.get(subject, 'none')} and {other.get(subject, 'none')})" for subject in apart[:5])
    return shown + (f" and {len(apart) - 5} more" if len(apart) > 5 else "")


def _dino(protocol: Protocol) -> str:
    if protocol.dino == NONE:
        return "has no DINO"
    if protocol.dino_architecture is None:
        return "takes whichever DINO the suite names (the CLS token after the final norm)"
    return f"is defined for DINO {protocol.dino_architecture} (the CLS token after the final norm)"


def _dino_pictures(protocol: Protocol) -> str | None:
    return None if isinstance(protocol.dino, str) else _transform("DINO", protocol.dino)


def _clip(protocol: Protocol) -> str:
    if protocol.clip_architecture is None:
        return "takes whichever CLIP the suite names"
    return f"is defined for CLIP {protocol.clip_architecture}"


def _clip_pictures(protocol: Protocol) -> str:
    if isinstance(protocol.clip, str):
        return "prepares pictures for CLIP as the model's own configuration says"
    return _transform("CLIP", protocol.clip)


def _transform(encoder: str, transform: ImageTransform) -> str:
    size = transform.resize
    is_square = transform.aspect == "square"
    resized = f"{size} x {size} pixels whatever their shape" if is_square else f"a short side of {size} pixels"
    cut = f", cuts the central {transform.crop} x {transform.crop}"
    return (
        f"resizes pictures for {encoder} to {resized} ({transform.interpolation}, antialiased)"
        f"{'' if is_square and transform.crop == size else cut} and normalises with {_normalisation(transform)}"
    )


def _normalisation(transform: ImageTransform) -> str:
    if transform.mean == transform.std == "own":
        return "the model's own mean and std"
    mean, std = (
        "the model's own" if isinstance(each, str) else f"({', '.join(f'{value:g}' for value in each)})"
        for each in (transform.mean, transform.std)
    )
    return f"mean {mean} and std {std}"


def _references(protocol: Protocol) -> str:
    match protocol.references:
        case "all":
            return "compares an image with all reference images of its subject"
        case "first":
            return "compares an image with the first reference image of its subject only"
        case named:
            some = ", ".join(f"{subject} {name}" for subject, name in sorted(named.items())[:3])
            more = f" and so on for {len(named)} subjects" if len(named) > 3 else ""
            return f"compares an image with one fixed reference image of its subject only ({some}{more})"


_POOLING: Final = {
    "micro": "averages over images",
    "macro": "averages over the subjects' means, so that every subject weighs the same",
    "pairs": "averages over all pairs of an image and a reference image (CLIP-T: over images), "
    "so that a subject with more references weighs more",
}
_TEXT: Final = {
    "without_identifier": 'has CLIP-T read the prompt without the identifier ("a dog in the snow")',
    "without_subject": 'has CLIP-T read the prompt without the subject ("a in the snow")',
}


def _scale(protocol: Protocol) -> str:
    if protocol.scale == 1:
        return "leaves scores unscaled"
    return f"multiplies DINO, CLIP-I, CLIP-T and PRES by {protocol.scale:g}"


def _clip_t(protocol: Protocol) -> str:
    times = "" if protocol.clip_t_scale == 1 else f" times {protocol.clip_t_scale:g}"
    below = ", a negative cosine counting as 0" if protocol.clip_t_below_zero == "zero" else ""
    return f"takes for CLIP-T the cosine of image and text{times}{below}"


def _images(protocol: Protocol) -> str:
    n = protocol.images_per_prompt
    more = {"error": "refuses more", "ignore": "leaves out those beyond"}[protocol.surplus_images]
    return f"scores {n} image{'' if n == 1 else 's'} a prompt and {more}"


_MISSING: Final = {
    "error": "scores nothing where an image is missing",
    "skip": "averages over the rest where images are missing, and counts them",
}


def _pres(protocol: Protocol) -> str:
    if not protocol.prior_images:
        return "has no PRES"
    return f"measures PRES on {protocol.prior_images} prior image{'' if protocol.prior_images == 1 else 's'} a subject"


_DIV: Final = {
    "lpips": "measures DIV as LPIPS between the images of a prompt",
    "dino": "measures DIV as the cosine distance in DINO's space between the images of a prompt",
    "none": "has no DIV",
}

ASPECTS: Final[tuple[Aspect, ...]] = (
    Aspect("DINO", ("dino_architecture",), _dino),
    Aspect("DINO's pictures", ("dino",), _dino_pictures),
    Aspect("CLIP", ("clip_architecture",), _clip),
    Aspect("CLIP's pictures", ("clip",), _clip_pictures),
    Aspect("reference images", ("references",), _references),
    Aspect("pooling", ("pooling",), lambda protocol: _POOLING[protocol.pooling]),
    Aspect("text", ("text",), lambda protocol: _TEXT[protocol.text]),
    Aspect("scale", ("scale",), _scale),
    Aspect("CLIP-T", ("clip_t_scale", "clip_t_below_zero"), _clip_t),
    Aspect("images", ("images_per_prompt", "surplus_images"), _images),
    Aspect("missing images", ("missing_images",), lambda protocol: _MISSING[protocol.missing_images]),
    Aspect("PRES", ("prior_images",), _pres),
    Aspect("DIV", ("div",), lambda protocol: _DIV[protocol.div]),
    Aspect("precision", ("dtype",), lambda protocol: f"computes in {protocol.dtype}"),
)
