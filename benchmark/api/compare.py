"""`compare`: runs side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.reporting.comparison_table import comparison_table, number_of
from dreambench.benchmark.results.comparison import (
    ScoredRun,
    check_same_dataset,
    check_same_prompts,
    comparable_metrics,
    every_metric,
    missing_in_words,
    read_scored,
    restrict_to_shared,
)
from dreambench.benchmark.results.finished import FinishedRun, read_finished
from dreambench.benchmark.results.parts import Breakdown
from dreambench.benchmark.results.precision_compared import precision_in_words
from dreambench.benchmark.results.seeds import pooled_over_seeds, seed_spreads
from dreambench.dataset.collection import RELEASED
from dreambench.dataset.errors import UserError
from dreambench.reports.comparison import ComparisonTable, Format, render_comparison
from dreambench.reports.escaping import plain
from dreambench.reports.published import published_rows, spread_sentence

if TYPE_CHECKING:
    import pandas as pd

    from dreambench.benchmark.metrics import MetricInfo


@dataclass(frozen=True, eq=False)
class Compared:
    """Runs side by side.

    Attributes:
        table: columns, rows, paired tests, and for which encoders the order of two runs holds.
    """

    table: ComparisonTable

    def render(self, form: Format) -> str:
        """The comparison as "table", "markdown", "latex", "csv" or "json"."""
        return render_comparison(self.table, form=form)

    def frame(self) -> "pd.DataFrame":
        """A row a run and part, with means, intervals, ranks and paired tests; the columns of the CSV."""
        import io

        import pandas as pd

        return pd.read_csv(io.StringIO(self.render("csv")))

    def __str__(self) -> str:
        return self.render("table")

    def _repr_markdown_(self) -> str:
        return self.render("markdown")


def compare(
    *runs: str | Path,
    against: str | Path | None = None,
    per: Sequence[Breakdown] = (),
    published: bool = False,
    shared: bool = False,
    allow_mixed: bool = False,
    pool_seeds: bool = False,
    labels: Sequence[str] = (),
) -> Compared:
    """Compare runs: means, 95% intervals, the best and what is within noise of it, and paired tests.

    Runs compare on the metrics that they made in the same way, by each metric's fingerprint; the others are left out and
    named. Differences are tested by a paired permutation test over subjects, Holm-corrected over the metrics. Where runs differ
    in their seed alone, sentences below say what makes their scores vary, and which difference is too small to believe.

    Args:
        runs: runs' folders, or folders that `score` wrote.
        against: the run, by folder or label, that the others are tested against; None takes the first.
        per: parts wanted besides the whole: "kind" of subject, "family" of prompts.
        published: add rows from the literature, set apart.
        shared: compare only the subjects and prompts that all runs have.
        allow_mixed: show metrics made in different ways too, marked, with no test across.
        pool_seeds: one row for runs that differ in their seed alone: the mean over the seeds. Every seed trains every subject
            anew, so the interval over subjects covers the seeds too.
        labels: what the table calls the runs, in their order; empty for their methods' or folders' names.

    Raises:
        UserError: the runs cannot stand in one table; the message says in words what differs.

    Examples:
        >>> import dreambench
        >>> compared = dreambench.compare("mine", "theirs")
        >>> compared.frame().set_index("method")["dino"].idxmax()
        'Mine'
        >>> print(compared.render("markdown"))
        | Method | DINO ↑ |
        ...
    """
    folders = [Path(run) for run in runs]
    if against is not None and Path(against).is_dir() and Path(against).resolve() not in [run.resolve() for run in folders]:
        folders.insert(0, Path(against))
    if len({folder.resolve() for folder in folders}) != len(folders):
        raise UserError("A run is named twice; name each folder once.")
    if not folders or (len(folders) < 2 and not published):
        raise UserError("bench compare needs two runs or more, or one with --published; name another folder.")
    finished = [read_finished(folder) for folder in folders]
    infos, remarks = _metrics(finished, allow_mixed=allow_mixed)
    check_same_dataset(finished)
    scored = read_scored(finished, infos)
    if labels:
        scored = [replace(run, label=label) for run, label in zip(scored, labels, strict=True)]
    if shared:
        scored, said = _shared(scored)
        remarks += said
    else:
        check_same_prompts(scored, way_out="add --shared to compare those that all have")
    remarks += map(plain, (*missing_in_words(scored, infos), *precision_in_words(scored)))
    if published:
        remarks += [*_not_the_photos(scored), spread_sentence(published_rows())]
    for spread in seed_spreads(scored, infos):
        remarks += map(plain, spread.sentences())
    if pool_seeds:
        scored = pooled_over_seeds(scored)
    reference = number_of(str(against), scored) if against is not None else 0 if len(scored) > 1 else None
    rows = published_rows() if published else ()
    return Compared(comparison_table(scored, infos, against=reference, per=per, published=rows, remarks=remarks))


def _metrics(runs: Sequence[FinishedRun], *, allow_mixed: bool) -> "tuple[list[MetricInfo], list[str]]":
    """The metrics to show, and what is left out in words."""
    if not allow_mixed:
        way_out = ", or add --allow-mixed for a table that marks them and tests nothing across"
        found = comparable_metrics(runs, way_out=way_out)
        return list(found.infos), [found.remark] if found.remark else []
    return list(every_metric(runs).infos), []


def _shared(scored: Sequence[ScoredRun]) -> tuple[list[ScoredRun], list[str]]:
    """The runs restricted to what they share, and what was done to them in words."""
    restricted = restrict_to_shared(scored)
    if all(len(before.prompts) == len(after.prompts) for before, after in zip(scored, restricted, strict=True)):
        return restricted, []
    there = sorted({len(run.prompts) for run in scored})
    remark = (
        f"Only the {len(restricted[0].prompts)} pairs of subject and prompt that all runs have, of "
        f"{' or '.join(map(str, there))}; the numbers differ from those of the whole runs."
    )
    return restricted, [remark]


def _not_the_photos(runs: Sequence[ScoredRun]) -> list[str]:
    """A warning where runs and literature are not even about the same images."""
    name = runs[0].run.summary.dataset.name
    if name == RELEASED:
        return []
    return [f"The rows from the literature are about the 30 photo subjects, these runs about the dataset '{name}'."]
