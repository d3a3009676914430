"""A submission as a file declares it. Every length is bounded: the file may come from anyone."""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictInt, model_validator

from dreambench.benchmark.declarations.protocol import Pooling
from dreambench.benchmark.metrics import METRIC_KEYS
from dreambench.benchmark.metrics.registry import Divergence

MAX_IMAGES: Final = 200_000
MAX_PRIOR_IMAGES: Final = 50_000
#: Where prior images lie in the archive of images.
PRIOR_FOLDER: Final = "prior"
_MAX_SUBJECTS: Final = 2_000
_MAX_ENTRIES: Final = 200


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("text must be one line of printable characters, without spaces around it")
    return text


def web_address(text: str) -> str:
    """An http or https address of a host, as it was given.

    Raises:
        ValueError: it is anything else (javascript:, data:, a path), names a user, or has characters that addresses lack.
    """
    if not text.isascii() or not text.isprintable() or any(letter in ' "<>\\^`{|}' for letter in text):
        raise ValueError("an address must be plain ASCII without spaces, quotes or brackets")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("an address must begin with https:// or http:// and name a host, and no user")
    return text


Line = Annotated[str, Field(max_length=400), AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_printable)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MetricKey = Literal["dino", "clip_i", "clip_t", "pres", "div", "identification", "copy_index"]
Scalar = StrictBool | StrictInt | FiniteFloat | Line | None
Value = Scalar | Annotated[list[Scalar], Field(max_length=50)]
Entries = Annotated[dict[Line, Value], Field(max_length=_MAX_ENTRIES)]
Lines = Annotated[tuple[Annotated[str, Field(max_length=2_000), AfterValidator(_printable)], ...], Field(max_length=50)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubmittedProtocol(_Part):
    """What the scores were made under."""

    name: Name
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    pooling: Pooling
    scale: FiniteFloat = Field(gt=0, le=100)
    clip_t_scale: FiniteFloat = Field(default=1.0, gt=0, le=100)
    divergence: Divergence
    in_words: Lines = ()
    """Empty where the declaration was not at hand."""


class SubmittedDataset(_Part):
    """The reference images that the scores were made against."""

    name: Name
    checksum: Sha256


class SubmittedMean(_Part):
    """A metric over all subjects, as the run's summary has it."""

    mean: FiniteFloat
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None


class SubmittedSubject(_Part):
    """One subject's scores: means over its images, and what only a subject has."""

    kind: Literal["object", "live"]
    class_noun: Name
    prompts: tuple[Annotated[StrictInt, Field(ge=0, lt=1_000)], ...] = Field(min_length=1, max_length=1_000)
    n_images: StrictInt = Field(ge=1, le=MAX_IMAGES)
    n_pairs: FiniteFloat | None = Field(default=None, gt=0, le=1e9)
    """Pairs of an image and a reference image; only the pooling "pairs" needs it."""
    scores: dict[MetricKey, FiniteFloat | None]

    @model_validator(mode="after")
    def _prompts_rise(self) -> "SubmittedSubject":
        if any(first >= second for first, second in zip(self.prompts, self.prompts[1:], strict=False)):
            raise ValueError("prompts must rise, each named once")
        return self


class Provenance(_Part):
    """What the run recorded of itself; nothing is ranked by it."""

    suite: Line | None = None
    method: Line
    seed: StrictInt | None = None
    started: Line | None = None
    settings: Entries = Field(default_factory=dict)
    sampler: Entries = Field(default_factory=dict)
    base_model: Line | None = None
    encoders: Entries = Field(default_factory=dict)
    seconds: Entries = Field(default_factory=dict)
    versions: Entries = Field(default_factory=dict)
    hardware: Entries = Field(default_factory=dict)
    git_commit: Line | None = None
    commands: Lines = ()


class Submission(_Part):
    """What `bench submit` writes."""

    format: Literal["dreambench-submission"] = "dreambench-submission"
    version: Literal[1] = 1
    name: Name
    authors: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_printable)]
    url: Annotated[str, Field(max_length=500), AfterValidator(web_address)] | None = None
    protocol: SubmittedProtocol
    dataset: SubmittedDataset
    summary: dict[MetricKey, SubmittedMean] = Field(min_length=1)
    subjects: dict[Id, SubmittedSubject] = Field(min_length=1, max_length=_MAX_SUBJECTS)
    provenance: Provenance
    images: dict[str, Sha256] = Field(default_factory=dict, max_length=MAX_IMAGES)
    """ "subject/prompt/image.ending" -> SHA-256 of the file, for every image that was scored."""
    prior_images: dict[str, Sha256] = Field(default_factory=dict, max_length=MAX_PRIOR_IMAGES)
    """ "subject/image.ending" -> the same for the images of the class that PRES was made with; empty where not known."""

    @property
    def files(self) -> dict[str, str]:
        """Name in the archive of images -> SHA-256: images as they are named, prior images below prior/."""
        return {**self.images, **{f"{PRIOR_FOLDER}/{name}": digest for name, digest in self.prior_images.items()}}

    @property
    def metrics(self) -> tuple[str, ...]:
        """Keys of the metrics that have a mean, in the order of tables."""
        return tuple(key for key in METRIC_KEYS if key in self.summary)

    @property
    def n_images(self) -> int:
        """Of all subjects."""
        return sum(subject.n_images for subject in self.subjects.values())
