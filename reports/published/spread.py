"""How far apart the rows of one method lie that several papers print: what a lead over one of them may mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.reports.published.row import PUBLISHED_COLUMNS, PublishedRow

#: The metric that spreads are sorted by and told in words.
_FIRST: Final = PUBLISHED_COLUMNS[0]


@dataclass(frozen=True)
class Spread:
    """One method on one base model, as several rows print it.

    Attributes:
        label: the method and its base model.
        rows: two or more.
        ranges: metric key -> the lowest and the highest value printed; only metrics that two rows have.
    """

    label: str
    rows: tuple[PublishedRow, ...]
    ranges: Mapping[str, tuple[float, float]]

    def width(self, key: str) -> float | None:
        """Highest minus lowest; None where fewer than two rows have the metric."""
        return None if key not in self.ranges else self.ranges[key][1] - self.ranges[key][0]


def spreads(rows: Sequence[PublishedRow]) -> tuple[Spread, ...]:
    """The methods that several rows print, the widest in DINO first.

    Rows whose protocol is known to differ are left out: they need not agree. So are ablations: they are other methods.
    """
    by_label: dict[str, list[PublishedRow]] = {}
    for row in rows:
        if not row.differs:
            by_label.setdefault(row.label, []).append(row)
    found = [Spread(label, tuple(group), _ranges(group)) for label, group in by_label.items() if len(group) > 1]
    return tuple(sorted(found, key=lambda spread: -(spread.width(_FIRST.key) or 0.0)))


def spread_sentence(rows: Sequence[PublishedRow]) -> str:
    """In words, how far apart papers' rows of one method lie in DINO; "" where no two rows can be compared."""
    wide = [spread for spread in spreads(rows) if spread.width(_FIRST.key)]
    if not wide:
        return ""
    named = ", ".join(f"{spread.label} by {spread.width(_FIRST.key):.3f}" for spread in wide)
    return f"Papers that print the same method differ in DINO: {named}; a smaller lead over a published row says nothing."


def _ranges(rows: Sequence[PublishedRow]) -> dict[str, tuple[float, float]]:
    ranges = {}
    for column in PUBLISHED_COLUMNS:
        values = [mean for row in rows if (mean := row.mean(column)) is not None]
        if len(values) > 1:
            ranges[column.key] = (min(values), max(values))
    return ranges
