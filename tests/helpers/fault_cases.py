"""One fault at one file operation of a command, and what is found wrong afterwards.

The short run is `tests/faults`; the long one, of every operation of every command with every trouble in random order,
`python tests/helpers/fault_cases.py --seconds 3600 --keep FOLDER`.
"""

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

if __name__ == "__main__":  # as pytest sets it
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from command_scenarios import SCENARIOS, Scenario, Workshop
from failing_files import FREEING, TROUBLES, Failing, Trouble, operations

from dreambench.benchmark.results.verification import faults_in

Tree = Mapping[str, bytes]
#: A name that something is written under before it is renamed, of which a killed process may leave one.
_ASIDE = re.compile(r"(^|/)\.[^/]*\.(part|old)(/|$)|^tmp/.|(^|/)\.lock\.json$")
#: What two runs of the same command differ in.
_VARYING = (
    "started",
    "seconds",
    "seal",
    "peak_memory_bytes",
    "peak_device_memory_bytes",
    "manifests",
    "environment",
    "command",
    "git_commit",
)


@dataclass(frozen=True)
class Undisturbed:
    """What a command does when nothing fails: the files before and after it, its operations, and how long it took.

    Attributes:
        lacks: what summaries said before it that is not so: a run that ships with the package has no images.
    """

    before: Tree
    after: Tree
    operations: tuple[tuple[str, str], ...]
    lacks: frozenset[str]
    seconds: float


def undisturbed(shop: Workshop, name: str, scenario: Scenario, *first: Callable[[], None]) -> Undisturbed:
    """Play a scenario without a fault; `first` is called in its process."""
    shop.lay(name)
    before, noted, lacks = files_of(shop.box), shop.root / "noted", frozenset(lies(shop, scenario.images))
    noted.unlink(missing_ok=True)
    began = time.monotonic()
    code, said = shop.give(scenario.words, Failing("EIO", 0, shop.box, noted), *first)
    seconds = time.monotonic() - began
    assert code == scenario.code, f"{name}: {said}"
    return Undisturbed(before, files_of(shop.box), tuple(operations(noted)), lacks, seconds)


def cases_of(whole: Undisturbed) -> list[tuple[Trouble, int]]:
    """Every trouble at every operation that can have it."""
    numbered = list(enumerate(whole.operations, start=1))
    return [(t, at) for at, (name, _) in numbered for t in TROUBLES if not (t == "ENOSPC" and name in FREEING)]


def wrong_after(
    shop: Workshop, name: str, whole: Undisturbed, trouble: Trouble, at: int, *first: Callable[[], None]
) -> list[str]:
    """Play a scenario with one fault, then again without; what was wrong, in words. `first` is called in both processes."""
    scenario = SCENARIOS[name]
    shop.lay(name)
    code, said = shop.give(scenario.words, Failing(trouble, at, shop.box), *first)
    found = files_of(shop.box)
    wrong = list(_wrong_answer(code, said, killed=trouble == "KILL"))
    wrong += wrong_files(found, whole)
    wrong += [lie for lie in lies(shop, scenario.images) if lie not in whole.lacks]
    if trouble != "EROFS" and whole.operations[at - 1][0] not in FREEING:
        if trouble != "KILL":
            wrong += [f"{file} is left" for file in found if _ASIDE.search(file)]
    else:  # nobody can tidy up where nothing can be removed
        found = {file: content for file, content in found.items() if not _ASIDE.search(file)}
    if code == scenario.code and trouble != "KILL":
        wrong += [f"exit code {code}, but {difference}" for difference in differences(found, whole.after)]
    code, said = shop.give(scenario.words, *first)
    if code != scenario.code:
        wrong.append(f"exit code {code} once nothing fails any more: {said[-300:]}")
    wrong += [f"given again, {difference}" for difference in differences(files_of(shop.box), whole.after)]
    return wrong


def files_of(box: Path) -> dict[str, bytes]:
    """Path -> content, of all files below the box but the cache's, with what varies taken out; folders end in /."""
    found = {}
    for path in sorted(box.rglob("*")):
        name = path.relative_to(box).as_posix()
        if name.startswith("cache/") and not _ASIDE.search(name):
            continue  # its entries carry digests of themselves
        if path.is_dir():
            found[f"{name}/"] = b""
        elif path.exists():
            found[name] = path.read_bytes() if _ASIDE.search(name) else _steady(path)
    return found


