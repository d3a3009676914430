"""What `run` and `merge` return: a finished run, or one part of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.summary import Summary
from dreambench.benchmark.runs.shard import Shard, how_to_merge
from dreambench.dataset.errors import UserError


@dataclass(frozen=True, eq=False)
class Run(FinishedRun):
    """A finished run: its folder, its summary, and with `scores()` its tables.

    Attributes:
        checkpoints: number of steps -> the run with so many, of those that were made in one training; empty for others.
    """

    checkpoints: "Mapping[int, Run]" = field(default_factory=dict, repr=False)

    @property
    def folder(self) -> Path:
        """Where images, scores and the contact sheet are."""
        return self.root

    @property
    def shard(self) -> Shard | None:
        """The part of the run that was done; None for the whole run."""
        return None

    def _repr_html_(self) -> str:
        from dreambench.benchmark.api.score import means_html

        return means_html(self.summary)


class Part(Run):
    """One part of a run, whose units are done. The scores are those of all parts together, so it has none."""

    def __init__(self, root: Path, shard: Shard) -> None:
        object.__setattr__(self, "root", root)  # as a frozen dataclass does it
        object.__setattr__(self, "checkpoints", {})
        self.__dict__["_shard"] = shard

    @property
    def shard(self) -> Shard:
        """The part of the run that was done."""
        found: Shard = self.__dict__["_shard"]
        return found

    @property
    def summary(self) -> Summary:
        """A part has none.

        Raises:
            UserError: always; the sentence says how to merge.
        """
        raise UserError(
            f"{self.root} is part {self.shard} of a run, which is scored as a whole; when all parts are done: "
            f"{how_to_merge(self.root, self.shard)}"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(in_words(self.root, self.shard))}</p>"


def in_words(root: Path, shard: Shard) -> str:
    """That a part is done, and how the run goes on."""
    return f"Part {shard} is done in {root}. When all parts are, score them: {how_to_merge(root, shard)}"
