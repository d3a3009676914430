"""Calibration: the real images against themselves under a protocol, beside the rows that were published for it.

With official weights this tells within a minute whether a set-up reproduces the field's anchor: a transform that is a little
off, another CLIP, or another way to pool shows here before it hides in a method's score.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.reading import declare, read_toml
from dreambench.benchmark.scoring.references import ReferenceFeatures, without_images
from dreambench.benchmark.scoring.summary import means_of
from dreambench.benchmark.scoring.tables import N_PAIRS
from dreambench.benchmark.scoring.yardsticks import SelfPairs, real_images
from dreambench.dataset.collection import Dataset
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.release import load_release
from dreambench.dataset.subjects import Subject

_FILE: Final = Path(__file__).parents[1] / "data" / "calibration.toml"
NearDuplicates = Literal["kept", "left_out"]


class Published(BaseModel):
    """A published Real Images row, and the built-in protocol that it is held against."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    protocol: str
    values: dict[str, float]
    """Metric's key in that protocol -> the mean, unscaled."""
    self_pairs: Literal["left_out", "counted", "unknown"]
    """Whether an image's cosine with itself counts in it, if the source says so."""
    near_duplicates: Literal["kept", "left_out", "unknown"]
    """Whether images that nearly repeat another one are in it, likewise."""

    def may_be(self, row: "RealRow") -> bool:
        """Whether the source may have counted as a row does."""
        ways = ((self.self_pairs, row.self_pairs), (self.near_duplicates, row.near_duplicates))
        return all(said in ("unknown", way) for said, way in ways)


class PublishedRows(BaseModel):
    """The published rows, and how far off still agrees."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerance: float = Field(gt=0)
    """A difference of cosines."""
    published: tuple[Published, ...]


@dataclass(frozen=True, eq=False)
class RealRow:
    """Real images against themselves, in one way of counting.

    Attributes:
        protocol: its name.
        self_pairs: whether an image's cosine with itself counts.
        near_duplicates: whether images that nearly repeat another one are in.
        n_images: that are compared.
        n_pairs: that are averaged.
        values: metric's key -> mean under the protocol's scale, of the metrics that real images have a value in; None where
            the suite lacks the encoder that the protocol is defined for.
    """

    protocol: str
    self_pairs: SelfPairs
    near_duplicates: NearDuplicates
    n_images: int
    n_pairs: int
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class Verdict:
    """A published row against the nearest of the rows that were computed for its protocol.

    Attributes:
        published: the row.
        agrees: within the tolerance in all metrics that both have; None where the two cannot be compared.
        sentence: what that means, or why they cannot be compared.
        nearest: the row it was held against.
        distance: the largest difference of cosines to it.
    """

    published: Published
    agrees: bool | None
    sentence: str
    nearest: RealRow | None = None
    distance: float | None = None


def published_real_images() -> PublishedRows:
    """The published rows that ship with the package."""
    return declare(PublishedRows, read_toml(_FILE), where=str(_FILE))


def near_duplicates(dataset: Dataset) -> frozenset[Path]:
    """Reference images that nearly repeat another one of their subject: known for the released photos, by their content."""
    release = load_release()
    files = {dataset.root / name: release.by_name[name].sha256 for name in release.near_duplicates}
    return frozenset(path for path, sha256 in files.items() if path.is_file() and sha256_file(path) == sha256)


def is_the_release(dataset: Dataset) -> bool:
    """Whether a dataset's reference images are the released photos, all of them and no others."""
    wanted = {dataset.root / image.name: image.sha256 for image in load_release().images}
    there = [path for subject in dataset.subjects for path in dataset.reference_paths(subject)]
    return set(there) == set(wanted) and all(sha256_file(path) == wanted[path] for path in there)


