"""Kills at random moments of small commands, which are given again until they end: nothing is lost, done twice or left.

The short run is `tests/soak`; the long one `DREAMBENCH_SOAK=1000 pytest tests/soak`, or, for a time,
`python tests/helpers/soaking.py --seconds 3600`.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # as pytest sets it
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import psutil
from command_scenarios import SCENARIOS, Scenario, Workshop
from fault_cases import Undisturbed, differences, files_of, lies, undisturbed, wrong_files
from forked_bench import Bench

#: 4 subjects x 1 prompt x 2 images of the miniature.
_RUN = ("--suite", "mini", "--subjects", "can,cat,dog,vase", "--prompts", "0", "--images-per-prompt", "2", "--out", "new")
_TWO = ("--workers", "2", "--engine", "processes")
_SHORT = ("--set", "steps=2", "--set", "class_images=2", "--set", "batch_size=1")
_COPIES, _PRETRAINED = ("run", "--method", "copy_reference", *_RUN), ("run", "--method", "pretrained", *_RUN)
_DREAMBOOTH = ("run", "--method", "dreambooth", *_RUN, "--subjects", "can,dog", "--images-per-prompt", "1", *_SHORT)
#: Fills the cache of embeddings.
_EARLIER = ((*_COPIES, "--engine", "inline", "--out", "earlier"),)
SOAKED: Mapping[str, Scenario] = {
    "copies, inline": Scenario((*_COPIES, "--engine", "inline"), before=_EARLIER),
    "copies, processes": Scenario((*_COPIES, *_TWO), before=_EARLIER),
    "untrained, inline": Scenario((*_PRETRAINED, "--subjects", "can,dog", "--engine", "inline"), long=True),
    "untrained, processes": Scenario((*_PRETRAINED, "--subjects", "can,dog", *_TWO), long=True),
    "dreambooth, inline": Scenario((*_DREAMBOOTH, "--engine", "inline"), long=True),
    "dreambooth, processes": Scenario((*_DREAMBOOTH, *_TWO)),
    "copies, ray": Scenario((*_COPIES, "--engine", "ray", "--max-in-flight", "2"), before=_EARLIER, long=True),
    **{name: SCENARIOS[name] for name in ("study", "score again", "report again", "submit again", "leaderboard again")},
}
#: A killed parent's workers notice its end on their own; Ray's programs look for it now and then.
_GONE_SECONDS = 20.0
_GONE_SECONDS_RAY = 120.0
_WAIT_SECONDS = 600.0
_BLOWS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def fork_workers() -> None:
    """In the command's process: its workers are forked from it, and begin at once; else as the engine starts them."""
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    real = multiprocessing.get_context
    multiprocessing.get_context = lambda method=None: real("fork" if method == "spawn" else method)  # type: ignore[assignment]


@dataclass
class Blow:
    """A kill that was dealt.

    Attributes:
        command: the name of the scenario.
        signal: which.
        victim: "command", "worker", or "all", as Ctrl-C in a terminal reaches every process of the command.
        code: how the command ended.
        wrong: what was wrong afterwards, in words.
    """

    command: str
    signal: str
    victim: str
    code: int | None
    wrong: list[str]


