"""What a leaderboard shows, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass

from dreambench.reports.comparison.records import PublishedRow
from dreambench.reports.page.records import PageColumn, PageProtocol
from dreambench.reports.records import Cell


@dataclass(frozen=True)
class RankedCell:
    """A mean over subjects with its interval, and the ranks that it has.

    Attributes:
        cell: mean and 95% interval.
        rank: 1 for the best of the board in this metric; None without a value.
        low, high: the best and the worst rank within the interval of ranks.
    """

    cell: Cell
    rank: int | None = None
    low: int | None = None
    high: int | None = None

    @property
    def ranks(self) -> str:
        """ "2", or "1–3" for what cannot be told apart; a dash without a value."""
        if self.rank is None:
            return "–"
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"


@dataclass(frozen=True)
class SubjectScores:
    """One subject's row: its id, class noun and kind, how many images, and metric key -> score."""

    id: str
    class_noun: str
    kind: str
    n_images: int
    scores: Mapping[str, float | None]


Facts = Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """A submission on its board.

    Attributes:
        slug: of its page's file; letters, digits and dashes, no two alike.
        name, authors: as the submission says.
        url: http or https, or nothing.
        method, suite: what made it, for filters; "" where not known.
        cells: metric key -> value over all subjects, ranked.
        per_kind: kind -> metric key -> value.
        subjects: in alphabetical order.
        settings, facts, commands: how it was made.
        sentences: about its file and its images.
        remark: what readers of the table must know, such as that it copies; "" for nothing.
    """

    slug: str
    name: str
    authors: str
    url: str | None
    method: str
    suite: str
    cells: Mapping[str, RankedCell]
    per_kind: Mapping[str, Mapping[str, Cell]]
    subjects: tuple[SubjectScores, ...]
    settings: Facts
    facts: Facts
    commands: tuple[str, ...]
    sentences: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True)
class BoardPage:
    """A table of submissions that may be compared.

    Attributes:
        slug: of its downloads, and its place on the page.
        title: "miniature on mini".
        protocol: name, fingerprint, in words.
        dataset, scope: in words.
        columns: metrics; the first one is what the table is sorted by at first.
        entries: the best in the first metric first.
    """

    slug: str
    title: str
    protocol: PageProtocol
    dataset: str
    scope: str
    columns: tuple[PageColumn, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Refused:
    """A file that is not on the leaderboard, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Leaderboard:
    """All of it."""

    title: str
    boards: tuple[BoardPage, ...]
    published: tuple[PublishedRow, ...]
    refused: tuple[Refused, ...]
    made_with: str
