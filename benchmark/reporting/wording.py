"""Recorded values as a page's readers see them."""

from collections.abc import Mapping
from typing import Any


def in_words(value: Any) -> str:
    """A setting or a fact as text: None is what a rule chose, lists are listed."""
    if value is None:
        return "by rule"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(in_words(item) for item in value) or "none"
    return str(value)


def hardware_in_words(hardware: Mapping[str, Any]) -> dict[str, str]:
    """A run's hardware as a page lists it; memory in GB."""
    facts = {}
    for key, value in hardware.items():
        if key == "memory_bytes" and isinstance(value, int | float):
            facts["memory"] = f"{value / 1e9:.1f} GB"
        else:
            facts[str(key)] = in_words(value)
    return facts


def duration(seconds: float) -> str:
    """ "45 s", "3 min 05 s" or "2 h 10 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
