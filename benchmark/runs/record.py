"""run.json: which run a folder holds, and how it was made. The one way into that file and out of it."""

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from dreambench.benchmark.declarations.recorded import DatasetRecord, RecordedProtocol
from dreambench.benchmark.runs.options import RunOptions
from dreambench.dataset.declared import dotted
from dreambench.dataset.errors import UserError
from dreambench.dataset.inside import inside
from dreambench.dataset.reading import NotRead, read_json

RUN_FILE: Final = "run.json"
#: The fields that make a run this run; the others say how it was made.
_IDENTITY: Final = (
    "suite",
    "method",
    "plugin",
    "seed",
    "settings",
    "selection",
    "prior_images",
    "dataset",
    "base_model",
    "sampler",
    "fingerprint",
    "encoders",
)


class SelectionRecord(BaseModel):
    """The part of the suite that a run covers."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    subjects: tuple[str, ...]
    """Ids of the subjects."""
    prompts: tuple[int, ...]
    """Numbers of the prompts."""
    images_per_prompt: int
    """Images for every prompt."""


class ReferencesRecord(BaseModel):
    """Which reference images a run's method saw, where these were not all."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    hold_out: int
    """Images of every subject that were asked to be kept back."""
    references: int | None
    """Images of every subject that were asked to be seen; None for all that are not kept back."""
    seen: dict[str, tuple[str, ...]]
    """Subject -> names of the images that the method saw."""
    unseen: dict[str, tuple[str, ...]]
    """Subject -> names of the images that were kept back."""


class RunRecord(BaseModel):
    """The content of run.json. Written once, when a run begins."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    format: Literal[2] = 2
    """The file's version; dreambench 0.1 wrote 1."""
    suite: str
    """The suite's name."""
    method: str
    """The method's name."""
    plugin: str | None = None
    """Distribution and version that the method comes from; None for a built-in method."""
    seed: int
    """Of the whole run."""
    settings: dict[str, JsonValue]
    """The method's settings that a result depends on."""
    selection: SelectionRecord
    """What is run."""
    references: ReferencesRecord | None = None
    """Which reference images the method saw; None for all."""
    prior_images: int
    """Samples of the class prompt a subject; 0 for a method without a prior."""
    dataset: DatasetRecord
    """The reference images and prompts."""
    base_model: str | None = None
    """Hash of the base model's weights; None for a method that uses none."""
    model: str | None = None
    """The base model as the suite names it, with its revision; None for a method that uses none."""
    sampler: dict[str, JsonValue] | None = None
    """The suite's sampler; None for a method that uses none."""
    protocol: RecordedProtocol
    """The protocol, whole."""
    fingerprint: str
    """The protocol's, with its encoders."""
    encoders: str
    """Hash of the encoders' files; changes whenever the fingerprint could."""
    encoder_fingerprints: dict[str, str | None] = Field(default_factory=dict)
    """Each encoder's own fingerprint by role."""
    suite_file: str
    """The suite as TOML with every default written out."""
    command: tuple[str, ...] = ()
    """What was typed, as the shell split it."""
    options: RunOptions | None = None
    """What it was given, typed or not; None in runs of dreambench 0.2."""
    started: str = ""
    """When, in ISO 8601."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Of dreambench, Python and the libraries."""
    hardware: dict[str, JsonValue] = Field(default_factory=dict)
    """Of the machine that began it."""
    git_commit: str | None = None
    """Of the checkout that the code ran from."""
    platform: str = ""
    """Python's name of the platform."""

    def identity(self) -> dict[str, Any]:
        """All that makes the run this run, as JSON. Run-time knobs (device, batch size, workers) are not part of it."""
        whole = self.model_dump(mode="json")
        parts = {} if self.references is None else {"references": whole["references"]}
        return {key: whole[key] for key in _IDENTITY} | parts | {"protocol": self.protocol.name}


def read_run_record(root: Path) -> RunRecord:
    """run.json of a run's folder.

    Raises:
        UserError: there is none, it cannot be read, or another version of dreambench wrote it.
    """
    path = inside(root / RUN_FILE, root)
    try:
        values = read_json(path, mend="restore it, or choose another folder.")
    except NotRead as error:
        if error.trouble == "absent":
            raise UserError(f"{root} is not a run's folder: it has no run.json; give a folder that `bench run` made.") from None
        raise
    if not isinstance(values, dict):
        raise UserError(f"{path} is not the record of a run; restore it, or choose another folder.")
    if values.get("format") == 1:
        raise UserError(
            f"The run in {root} was made by dreambench 0.1, whose records this version does not read; its images can be scored "
            f"anew: `bench score {root / 'images'} --suite {values.get('suite') or 'SUITE'} --out DIR`."
        )
    try:
        return RunRecord.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = dotted(first["loc"])
        raise UserError(
            f"{path} is not the record of a run ({where}: {first['msg'].lower()}); restore it, or choose another folder."
        ) from error
