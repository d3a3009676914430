"""Numbers from the literature, shipped with the package: rows, where they come from, and how far apart two teams' rows lie."""

from dreambench.reports.published.reading import published_rows, read_data
from dreambench.reports.published.row import PUBLISHED_COLUMNS, PublishedRow
from dreambench.reports.published.spread import Spread, spread_sentence, spreads

__all__ = [
    "PUBLISHED_COLUMNS",
    "PublishedRow",
    "Spread",
    "published_rows",
    "read_data",
    "spread_sentence",
    "spreads",
]