def real_rows(
    protocol: Protocol,
    subjects: Sequence[Subject],
    references: Mapping[str, ReferenceFeatures],
    *,
    left_out: Collection[Path],
) -> list[RealRow]:
    """The Real Images row of a protocol in each way of counting: self-pairs in or out, near-duplicates in or out.

    Args:
        protocol: under which.
        subjects: whose images.
        references: their embeddings, by subject id.
        left_out: the near-duplicates; with none, there are two rows instead of four.
    """
    rows = []
    ways: tuple[NearDuplicates, ...] = ("kept", "left_out") if left_out else ("kept",)
    for way in ways:
        features = references
        if way == "left_out":
            features = {subject: without_images(own, left_out) for subject, own in references.items()}
        for self_pairs in ("left_out", "counted"):
            scores = real_images(subjects, protocol, features, self_pairs=self_pairs)
            means = means_of(scores.subjects, scores.metrics, protocol.pooling)
            values = {info.key: means[info.key].mean for info in scores.metrics if info.averages == "pairs"}
            n_pairs = int(np.nansum(scores.subjects[N_PAIRS]))
            rows.append(RealRow(protocol.name, self_pairs, way, len(scores.images), n_pairs, values))
    return rows


def judge(published: Published, protocol: Protocol | None, rows: Sequence[RealRow], *, other_images: str | None) -> Verdict:
    """Hold a published row against those that were computed.

    Args:
        published: the row.
        protocol: that the rows were computed under; None where none that matches the published row was.
        rows: of that protocol.
        other_images: the dataset's name, if it is not the released photos that published rows are about.
    """
    apart = []
    if other_images is not None:
        apart.append(f"it is about the DreamBooth dataset's photos, not about '{other_images}'")
    if protocol is None:
        apart.append(f"the protocol {published.protocol} was not run")
    if protocol is None or apart:
        return Verdict(published, None, f"{published.name} is not comparable here: {', and '.join(apart)}.")
    tolerance = published_real_images().tolerance
    candidates = [row for row in rows if published.may_be(row)]
    distances = {row: distance for row in candidates if (distance := _distance(published, protocol, row)) is not None}
    if not distances:
        return Verdict(published, None, f"{published.name} is not comparable here: no subject has two images.")
    nearest = min(distances, key=lambda row: distances[row])
    distance = distances[nearest]
    agrees = distance <= tolerance
    return Verdict(published, agrees, _sentence(published, protocol, nearest, distance, agrees=agrees), nearest, distance)


def protocol_of(published: Published, protocols: Sequence[Protocol]) -> Protocol | None:
    """The protocol among some that a published row belongs to: the built-in one, whatever it is called there."""
    own = load_protocol(published.protocol)
    return next((protocol for protocol in protocols if protocol.measures_as(own)), None)


def _distance(published: Published, protocol: Protocol, row: RealRow) -> float | None:
    """The largest difference of cosines; None where the row has none of the published metrics."""
    return max((abs(mine - theirs) for _, mine, theirs in _measured(published, protocol, row)), default=None)


def _measured(published: Published, protocol: Protocol, row: RealRow) -> list[tuple[str, float, float]]:
    """The published metrics that a row has: label, its cosine, the published one."""
    labels = {info.key: info.label for info in protocol.infos()}
    return [
        (labels[key], mine / protocol.scale, theirs)
        for key, theirs in published.values.items()
        if (mine := row.values.get(key)) is not None
    ]


def _sentence(published: Published, protocol: Protocol, row: RealRow, distance: float, *, agrees: bool) -> str:
    measured = _measured(published, protocol, row)
    numbers = " and ".join(f"{label} {mine:.3f}" for label, mine, _ in measured)
    alone = "" if len(measured) == len(published.values) else " alone"
    ways = {"left_out": "left out", "counted": "counted", "kept": "kept"}
    how = f"self-pairs {ways[row.self_pairs]}, near-duplicates {ways[row.near_duplicates]}"
    theirs = f"{published.name} ({', '.join(f'{label} {value:.3f}' for label, _, value in measured)}{alone})"
    if agrees:
        return (
            f"{protocol.name} reproduces {theirs}: {numbers} with {how}, at most {distance:.3f} away. Weights, "
            "transforms, reference images and pooling are then the field's, and scores under it can stand beside published "
            "ones that were made so."
        )
    return (
        f"{protocol.name} does not reproduce {theirs}: the nearest way of counting ({how}) gives {numbers}, "
        f"{distance:.3f} away. Look for other weights first (random ones, another release), then for another transform; "
        "until this agrees, scores made with this set-up cannot stand beside published ones."
    )
