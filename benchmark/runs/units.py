"""A unit of work, named by what its result depends on, and the manifest that says it is done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from dreambench.dataset.errors import UserError
from dreambench.dataset.files import write_json
from dreambench.dataset.hashing import sha256_file, sha256_json

#: Raised when the layout of units or the meaning of a field changes, so that old units are not taken for new ones.
UNIT_FORMAT: Final = 1


@dataclass(frozen=True)
class Unit:
    """One subject's training and images. `key` hashes all that the images depend on, and no run-time knob."""

    subject: str
    key: str


def unit_key(
    *,
    subject_id: str,
    class_noun: str,
    references_checksum: str,
    weights_hash: str | None,
    sampler: Mapping[str, Any],
    method: str,
    settings: Mapping[str, Any],
    seed: int,
    prompts: Mapping[int, str],
    images_per_prompt: int,
    prior_images: int,
    plugin: str | None,
) -> str:
    """SHA-256 of a unit's content, 64 hex digits. Device, batch size and number of workers are left out on purpose.

    Args:
        references_checksum: over the bytes of the subject's reference images.
        weights_hash: the base model's; None for a method that uses none.
        sampler: the suite's sampler settings as JSON.
        settings: the method's settings as JSON.
        prompts: index -> template of every prompt that is sampled.
        prior_images: samples of "a [class noun]" from the trained model; 0 for none.
        plugin: distribution and version of the method's plug-in, as `baselines.registry.method_plugin` gives them. None, for a
            built-in method, leaves the key as it was before there was this argument. A plug-in that is changed without a new
            version is not told apart.
    """
    return sha256_json(
        {
            "format": UNIT_FORMAT,
            "subject": subject_id,
            "class_noun": class_noun,
            "references": references_checksum,
            "weights": weights_hash,
            "sampler": dict(sampler),
            "method": method,
            "settings": dict(settings),
            "seed": seed,
            "prompts": {str(index): text for index, text in sorted(prompts.items())},
            "images_per_prompt": images_per_prompt,
            "prior_images": prior_images,
        }
        | ({} if plugin is None else {"plugin": plugin})
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
    losses: tuple[float, ...]
    """Training losses in order; empty for a method that does not train."""
    steps: int
    """Training steps."""
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
    write_json(path, manifest.model_dump(mode="json"))


def read_manifest(path: Path) -> UnitManifest | None:
    """The manifest at `path`, or None when there is none that can be read (the unit is then redone)."""
    try:
        return UnitManifest.model_validate(json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); mend its permissions.") from error
    except (ValidationError, ValueError, OSError):
        return None


def damage(manifest: UnitManifest, root: Path) -> str | None:
    """What is wrong with a unit's files, in words, or None when every image is there with its recorded hash.

    Args:
        root: the run's folder.
    """
    for name, expected in manifest.files().items():
        path = root / name
        if not path.is_file():
            return f"{name} is missing"
        if sha256_file(path) != expected:
            return f"{name} was changed"
    return None
