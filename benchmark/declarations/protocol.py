"""Protocols: how images become numbers, declared in TOML; two scores compare only if their protocols' fingerprints agree."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dreambench.benchmark.declarations.reading import declare, read_toml, suggest
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.metrics.registry import METRIC_KEYS, Divergence
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json

FINGERPRINT_LENGTH: Final = 12
NONE: Final = "none"
TextForm = Literal["without_identifier", "without_subject"]
Pooling = Literal["micro", "macro", "pairs"]
_FOLDER: Final = Path(__file__).parents[1] / "data" / "protocols"
#: Words for readers, and the two conditions that are checked when encoders are loaded: an encoder's own fingerprint
#: says which architecture made a number, so naming it beforehand moves none.
_MOVES_NOTHING: Final = frozenset({"name", "description", "source", "notes", "dino_architecture", "clip_architecture"})
_MADE_WITH_DINO: Final = frozenset({"dino", "pres", "identification", "copy_index"})
_PlainName = Annotated[str, Field(pattern=r"^[^/\\]+$")]


class Protocol(BaseModel):
    """Everything about scoring that moves the numbers, except the encoders' weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    source: str = ""
    """Where the protocol is taken from: a paper, a repository's script."""
    notes: tuple[str, ...] = ()
    """What a reader has to know besides: where it departs from others or from its own source, and what is unknown."""
    dino_architecture: str | None = None
    """timm's name of the DINO that the protocol is defined for ("vit_small_patch16_224"); left out, any goes."""
    clip_architecture: str | None = None
    """open_clip's name of the CLIP that the protocol is defined for ("ViT-B-32-quickgelu"); left out, any goes."""
    dino: ImageTransform | Literal["none"]
    """What DINO sees; its embedding is the CLS token after the final norm. "none": the protocol has no DINO."""
    clip: ImageTransform | Literal["own"] = "own"
    """What CLIP sees; "own" is the preprocessing in the model's configuration."""
    references: Literal["all", "first"] | dict[str, _PlainName] = "all"
    """Which reference images a generated image is compared with: all of its subject's, the first by name, or one named for
    each subject (subject = "file name, with or without its ending")."""
    pooling: Pooling = "micro"
    """The mean over images (micro), over the subjects' means (macro), or over all pairs of an image and a reference image
    (pairs: a subject with more references weighs more; CLIP-T, which has no pairs, is then a mean over images). The first
    two agree when every subject has as many images."""
    text: TextForm = "without_identifier"
    """The prompt CLIP-T reads: "a dog in the snow", or "without_subject" "a in the snow", which is what is left when a word
    that stands for the whole subject is taken out."""
    scale: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """What DINO, CLIP-I, CLIP-T and PRES are multiplied by. DIV is a distance and is not."""
    clip_t_scale: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """What CLIP-T is multiplied by besides: CLIPScore's 2.5."""
    clip_t_below_zero: Literal["keep", "zero"] = "keep"
    """Whether a negative CLIP-T cosine counts as it is, or as 0."""
    images_per_prompt: int = Field(default=4, ge=1)
    surplus_images: Literal["error", "ignore"] = "error"
    """What becomes of images beyond `images_per_prompt`: they are refused, or left out ("the first 4")."""
    missing_images: Literal["error", "skip"] = "error"
    """What becomes of images that are not there: nothing is scored, or the mean is over the rest and the summary counts
    what is missing."""
    prior_images: int = Field(default=8, ge=0)
    """Prior images a subject, for PRES; 0 leaves PRES out."""
    div: Literal[Divergence, "none"]
    """How two images of one prompt are compared: LPIPS as in the paper, a cosine distance in DINO's space, or not at all."""
    dtype: Literal["float32"] = "float32"
    """What the encoders compute in; TF32 is switched off too."""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.dino == NONE:
            if self.div == "dino":
                raise ValueError('div = "dino" needs DINO, which dino = "none" leaves out; set div = "none" or "lpips"')
            if self.prior_images:
                raise ValueError('prior_images must be 0 where dino = "none": PRES needs DINO')
            if self.dino_architecture is not None:
                raise ValueError('dino_architecture needs DINO, which dino = "none" leaves out; remove it')
        if self.references == {}:
            raise ValueError('references names no image; give subject = "file name", or references = "all" or "first"')
        return self

    @property
    def metrics(self) -> tuple[str, ...]:
        """The keys of the metrics that the protocol defines, in the order of tables; the others have no value under it."""
        absent = set(_MADE_WITH_DINO) if self.dino == NONE else set()
        absent |= {key for key, is_there in (("pres", self.prior_images > 0), ("div", self.div != NONE)) if not is_there}
        return tuple(key for key in METRIC_KEYS if key not in absent)

    def moving_fields(self) -> dict[str, Any]:
        """The fields that can move a number, as JSON values: neither words nor conditions."""
        return self.model_dump(mode="json", exclude=set(_MOVES_NOTHING))


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


def fingerprint(protocol: Protocol, dino: str | None, clip: str | None, lpips: str | None = None) -> str:
    """Twelve hex digits over all that moves the numbers; the protocol's name and descriptions do not.

    Args:
        protocol: whose fields are hashed, except the two transforms: what they resolve to is in the encoders' hashes, so
            that "own" and the same numbers written out are one protocol.
        dino: the DINO encoder's `fingerprint`, which covers its weights and its resolved transform; of no account under a
            protocol without DINO.
        clip: the CLIP encoder's.
        lpips: LPIPS's; of no account where DIV is not LPIPS.
    """
    fields = {key: value for key, value in protocol.moving_fields().items() if key not in ("dino", "clip")}
    encoders = {
        "dino": None if protocol.dino == NONE else dino,
        "clip": clip,
        "lpips": lpips if protocol.div == "lpips" else None,
    }
    return sha256_json({"protocol": fields, **encoders})[:FINGERPRINT_LENGTH]
