"""Several metrics, one family of tests: Holm's step-down adjustment (Holm 1979, Scandinavian Journal of Statistics 6)."""

from collections.abc import Mapping
from math import isnan


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values that keep the chance of any false alarm in the family at the level tested.

    The k-th smallest of m p-values is multiplied by m - k + 1; an adjusted value is never below one that ranks before
    it, and at most 1. Valid however the metrics depend on each other.

    Args:
        p_values: by metric; a NaN stays NaN and does not count into m.

    Returns:
        The adjusted values under the same keys, in the order given.
    """
    tested = sorted((p, key) for key, p in p_values.items() if not isnan(p))
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, (p, key) in enumerate(tested):
        highest = max(highest, min(1.0, p * (len(tested) - rank)))
        adjusted[key] = highest
    return {key: adjusted.get(key, float("nan")) for key in p_values}
