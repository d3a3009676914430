"""A zero-shot generator as a declaration: which diffusers pipeline, what it is shown, and what it is told. No torch in here."""

import logging
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, field_validator, model_validator

from dreambench.baselines.model.files.contents import folder_hash
from dreambench.baselines.model.files.sources import users_folder
from dreambench.baselines.settings import MethodSettings
from dreambench.dataset.errors import UserError
from dreambench.dataset.kinds import Family
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.reading import NotRead, read_toml
from dreambench.dataset.words import did_you_mean

_FIELDS: Final = ("prompt", "class_noun", "context")
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_log = logging.getLogger("dreambench.pipeline")


def _form(text: str) -> str:
    named = _BRACES.findall(text)
    if not set(named) <= set(_FIELDS) or set("{}") & set(_BRACES.sub("", text)):
        raise ValueError(f"a prompt has the fields {', '.join(f'{{{name}}}' for name in _FIELDS)} and no other braces")
    if "prompt" not in named and "context" not in named:
        raise ValueError("a prompt form needs {prompt} or {context}: without it every prompt is the same")
    return text


#: A prompt's form: "{prompt}" (the whole prompt), "{class_noun}", "{context}" (what is asked of the subject: "in the snow").
PromptForm = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(lambda text: _form(str(text)))]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ShownReferences(_Declared):
    """How the pipeline is shown the subject."""

    argument: Name
    """The pipeline's argument that takes the reference images: "image", "ip_adapter_image", "input_images"."""
    take: Literal["first", "all"] | Annotated[int, Field(ge=1, le=100)] = "first"
    """Which of them: the first, all, or so many from the first on (all, where a subject has fewer)."""
    form: Literal["image", "list", "nested"] = "image"
    """What the argument wants: one image, a list of images, or a list in a list (an IP-Adapter with several images)."""
    resolution: int | None = Field(default=None, ge=8, le=4096)
    """They are cropped and resized to this square before; None: shown as they are."""

    @model_validator(mode="after")
    def _one_image_is_the_first(self) -> "ShownReferences":
        if self.form == "image" and self.take not in ("first", 1):
            raise ValueError('several references need form = "list" or form = "nested"')
        return self


class IPAdapter(_Declared):
    """IP-Adapter weights, loaded into the pipeline."""

    source: str = Field(min_length=1)
    """A hub id, or a local folder."""
    revision: str | None = None
    """A commit of the hub's repository."""
    subfolder: str = ""
    """The folder of the weights in it."""
    weight_name: str = Field(pattern=r"\.safetensors$")
    """The weights' file."""
    image_encoder_folder: str | None = "image_encoder"
    """The image encoder's folder, below the subfolder unless it has a slash."""
    scale: float = Field(default=1.0, ge=0, le=10, allow_inf_nan=False)
    """How much the references count beside the prompt: 0 is the prompt alone."""


