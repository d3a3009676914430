"""A unit of work, named by what its result depends on, and the manifest that says that it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from dreambench.dataset.files import write_json
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.inside import lies_inside
from dreambench.dataset.reading import NotRead, read_json

#: Raised when the layout of units or the meaning of a field changes, so that old units are not taken for new ones.
UNIT_FORMAT: Final = 1
#: Where a manifest's environment says in what arithmetic the unit was made.
TRAIN_PRECISION: Final = "train_precision"
SAMPLE_PRECISION: Final = "sample_precision"
#: There too: how many images were sampled at once, and how many should have been, where the memory was too small for that.
BATCH_SIZE: Final = "batch_size"
ASKED_BATCH_SIZE: Final = "batch_size_asked"
#: In a manifest's details, where all images of the subject look alike: the spread over them in grey levels.
ALL_ALIKE: Final = "all_images_alike"


@dataclass(frozen=True)
class Unit:
    """One subject's training and images.

    Attributes:
        subject: the subject's id.
        key: hashes all that the images depend on, see `runs.plan.unit_key`.
        images: the files that it makes, as manifests name them; None where nobody says.
        prior: the same for the prior images.
        precision: what its images must have been sampled in; None where the suite demands nothing.
    """

    subject: str
    key: str
    images: frozenset[str] | None = None
    prior: frozenset[str] | None = None
    precision: str | None = None

    def made(self, manifest: "UnitManifest") -> bool:
        """Whether a manifest is this unit's and lists the files that it makes, no fewer and no others."""
        return (
            (manifest.subject, manifest.key) == (self.subject, self.key)
            and (self.images is None or manifest.images.keys() == self.images)
            and (self.prior is None or manifest.prior.keys() == self.prior)
            and self.precision in (None, manifest.environment.get(SAMPLE_PRECISION))
        )


class UnitSeconds(BaseModel):
    """Seconds a unit took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: float
    """Preparing the subject: training, and its share of a group that is trained together."""
    sample: float
    """Sampling its images and prior images, and writing them."""


class UnitManifest(BaseModel):
    """What a finished unit made. It is written last, so a unit without one, or with another key, is not done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    """The unit's content hash."""
    subject: str
    """The subject's id."""
    images: dict[str, str]
    """Path below the run's folder -> SHA-256 of the PNG, generated images."""
    prior: dict[str, str]
    """The same for the prior images."""
    image_size: tuple[int, int] | None = None
    """Width and height of the images in pixels; None in manifests of version 0.1, and where there are no images."""
    losses: tuple[float, ...]
    """Training losses in order; empty for a method that does not train."""
    steps: int
    """Training steps."""
    references_seen: tuple[str, ...] | None = None
    """Names of the reference images that the method saw; None for all of the subject's. Not in the file where it is None."""
    details: dict[str, Any]
    """What the method recorded: identifier, token ids, initialiser and the like."""
    seconds: UnitSeconds
    """What it took."""
    peak_memory_bytes: int
    """Largest resident memory of the process that did the unit, up to its end."""
    peak_device_memory_bytes: int | None
    """Largest memory allocated on the GPU; None on a CPU."""
    environment: dict[str, Any]
    """Device, precision and library versions of the process that did the unit."""

    def files(self) -> dict[str, str]:
        """Every image's path and hash."""
        return {**self.images, **self.prior}


def write_manifest(path: Path, manifest: UnitManifest) -> None:
    """Write a manifest atomically: from this moment the unit is done."""
    neutral = {"references_seen"} if manifest.references_seen is None else None
    write_json(path, manifest.model_dump(mode="json", exclude=neutral))


def read_manifest(path: Path) -> UnitManifest | None:
    """The manifest at `path`, or None when there is none that can be read (the unit is then redone)."""
    try:
        return UnitManifest.model_validate(read_json(path, mend="mend its permissions."))
    except NotRead as error:
        if isinstance(error.__cause__, PermissionError):  # made anew, it could not be written either
            raise
        return None
    except ValidationError:
        return None


def damage(manifest: UnitManifest, root: Path) -> str | None:
    """What is wrong with a unit's files, in words, or None when every image is there with its recorded hash.

    Args:
        root: the run's folder.
    """
    return next(damages(manifest, root), None)


def damages(manifest: UnitManifest, root: Path) -> Iterator[str]:
    """All that is wrong with a unit's files, in words: files that are missing or changed, and links out of the run's folder."""
    for name, expected in manifest.files().items():
        path = root / name
        if not lies_inside(path, root):
            yield f"{name} leads out of the run's folder, where nothing is read"
        elif not path.is_file():
            yield f"{name} is missing"
        elif sha256_file(path) != expected:
            yield f"{name} was changed"
