"""Who made a reference image and under which licence it may be used."""

from pydantic import BaseModel, ConfigDict


class Credit(BaseModel):
    """Licence and attribution of one image; None is what nobody told.

    Attributes:
        licence: a short name: "CC-BY-4.0", "Unsplash", or what a `subjects.toml` says.
        creator: who made it.
        source: where it, or else its creator's page, is on the web.
        note: a remark of the release's own: "02 flipped".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    licence: str | None = None
    creator: str | None = None
    source: str | None = None
    note: str | None = None
