"""What a user may set of an engine: frozen models that refuse unknown keys."""

from pydantic import BaseModel, ConfigDict


class EngineSettings(BaseModel):
    """The base of every engine's settings, and those of an engine that has none. No result depends on them.

    `--engine-set KEY=VALUE` sets a field; the docstring below a field says what it does. Every field has a default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
