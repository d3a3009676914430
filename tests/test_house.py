"""The house: four packages whose imports run one way, files a reader can hold in the head, a light repository."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What each room may import of ours. `benchmark.cli` alone reaches into reports.
MAY_IMPORT = {
    "dataset": {"dataset"},
    "baselines": {"baselines", "dataset"},
    "benchmark": {"benchmark", "baselines", "dataset"},
    "reports": {"reports", "dataset"},
}
SOURCES = [path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]


def _imported(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        rooms |= {name.split(".")[0] for name in names}
    return rooms & MAY_IMPORT.keys()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_run_one_way_and_files_stay_short(path: Path) -> None:
    place = path.relative_to(ROOT)
    allowed = MAY_IMPORT[place.parts[0]] | ({"reports"} if place.parts[:2] == ("benchmark", "cli") else set())
    assert _imported(path) <= allowed
    assert len(path.read_text().splitlines()) <= 400


def test_weights_and_images_together_stay_under_40_megabytes() -> None:
    heavy = [path for room in MAY_IMPORT for path in (ROOT / room).rglob("*") if path.suffix in {".safetensors", ".png"}]
    assert len(heavy) > 158
    assert sum(path.stat().st_size for path in heavy) < 40e6


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys; import benchmark.cli.commands; "
        "print(sorted({'torch', 'diffusers', 'pandas', 'timm', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
