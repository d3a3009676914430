"""summary.json: what a scored folder says of itself. The one way into that file and out of it."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from dreambench.benchmark.declarations.recorded import DatasetRecord, RecordedProtocol
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.scoring.copying import Copying
from dreambench.benchmark.scoring.summary import Means, Totals
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import write_json
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.reading import read_json

SUMMARY_FILE: Final = "summary.json"


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
    found: dict[str, int] = Field(default_factory=dict)
    """What `bench score` found against what it expected, in counts."""
    remarks: tuple[str, ...] = ()
    """What a reader of the scores should know of the images: how they were read, and that they look like another suite's."""
    scored_from: str | None = None
    """Hash of the run's images that the scores were made from."""
    peak_memory_bytes: int | None = None
    """Largest resident memory of a worker."""
    peak_device_memory_bytes: int | None = None
    """Largest memory allocated on a GPU."""


class Summary(About, Totals):
    """The content of summary.json. Written last, so a run with it is finished."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    version: Literal[2] = 2
    """The file's version; dreambench 0.1 wrote none."""
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

    def write(self, folder: Path) -> None:
        """Write summary.json into a folder, whole or not at all."""
        write_json(folder / SUMMARY_FILE, self.model_dump(mode="json"))


def read_summary(path: Path) -> Summary:
    """Read a summary.json.

    Raises:
        UserError: it cannot be read, is not a summary, or another version of dreambench wrote it.
    """
    values = read_json(path, mend="delete it and score the images again.")
    if isinstance(values, dict) and "version" not in values and {"fingerprint", "protocol", "overall"} <= values.keys():
        raise UserError(
            f"{path} was written by dreambench 0.1, whose summaries this version does not read; score the images again with "
            "`bench score`."
        )
    try:
        return Summary.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = f"{where}: {first['msg'].lower()}" if where else first["msg"].lower()
        raise UserError(f"{path} is not a summary of scores ({reason}); delete it and score the images again.") from error
