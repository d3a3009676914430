"""From compared runs to the records that tables are rendered from."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    from dreambench.benchmark.metrics import MetricInfo
    from dreambench.benchmark.results.comparison import ScoredRun
    from dreambench.benchmark.results.parts import Breakdown, Part, PartOfRun
    from dreambench.benchmark.statistics import Comparison
    from dreambench.reports.comparison import Block, ComparedRow, ComparisonTable, PublishedRow, Score, Significance
    from dreambench.reports.records import Cell, Column

_OF_METRIC = "{key}: {label}"


def comparison_table(
    runs: "Sequence[ScoredRun]",
    infos: "Sequence[MetricInfo]",
    *,
    against: int | None = None,
    per: "Sequence[Breakdown]" = (),
    published: "Sequence[PublishedRow]" = (),
    remarks: Sequence[str] = (),
) -> "ComparisonTable":
    """Compare runs over the same subjects and prompts, as a table.

    Args:
        runs: of `read_scored`, checked by `dreambench.benchmark.results.comparison`.
        infos: the metrics, in the order of the columns.
        against: the place of the run that the others are held against; None for no tests.
        per: parts wanted besides the whole.
        published: rows from the literature.
        remarks: sentences for the legend.
    """
    from dreambench.benchmark.results.parts import compare_parts
    from dreambench.benchmark.statistics import least_p_value
    from dreambench.reports.comparison import ComparisonTable
    from dreambench.reports.escaping import plain_name

    parts = compare_parts(runs, infos, against=against, per=per)
    columns, keys = _columns(runs, infos)
    said = list(remarks)
    tests = max(1, len(runs) - 1)
    few = [part for part in parts if len(runs) > 1 and least_p_value(part.n_subjects) * tests > 0.05]
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
    )


def place_of(wanted: str, runs: "Sequence[ScoredRun]") -> int:
    """The place of the run that --against names: by its folder, or by its label in the table.

    Raises:
        UserError: it is none of them, or several.
    """
    from pathlib import Path

    folders = [place for place, run in enumerate(runs) if run.run.root.resolve() == Path(wanted).expanduser().resolve()]
    places = folders or [place for place, run in enumerate(runs) if wanted in (run.label, run.run.method)]
    if len(places) != 1:
        choices = ", ".join(run.label for run in runs)
        how = "none" if not places else "more than one"
        raise UserError(f"--against {wanted} is {how} of the runs compared; name one's folder, or its row: {choices}.")
    return places[0]


def _columns(runs: "Sequence[ScoredRun]", infos: "Sequence[MetricInfo]") -> "tuple[tuple[Column, ...], list[dict[str, str]]]":
    """The columns with a value, and for every run the column that each of its metrics belongs to.

    A metric that runs measured in different ways (DIV by LPIPS or by DINO, in a mixed table) has a column for each.
    """
    from dreambench.reports.escaping import plain_name
    from dreambench.reports.records import Column

    columns: list[Column] = []
    keys: list[dict[str, str]] = [{} for _ in runs]
    for info in infos:
        by_label: dict[str, str] = {}
        for place, run in enumerate(runs):
            entry: dict[str, Any] = run.run.overall.get(info.key, {})
            if entry.get("mean") is None:
                continue
            label = plain_name(str(entry.get("label") or info.label))
            if label not in by_label:
                by_label[label] = info.key if not by_label else _OF_METRIC.format(key=info.key, label=label)
                columns.append(Column(by_label[label], label, info.higher_is_better))
            keys[place][info.key] = by_label[label]
    return tuple(columns), keys


def _block(part: "Part", runs: "Sequence[ScoredRun]", keys: list[dict[str, str]]) -> "Block":
    from dreambench.reports.comparison import Block

    return Block(
        breakdown=part.breakdown,
        name=part.name,
        n_subjects=part.n_subjects,
        prompts=part.prompts,
        rows=tuple(_row(run, part.runs[place], keys[place]) for place, run in enumerate(runs)),
    )


def _row(run: "ScoredRun", compared: "PartOfRun", keys: dict[str, str]) -> "ComparedRow":
    from dreambench.reports.comparison import ComparedRow
    from dreambench.reports.escaping import plain_name

    return ComparedRow(
        label=plain_name(run.label),
        folder=str(run.run.root),
        protocol=plain_name(run.run.protocol),
        fingerprint=plain_name(run.run.fingerprint),
        scores={column: _score(compared, key) for key, column in keys.items() if key in compared.intervals},
    )


def _score(compared: "PartOfRun", key: str) -> "Score":
    from dreambench.reports.comparison import Score

    return Score(
        cell=_cell(compared, key),
        rank=compared.ranks.get(key),
        tied=key in compared.tied,
        against=_significance(compared.against[key]) if key in compared.against else None,
    )


def _cell(compared: "PartOfRun", key: str) -> "Cell":
    from dreambench.reports.records import Cell

    interval = compared.intervals[key]
    return Cell(_number(interval.mean), _number(interval.low), _number(interval.high))


def _significance(each: "Comparison") -> "Significance":
    from dreambench.reports.comparison import Significance

    return Significance(
        difference=_number(each.difference),
        low=_number(each.low),
        high=_number(each.high),
        p_value=_number(each.p_value),
        adjusted_p_value=_number(each.adjusted_p_value),
        n_subjects=each.n_subjects,
        n_cells=each.n_cells,
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
