"""A row from the literature: what a paper prints of a method, who ran it, and what is known of its protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dreambench.reports.cells import Cell, Column

#: What papers print. Their DIV is LPIPS, which a column "DIV (DINO)" must not hold.
PUBLISHED_COLUMNS: Final[tuple[Column, ...]] = (
    Column("dino", "DINO", True),
    Column("clip_i", "CLIP-I", True),
    Column("clip_t", "CLIP-T", True),
    Column("pres", "PRES", False),
    Column("div", "DIV", True),
)
_DIFFERENT: Final = "different: "


@dataclass(frozen=True)
class PublishedRow:
    """A row from the literature.

    Attributes:
        method: its name there.
        backbone: the base model; "" if the source does not say.
        cells: metric key -> the mean printed there; nobody prints intervals.
        source: the table or tables that print it.
        protocol: "unknown", or "different: " and how it differs.
        note: what else to know; "" for nothing.
        ran_by: whose run it is, by the paper's name; "" where that is not said.
    """

    method: str
    backbone: str
    cells: Mapping[str, Cell]
    source: str
    protocol: str
    note: str = ""
    ran_by: str = ""

    def mean(self, column: Column) -> float | None:
        """The value for a column, if that is one of the literature's."""
        return self.cells[column.key].mean if column in PUBLISHED_COLUMNS and column.key in self.cells else None

    @property
    def differs(self) -> bool:
        """Whether its protocol is known to be another one than the field's usual (a mask, one reference image), so that it
        does not even compare with other published rows."""
        return self.protocol.startswith(_DIFFERENT)

    @property
    def label(self) -> str:
        """ "DreamBooth, Imagen"."""
        return f"{self.method}, {self.backbone}" if self.backbone else self.method

    @property
    def facts(self) -> tuple[str, ...]:
        """ "DreamBooth paper Table 1", "run by DreamBooth", "protocol unknown"."""
        ran = f"run by {self.ran_by}" if self.ran_by else ""
        return tuple(part for part in (self.source, ran, f"protocol {self.protocol}", self.note) if part)

    @property
    def provenance(self) -> str:
        """The same as one text."""
        return "; ".join(self.facts)
