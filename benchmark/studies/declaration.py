"""What a study is: a question, the variants that answer it, and the published table beside them, declared in TOML."""

from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.reading import declare, read_toml
from dreambench.benchmark.declarations.suite import path_from
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.words import did_you_mean

_FOLDER: Final = Path(__file__).parents[1] / "data" / "studies"
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Variant(BaseModel):
    """One row of the study's table: the suite's run of the method, with these things changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: _Name
    """Names the run's folder."""
    label: str = ""
    """What tables call it; its name if left out."""
    method: str | None = None
    """Another method than the study's."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """The method's settings that differ from the suite's."""
    sampler: dict[str, Any] = Field(default_factory=dict)
    """Keys of the suite's [sampler] that differ: guidance_scale, steps, scheduler."""
    references: int | None = Field(default=None, ge=1)
    """How many reference images of every subject the method sees; the study's number if left out."""
    protocol: str | None = None
    """Another protocol than the suite's, a built-in one or the path of a file: the same images scored in another way."""
    encoders: dict[str, EncoderSpec] = Field(default_factory=dict)
    """Encoders in place of the suite's, by role, written as its [encoders.ROLE]."""

    @property
    def scores_otherwise(self) -> bool:
        """Whether its images are scored in another way than the suite's."""
        return self.protocol is not None or bool(self.encoders)

    @property
    def title(self) -> str:
        """What tables call it."""
        return self.label or self.name


class PublishedResult(BaseModel):
    """A row of the table that was published."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    label: str
    """What the row is called there."""
    backbone: str = ""
    """The base model."""
    source: str
    """The table that prints it."""
    values: dict[str, float]
    """Metric key -> the mean."""
    note: str = ""
    """How it differs from what is run here."""


class Study(BaseModel):
    """A study, as its TOML file declares it. Suite, method and settings are checked when it is run."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: _Name
    """Names the study's folder."""
    question: str
    """What it answers; the title of its table, plot and page."""
    description: str = ""
    """What is done, and where the experiment comes from."""
    suite: str = "mini"
    """A built-in suite, or the path of one's file; --suite comes before it."""
    method: str = "dreambooth"
    """Of the variants that name none."""
    subjects: tuple[str, ...] = ()
    """Ids of the subjects; empty: all of the suite's."""
    prompt_set: str | None = None
    """What subjects are asked in place of the suite's prompts: a built-in prompt set, or the path of a TOML file."""
    prompts: tuple[int, ...] = ()
    """Numbers of the prompts; empty: all."""
    metrics: tuple[str, ...] = ()
    """Keys of the metrics to tabulate, in this order; empty: all of the protocol's."""
    costs: tuple[str, ...] = ()
    """Numbers that the method records of a subject, such as trained_parameters: their means are told of every variant, with its
    seconds of training. Empty: nothing is told."""
    hold_out: int = Field(default=0, ge=0)
    """Reference images of every subject that no variant's method sees; metrics such as dino_unseen are against them."""
    axis: str = ""
    """What the plot's variants are ordered by: a setting of method or sampler, or "references"; empty: they stand in the file's
    order."""
    as_good_as: str | None = None
    """The name of a variant: below the table it is said which smallest value of the axis does as well. Needs an axis."""
    variants: tuple[Variant, ...] = Field(min_length=2)
    """The rows. The others are tested against the first."""
    published: tuple[PublishedResult, ...] = ()
    """The published table."""
    notes: tuple[str, ...] = ()
    """What a reader of the table must know."""

    @model_validator(mode="after")
    def _names_differ(self) -> "Study":
        for what in ("name", "title"):
            names = [getattr(variant, what).casefold() for variant in self.variants]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"two variants are called '{twice}'; give each a name and label of its own")
        return self

    @model_validator(mode="after")
    def _is_along_an_axis(self) -> "Study":
        if self.as_good_as is not None:
            if not self.axis:
                raise ValueError("as_good_as speaks of values of the axis; give axis a setting, or leave as_good_as out")
            self.number_of(self.as_good_as)
        return self

    def number_of(self, name: str) -> int:
        """The place of a variant among the variants.

        Raises:
            ValueError: there is no such variant.
        """
        names = [variant.name for variant in self.variants]
        if name not in names:
            raise ValueError(f"there is no variant '{name}'; {did_you_mean(name, names)}")
        return names.index(name)


def study_names() -> tuple[str, ...]:
    """The built-in studies, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def study_file(name_or_path: str | Path) -> Path:
    """Where a study is declared.

    Raises:
        UserError: there is no such study.
    """
    if str(name_or_path) in study_names():
        path = _FOLDER / f"{name_or_path}.toml"
    else:
        path = expanded(name_or_path)
        if path.suffix != ".toml" or not path.is_file():
            raise UserError(
                f"There is no study '{name_or_path}'; {did_you_mean(str(name_or_path), study_names())} "
                "A study of your own is given by the path of its .toml file."
            )
    return path


def load_study(name_or_path: str | Path) -> Study:
    """A built-in study by name, or a user's by the path of its TOML file. Paths inside are relative to that file.

    Raises:
        UserError: there is no such study, a key is unknown (the message names the nearest), missing or has a wrong value.
    """
    path = study_file(name_or_path)
    values = read_toml(path)
    for table, kind in (("variants", Variant), ("published", PublishedResult)):
        entries = values.get(table, [])
        for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
            declare(kind, entry if isinstance(entry, dict) else {}, where=f"{path}, [[{table}]] {number}")
    study = declare(Study, values, where=str(path))
    paths = {
        key: str((path.parent / value).resolve())
        for key in ("suite", "prompt_set")
        if (value := getattr(study, key)) is not None and value.endswith(".toml")
    }
    variants = tuple(_with_paths_from(variant, path.resolve().parent) for variant in study.variants)
    return study.model_copy(update={**paths, "variants": variants})


def _with_paths_from(variant: Variant, folder: Path) -> Variant:
    """Make the paths in a variant independent of the working directory."""
    encoders = {
        role: spec.model_copy(update={"weights": path_from(folder, spec.weights)}) for role, spec in variant.encoders.items()
    }
    protocol = None if variant.protocol is None else path_from(folder, variant.protocol)
    return variant.model_copy(update={"protocol": protocol, "encoders": encoders})
