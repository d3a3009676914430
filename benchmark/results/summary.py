"""summary.json: what a scored folder says of itself. The one way into that file and out of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from dreambench.benchmark.declarations.recorded import DatasetRecord, RecordedProtocol
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.options import ScoreOptions
from dreambench.benchmark.results.precision import PrecisionRecord
from dreambench.benchmark.scoring.copying import Copying
from dreambench.benchmark.scoring.summary import Means, Totals
from dreambench.dataset.declared import dotted
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import write_json
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.inside import inside
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.reading import read_json

SUMMARY_FILE: Final = "summary.json"
IMAGES_TABLE: Final = "scores.parquet"
SUBJECTS_TABLE: Final = "subjects.parquet"


class PriorFolder(BaseModel):
    """Where the prior images lie that a scored folder's PRES was made with."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    folder: str
    """From the summary's folder, or absolute."""
    each: int = Field(gt=0, le=1_000_000)
    """Images of every subject."""


class About(BaseModel):
    """What was scored."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    suite: str | None = None
    """The suite's name."""
    method: str | None = None
    """The method's name; None for images that came from elsewhere without one."""
    citation: str | None = None
    """Where the method is published."""
    seed: int | None = None
    """Of the run."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """The method's settings that a result depends on."""
    dataset: DatasetRecord
    """The reference images and prompts."""
    images: str | None = None
    """Where the images lie that `path` in scores.parquet names: from the summary's folder, or absolute. None for a run, whose
    images lie in its own folder."""
    prior: PriorFolder | None = None
    """Where the prior images lie; None for a run's own, and without any."""
    prior_images: dict[str, str] = Field(default_factory=dict)
    """ "subject/k.ending" -> SHA-256, for every prior image that went into a metric; empty where no hashes were kept."""
    options: ScoreOptions | None = None
    """What `bench score` was given; None for a run, whose run.json says it."""
    found: dict[str, int] = Field(default_factory=dict)
    """What `bench score` found against what it expected, in counts."""
    remarks: tuple[str, ...] = ()
    """What a reader of the scores should know of the images: how they were read, and that they look like another suite's."""
    scored_from: str | None = None
    """Hash of the run's images that the scores were made from."""
    manifests: dict[str, str] = Field(default_factory=dict)
    """Subject -> SHA-256 of its manifest in a run's units/; empty for scored folders, and where no hashes were kept."""
    precision: PrecisionRecord | None = None
    """In what arithmetic the images were made; None where nobody knows, and where no base model made them."""
    peak_memory_bytes: int | None = None
    """Largest resident memory of a worker."""
    peak_device_memory_bytes: int | None = None
    """Largest memory allocated on a GPU."""


class Summary(About, Totals):
    """The content of summary.json. Written last, so a run with it is finished."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    version: Literal[2] = 2
    """The file's version; dreambench 0.1 wrote none."""
    tables: dict[str, str] = Field(default_factory=dict)
    """ "scores.parquet" and "subjects.parquet" -> SHA-256; empty in files of dreambench 0.2, which kept no hashes."""
    seal: str | None = None
    """SHA-256 over all the rest of this file, by which it is seen that it was changed; None in files of dreambench 0.2."""
    protocol: RecordedProtocol
    """The protocol, whole."""
    protocol_in_words: tuple[str, ...] = ()
    """What it does, a sentence a line."""
    fingerprint: str
    """The protocol's, with its encoders."""
    encoders: dict[str, str | None] = Field(default_factory=dict)
    """Each encoder's own fingerprint by role."""
    metrics: tuple[MetricInfo, ...]
    """What each metric is, in the order of tables."""
    prompts: tuple[Prompt, ...] = ()
    """The dataset's prompts, all of its kinds; empty for the official ones."""
    beside: dict[str, Means] = Field(default_factory=dict)
    """The yardsticks' means under the same protocol: yardstick -> metric's key -> mean."""
    copying: Copying | None = None
    """How many images look copied; None where no image has a copy index."""
    seconds: dict[str, FiniteFloat] = Field(default_factory=dict)
    """Spent on "train", "sample" and "score"; workers' seconds are added up."""
    environment: Environment = Environment()
    """What the scores were made with."""

    def write(self, folder: Path) -> "Summary":
        """Write summary.json into a folder, whole or not at all, with its seal; returns what was written."""
        sealed = self.sealed()
        write_json(folder / SUMMARY_FILE, sealed.model_dump(mode="json"))
        return sealed

    def sealed(self) -> "Summary":
        """The summary with its seal."""
        return self.model_copy(update={"seal": seal_of(self.model_dump(mode="json"))})

    @property
    def has_hashes(self) -> bool:
        """Whether it was made since hashes of tables and images are kept."""
        return bool(self.tables)


def seal_of(values: Mapping[str, Any]) -> str:
    """The seal that belongs to the content of a summary.json, as it stands in the file: others may know more fields."""
    return sha256_json({key: value for key, value in values.items() if key != "seal"})


def read_summary(path: Path) -> Summary:
    """Read a summary.json.

    Raises:
        UserError: it cannot be read, is not a summary, was changed after it was written, or another version of dreambench wrote
            it.
    """
    inside(path, path.parent)
    values = read_json(path, mend="delete it and score the images again.")
    if isinstance(values, dict) and "version" not in values and {"fingerprint", "protocol", "overall"} <= values.keys():
        raise UserError(
            f"{path} was written by dreambench 0.1, whose summaries this version does not read; score the images again with "
            "`bench score`."
        )
    try:
        summary = Summary.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = dotted(first["loc"])
        reason = f"{where}: {first['msg'].lower()}" if where else first["msg"].lower()
        raise UserError(f"{path} is not a summary of scores ({reason}); delete it and score the images again.") from error
    if summary.seal is not None and summary.seal != seal_of(values):
        raise UserError(f"{path} was changed after it was written; restore it, or delete it and score the images again.")
    return summary


def scored_hash(images: Sequence[Mapping[str, str]], fingerprint: str) -> str:
    """What a summary was made from: hashes of all images, and the fingerprint. Equal hashes, equal scores."""
    return sha256_json([fingerprint, *(dict(hashes) for hashes in images)])
