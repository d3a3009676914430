"""What ratings say of metrics, as tables."""

from typing import Any

from dreambench.benchmark.statistics import Interval
from dreambench.benchmark.validation.people import Agreement, PeopleAgreement
from dreambench.benchmark.validation.ratings import label_of
from dreambench.reports.cells import Cell, known
from dreambench.reports.escaping import plain_name
from dreambench.reports.text_table import TextTable


def cell_of(interval: Interval) -> Cell:
    """A number with its interval as a table has it."""
    return Cell(known(interval.mean), known(interval.low), known(interval.high))


def interval_record(interval: Interval) -> dict[str, Any]:
    """A number with its interval as JSON."""
    return {"value": known(interval.mean), "ci95": [known(interval.low), known(interval.high)], "n_clusters": interval.n}


def people_tables(found: PeopleAgreement) -> tuple[TextTable, ...]:
    """Correlations, then the methods' means."""
    keys = [metric.key for metric in found.metrics]
    agreements = TextTable(
        title=f"Spearman's correlation with people ({found.question}, mean of {found.n_raters} raters)",
        head=("", "images", "all images", "within one method", *(plain_name(method.method) for method in found.methods)),
        rows=tuple(_row(metric, found) for metric in found.metrics),
        apart=tuple(_row(rater, found) for rater in found.raters),
        notes=(
            f"Ratings: {plain_name(found.source)}. 95% intervals: bootstrap over {found.n_samples} samples. Within one method: "
            "the columns to its right, averaged by Fisher's z. Below: two people with each other.",
        ),
        decimals=2,
    )
    means = TextTable(
        title="Means by method, people's favourite first",
        head=("", "images", "people", *(label_of(key) for key in keys)),
        rows=tuple(
            (plain_name(row.method), str(row.n_images), Cell(row.people), *(Cell(known(row.metrics[key])) for key in keys))
            for row in found.methods
        ),
        notes=tuple(
            f"{label_of(key)} puts {plain_name(higher)} above {plain_name(lower)}; people say the opposite."
            for key, higher, lower in found.reversals()
        ),
    )
    return agreements, means


def people_record(found: PeopleAgreement) -> dict[str, Any]:
    """All of it as JSON values."""
    return {
        "source": found.source,
        "question": found.question,
        "n_samples": found.n_samples,
        "n_raters": found.n_raters,
        "metrics": [_record(metric) for metric in found.metrics],
        "raters": [_record(rater) for rater in found.raters],
        "methods": [
            {
                "method": row.method,
                "n_images": row.n_images,
                "people": known(row.people),
                "metrics": {key: known(value) for key, value in row.metrics.items()},
            }
            for row in found.methods
        ],
        "reversals": [{"metric": key, "higher": higher, "lower": lower} for key, higher, lower in found.reversals()],
    }


def _row(agreement: Agreement, found: PeopleAgreement) -> tuple[str | Cell, ...]:
    inside = [agreement.by_method.get(row.method) for row in found.methods]
    single = (Cell(None) if interval is None else Cell(known(interval.mean)) for interval in inside)
    return (plain_name(agreement.label), str(agreement.n_images), cell_of(agreement.pooled), cell_of(agreement.within), *single)


def _record(agreement: Agreement) -> dict[str, Any]:
    return {
        "key": agreement.key,
        "label": agreement.label,
        "n_images": agreement.n_images,
        "spearman": interval_record(agreement.pooled),
        "within_one_method": interval_record(agreement.within),
        "by_method": {method: interval_record(interval) for method, interval in agreement.by_method.items()},
    }