def _steady(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".html" and "studied" in path.parts and data.rstrip().endswith(b"</html>"):
        return b"a page"  # which tells what its runs cost
    if path.suffix != ".json":
        return data
    try:
        return json.dumps(_without(json.loads(data))).encode()
    except ValueError:
        return b"half: " + data


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner) for key, inner in value.items() if key not in _VARYING}
    return [_without(inner) for inner in value] if isinstance(value, list) else value


def _wrong_answer(code: int, said: str, *, killed: bool) -> Iterator[str]:
    if killed:
        if code != -9:
            yield f"exit code {code} in place of a kill"
        return
    if code not in (0, 2, 3):
        yield f"exit code {code}"
    if "Traceback" in said or "should not" in said:
        yield f"a fault of ours is told: {said[-400:]}"
    complaints = [line for line in said.splitlines() if line.startswith("bench: ")]
    if len(complaints) != (code != 0):
        yield f"{len(complaints)} complaints with exit code {code}: {said[-300:]}"


def wrong_files(found: Tree, whole: Undisturbed) -> Iterator[str]:
    for name, content in found.items():
        if not _ASIDE.search(name) and content not in (whole.before.get(name), whole.after.get(name)):
            yield f"{name} is neither the old nor the new one" if name in whole.after else f"{name} is a stray"
    for name in whole.before.keys() & whole.after.keys() - found.keys():
        if not _ASIDE.search(name) and not any(_ASIDE.search(other) for other in found):
            yield f"{name} is gone"


def differences(found: Tree, wanted: Tree) -> Iterator[str]:
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            yield f"{name} is {'missing' if name not in found else 'left' if name not in wanted else 'another'}"


def lies(shop: Workshop, images: str | None) -> Iterator[str]:
    """What a summary that is there says and is not so."""
    with mock.patch.dict(os.environ, {"DREAMBENCH_CACHE": str(shop.cache)}):
        for summary in shop.cwd.rglob("summary.json"):
            if _ASIDE.search(summary.relative_to(shop.cwd).as_posix()):
                continue
            named = [] if images is None else [shop.cwd / images]
            yield from (f"{summary.parent.name} lies: {fault}" for fault in faults_in(summary.parent, images=named))


def main() -> None:
    """Try cases of all commands in random order until all are tried or the time is over; keep what goes wrong."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--keep", type=Path, required=True, help="folder for what goes wrong, and for the tally")
    parser.add_argument("--only", default="", help="names of scenarios, with semicolons between them")
    parser.add_argument("--seed", type=int, default=0, help="of the order")
    given = parser.parse_args()
    names = [name for name in SCENARIOS if not given.only or name in given.only.split(";")]
    given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dreambench-faults-") as root, (given.keep / "tally.jsonl").open("a") as tally:
        shop, began, draw = Workshop(Path(root).resolve()), time.monotonic(), random.Random(given.seed)
        wholes: dict[str, Undisturbed] = {}
        left: dict[str, list[tuple[Trouble, int]]] = {}
        number = 0
        while names and time.monotonic() - began < given.seconds:
            name = draw.choice(names)
            if name not in wholes:
                wholes[name] = undisturbed(shop, name, SCENARIOS[name])
                left[name] = cases_of(wholes[name])
                draw.shuffle(left[name])
                print(f"{name}: {len(wholes[name].operations)} operations, {len(left[name])} cases", flush=True)
            if not left[name]:
                names.remove(name)
                continue
            trouble, at = left[name].pop()
            number += 1
            wrong = wrong_after(shop, name, wholes[name], trouble, at)
            operation = " ".join(wholes[name].operations[at - 1])
            told = {"command": name, "trouble": trouble, "at": at, "operation": operation, "wrong": wrong}
            tally.write(json.dumps(told) + "\n")
            tally.flush()
            if wrong:
                print(f"{number} {name}, {trouble} at {at} ({operation}): {'; '.join(wrong)[:600]}", flush=True)


if __name__ == "__main__":
    import fault_cases  # by its name, as the forked processes import it

    fault_cases.main()
