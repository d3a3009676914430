"""Protocols: how images become numbers, declared in TOML; two scores compare only if their protocols' fingerprints agree."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchmark.declarations import declare, read_toml, suggest
from benchmark.encoders.transforms import ImageTransform
from benchmark.metrics.registry import Divergence
from dataset.errors import UserError
from dataset.hashing import sha256_json

FINGERPRINT_LENGTH: Final = 12
_FOLDER: Final = Path(__file__).parent / "data" / "protocols"
_DESCRIPTIVE: Final = frozenset({"name", "description", "source"})


class Protocol(BaseModel):
    """Everything about scoring that moves the numbers, except the encoders' weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    source: str = ""
    """Where the protocol is taken from: a paper, a repository."""
    dino: ImageTransform
    """What DINO sees; its embedding is the CLS token after the final norm."""
    clip: ImageTransform | Literal["own"] = "own"
    """What CLIP sees; "own" is the preprocessing in the model's configuration."""
    references: Literal["all", "first"] = "all"
    """Which reference images a generated image is compared with."""
    pooling: Literal["micro", "macro"] = "micro"
    """The mean over images (micro), or over the subjects' means (macro). They agree when every subject has as many images."""
    text: Literal["without_identifier"] = "without_identifier"
    """The prompt CLIP-T reads: "a dog in the snow"."""
    scale: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """What DINO, CLIP-I, CLIP-T and PRES are multiplied by. DIV is a distance and is not."""
    images_per_prompt: int = Field(default=4, ge=1)
    prior_images: int = Field(default=8, ge=0)
    """Prior images a subject, for PRES; 0 leaves PRES out."""
    div: Divergence
    """How two images of one prompt are compared: LPIPS as in the paper, or a cosine distance in DINO's space."""
    missing_images: Literal["error"] = "error"
    dtype: Literal["float32"] = "float32"
    """What the encoders compute in; TF32 is switched off too."""


def protocol_names() -> tuple[str, ...]:
    """The built-in protocols, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_protocol(name_or_path: str | Path) -> Protocol:
    """A built-in protocol by name, or a user's by the path of its TOML file.

    Raises:
        UserError: there is no such protocol, or the file does not declare one.
    """
    if str(name_or_path) in protocol_names():
        path = _FOLDER / f"{name_or_path}.toml"
    else:
        path = Path(name_or_path).expanduser()
        if path.suffix != ".toml" or not path.is_file():
            raise UserError(
                f"There is no protocol '{name_or_path}'; {suggest(str(name_or_path), protocol_names())} "
                "A protocol of your own is given by the path of its .toml file."
            )
    return declare(Protocol, read_toml(path), where=str(path))


def fingerprint(protocol: Protocol, dino_hash: str, clip_hash: str) -> str:
    """Twelve hex digits over all that moves the numbers; the protocol's name and descriptions do not.

    Args:
        protocol: whose fields are hashed.
        dino_hash: the DINO encoder's `fingerprint`, which covers its weights and its resolved transform.
        clip_hash: the CLIP encoder's.
    """
    fields = protocol.model_dump(mode="json", exclude=set(_DESCRIPTIVE))
    return sha256_json({"protocol": fields, "dino": dino_hash, "clip": clip_hash})[:FINGERPRINT_LENGTH]
