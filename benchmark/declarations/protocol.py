"""Protocols: how images become numbers, declared in TOML; two scores compare only where their metrics' fingerprints agree."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, ValidationInfo, model_validator

from dreambench.benchmark.declarations.encoder import EncoderRole
from dreambench.benchmark.declarations.reading import declare, read_toml
from dreambench.benchmark.metrics import Metric, MetricInfo, declare_metric, formula_plugin
from dreambench.benchmark.metrics.info import KEY, Pooling
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.images import Reading
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.words import did_you_mean

FINGERPRINT_LENGTH: Final = 12
TextForm = Literal["without_identifier", "without_subject"]
_FOLDER: Final = Path(__file__).parents[1] / "data" / "protocols"
#: Columns of the tables that a metric's key cannot be.
_COLUMNS: Final = frozenset(
    {
        "subject",
        "kind",
        "class_noun",
        "prompt_index",
        "prompt",
        "image_index",
        "path",
        "sha256",
        "n_images",
        "n_pairs",
        "family",
    }
)
#: What metrics compute from files of pictures; texts alone do not depend on the reading.
_OF_PICTURES: Final = frozenset({"images", "references", "all_references", "priors", "gallery"})
_PlainName = Annotated[str, Field(pattern=r"^[^/\\]+$")]
_Role = Annotated[str, Field(pattern=KEY)]


def _declared(values: Any, info: ValidationInfo) -> Any:
    """Metrics by key from what a TOML table or a record says of them."""
    if not isinstance(values, Mapping):
        raise ValueError("it is a table: write [metrics.KEY] and its formula below")
    if not values:
        raise ValueError("it declares no metric; write [metrics.KEY] and its formula below")
    return {
        key: value if isinstance(value, Metric) else declare_metric(key, value if isinstance(value, Mapping) else {})
        for key, value in values.items()
    }


class Protocol(BaseModel):
    """Everything about scoring that moves the numbers, except the encoders' weights."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    source: str = ""
    """Where the protocol is taken from: a paper, a repository's script."""
    notes: tuple[str, ...] = ()
    """What a reader has to know besides: where it departs from others or from its own source, and what is unknown."""
    reading: Reading = "careful"
    """How a file, generated or real, becomes the RGB that encoders see. "careful": turned as its EXIF says, its colour profile
    converted to sRGB, transparency laid on white, more than 8 bits scaled by the range that the file states. "convert_rgb": as
    Pillow's Image.open(path).convert("RGB"): not turned, the profile not looked at, the colour behind transparent pixels shown,
    more than 8 bits cut as Pillow cuts them. "turned_on_white": turned as EXIF says and RGBA laid on white, else as
    "convert_rgb". An 8-bit picture without any of these is the same under all."""
    references: Literal["all", "first"] | dict[str, _PlainName] = "all"
    """Which reference images a generated image is compared with: all of its subject's, the first by name, or one named for
    each subject (subject = "file name, with or without its ending")."""
    pooling: Pooling = "micro"
    """The mean over images (micro), over the subjects' means (macro), or over all pairs of an image and a reference image
    (pairs: a subject with more references weighs more; a metric without pairs is then a mean over images). The first two
    agree when every subject has as many images."""
    text: TextForm = "without_identifier"
    """The prompt that text similarity reads: "a dog in the snow", or "without_subject" "a in the snow", which is what is left
    when a word that stands for the whole subject is taken out."""
    scale: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)
    """What cosines are multiplied by. Distances and shares are not."""
    images_per_prompt: int = Field(default=4, ge=1)
    surplus_images: Literal["error", "ignore"] = "error"
    """What becomes of images beyond `images_per_prompt`: they are refused, or left out ("the first 4")."""
    missing_images: Literal["error", "skip"] = "error"
    """What becomes of images that are not there: nothing is scored, or the mean is over the rest and the summary counts
    what is missing."""
    prior_images: int = Field(default=0, ge=0)
    """Prior images a subject, for metrics that need them (PRES)."""
    dtype: Literal["float32"] = "float32"
    """What the encoders compute in; TF32 is switched off too."""
    encoders: dict[_Role, EncoderRole] = Field(default_factory=dict)
    """The encoders by role; a suite says where their weights are. None, where no metric needs one."""
    metrics: Annotated[dict[str, SerializeAsAny[Metric]], BeforeValidator(_declared)]
    """The metrics by key, in the order of tables."""

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.references == {}:
            raise ValueError('references names no image; give subject = "file name", or references = "all" or "first"')
        labels: dict[str, str] = {}
        for key, metric in self.metrics.items():
            if key in _COLUMNS or not re.fullmatch(KEY, key):
                raise ValueError(
                    f"[metrics.{key}] cannot be called so; take another name of at most 40 lower-case letters, digits and _"
                )
            if metric.encoder is not None and metric.encoder not in self.encoders:
                hint = (
                    did_you_mean(metric.encoder, self.encoders)
                    if self.encoders
                    else f"declare it: [encoders.{metric.encoder}]."
                )
                raise ValueError(f"[metrics.{key}] needs the encoder '{metric.encoder}'; {hint}")
            if "priors" in metric.needs and not self.prior_images:
                raise ValueError(f"[metrics.{key}] needs prior images; set prior_images above 0, or remove the metric")
            label = metric.info(key, scale=1.0).label
            if label in labels:
                raise ValueError(f"[metrics.{key}] and [metrics.{labels[label]}] are both called '{label}'; give one a label")
            labels[label] = key
        return self

    def infos(self, encoders: Mapping[str, str | None] | None = None) -> tuple[MetricInfo, ...]:
        """What readers are told of each metric, in the order of tables.

        Args:
            encoders: fingerprints by role, as loaded; None leaves the metrics' fingerprints empty.
        """
        prints = {} if encoders is None else self.fingerprints(encoders)
        return tuple(
            metric.info(key, scale=self.scale, fingerprint=prints.get(key, "")) for key, metric in self.metrics.items()
        )

    def fingerprints(self, encoders: Mapping[str, str | None]) -> dict[str, str]:
        """Twelve hex digits for each metric over all that moves its numbers; words and labels do not.

        A field at its neutral value is not hashed, so a field that is added later moves no fingerprint by being there. A field
        that does not concern a metric (the pooling, for one that is a mean over subjects under any) does not move it.

        Args:
            encoders: each encoder's own fingerprint by role, which covers its weights, what is taken from its output and
                the resolved transform; None for one that the metrics have no use for (one image a prompt has no pairs).
        """
        return {key: self._fingerprint(metric, encoders) for key, metric in self.metrics.items()}

    def fingerprint(self, encoders: Mapping[str, str | None]) -> str:
        """Twelve hex digits over the fingerprints of all its metrics; arguments as in `fingerprints`."""
        return sha256_json(self.fingerprints(encoders))[:FINGERPRINT_LENGTH]

    def only(self, keys: Iterable[str]) -> "Protocol":
        """The same protocol with some of its metrics, and the encoders that those need.

        Raises:
            UserError: it has no such metric.
        """
        wanted = list(keys)
        for key in wanted:
            if key not in self.metrics:
                raise UserError(f"The protocol '{self.name}' has no metric '{key}'; {did_you_mean(key, self.metrics)}")
        metrics = {key: metric for key, metric in self.metrics.items() if key in wanted}
        roles = {metric.encoder for metric in metrics.values()}
        priors = self.prior_images if any("priors" in metric.needs for metric in metrics.values()) else 0
        return self.model_copy(
            update={
                "metrics": metrics,
                "encoders": {role: encoder for role, encoder in self.encoders.items() if role in roles},
                "prior_images": priors,
            }
        )

    def measures_as(self, other: "Protocol") -> bool:
        """Whether another protocol, whatever it is called, gives the same numbers with the same weights."""
        roles = {role: role for role in (*self.encoders, *other.encoders)}
        return self.fingerprints(roles) == other.fingerprints(roles) and self.encoders == other.encoders

    def record(self) -> dict[str, Any]:
        """The whole protocol as JSON, from which `Protocol.model_validate` makes it again; what is neutral is left out."""
        record = self.model_dump(mode="json", exclude_defaults=True, exclude={"metrics"})
        return record | {
            "metrics": {key: metric.model_dump(mode="json", exclude_defaults=True) for key, metric in self.metrics.items()}
        }

    def _fingerprint(self, metric: Metric, encoders: Mapping[str, str | None]) -> str:
        """Of one metric."""
        info = metric.info("metric", scale=self.scale)
        moving: dict[str, Any] = {
            "formula": metric.name,
            "encoder": None if metric.encoder is None else encoders.get(metric.encoder),
        }
        optional: dict[str, tuple[Any, Any]] = {
            "plugin": (formula_plugin(metric.name), None),
            "parameters": (metric.parameters(), {}),
            "pooling": (info.weigh(self.pooling), info.weigh("micro")),
            "dtype": (self.dtype, "float32"),
        }
        if metric.needs & _OF_PICTURES:
            optional["reading"] = (self.reading, "careful")
        if info.of_prompts:
            moving["images_per_prompt"] = self.images_per_prompt
            optional["surplus_images"] = (self.surplus_images, "error")
            optional["missing_images"] = (self.missing_images, "error")
        if "references" in metric.needs:
            optional["references"] = (self.references, "all")
        if "texts" in metric.needs:
            optional["text"] = (self.text, "without_identifier")
        if "priors" in metric.needs:
            optional["prior_images"] = (self.prior_images, 0)
        if metric.is_scaled:
            optional["scale"] = (self.scale, 1.0)
        moving |= {name: value for name, (value, neutral) in optional.items() if value != neutral}
        return sha256_json(moving)[:FINGERPRINT_LENGTH]


def protocol_names() -> tuple[str, ...]:
    """The built-in protocols, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_protocol(name_or_path: str | Path) -> Protocol:
    """A built-in protocol by name, or a user's by the path of its TOML file.

    Raises:
        UserError: there is no such protocol, or the file does not declare one.

    Examples:
        >>> import dreambench
        >>> protocol = dreambench.load_protocol("dreambench")
        >>> list(protocol.metrics)
        ['dino', 'clip_i', 'clip_t', 'pres', 'div', 'identification', 'copy_index']
        >>> list(protocol.only(["dino"]).encoders)
        ['dino']
        >>> dreambench.load_protocol("dreambnech")
        Traceback (most recent call last):
        dreambench.dataset.errors.UserError: There is no protocol 'dreambnech'; did you mean 'dreambench'? ...
    """
    if str(name_or_path) in protocol_names():
        path = _FOLDER / f"{name_or_path}.toml"
    else:
        path = expanded(name_or_path)
        if path.suffix != ".toml" or not path.is_file():
            raise UserError(
                f"There is no protocol '{name_or_path}'; {did_you_mean(str(name_or_path), protocol_names())} "
                "A protocol of your own is given by the path of its .toml file."
            )
    return declare(Protocol, read_toml(path), where=str(path))
