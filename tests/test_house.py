"""The house: four packages whose imports run one way, files a reader can hold in the head, a light repository."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import ROOT

DOOR = "dreambench"
FOLDERS = ("dataset", "baselines", "benchmark", "reports")
#: The rooms of the benchmark from the top floor to the ground. A room imports rooms below it, never one above.
FLOORS = (
    "cli",
    "api",
    "reporting",
    "submissions",
    "doctor",
    "studies",
    "userstudy",
    "validation",
    "results",
    "engine",
    "runs",
    "scoring",
    "layouts",
    "miniature",
    "encoders",
    "declarations",
    "metrics",
    "terminal",
    "machine",
    "statistics",
)
#: The rooms of the baselines, read in the same way. What a method is lies beside them, in no room.
BASELINE_FLOORS = ("adapters", "generators", "methods", "training", "sampling", "model")
#: What each folder may import of ours; `reports` is reached from two rooms of the benchmark alone.
MAY_IMPORT = {
    "dataset": {"dataset"},
    "baselines": {"baselines", "dataset"},
    "benchmark": {"benchmark", "baselines", "dataset"},
    "reports": {"reports", "dataset"},
}
DRAW = {"cli", "api", "reporting"}
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    """The dotted modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[tuple[str, ...]]:
    """What a file imports of ours, below the door, as parts: ("benchmark", "runs", "plan", "RunPlan")."""
    return {tuple(name.split(".")[1:]) for name in imported(path) if name.split(".")[0] == DOOR and "." in name}


def room(parts: tuple[str, ...]) -> str:
    """The room that a path or a module lies in."""
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_run_one_way_and_files_stay_short(path: Path) -> None:
    here = path.relative_to(ROOT).with_suffix("").parts
    found = ours(path)
    allowed = MAY_IMPORT[here[0]] | ({"reports"} if here[0] == "benchmark" and room(here) in DRAW else set())
    assert {parts[0] for parts in found} <= allowed
    floors = {"benchmark": FLOORS, "baselines": BASELINE_FLOORS}.get(here[0], ())
    if room(here) in floors:
        above = {room(parts) for parts in found if parts[0] == here[0]} & set(floors[: floors.index(room(here))])
        assert not above, f"{'/'.join(here)} imports from above: {', '.join(sorted(above))}"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_our_packages_are_imported_below_their_door(path: Path) -> None:
    """`import dataset` would be somebody else's."""
    assert not {name.split(".")[0] for name in imported(path)} & set(FOLDERS)


def test_no_two_files_import_each_other() -> None:
    """No circle among files, however long; an import for the type checker alone counts too."""
    modules = {tuple(path.relative_to(ROOT).with_suffix("").parts): path for path in SOURCES if path.stem != "__init__"}
    graph = {
        module: {parts[:size] for parts in ours(path) for size in range(2, len(parts) + 1) if parts[:size] in modules}
        for module, path in modules.items()
    }
    state: dict[tuple[str, ...], int] = {}

    def visit(module: tuple[str, ...], way: tuple[tuple[str, ...], ...]) -> None:
        if state.get(module) == 2:
            return
        assert state.get(module) != 1, "circle: " + " -> ".join("/".join(each) for each in (*way, module))
        state[module] = 1
        for other in sorted(graph[module] - {module}):
            visit(other, (*way, module))
        state[module] = 2

    for module in sorted(graph):
        visit(module, ())


def used(tree: ast.AST) -> set[str]:
    """All names that a file reads, imports, or names in a registry's string ("module:Class")."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.]+:?\w+", node.value):
            found |= set(re.findall(r"\w+", node.value))
    return found


def defined(statement: ast.stmt) -> list[str]:
    """What a statement of a module defines; a decorated function is registered by its decorator."""
    if isinstance(statement, ast.ClassDef) or (isinstance(statement, ast.FunctionDef) and not statement.decorator_list):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return [statement.target.id] if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) else []


#: What plug-ins' authors call in their own tests.
FOR_OTHERS = {"baselines/testing.py check_method"}


def test_nothing_is_there_for_tests_alone() -> None:
    """Every function, class and constant of a module is used by another file of ours or elsewhere in its own."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (*SOURCES, *(ROOT / DOOR).glob("*.py"))}
    names = {path: used(tree) for path, tree in trees.items()}
    dead = []
    for path, tree in trees.items():
        elsewhere = set().union(*(found for other, found in names.items() if other != path))
        for statement in tree.body if path.stem not in ("__init__", "__main__") else ():
            beside = set().union(*(used(other) for other in tree.body if other is not statement))
            unused = [name for name in defined(statement) if name not in elsewhere | beside and not name.startswith("__")]
            dead += [f"{path.relative_to(ROOT).as_posix()} {name}" for name in unused]
    assert set(dead) == FOR_OTHERS


def test_the_benchmark_has_rooms_and_no_loose_module() -> None:
    folder = ROOT / "benchmark"
    assert [path.name for path in folder.glob("*.py")] == ["__init__.py"]
    rooms = {path.name for path in folder.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert rooms == set(FLOORS)


def test_beside_the_rooms_of_the_baselines_lies_what_a_method_is() -> None:
    """A new method, or a part of a model, belongs in a room; these are what plug-ins and the benchmark import."""
    folder = ROOT / "baselines"
    rooms = {path.name for path in folder.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert rooms == set(BASELINE_FLOORS)
    loose = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert loose == {"batches", "description", "method", "registry", "returned", "seeds", "settings", "testing", "work"}


def test_the_command_line_stays_thin() -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "benchmark" / "cli").glob("*.py"))
    assert lines <= 2400


def test_weights_and_images_together_stay_under_40_megabytes() -> None:
    heavy = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in {".safetensors", ".png"}]
    assert len(heavy) > 158
    assert sum(path.stat().st_size for path in heavy) < 40e6


def test_help_and_the_door_need_no_heavy_library() -> None:
    for what in ("dreambench", "dreambench.benchmark.cli.commands"):
        code = (
            f"import sys; import {what}; "
            "print(sorted({'torch', 'diffusers', 'pandas', 'timm', 'transformers', 'numpy'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
        assert done.stdout.strip() == "[]"
