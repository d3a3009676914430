"""The options of `bench score` that change a result, as they were given."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from dreambench.benchmark.declarations.options import FILE, NAME_OR_FILE


class ScoreOptions(BaseModel):
    """What `bench score` was given, besides the images. A new option is a new field; its default is never typed.

    Paths start from the folder of the summary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    suite: Annotated[str | None, NAME_OR_FILE] = None
    """Whose dataset and encoders."""
    protocol: Annotated[str | None, NAME_OR_FILE] = None
    """The protocol; None for the suite's."""
    metrics: tuple[str, ...] | None = None
    """Only these of the protocol's; None for all."""
    subjects: tuple[str, ...] | None = None
    """Only these; None for all."""
    prompts: tuple[int, ...] | None = None
    """Only these, by number; None for all."""
    images_per_prompt: int | None = None
    """Images for every prompt; None for the protocol's number."""
    prior: Annotated[str | None, FILE] = None
    """The folder of prior images; None for a run's own, or none."""
    pattern: str | None = None
    """Where an image lies below the folder; None for the usual one."""
    layout: Annotated[str | None, NAME_OR_FILE] = None
    """How another code base names its images, in place of a pattern."""
    manifest: Annotated[str | None, FILE] = None
    """The file that lists the images, in place of a pattern."""
    keep_black: bool = False
    """Whether all-black images are scored as they are."""
    name: str | None = None
    """What tables call the method."""
    citation: str | None = None
    """Where the method is published."""
