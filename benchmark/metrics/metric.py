"""A metric is one object: what a protocol declares of it, what readers are told of it, and how its numbers are computed."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from dreambench.benchmark.metrics.features import Features, Part
from dreambench.benchmark.metrics.info import Averages, Level, MetricInfo

#: What a metric may ask for besides the scored images' embeddings. "references" are those that the protocol compares with,
#: "all_references" all of a subject's, "gallery" those of all subjects, "files" the pictures themselves.
Need = Literal["images", "references", "all_references", "texts", "priors", "gallery", "files"]
#: How far beyond a bound float32 may round.
SLACK: Final = 1e-4
#: The keys of a declaration that move no number of the metric itself: words, the gate's allowance, and the encoder, whose
#: own fingerprint is hashed in its stead.
_MOVES_NOTHING: Final = frozenset({"formula", "encoder", "label", "tolerance"})


class Metric(BaseModel, ABC):
    """A declared metric: a formula with its encoder and parameters.

    A class says the formula's name and properties in class attributes, declares parameters (if it has any) as fields with
    neutral defaults, and computes in `scores`. It becomes known by the entry-point group `dreambench.metrics`, and to a
    protocol by `[metrics.KEY] formula = "NAME"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    """The formula's name in protocols."""
    measures: ClassVar[str]
    """One phrase for a legend."""
    usual_label: ClassVar[str | None] = None
    """What tables call it; None: by the metric's key."""
    level: ClassVar[Level]
    """Whether every image has a value, or only a subject."""
    averages: ClassVar[Averages] = "images"
    """Whether an image's value is a mean over its pairs with reference images; it decides what "pairs" pooling weighs by."""
    higher_is_better: ClassVar[bool]
    """Which way is up."""
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    """Between what its values lie, before any scale."""
    is_scaled: ClassVar[bool] = False
    """Whether a protocol's `scale` multiplies it, as it does cosines."""
    usual_tolerance: ClassVar[float] = 0.01
    """The loss that is no regression, before the protocol's scale."""
    needs: ClassVar[frozenset[Need]]
    """What it computes from."""
    least_images: ClassVar[int] = 1
    """Images of a prompt below which it has no value: a distance between images needs two."""
    needs_encoder: ClassVar[bool] = True
    """Whether it computes from an encoder's embeddings (or distances)."""

    formula: str
    """The formula's name."""
    encoder: str | None = Field(default=None, min_length=1)
    """The role of the encoder, as in the protocol's [encoders.ROLE]."""
    label: str | None = Field(default=None, min_length=1, max_length=40)
    """What tables call it, if not as usual."""
    tolerance: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """The loss that is no regression, in the metric's own units; None: the formula's usual one."""

    @property
    def factor(self) -> float:
        """What the formula multiplies its values by, beside the protocol's scale."""
        return 1.0

    @abstractmethod
    def scores(self, features: Features) -> NDArray[np.float64]:
        """The values of one subject, before the protocol's scale.

        Returns:
            [n], one an image, for a metric of the level "image"; [1] for one of the level "subject". NaN where there is none.
        """

    def real_scores(self, features: Features) -> NDArray[np.float64] | None:
        """The values of a subject's real images, each against the others: `features.own_rows` says which row each one is.

        Returns:
            [n], or None for a metric that real images have no value in; then tables show none.
        """
        return None

    def against(self, part: Part) -> Self | None:
        """The same metric that compares with a part of the reference images; None for one that does not compare with them.

        A run that keeps reference images back has these metrics beside the usual ones.
        """
        return None

    def parameters(self) -> dict[str, Any]:
        """The declared parameters that differ from their neutral values, as JSON: what moves numbers."""
        return self.model_dump(mode="json", exclude=set(_MOVES_NOTHING), exclude_defaults=True)

    def info(self, key: str, *, scale: float, fingerprint: str = "") -> MetricInfo:
        """What readers are told.

        Args:
            key: the metric's in its protocol.
            scale: the protocol's.
            fingerprint: the metric's, with its encoder.
        """
        reach = (scale if self.is_scaled else 1.0) * self.factor
        low, high = self.bounds
        usual = self.usual_tolerance * (scale if self.is_scaled else 1.0)
        return MetricInfo(
            key=key,
            label=self.label or self.usual_label or key,
            measures=self.measures,
            formula=self.name,
            encoder=self.encoder,
            level=self.level,
            averages=self.averages,
            of_prompts=bool(self.needs & {"images", "files", "texts"}),
            higher_is_better=self.higher_is_better,
            low=(low - SLACK) * reach,
            high=(high + SLACK) * reach,
            tolerance=usual if self.tolerance is None else self.tolerance,
            fingerprint=fingerprint,
        )

    def role(self) -> str:
        """The encoder's role.

        Raises:
            ValueError: the metric has none.
        """
        if self.encoder is None:
            raise ValueError(f"the metric {self.name} has no encoder")
        return self.encoder
