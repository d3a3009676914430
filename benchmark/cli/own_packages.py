"""Are the packages that Python finds ours? Their names are general, so another `dataset` or `reports` may stand before them."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: A file that only our package of that name has.
MARKERS: Final[Mapping[str, str]] = {
    "benchmark": "cli/own_packages.py",
    "dataset": "prompts.py",
    "baselines": "settings.py",
    "reports": "contact_sheet.py",
}
ROOT: Final = Path(__file__).resolve().parents[2]


def foreign_package(root: Path = ROOT, markers: Mapping[str, str] = MARKERS) -> str | None:
    """A sentence about the first package that is not ours, or None when all are. Imports none of them.

    Args:
        root: the folder that must hold all of them.
        markers: package -> a file that ours has.
    """
    for name, marker in markers.items():
        spec = importlib.util.find_spec(name)
        places = [Path(place).resolve() for place in (spec.submodule_search_locations or [])] if spec else []
        if any(place == root / name and (place / marker).is_file() for place in places[:1]):
            continue
        found = str(places[0]) if places else (spec.origin if spec and spec.origin else "nowhere")
        return (
            f"Python finds another package '{name}' ({found}) in place of dreambench's ({root / name}); "
            "run bench from another folder, or remove that folder from PYTHONPATH."
        )
    return None
