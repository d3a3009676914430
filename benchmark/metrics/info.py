"""What readers of a result need to know of a metric: stored with the scores, so that a table needs no plug-in to be made."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from dreambench.benchmark.statistics import Weigh

Level = Literal["image", "subject"]
#: What an image's value is a mean over: its one value, or its pairs with reference images.
Averages = Literal["images", "pairs"]
Pooling = Literal["micro", "macro", "pairs"]
#: What a metric's key looks like.
KEY: Final = r"^[a-z][a-z0-9_]{0,39}$"


class MetricInfo(BaseModel):
    """A metric as tables, gates, plots, pages, submissions and leaderboards meet it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    key: str = Field(pattern=KEY)
    """Its column in scores.parquet or subjects.parquet."""
    label: str = Field(min_length=1, max_length=40)
    """What tables call it."""
    measures: str = Field(default="", max_length=300)
    """One phrase for a legend."""
    formula: str = Field(min_length=1, max_length=80)
    """The formula's name."""
    encoder: str | None = None
    """The encoder's role in the protocol; None for a metric that needs none."""
    level: Level
    """"image": every image has a value. "subject": only a subject has one."""
    averages: Averages = "images"
    """"pairs": an image's value is a mean over its pairs with reference images."""
    of_prompts: bool = True
    """Whether it depends on the prompts' images; False for one of prior images alone."""
    higher_is_better: bool
    """Which way is up."""
    low: FiniteFloat
    """The smallest value that a subject can have, the protocol's scale included."""
    high: FiniteFloat
    """The largest."""
    tolerance: FiniteFloat = Field(ge=0)
    """The loss that is no regression, unless a check names another one; the protocol's scale included."""
    fingerprint: str = Field(default="", max_length=64)
    """Twelve hex digits over all that moves its numbers: formula, encoder, transform, references, pooling, text. Two values
    compare where these agree. Empty where the encoders were not loaded."""

    def weigh(self, pooling: str) -> Weigh:
        """How subjects count in the metric's mean under a protocol's pooling.

        Args:
            pooling: "micro" over images, "macro" over subjects, "pairs" over pairs of an image and a reference image; a
                metric without pairs (CLIP-T) is then a mean over images. One that only a subject has is a mean over
                subjects under any pooling.
        """
        if self.level == "subject" or pooling == "macro":
            return "alike"
        return "pairs" if pooling == "pairs" and self.averages == "pairs" else "images"
