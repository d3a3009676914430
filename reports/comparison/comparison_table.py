"""A comparison as plain records: what every format is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from dreambench.dataset.words import counted
from dreambench.reports.cells import Cell, Column, known
from dreambench.reports.published.row import PUBLISHED_COLUMNS, PublishedRow
from dreambench.reports.table import decimals_of

Format = Literal["table", "markdown", "latex", "csv", "json"]
FORMATS: Final[tuple[Format, ...]] = ("table", "markdown", "latex", "csv", "json")
#: Holm-adjusted p-values up to these get the mark.
MARKS: Final[tuple[tuple[float, str], ...]] = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
TIED: Final = "≈"
PUBLISHED_TITLE: Final = "From the literature: other protocols, so not comparable with the rows above"
OTHER_PROTOCOL_TITLE: Final = "From the literature, under protocols known to differ: comparable with no row of another source"


class Significance(Protocol):
    """A metric's paired difference to the run that the others are held against, as the statistics give it."""

    @property
    def difference(self) -> float:
        """Mean over subjects, this run minus the other; NaN where a run lacks the metric."""

    @property
    def low(self) -> float:
        """The low end of its 95% interval."""

    @property
    def high(self) -> float:
        """The high end."""

    @property
    def p_value(self) -> float:
        """Of the paired permutation test."""

    @property
    def adjusted_p_value(self) -> float:
        """The same after Holm over the metrics."""

    @property
    def n_subjects(self) -> int:
        """Subjects in the pairing."""

    @property
    def n_cells(self) -> int:
        """Pairs of subject and prompt in the pairing."""


class Order(Protocol):
    """Whether several encoders put two runs in the same order."""

    @property
    def run(self) -> str:
        """The run's label."""

    @property
    def against(self) -> str:
        """The label of the run that it is held against."""

    @property
    def formula(self) -> str:
        """What is measured in several encoders' spaces."""

    @property
    def holds(self) -> bool:
        """Whether every encoder puts the two in the same order."""

    @property
    def verdicts(self) -> Sequence["Verdict"]:
        """One an encoder."""

    def sentence(self) -> str:
        """The order in words."""


class Verdict(Protocol):
    """What one metric says of two runs."""

    @property
    def key(self) -> str:
        """The metric's."""

    @property
    def label(self) -> str:
        """What tables call it."""

    @property
    def better(self) -> bool | None:
        """Whether the run is better than the other one; None where they are equal."""

    @property
    def difference(self) -> float:
        """Run minus the other one."""

    @property
    def p_holm(self) -> float:
        """Of the paired test, corrected."""


@dataclass(frozen=True)
class Score:
    """One run's value in one metric.

    Attributes:
        cell: mean and interval.
        rank: 1 for the best of the block's runs, 2 for the second best, None for the others and where none is given.
        tied: not the best, but not significantly different from it.
        against: the difference to the run held against, if there is one.
    """

    cell: Cell
    rank: int | None = None
    tied: bool = False
    against: Significance | None = None


@dataclass(frozen=True)
class ComparedRow:
    """One run as a row: its label, where it is, what it was scored under, and its scores by a column's key."""

    label: str
    folder: str
    protocol: str
    fingerprint: str
    scores: Mapping[str, Score] = field(default_factory=dict)

    def score(self, column: Column) -> Score:
        """The value in a column; one without a mean where there is none."""
        return self.scores.get(column.key, Score(Cell(None)))


@dataclass(frozen=True)
class Block:
    """All runs over all subjects and prompts, or over one kind of subject or one family of prompts.

    Attributes:
        breakdown: "all", "kind" or "family".
        name: what it is called: "live subjects", "accessories".
        n_subjects: in it.
        prompts: the fewest and the most that a subject of it has.
        rows: the runs, in the same order in every block.
    """

    breakdown: str
    name: str
    n_subjects: int
    prompts: tuple[int, int]
    rows: tuple[ComparedRow, ...]

    @property
    def title(self) -> str:
        """ "accessories: 9 subjects, 10 prompts each"."""
        least, most = self.prompts
        prompts = counted(most, "prompt") if least == most else f"{least} to {most} prompts"
        return f"{self.name}: {counted(self.n_subjects, 'subject')}, {prompts}{' each' if self.n_subjects > 1 else ''}"

    def columns(self, columns: Sequence[Column]) -> list[Column]:
        """Those of the columns in which a row has a value."""
        return [column for column in columns if any(row.score(column).cell.mean is not None for row in self.rows)]

    def decimals(self, columns: Sequence[Column]) -> dict[str, int]:
        """How many decimals the block's values need, by column's key."""
        return {column.key: decimals_of(row.score(column).cell.mean for row in self.rows) for column in columns}


@dataclass(frozen=True)
class ComparisonTable:
    """A whole comparison.

    Attributes:
        columns: the metrics to show, in order.
        blocks: the whole first, then the parts asked for.
        reference: the label of the run that the others are held against; None without tests.
        published: rows from the literature, to be set apart.
        remarks: sentences that a reader must know of this comparison.
        orders: for which encoders the order of two runs holds.
        apart: the columns whose values the runs made in different ways, so that they do not compare.
    """

    columns: tuple[Column, ...]
    blocks: tuple[Block, ...]
    reference: str | None = None
    published: tuple[PublishedRow, ...] = ()
    remarks: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()
    apart: tuple[Column, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that a legend says of this comparison: its remarks, then the orders in words."""
        return (*self.remarks, *(order.sentence() for order in self.orders))

    @property
    def protocols(self) -> dict[str, str]:
        """Fingerprint -> protocol's name, in the order of the rows; more than one in a mixed table."""
        return {row.fingerprint: row.protocol for row in self.blocks[0].rows}

    @property
    def mixed(self) -> bool:
        """Whether rows were made under different fingerprints; a letter at each then says which. What they share compares."""
        return len(self.protocols) > 1

    def letter(self, row: ComparedRow) -> str:
        """In a mixed table, the letter that stands for the row's fingerprint; else nothing."""
        return _letter(list(self.protocols).index(row.fingerprint)) if self.mixed else ""

    @property
    def published_groups(self) -> tuple[tuple[str, tuple[PublishedRow, ...]], ...]:
        """The published rows under their titles: those under a protocol that is known to differ come last, by themselves."""
        usual = tuple(row for row in self.published if not row.differs)
        other = tuple(row for row in self.published if row.differs)
        return tuple(pair for pair in ((PUBLISHED_TITLE, usual), (OTHER_PROTOCOL_TITLE, other)) if pair[1])

    @property
    def published_columns(self) -> tuple[Column, ...]:
        """The columns of the literature in which a published row has a value."""
        return tuple(column for column in PUBLISHED_COLUMNS if any(column.key in row.cells for row in self.published))


def stars(score: Score) -> str:
    """For the Holm-adjusted p-value against the reference: * up to 0.05, ** up to 0.01, *** up to 0.001."""
    p_value = None if score.against is None else known(score.against.adjusted_p_value)
    return "" if p_value is None else next((mark for bound, mark in MARKS if p_value <= bound), "")


def _letter(place: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    return (_letter(place // 26 - 1) if place >= 26 else "") + "abcdefghijklmnopqrstuvwxyz"[place % 26]
