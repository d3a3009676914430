"""A submission as a file declares it. Every length is bounded: the file may come from anyone."""

from collections import Counter
from datetime import date
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, Field, FiniteFloat, StrictBool, StrictInt, field_validator, model_validator
from pydantic_core import PydanticCustomError

from dreambench.benchmark.declarations.recorded import RecordedProtocol
from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.metrics.info import Pooling
from dreambench.benchmark.submissions.fields import (
    MAX_METRICS,
    MAX_ROLES,
    Address,
    Entries,
    Fingerprint,
    Id,
    Key,
    Line,
    Lines,
    Name,
    Number,
    Part,
    Sha256,
    printable,
)
from dreambench.dataset.kinds import Kind
from dreambench.dataset.prompts import Prompt

MAX_IMAGES: Final = 200_000
MAX_PRIOR_IMAGES: Final = 50_000
#: Where prior images lie in the archive of images.
PRIOR_FOLDER: Final = "prior"
#: The error of a file that an older dreambench wrote.
OLD_VERSION: Final = "old_version"
#: Characters of a protocol's declaration as JSON; the longest built-in one has 4,000.
MAX_DECLARATION: Final = 100_000
#: Characters of a command: one that is longer is left out, for a part of it would make something else.
MAX_COMMAND: Final = 2_000
#: "tuned": something is trained on the subject's reference images. "zero-shot": they are only looked at.
Training = Literal["tuned", "zero-shot"]
TRAININGS: Final[tuple[Training, ...]] = get_args(Training)
_VERSION: Final = 2
_MAX_SUBJECTS: Final = 2_000
_MAX_PROMPTS: Final = 1_000
_MAX_OWN_PROMPTS: Final = 4_000
_MAX_YARDSTICKS: Final = 10


class SubmittedMetric(MetricInfo):
    """A metric as its protocol describes it."""

    label: Annotated[str, Field(min_length=1, max_length=40), AfterValidator(printable)]
    measures: Annotated[str, Field(max_length=300), AfterValidator(printable)] = ""
    formula: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(printable)]
    encoder: Key | None = None
    low: Number
    high: Number
    tolerance: Annotated[Number, Field(ge=0)]
    fingerprint: Fingerprint | Literal[""] = ""

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if not self.low < self.high:
            raise ValueError("a metric's low must be below its high")
        return self


class SubmittedProtocol(Part):
    """What the scores were made under."""

    name: Name
    """What tables call it."""
    fingerprint: Fingerprint
    """Over all that moves a number, the encoders included."""
    pooling: Pooling
    """How values are averaged."""
    scale: FiniteFloat = Field(gt=0, le=1000)
    """What cosines are multiplied by."""
    encoders: dict[Key, Sha256 | None] = Field(default_factory=dict, max_length=MAX_ROLES)
    """Each encoder's own fingerprint by role."""
    in_words: Lines = ()
    """What it does, a sentence a line."""
    declaration: RecordedProtocol | None = None
    """The protocol, whole, from which a reader makes its fingerprint anew; None where it is longer than fits."""

    @field_validator("declaration")
    @classmethod
    def _fits(cls, declaration: RecordedProtocol | None) -> RecordedProtocol | None:
        if declaration is not None and len(declaration.model_dump_json()) > MAX_DECLARATION:
            raise ValueError(f"a protocol's declaration may have {MAX_DECLARATION:,} characters at most")
        return declaration


class SubmittedDataset(Part):
    """The reference images and prompts that the scores were made against."""

    name: Name
    """What runs call it."""
    checksum: Sha256
    """Over the reference images, and the prompts where these are not the official ones."""
    own_prompts: tuple[Prompt, ...] = Field(default=(), max_length=_MAX_OWN_PROMPTS)
    """Its own, of all its kinds; empty for the official ones."""

    @model_validator(mode="after")
    def _prompts_differ(self) -> Self:
        numbers = [(prompt.kind, prompt.index) for prompt in self.own_prompts]
        if len(set(numbers)) < len(numbers):
            raise ValueError("two prompts of one kind have the same number")
        return self


class SubmittedMean(Part):
    """A metric over all subjects, as the run's summary has it."""

    mean: Number
    """Over the subjects, weighed as the protocol's pooling says."""
    low: Number | None = None
    """The low end of its 95% interval."""
    high: Number | None = None
    """The high end."""


class SubmittedSubject(Part):
    """One subject's scores: means over its images, and what only a subject has."""

    kind: Kind
    """It chooses the prompts."""
    class_noun: Name
    """What the subject is called in prompts."""
    prompts: tuple[Annotated[StrictInt, Field(ge=0, lt=_MAX_PROMPTS)], ...] = Field(min_length=1, max_length=_MAX_PROMPTS)
    """Numbers of the prompts that it has images of, rising."""
    n_images: StrictInt = Field(ge=1, le=MAX_IMAGES)
    """Images that are scored."""
    n_pairs: FiniteFloat | None = Field(default=None, gt=0, le=1e9)
    """Pairs of an image and a reference image; only the pooling "pairs" needs it."""
    scores: dict[Key, Number | None] = Field(max_length=MAX_METRICS)
    """Metric's key -> score; None where the subject has none."""

    @model_validator(mode="after")
    def _prompts_rise(self) -> Self:
        if any(first >= second for first, second in zip(self.prompts, self.prompts[1:], strict=False)):
            raise ValueError("prompts must rise, each named once")
        return self


