"""Which metric gets which known order right, as tables."""

from typing import Any

from dreambench.benchmark.reporting.people_table import cell_of, interval_record
from dreambench.benchmark.validation.known_orders import GUESSING, RIGHT, KnownOrders
from dreambench.reports.cells import Cell, known
from dreambench.reports.text_table import TextCell, TextTable


def known_orders_tables(found: KnownOrders) -> tuple[TextTable, ...]:
    """Shares of right order, then means rung by rung."""
    labels = found.labels
    rows: list[tuple[TextCell, ...]] = []
    means: list[tuple[TextCell, ...]] = []
    for ladder in found.ladders:
        cells: list[TextCell] = []
        for key, label in labels.items():
            order = found.order(key, ladder)
            cells += ["", Cell(None)] if order is None else [order.verdict, cell_of(order.share)]
            if order is not None:
                steps = list(order.means.values())
                means.append((ladder, label, *(Cell(known(value)) for value in steps), *[""] * (4 - len(steps))))
        rows.append((ladder, *cells))
    head = tuple(text for label in labels.values() for text in (label, "share in order"))
    shares = TextTable(
        title="Which metric gets which known order right",
        head=("", *head),
        rows=tuple(rows),
        notes=(
            f"{found.n_pictures} drawn pictures of {found.n_subjects} subjects, protocol {found.protocol}, fingerprint "
            f"{found.fingerprint}. A share is that of all pairs of pictures in the right order; guessing gets "
            f"{GUESSING}. right: its 95% interval over subjects lies above {RIGHT}; mostly: above {GUESSING}; blind: it "
            f"has {GUESSING} in it; wrong: below.",
        ),
        decimals=2,
    )
    falls = TextTable(
        title="Means from the best picture to the worst",
        head=("", "metric", "first", "second", "third", "fourth"),
        rows=tuple(means),
    )
    return shares, falls


def known_orders_record(found: KnownOrders) -> dict[str, Any]:
    """All of it as JSON values."""
    return {
        "protocol": found.protocol,
        "fingerprint": found.fingerprint,
        "n_subjects": found.n_subjects,
        "n_pictures": found.n_pictures,
        "orders": [
            {
                "metric": order.metric,
                "label": order.label,
                "ladder": order.ladder,
                "verdict": order.verdict,
                "share": interval_record(order.share),
                "means": {rung: known(value) for rung, value in order.means.items()},
            }
            for order in found.orders
        ],
    }
