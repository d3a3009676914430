"""Protocols in words: what one does, and where two of them differ, a sentence for each thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dreambench.benchmark.declarations.encoder import EncoderRole
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.metrics import Metric


@dataclass(frozen=True)
class Aspect:
    """One thing that a protocol does.

    Attributes:
        about: what it is, in a word or two; two protocols are compared by it.
        phrase: what the protocol does, as a sentence without its subject and full stop.
        value: the same as JSON values, for programs.
    """

    about: str
    phrase: str
    value: Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that two protocols do differently: in a sentence, and as JSON values; empty for one that has no such thing."""

    about: str
    sentence: str
    first: Mapping[str, Any]
    second: Mapping[str, Any]


def describe(protocol: Protocol) -> list[str]:
    """What a protocol does, a sentence for each aspect."""
    return [f"It {aspect.phrase}." for aspect in aspects_of(protocol)]


def protocol_in_words(protocol: Protocol) -> list[str]:
    """All that there is to say of a protocol: its description and source, what it does, its notes."""
    source = [f"Source: {protocol.source}."] if protocol.source else []
    return [*filter(None, [protocol.description]), *source, *describe(protocol), *protocol.notes]


def differences(first: Protocol, second: Protocol) -> list[Difference]:
    """Where two protocols differ in what they do; names, descriptions, sources, notes and labels are no difference."""
    one, other = ({aspect.about: aspect for aspect in aspects_of(protocol)} for protocol in (first, second))
    found = []
    for about in [*one, *(about for about in other if about not in one)]:
        mine, theirs = one.get(about), other.get(about)
        if mine is not None and theirs is not None and mine.phrase == theirs.phrase and mine.value == theirs.value:
            continue
        if mine is not None and theirs is not None and mine.phrase == theirs.phrase:
            # two lists of references of which the phrase shows the beginning
            sentence = f"{first.name} and {second.name} fix other {about}: {_apart(first.references, second.references)}."
        else:
            phrases = [
                f"{protocol.name} {f'has no {about}' if aspect is None else aspect.phrase}"
                for protocol, aspect in ((first, mine), (second, theirs))
            ]
            sentence = f"{'; '.join(phrases)}."
        found.append(Difference(about, sentence, {} if mine is None else mine.value, {} if theirs is None else theirs.value))
    return found


def aspects_of(protocol: Protocol) -> list[Aspect]:
    """All that a protocol does: its encoders, what images are compared with, its metrics, and its policies."""
    whole = protocol.model_dump(mode="json", exclude={"metrics", "encoders"})

    def fields(*names: str) -> dict[str, Any]:
        return {name: whole[name] for name in names}

    found = []
    for role, encoder in protocol.encoders.items():
        record = encoder.model_dump(mode="json")
        found.append(
            Aspect(
                f"encoder {role}",
                _encoder(role, encoder),
                {name: record[name] for name in ("library", "architecture", "output", "positions")},
            )
        )
        found.append(Aspect(f"pictures for {role}", _pictures(role, encoder.transform), {"transform": record["transform"]}))
    found += [
        Aspect("reading", _READING[protocol.reading], fields("reading")),
        Aspect("reference images", _references(protocol), fields("references")),
        Aspect("pooling", _POOLING[protocol.pooling], fields("pooling")),
    ]
    if any("texts" in metric.needs for metric in protocol.metrics.values()):
        found.append(Aspect("text", _TEXT[protocol.text], fields("text")))
    found.append(Aspect("scale", _scale(protocol), fields("scale")))
    for key, metric in protocol.metrics.items():
        found.append(Aspect(f"metric {key}", _metric(key, metric), _values(metric)))
    if protocol.prior_images:
        found.append(Aspect("prior images", _priors(protocol), fields("prior_images")))
    found += [
        Aspect("images", _images(protocol), fields("images_per_prompt", "surplus_images")),
        Aspect("missing images", _MISSING[protocol.missing_images], fields("missing_images")),
        Aspect("precision", f"computes in {protocol.dtype}", fields("dtype")),
    ]
    return found


