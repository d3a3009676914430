"""Reference images under several protocols of one suite: each encoder is loaded and each image embedded once per transform."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.encoder import EncoderSpecs
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import embed_files, load_encoders, needed_roles
from dreambench.benchmark.scoring.references import ReferenceFeatures, compared_rows
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class ReferenceSet:
    """The reference images under one protocol.

    Attributes:
        references: by subject id, with the embeddings of the encoders that are there.
        fingerprints: encoder's role -> its fingerprint, of those that are there.
        missing: encoder's role -> why the suite's is not the protocol's.
    """

    references: Mapping[str, ReferenceFeatures]
    fingerprints: Mapping[str, str]
    missing: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class _Embedded:
    features: NDArray[np.float32]
    fingerprint: str


class ReferenceSets:
    """A suite's reference images, embedded for one protocol after another."""

    def __init__(
        self,
        specs: EncoderSpecs,
        dataset: Dataset,
        subjects: Sequence[Subject],
        device: "torch.device | str",
        *,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Nothing is loaded yet; `say` is told what is going on."""
        self._specs, self._device, self._say = specs, device, say
        self._subjects = tuple(subjects)
        self._paths = [tuple(dataset.reference_paths(subject)) for subject in subjects]
        self._known: dict[str, _Embedded] = {}

    def under(self, protocol: Protocol) -> ReferenceSet:
        """Embed the reference images as the metrics want them that real images have a value in.

        Raises:
            UserError: the suite has none of the protocol's encoders, or the protocol fixes a reference image that is not
                there.
        """
        compared = [compared_rows(subject, own, protocol) for subject, own in zip(self._subjects, self._paths, strict=True)]
        there: dict[str, _Embedded] = {}
        missing: dict[str, str] = {}
        of_pairs = protocol.only(key for key, metric in protocol.metrics.items() if metric.averages == "pairs")
        for role in needed_roles(of_pairs):
            try:
                there[role] = self._embedded(role, of_pairs)
            except UserError as error:
                missing[role] = str(error)
        if not there:
            raise UserError(next(iter(missing.values()), f"The protocol '{protocol.name}' compares no images with others."))
        references: dict[str, ReferenceFeatures] = {}
        start = 0
        for subject, own, rows in zip(self._subjects, self._paths, compared, strict=True):
            mine = slice(start, start + len(own))
            vectors = {role: embedded.features[mine] for role, embedded in there.items()}
            references[subject.id] = ReferenceFeatures(own, vectors, rows)
            start += len(own)
        return ReferenceSet(references, {role: embedded.fingerprint for role, embedded in there.items()}, missing)

    def _embedded(self, role: str, protocol: Protocol) -> _Embedded:
        key = f"{role} {protocol.reading} {protocol.encoders[role].model_dump_json()}"
        if key not in self._known:
            self._say(f"loading {role} for the protocol {protocol.name}")
            one = protocol.only(key for key, metric in protocol.metrics.items() if metric.encoder == role)
            encoder = load_encoders(self._specs, one, self._device).embedding[role]
            self._say(f"embedding the real images with {encoder.name}")
            (features,) = embed_files([path for own in self._paths for path in own], (encoder,), reading=protocol.reading)
            self._known[key] = _Embedded(features, encoder.fingerprint)
        return self._known[key]