class Provenance(Part):
    """What the run recorded of itself; nothing is ranked by it."""

    suite: Line | None = None
    """The suite's name."""
    method: Line
    """The method's name."""
    citation: Line | None = None
    """Where the method is published, in words."""
    plugins: dict[Line, Line] = Field(default_factory=dict, max_length=MAX_METRICS)
    """What is not of dreambench itself, such as "method lora" -> the distribution that brings it, with its version."""
    seed: StrictInt | None = None
    """Of the run."""
    started: Line | None = None
    """When the run began, in ISO 8601."""
    settings: Entries = Field(default_factory=dict)
    """The method's."""
    sampler: Entries = Field(default_factory=dict)
    """The suite's."""
    base_model: Line | None = None
    """Hash of the base model's weights."""
    seconds: Entries = Field(default_factory=dict)
    """Of training, sampling and scoring; workers' seconds are added up."""
    versions: Entries = Field(default_factory=dict)
    """Of dreambench, Python and the libraries."""
    hardware: Entries = Field(default_factory=dict)
    """Of the machine."""
    git_commit: Line | None = None
    """Of the checkout that the code ran from."""
    commands: Lines = ()
    """That make the run again."""
    remarks: Lines = ()
    """What scoring had to say of the images: how they were read, and that they look like another suite's."""


class Submission(Part):
    """What `bench submit` writes."""

    format: Literal["dreambench-submission"] = "dreambench-submission"
    version: Literal[2] = 2
    """The file's version; dreambench 0.1 wrote 1."""
    name: Name
    """What the leaderboard calls it."""
    authors: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(printable)]
    """Who made it."""
    url: Address | None = None
    """Of a paper or of code."""
    day: date | None = None
    """When the run began or, for images from elsewhere, when they were submitted."""
    base_model: Name | None = None
    """What the images are drawn with, by a name that readers know."""
    training: Training | None = None
    """Whether something is trained for each subject; None where nobody says."""
    is_yardstick: StrictBool = False
    """Whether it is there to be compared with, not to win: a copier, an untrained model. It stands apart and has no rank."""
    protocol: SubmittedProtocol
    dataset: SubmittedDataset
    metrics: tuple[SubmittedMetric, ...] = Field(min_length=1, max_length=MAX_METRICS)
    """What each metric is, in the order of tables."""
    summary: dict[Key, SubmittedMean] = Field(max_length=MAX_METRICS)
    """Metric's key -> its mean over all subjects."""
    beside: dict[Key, Annotated[dict[Key, SubmittedMean], Field(max_length=MAX_METRICS)]] = Field(
        default_factory=dict, max_length=_MAX_YARDSTICKS
    )
    """The packaged yardsticks under the same protocol: "real_images" -> metric's key -> mean."""
    subjects: dict[Id, SubmittedSubject] = Field(min_length=1, max_length=_MAX_SUBJECTS)
    provenance: Provenance
    images: dict[str, Sha256] = Field(default_factory=dict, max_length=MAX_IMAGES)
    """ "subject/prompt/image.ending" -> SHA-256 of the file, for every image that was scored."""
    prior_images: dict[str, Sha256] = Field(default_factory=dict, max_length=MAX_PRIOR_IMAGES)
    """ "subject/image.ending" -> the same for the prior images; empty where not known."""

    @model_validator(mode="before")
    @classmethod
    def _is_of_this_version(cls, values: Any) -> Any:
        version = values.get("version") if isinstance(values, dict) else None
        if isinstance(version, int) and version != _VERSION:
            by = "an older" if version < _VERSION else "a newer"
            raise PydanticCustomError(
                OLD_VERSION,
                "it is of version {version}, which {by} dreambench wrote and this one does not read; pack the run again with "
                "`bench submit`",
                {"version": version, "by": by},
            )
        return values

    @model_validator(mode="after")
    def _metrics_differ(self) -> Self:
        for what, names in (("key", [info.key for info in self.metrics]), ("label", [info.label for info in self.metrics])):
            name, count = Counter(names).most_common(1)[0]
            if count > 1:
                raise ValueError(f"two metrics have the {what} '{name}'")
        return self

    @property
    def files(self) -> dict[str, str]:
        """Name in the archive of images -> SHA-256: images as they are named, prior images below prior/."""
        return {**self.images, **{f"{PRIOR_FOLDER}/{name}": digest for name, digest in self.prior_images.items()}}

    @property
    def n_images(self) -> int:
        """Of all subjects."""
        return sum(subject.n_images for subject in self.subjects.values())

    @property
    def has_priors(self) -> bool:
        """Whether a metric of it is computed from prior images."""
        return any(not info.of_prompts for info in self.metrics)
