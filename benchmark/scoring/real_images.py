"""Reference images under several protocols of one suite: each encoder is loaded and each image embedded once per transform."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.encoder import EncodersSpec
from dreambench.benchmark.declarations.protocol import NONE, Protocol
from dreambench.benchmark.encoders import ImageEncoder, embed_files
from dreambench.benchmark.encoders.loading import load_protocols_clip, load_protocols_dino
from dreambench.benchmark.scoring.references import ReferenceFeatures, compared_rows
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject

if TYPE_CHECKING:
    import torch

Which = Literal["dino", "clip"]


@dataclass(frozen=True)
class Prepared:
    """The reference images under one protocol.

    Attributes:
        references: by subject id. Where DINO is missing it is None, where CLIP is, it is NaN.
        fingerprints: encoder -> its fingerprint, of those that are there.
        missing: encoder -> why the suite's is not the protocol's.
    """

    references: Mapping[str, ReferenceFeatures]
    fingerprints: Mapping[Which, str]
    missing: Mapping[Which, str]


@dataclass(frozen=True)
class _Embedded:
    features: NDArray[np.float32]
    fingerprint: str


class ProtocolEncoders:
    """A suite's encoders, prepared for one protocol after another."""

    def __init__(
        self,
        spec: EncodersSpec,
        dataset: Dataset,
        subjects: Sequence[Subject],
        device: "torch.device | str",
        *,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Nothing is loaded yet; `say` is told what is going on."""
        self._spec, self._device, self._say = spec, device, say
        self._subjects = tuple(subjects)
        self._paths = [tuple(dataset.reference_paths(subject)) for subject in subjects]
        self._known: dict[tuple[object, ...], _Embedded] = {}

    def prepare(self, protocol: Protocol) -> Prepared:
        """Embed the reference images as a protocol wants them.

        Raises:
            UserError: the suite has none of the protocol's encoders, or the protocol fixes a reference image that is not
                there.
        """
        compared = [compared_rows(subject, own, protocol) for subject, own in zip(self._subjects, self._paths, strict=True)]
        there: dict[Which, _Embedded] = {}
        missing: dict[Which, str] = {}
        for which in _wanted(protocol):
            try:
                there[which] = self._embedded(which, protocol)
            except UserError as error:
                missing[which] = str(error)
        if not there:
            raise UserError(next(iter(missing.values())))
        references: dict[str, ReferenceFeatures] = {}
        start = 0
        for subject, own, rows in zip(self._subjects, self._paths, compared, strict=True):
            place = slice(start, start + len(own))
            nothing = np.full((len(own), 1), np.nan, dtype=np.float32)
            dino, clip = (there[which].features[place] if which in there else None for which in ("dino", "clip"))
            references[subject.id] = ReferenceFeatures(own, dino, nothing if clip is None else clip, rows)
            start += len(own)
        return Prepared(references, {which: each.fingerprint for which, each in there.items()}, missing)

    def _embedded(self, which: Which, protocol: Protocol) -> _Embedded:
        required = protocol.dino_architecture if which == "dino" else protocol.clip_architecture
        key = (which, required, protocol.dino if which == "dino" else protocol.clip)
        if key not in self._known:
            encoder = self._load(which, protocol)
            self._say(f"embedding the real images with {encoder.name}")
            (features,) = embed_files([path for own in self._paths for path in own], (encoder,))
            self._known[key] = _Embedded(features, encoder.fingerprint)
        return self._known[key]

    def _load(self, which: Which, protocol: Protocol) -> ImageEncoder:
        self._say(f"loading {which.upper()} for the protocol {protocol.name}")
        if which == "clip":
            return load_protocols_clip(self._spec, protocol, self._device)
        encoder = load_protocols_dino(self._spec, protocol, self._device)
        assert encoder is not None  # _wanted names DINO only where the protocol has one
        return encoder


def _wanted(protocol: Protocol) -> tuple[Which, ...]:
    return ("clip",) if protocol.dino == NONE else ("dino", "clip")
