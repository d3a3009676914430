"""What results keep of the declarations that they were made under, whole, so that no reader has to find them again."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.reading import sentence
from dreambench.benchmark.metrics.info import Pooling
from dreambench.dataset.errors import UserError


class DatasetRecord(BaseModel):
    """Which reference images and prompts."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    """What runs and tables call the dataset."""
    checksum: str
    """Over ids, class nouns, kinds, the reference images' bytes and, where they are not the official ones, the prompts."""


class RecordedProtocol(BaseModel):
    """A protocol as it was declared; fields at their neutral values are left out. It can be read where its plug-ins are not."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)

    name: str
    """The protocol's name."""
    pooling: Pooling = "micro"
    """How values are averaged."""
    scale: float = Field(default=1.0, gt=0)
    """What cosines are multiplied by."""
    images_per_prompt: int = Field(default=4, ge=1)
    """How many images a prompt it scores."""
    metrics: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    """Each metric's declaration by key."""

    @classmethod
    def of(cls, protocol: Protocol) -> "RecordedProtocol":
        """The record of a protocol."""
        return cls.model_validate(protocol.record())

    def declared(self) -> Protocol:
        """The protocol itself.

        Raises:
            UserError: a formula of its metrics comes from a plug-in that is not installed here.
        """
        values: dict[str, Any] = self.model_dump(mode="json")
        try:
            return Protocol.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            message = first["msg"].removeprefix("Value error, ")
            raise UserError(f"The recorded protocol '{self.name}' cannot be used here: {sentence(message)}") from error