def _apart(first: object, second: object) -> str:
    """The subjects for which two lists name different reference images."""
    one, other = (dict(names) if isinstance(names, dict) else {} for names in (first, second))
    apart = [subject for subject in sorted(one.keys() | other.keys()) if one.get(subject) != other.get(subject)]
    shown = ", ".join(f"{subject} ({one.get(subject, 'none')} and {other.get(subject, 'none')})" for subject in apart[:5])
    return shown + (f" and {len(apart) - 5} more" if len(apart) > 5 else "")


_OUTPUT: Final = {
    "own": "",
    "cls": " (the CLS token after the final norm)",
    "pooled": " (what the network pools its tokens to)",
}


def _encoder(role: str, encoder: EncoderRole) -> str:
    what = _OUTPUT[encoder.output]
    resampled = ", its position embeddings resampled to the crop" if encoder.positions == "resampled" else ""
    if encoder.architecture is None:
        return f"takes whichever encoder the suite names as {role}{what}{resampled}"
    library = f" of {encoder.library}" if encoder.library else ""
    return f"is defined for {encoder.architecture}{library} as {role}{what}{resampled}"


def _pictures(role: str, transform: ImageTransform | str) -> str:
    if isinstance(transform, str):
        return f"prepares pictures for {role} as the model's own configuration says"
    size = transform.resize
    is_square = transform.aspect == "square"
    resized = f"{size} x {size} pixels whatever their shape" if is_square else f"a short side of {size} pixels"
    cut = f", cuts the central {transform.crop} x {transform.crop}"
    return (
        f"resizes pictures for {role} to {resized} ({transform.interpolation}, antialiased)"
        f"{'' if is_square and transform.crop == size else cut} and normalises with {_normalisation(transform)}"
    )


def _normalisation(transform: ImageTransform) -> str:
    if transform.mean == transform.std == "own":
        return "the model's own mean and std"
    mean, std = (
        "the model's own" if isinstance(values, str) else f"({', '.join(f'{value:g}' for value in values)})"
        for values in (transform.mean, transform.std)
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


_READING: Final = {
    "careful": "reads pictures with care: turned as EXIF says, the colour profile converted to sRGB, transparency laid on "
    "white, more than 8 bits scaled by their range",
    "convert_rgb": 'reads pictures as Pillow\'s convert("RGB") does: not turned, the colour profile ignored, the colour behind '
    "transparent pixels shown, more than 8 bits cut",
    "turned_on_white": "reads pictures turned as EXIF says, RGBA laid on white, the colour profile ignored, all else as "
    'Pillow\'s convert("RGB") does',
}
_POOLING: Final = {
    "micro": "averages over images",
    "macro": "averages over the subjects' means, so that every subject weighs the same",
    "pairs": "averages over all pairs of an image and a reference image (text similarity: over images), "
    "so that a subject with more references weighs more",
}
_TEXT: Final = {
    "without_identifier": 'compares images with the prompt without the identifier ("a dog in the snow")',
    "without_subject": 'compares images with the prompt without the subject ("a in the snow")',
}


def _scale(protocol: Protocol) -> str:
    return "leaves cosines unscaled" if protocol.scale == 1 else f"multiplies cosines by {protocol.scale:g}"


def _metric(key: str, metric: Metric) -> str:
    label = metric.info(key, scale=1.0).label
    space = f" with {metric.encoder}" if metric.encoder is not None else ""
    parameters = metric.parameters()
    more = f" ({', '.join(f'{name} = {value}' for name, value in parameters.items())})" if parameters else ""
    return f"measures {label} by {metric.name.replace('_', ' ')}{space}{more}"


def _values(metric: Metric) -> dict[str, Any]:
    return {"formula": metric.name, "encoder": metric.encoder, **metric.parameters()}


def _priors(protocol: Protocol) -> str:
    n = protocol.prior_images
    return f"takes {n} prior image{'' if n == 1 else 's'} a subject"


def _images(protocol: Protocol) -> str:
    n = protocol.images_per_prompt
    more = {"error": "refuses more", "ignore": "leaves out those beyond"}[protocol.surplus_images]
    return f"scores {n} image{'' if n == 1 else 's'} a prompt and {more}"


_MISSING: Final = {
    "error": "scores nothing where an image is missing",
    "skip": "averages over the rest where images are missing, and counts them",
}
