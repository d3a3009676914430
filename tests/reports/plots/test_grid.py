"""The heat map's table: rows by family, the same request of two kinds in one row."""

import pandas as pd

from dreambench.reports.plots.grid import cell_means, make_grid


def _images(rows: list[tuple[str, str, int, str, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["subject", "kind", "prompt_index", "request", "family", "dino"])


def test_rows_stand_by_family_whatever_the_families_are_called() -> None:
    images = _images(
        [
            ("cup", "object", 0, "in fog", "weather", 0.9),
            ("cup", "object", 1, "red", "property", 0.1),
            ("cup", "object", 2, "watercolour of", "style", 0.5),
            ("cup", "object", 3, "on a table", "other", 0.99),
            ("cup", "object", 4, "in the snow", "recontextualisation", 0.2),
            ("cup", "object", 5, "on the beach", "recontextualisation", 0.3),
        ]
    )
    grid = make_grid(images, cell_means(images, "dino"))
    assert list(grid.values.index) == ["on beach", "in snow", "red", "watercolour of", "in fog", "on table"]
    assert grid.row_groups == (0, 0, 1, 2, 3, 4)


def test_a_request_of_two_kinds_is_one_row_and_one_of_a_single_kind_leaves_the_other_empty() -> None:
    images = _images(
        [
            ("cup", "object", 0, "in fog", "weather", 0.9),
            ("cup", "object", 1, "red", "property", 0.1),
            ("dog", "live", 0, "red", "property", 0.7),
        ]
    )
    table = make_grid(images, cell_means(images, "dino")).values
    assert list(table.index) == ["red", "in fog"]
    assert table.loc["red", ["cup", "dog"]].tolist() == [0.1, 0.7]
    assert table.loc["in fog"].isna().to_dict() == {"cup": False, "dog": True}
