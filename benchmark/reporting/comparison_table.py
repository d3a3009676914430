"""From compared runs to the records that tables are rendered from."""

from collections.abc import Sequence
from math import isfinite

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.orders import orders_of
from dreambench.benchmark.results.parts import Breakdown, Part, PartOfRun, compare_parts
from dreambench.benchmark.statistics import least_p_value
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded
from dreambench.reports.cells import Cell, Column, column_of, known
from dreambench.reports.comparison import Block, ComparedRow, ComparisonTable, Score
from dreambench.reports.escaping import plain_name
from dreambench.reports.published import PublishedRow

_OF_METRIC = "{key}: {label}"


def comparison_table(
    runs: Sequence[ScoredRun],
    infos: Sequence[MetricInfo],
    *,
    against: int | None = None,
    per: Sequence[Breakdown] = (),
    published: Sequence[PublishedRow] = (),
    remarks: Sequence[str] = (),
) -> ComparisonTable:
    """Compare runs over the same subjects and prompts, as a table.

    Args:
        runs: of `read_scored`, checked by `benchmark.results.comparison`.
        infos: the metrics, in the order of the columns.
        against: the number of the run that the others are held against; None for no tests.
        per: parts wanted besides the whole.
        published: rows from the literature.
        remarks: sentences for the legend.
    """
    parts = compare_parts(runs, infos, against=against, per=per)
    columns, keys = _columns(runs, infos)
    apart = _apart(runs, columns, keys)
    said = list(remarks)
    tests = max(1, len(runs) - 1)
    tested = len(runs) > 1 and len(apart) < len(columns)
    few = [part for part in parts if tested and least_p_value(part.n_subjects) * tests > 0.05]
    if few:
        names = "" if len(few) == len(parts) else f" ({', '.join(part.name for part in few)})"
        said.append(
            f"With so few subjects{names} no difference, however large, can be significant after the correction: "
            f"{few[0].n_subjects} subjects give p >= {least_p_value(few[0].n_subjects):.2g} each."
        )
    return ComparisonTable(
        columns=columns,
        blocks=tuple(_block(part, runs, keys) for part in parts),
        reference=None if against is None else plain_name(runs[against].label),
        published=tuple(published),
        remarks=tuple(said),
        orders=orders_of(parts[0], runs, infos, against=against),
        apart=apart,
    )


def number_of(wanted: str, runs: Sequence[ScoredRun]) -> int:
    """The number of the run that --against names: by its folder, or by its label in the table.

    Raises:
        UserError: it is none of them, or several.
    """
    folder = expanded(wanted).resolve()
    by_folder = [number for number, run in enumerate(runs) if run.run.root.resolve() == folder]
    numbers = by_folder or [number for number, run in enumerate(runs) if wanted in (run.label, run.run.method)]
    if len(numbers) != 1:
        choices = ", ".join(run.label for run in runs)
        how = "none" if not numbers else "more than one"
        raise UserError(f"--against {wanted} is {how} of the runs compared; name one's folder, or its row: {choices}.")
    return numbers[0]


def column_key(info: MetricInfo, columns: Sequence[Column]) -> str:
    """The key of the column that a run's metric stands in; its own key where it stands in none."""
    other = _OF_METRIC.format(key=info.key, label=plain_name(info.label))
    return other if any(column.key == other for column in columns) else info.key


def _columns(runs: Sequence[ScoredRun], infos: Sequence[MetricInfo]) -> tuple[tuple[Column, ...], list[dict[str, str]]]:
    """The columns with a value, and for every run the column that each of its metrics belongs to.

    A metric that runs measured in different ways (DIV by LPIPS or by DINO, in a mixed table) has a column for each label.
    """
    columns: list[Column] = []
    keys: list[dict[str, str]] = [{} for _ in runs]
    for info in infos:
        by_label: dict[str, str] = {}
        for number, run in enumerate(runs):
            own = run.run.metric(info.key)
            if own is None:
                continue
            label = plain_name(own.label)
            if label not in by_label:
                by_label[label] = info.key if not by_label else _OF_METRIC.format(key=info.key, label=label)
                columns.append(column_of(own.model_copy(update={"key": by_label[label], "label": label})))
            keys[number][info.key] = by_label[label]
    return tuple(columns), keys


def _apart(runs: Sequence[ScoredRun], columns: Sequence[Column], keys: list[dict[str, str]]) -> tuple[Column, ...]:
    """The columns whose values the runs made in different ways."""
    made: dict[str, set[str]] = {}
    for run, own in zip(runs, keys, strict=True):
        for info in run.run.metrics:
            if info.key in own:
                made.setdefault(own[info.key], set()).add(info.fingerprint)
    return tuple(column for column in columns if len(made[column.key]) > 1)


def _block(part: Part, runs: Sequence[ScoredRun], keys: list[dict[str, str]]) -> Block:
    return Block(
        breakdown=part.breakdown,
        name=part.name,
        n_subjects=part.n_subjects,
        prompts=part.prompts,
        rows=tuple(_row(run, part.runs[number], keys[number]) for number, run in enumerate(runs)),
    )


def _row(run: ScoredRun, compared: PartOfRun, keys: dict[str, str]) -> ComparedRow:
    return ComparedRow(
        label=plain_name(run.label),
        folder=str(run.run.root),
        protocol=plain_name(run.run.protocol),
        fingerprint=plain_name(run.run.fingerprint),
        scores={column: _score(compared, key) for key, column in keys.items() if key in compared.intervals},
    )


def _score(compared: PartOfRun, key: str) -> Score:
    interval, found = compared.intervals[key], compared.against.get(key)
    return Score(
        cell=Cell(known(interval.mean), known(interval.low), known(interval.high)),
        rank=compared.ranks.get(key),
        tied=key in compared.tied,
        against=found if found is not None and isfinite(found.difference) else None,
    )