class Soak:
    """Deals blows to commands, one after another.

    Args:
        root: an empty folder.
        rng: says what is killed, and when.
        names: of the commands; all of `SOAKED`.
    """

    def __init__(self, root: Path, *, rng: random.Random, names: tuple[str, ...]) -> None:
        self._shop, self._rng = Workshop(root, SOAKED), rng
        self._wholes: dict[str, Undisturbed] = {}
        self._names = names

    def blows(self) -> Iterator[Blow]:
        """Blows without end: a command is killed up to four times, then left to end, then the next one's turn comes."""
        while True:
            for name in self._names:
                yield from self._episode(name)

    def _whole(self, name: str) -> Undisturbed:
        if name not in self._wholes:
            self._wholes[name] = undisturbed(self._shop, name, SOAKED[name], fork_workers)
        return self._wholes[name]

    def _episode(self, name: str) -> list[Blow]:
        """A command that is given again after every blow, and then left in peace."""
        whole, scenario = self._whole(name), SOAKED[name]
        self._shop.lay(name)
        finished: dict[Path, tuple[int, bytes]] = {}
        blows: list[Blow] = []
        given = self._begin(scenario)
        for _ in range(self._rng.randint(1, 4)):
            if given.wait(self._rng.uniform(0, whole.seconds)) is not None:
                break
            blows.append(self._strike(name, given, whole, finished))
            given = self._begin(scenario)
        code, said = given.wait(_WAIT_SECONDS), given.said()
        wrong = [] if code == scenario.code else [f"exit code {code} when it is left in peace: {said[-300:]}"]
        wrong += [f"in the end, {text}" for text in differences(files_of(self._shop.box), whole.after)]
        wrong += [*self._redone(finished), *self._alive(given)]
        if blows:
            blows[-1].wrong += wrong
        return blows

    def _begin(self, scenario: Scenario) -> Bench:
        return Bench(self._shop.call(scenario.words, fork_workers))

    def _strike(self, name: str, given: Bench, whole: Undisturbed, finished: dict[Path, tuple[int, bytes]]) -> Blow:
        """Deal a command that is at work a blow, and look at what it leaves."""
        workers = given.others()
        victim = self._rng.choice(("command", "all", "worker") if workers else ("command", "all"))
        number = {"all": signal.SIGINT, "worker": self._rng.choice(_BLOWS[:2])}.get(victim, self._rng.choice(_BLOWS))
        with suppress(ProcessLookupError):
            if victim == "all":
                os.killpg(given.pid, number)
            else:
                os.kill(self._rng.choice(workers).pid if victim == "worker" else given.pid, number)
        code, said = given.wait(_WAIT_SECONDS), given.said()
        blow = Blow(name, number.name, victim, code, [])
        allowed = {0, 3} if victim == "worker" else {0, -9} if number == signal.SIGKILL else {0, 3, 128 + number}
        if code not in allowed or (code not in (0, -9) and "give the same command again" not in said):
            blow.wrong.append(f"exit code {code}: {said[-400:]}")
        if "Traceback" in said or "should not" in said:
            blow.wrong.append(f"a fault of ours is told: {said[-600:]}")
        blow.wrong += self._alive(given)
        found = files_of(self._shop.box)
        blow.wrong += [*wrong_files(found, whole), *lies(self._shop, SOAKED[name].images), *self._redone(finished)]
        finished |= {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in self._shop.cwd.rglob("units/*.json")}
        return blow

    def _redone(self, finished: Mapping[Path, tuple[int, bytes]]) -> list[str]:
        return [
            f"{path.name} was done and is {'done again' if path.exists() else 'gone'}"
            for path, was in finished.items()
            if not path.exists() or (path.stat().st_mtime_ns, path.read_bytes()) != was
        ]

    def _alive(self, given: Bench) -> list[str]:
        """Processes that outlive their command."""
        patience = _GONE_SECONDS_RAY if "ray" in given.call.words else _GONE_SECONDS
        until = time.monotonic() + patience
        while (left := self._left(given)) and time.monotonic() < until:
            time.sleep(0.05)
        return [f"{process.name()} ({process.pid}) is alive" for process in left]

    def _left(self, given: Bench) -> list[psutil.Process]:
        found = {process.pid: process for process in given.others()}
        if "ray" in given.call.words:  # its programs begin sessions of their own
            found |= {process.pid: process for process in _marked(str(self._shop.box))}
        return list(found.values())


def _marked(text: str) -> Iterator[psutil.Process]:
    """The processes whose environment holds a text."""
    for process in psutil.process_iter():
        try:
            if text in " ".join(process.environ().values()) and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            continue


def main() -> None:
    """Deal blows until the time is over; print what goes wrong, and a tally."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", default="", help="names of commands, with semicolons between them")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    names = tuple(name for name in SOAKED if not given.only or name in given.only.split(";"))
    tally: dict[tuple[str, str, str], int] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dreambench-soak-") as root:
        for blow in Soak(Path(root).resolve(), rng=random.Random(given.seed), names=names).blows():
            key = (blow.command, blow.victim, blow.signal)
            tally[key] = tally.get(key, 0) + 1
            if blow.wrong:
                print(f"{key}, exit code {blow.code}: {'; '.join(blow.wrong)[:900]}", flush=True)
            if sum(tally.values()) % 20 == 0:
                print(f"{time.monotonic() - began:.0f} s: {sum(tally.values())} kills", flush=True)
            if time.monotonic() - began > given.seconds:
                break
    for key, count in sorted(tally.items()):
        print(*key, count)


if __name__ == "__main__":
    import soaking  # by its name, as the forked processes import it

    soaking.main()
