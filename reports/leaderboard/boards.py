"""What a leaderboard shows, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from dreambench.reports.cells import Cell, Column
from dreambench.reports.page.contents import PagePlot, PageProtocol
from dreambench.reports.published import PublishedRow


class Ranks(Protocol):
    """A submission's rank in a metric, as the statistics give it."""

    @property
    def rank(self) -> int:
        """1 for the best of the board."""

    @property
    def low(self) -> int:
        """The best rank within its 95% interval."""

    @property
    def high(self) -> int:
        """The worst."""


class SubjectScores(Protocol):
    """One subject's scores, as a submission has them."""

    @property
    def class_noun(self) -> str:
        """What the subject is called in prompts."""

    @property
    def kind(self) -> str:
        """What kind of subject it is."""

    @property
    def n_images(self) -> int:
        """How many images are scored."""

    @property
    def scores(self) -> Mapping[str, float | None]:
        """Metric key -> score."""


class Refusal(Protocol):
    """A file that is not on the leaderboard."""

    @property
    def file(self) -> str:
        """Its name."""

    @property
    def reason(self) -> str:
        """Why, as a sentence."""


@dataclass(frozen=True)
class RankedCell:
    """A mean over subjects with its interval, and the ranks that it has.

    Attributes:
        cell: mean and 95% interval.
        ranks: None without a value, and for what stands apart.
    """

    cell: Cell
    ranks: Ranks | None = None

    @property
    def ranks_text(self) -> str:
        """ "2", or "1–3" for what cannot be told apart; a dash without a rank."""
        if self.ranks is None:
            return "–"
        return str(self.ranks.low) if self.ranks.low == self.ranks.high else f"{self.ranks.low}–{self.ranks.high}"


@dataclass(frozen=True)
class Thumbnail:
    """A small picture of a submission: what it shows, and a WebP file's bytes, encoded anew."""

    caption: str
    webp: bytes


#: So many of those with the same images are named in a row.
_SAME_SHOWN: Final = 3
Facts = Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """A submission on its board.

    Attributes:
        slug: of its page's file; letters, digits and dashes, no two alike.
        name, authors: as the submission says.
        url: http or https, or nothing.
        method, suite, base_model, training, day: what made it and when, for filters; "" where not known.
        cells: metric key -> value over all subjects, ranked.
        per_kind: kind -> metric key -> value.
        subjects: id -> scores, in alphabetical order.
        settings, facts, commands: how it was made.
        sentences: about its file and its images.
        apart: why it has no rank, in a few words; "" for one that has.
        same_images: names of others on the board with the very same images, at most ten of them.
        n_same_images: how many there are.
        thumbnails: the same subjects and prompts for every entry of a board.
    """

    slug: str
    name: str
    authors: str
    url: str | None
    method: str
    suite: str
    base_model: str
    training: str
    day: str
    cells: Mapping[str, RankedCell]
    per_kind: Mapping[str, Mapping[str, Cell]]
    subjects: Mapping[str, SubjectScores]
    settings: Facts
    facts: Facts
    commands: tuple[str, ...]
    sentences: tuple[str, ...]
    apart: str = ""
    same_images: tuple[str, ...] = ()
    n_same_images: int = 0
    thumbnails: tuple[Thumbnail, ...] = ()

    @property
    def sameness(self) -> str:
        """ "same images as A, B, C and 98 more"; "" where nobody else has them."""
        if not self.same_images:
            return ""
        names = self.same_images[:_SAME_SHOWN]
        more = self.n_same_images - len(names)
        return f"same images as {', '.join(names)}{f' and {more:,} more' if more > 0 else ''}"


@dataclass(frozen=True)
class BoardPage:
    """A table of submissions that may be compared.

    Attributes:
        slug: of its downloads, and its place on the page.
        title: "miniature on mini".
        protocol: name, fingerprint, in words.
        dataset, scope: in words.
        columns: metrics; the first one is what the table is sorted by at first.
        entries: those with ranks, the best in the first metric first.
        apart: submissions without ranks.
        beside: yardstick -> metric key -> value: rows that no submission made.
        plot: the trade-off; None where it cannot be drawn.
        own_prompts: what was asked, where it is not the official prompts.
    """

    slug: str
    title: str
    protocol: PageProtocol
    dataset: str
    scope: str
    columns: tuple[Column, ...]
    entries: tuple[Entry, ...]
    apart: tuple[Entry, ...] = ()
    beside: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    plot: PagePlot | None = None
    own_prompts: tuple[str, ...] = ()

    @property
    def all_entries(self) -> tuple[Entry, ...]:
        """Every submission of the board."""
        return (*self.entries, *self.apart)


@dataclass(frozen=True)
class Leaderboard:
    """All of it."""

    title: str
    boards: tuple[BoardPage, ...]
    published: tuple[PublishedRow, ...]
    refused: tuple[Refusal, ...]
    made_with: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every submission of every board."""
        return tuple(entry for board in self.boards for entry in board.all_entries)
