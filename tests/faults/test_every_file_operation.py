"""A fault at any file operation of any command: no half file under a final name, no summary that lies, no fault of ours.

`DREAMBENCH_FAULTS=all pytest tests/faults` tries every operation of every command: some thousand cases, a second each.
"""

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from command_scenarios import SCENARIOS, Workshop
from failing_files import TROUBLES, Trouble
from fault_cases import Undisturbed, cases_of, undisturbed, wrong_after

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="commands are forked")]
#: Cases of each command in the shared run, always the same; "all" for every one of all commands.
CASES = os.environ.get("DREAMBENCH_FAULTS", "2")
#: What went wrong once: a trouble at the first such operation on a path with this in it.
FOUND: Mapping[str, Sequence[tuple[Trouble, str, str]]] = {
    "run": [("ENOSPC", "write", ".lock.json")],  # left the lock's half file
    "run, reused": [("EROFS", "link", "/images/")],  # was told as a fault of ours
    "score again": [
        ("KILL", "rename", "/subjects.parquet"),  # left new tables beside the old summary, or refused to go on there
        ("KILL", "rename", "/scored-here/"),  # left a half file in the cache for good
    ],
    "dataset describe": [("KILL", "write", "/cache/embeddings/")],  # left a half file in the cache for good
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("shop").resolve())


def test_no_fault_at_any_operation_leaves_half_of_what_a_command_writes(shop: Workshop) -> None:
    """One test and not one a command: the material is made once, however many processes the tests are spread over."""
    found = []
    for name, scenario in SCENARIOS.items():
        if scenario.long and CASES != "all":
            continue
        whole = undisturbed(shop, name, scenario)
        assert len(whole.operations) >= 4, f"{name} writes nothing"
        cases = cases_of(whole)
        if CASES != "all":
            draw = random.Random(name)
            some = {trouble: [case for case in cases if case[0] == trouble] for trouble in TROUBLES}
            chosen = draw.sample(TROUBLES[:3], int(CASES) - 1)
            cases = [draw.choice(some[trouble]) for trouble in (*chosen, "KILL")]
            cases += [(trouble, _first(whole, operation, part)) for trouble, operation, part in FOUND.get(name, ())]
        for trouble, at in cases:
            wrong = wrong_after(shop, name, whole, trouble, at)
            found += [f"{name}, {trouble} at {at} {whole.operations[at - 1]}: {text}" for text in wrong]
    assert not found, "\n".join(found)


def _first(whole: Undisturbed, operation: str, part: str) -> int:
    return next(at for at, (name, path) in enumerate(whole.operations, start=1) if name == operation and part in path)


def write_carelessly() -> None:
    """Have every file written under its final name at once."""
    from dreambench.dataset import files

    @contextmanager
    def placed(path: Path) -> Iterator[BinaryIO]:
        with path.open("wb") as file:
            yield file

    files._placed = placed  # type: ignore[assignment]


def test_a_writer_that_leaves_half_a_file_is_found(shop: Workshop) -> None:
    """The harness itself."""
    whole = undisturbed(shop, "compare", SCENARIOS["compare"], write_carelessly)
    (at,) = [number for number, (name, _) in enumerate(whole.operations, start=1) if name == "write"]
    for trouble in ("KILL", "ENOSPC"):
        assert "work/table.md is neither the old nor the new one" in wrong_after(
            shop, "compare", whole, trouble, at, write_carelessly
        )