class Generator(_Declared):
    """A diffusers pipeline that draws a subject from its reference images, without training."""

    pipeline: Name
    """The pipeline's class in diffusers."""
    source: str = Field(min_length=1)
    """Its weights: a hub id, a local diffusers folder (from the declaration's own folder, too), or "mini"."""
    revision: str | None = Field(default=None, min_length=1)
    """A commit of the hub's repository. Without one the run takes the latest, and its numbers may not be found again."""
    variant: str | None = None
    """The files' variant, such as "fp16"."""
    without: tuple[Name, ...] = ()
    """Parts that are not loaded, such as "safety_checker", which would make some pictures black."""
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    """The weights' type."""
    prompt: PromptForm = "{prompt}"
    """What it is told: "{prompt}", or an instruction such as "put this {class_noun} {context}"."""
    prompt_by_family: dict[Family, PromptForm] = Field(default_factory=dict)
    """Other forms for a family of prompts ("property", "accessory"), before `prompt`."""
    references: ShownReferences | None = None
    """How it is shown the references; None: it sees none (plain text-to-image)."""
    ip_adapter: IPAdapter | None = None
    """IP-Adapter weights."""
    steps: int | None = Field(default=None, ge=1, le=1000)
    """Solver steps (num_inference_steps); None: the pipeline's own."""
    guidance_scale: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)
    """Guidance; None: the pipeline's own."""
    resolution: int | None = Field(default=None, ge=8, le=4096)
    """Height and width that are asked for, in pixels; None: what the pipeline gives."""
    arguments: dict[Name, JsonValue] = Field(default_factory=dict)
    """More of the pipeline's arguments, by its own names."""

    @field_validator("without")
    @classmethod
    def _sorted(cls, without: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(without)))

    @model_validator(mode="after")
    def _fits(self) -> "Generator":
        if self.ip_adapter is not None and self.references is None:
            raise ValueError("[ip_adapter] needs [references], whose argument is shown the subject")
        twice = sorted(self.arguments.keys() & self.asked_by_name)
        if twice:
            raise ValueError(f"the argument '{twice[0]}' is given twice: [arguments] holds only what has no key of its own")
        return self

    def told(self, prompt: Prompt, class_noun: str) -> str:
        """What the pipeline is told for a prompt of a subject."""
        form = self.prompt_by_family.get(prompt.family, self.prompt)
        words = {"prompt": prompt.text(class_noun), "class_noun": class_noun, "context": prompt.request}
        return _BRACES.sub(lambda found: words[found[1]], form)

    def given(self) -> dict[str, Any]:
        """The pipeline's arguments that are the same for every image."""
        return self._settings() | dict(self.arguments)

    @property
    def asked_by_name(self) -> set[str]:
        """Names of the pipeline's arguments that keys of the declaration stand for."""
        shown = set() if self.references is None else {self.references.argument}
        return {"prompt", "generator", *self._settings(), *shown}

    @property
    def asked(self) -> set[str]:
        """Names of all arguments that a call of the pipeline gets."""
        return self.asked_by_name | self.arguments.keys()

    def _settings(self) -> dict[str, Any]:
        named = {"num_inference_steps": self.steps, "guidance_scale": self.guidance_scale}
        named |= {"height": self.resolution, "width": self.resolution}
        return {name: value for name, value in named.items() if value is not None}

    def identity(self) -> dict[str, Any]:
        """What names a result: the declaration, a local folder by its name and the hash of its files."""
        content = self.model_dump(mode="json")
        _name_by_hash(content)
        if content["ip_adapter"] is not None:
            _name_by_hash(content["ip_adapter"])
        return content

    def unpinned(self) -> list[str]:
        """The hub repositories that are used without a revision."""
        pairs = [(self.source, self.revision)]
        if self.ip_adapter is not None:
            pairs.append((self.ip_adapter.source, self.ip_adapter.revision))
        return [source for source, revision in pairs if revision is None and users_folder(source) is None]


def read_generator(path: Path) -> dict[str, Any]:
    """A declaration's file as plain values, sources beside it by their whole path.

    Raises:
        UserError: it cannot be read, or has a key that is not known (names the nearest).
    """
    try:
        values = read_toml(path)
    except NotRead as error:
        raise error.about(str(path), "give the .toml file of a generator.") from error.__cause__
    for key in values:
        if key not in Generator.model_fields:
            raise UserError(f"{path}: there is no key '{key}'; {did_you_mean(key, Generator.model_fields)}")
    for table in (values, values.get("ip_adapter")):
        source = table.get("source") if isinstance(table, Mapping) else None
        if isinstance(table, dict) and isinstance(source, str) and (path.parent / source).is_dir():
            table["source"] = str((path.parent / source).resolve())
    return values


def _from_file(given: Any) -> Any:
    return read_generator(Path(given).expanduser()) if isinstance(given, str | Path) else given


class PipelineSettings(MethodSettings):
    """A zero-shot generator: any diffusers pipeline, as a TOML file declares it (docs/generators.md)."""

    run_time_knobs: ClassVar[frozenset[str]] = frozenset({"offload"})

    declaration: Annotated[Generator, BeforeValidator(_from_file)]
    """The generator's .toml file, or the same as a table of a suite."""
    offload: Literal["no", "parts", "layers"] = "no"
    """What waits in the host's memory while it is not used, on a GPU: nothing, the pipeline's parts, or single layers."""

    @model_validator(mode="after")
    def _warn(self) -> "PipelineSettings":
        for source in self.declaration.unpinned():
            _warn_once(source)
        return self

    def identity(self) -> dict[str, Any]:
        """As every method's, local weights by their hash."""
        return super().identity() | {"declaration": self.declaration.identity()}


def _name_by_hash(table: dict[str, Any]) -> None:
    """A local folder stands for its files: it may be moved, and other weights in it are another generator."""
    folder = users_folder(table["source"])
    if folder is None:
        return
    if Path(table["source"]).is_absolute():
        table["source"] = folder.name
    table["files"] = folder_hash(folder)


@cache
def _warn_once(source: str) -> None:
    _log.warning('%s has no revision: its latest commit is taken. Add revision = "COMMIT" to the declaration.', source)
