"""Who does which group, and what becomes of a worker's units when it vanishes. Knows neither processes nor actors."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from dreambench.benchmark.engine.engine import Tally
from dreambench.benchmark.engine.groups import Group
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, UnitDone, WorkerLost
from dreambench.benchmark.engine.worker_log import last_words

#: How often a unit is begun, and a worker is started that then vanishes (is killed, for want of memory mostly) as it loads.
ATTEMPTS: Final = 3
#: Workers that may vanish one after another, without a unit being done in between, before no new ones are started.
_DEATHS_IN_A_ROW: Final = 2 * ATTEMPTS


@dataclass
class _Member:
    group: Group = ()
    ended: frozenset[str] = frozenset()


class Crew:
    """The account of an engine whose workers may vanish: an engine tells it what happens, and it says what to do next.

    The units of a worker that vanishes are begun again, after the others and each by itself, up to `ATTEMPTS` times in all.

    Args:
        groups: what is to be done, in order.
        tally: hears every message, and of units that are given up.
    """

    def __init__(self, groups: Sequence[Group], tally: Tally) -> None:
        self._pending = deque(groups)
        self._tally = tally
        self._members: dict[int, _Member] = {}
        self._numbers = count()
        self._begun: Counter[str] = Counter()
        self._lost: dict[str, Failure] = {}
        self._deaths = self._deaths_in_loading = 0

    @property
    def pending(self) -> int:
        """Groups that no worker has."""
        return len(self._pending)

    @property
    def at_work(self) -> bool:
        """Whether something is still to be waited for. A worker that only loads, when all is done, is not."""
        busy = self._pending or any(member.group for member in self._members.values())
        return bool(self._members) and bool(busy) and not self._tally.halted

    def enlist(self) -> int:
        """A new worker's number. It asks for its first group when it has loaded its models."""
        number = next(self._numbers)
        self._members[number] = _Member()
        return number

    def receive(self, number: int, message: Message) -> Group | None:
        """Take note of what a worker says, and pass it on.

        Returns:
            The group that the worker shall do next, if it asked for one; an empty one means that it may go, and is forgotten.
            None if it did not ask.
        """
        member = self._members[number]
        match message:
            case UnitDone(manifest):
                member.ended |= {manifest.subject}
                self._deaths = 0
            case Failure(subjects):
                member.ended |= set(subjects)
            case _:
                pass
        self._tally.receive(message)
        if not isinstance(message, Loaded | GroupFinished):
            return None
        self._deaths_in_loading = 0
        if self._tally.halted or not self._pending:
            del self._members[number]
            return ()
        member.group, member.ended = self._pending.popleft(), frozenset()
        self._begun.update(unit.subject for unit in member.group)
        return member.group

    def lose(self, number: int, how: str, *, details: str = "", wrote: str = "") -> bool:
        """Take note that a worker vanished: what it had not done is begun again, or given up after so many attempts.

        Args:
            number: the worker's.
            how: what happened, as the beginning of a sentence.
            details: more of it, for the log file.
            wrote: the end of what the worker wrote on stderr.

        Returns:
            Whether another worker should be started in its place.
        """
        member = self._members.pop(number)
        self._deaths += 1
        words = last_words(wrote)
        log = "\n\n".join(part for part in (details, wrote and f"The worker's log ends:\n{wrote}") if part)
        again: list[str] = []
        for unit in [unit for unit in member.group if unit.subject not in member.ended]:
            times = self._begun[unit.subject]
            lost = Failure((unit.subject,), "unexpected", how + (f", {times} times" if times > 1 else "") + words, log)
            if times < ATTEMPTS:
                self._lost[unit.subject] = lost
                again.append(unit.subject)
                self._pending.append((unit,))  # by itself: whatever ended the worker must not take the others along again
            else:
                self._tally.receive(lost)
        if again:
            self._tally.receive(WorkerLost(tuple(again), how + words))
        if not member.group:
            self._deaths_in_loading += 1
        if self._pending and self._deaths < _DEATHS_IN_A_ROW and self._deaths_in_loading < ATTEMPTS:
            return True
        if not self._members and self._deaths_in_loading >= ATTEMPTS:
            self._tally.receive(Failure((), "unexpected", f"{how} while it loaded its models{words}", log))
        return False

    def close(self) -> None:
        """Report the units that a vanished worker had begun and that no other could begin again."""
        for unit in [unit for group in self._pending for unit in group if unit.subject in self._lost]:
            self._tally.receive(self._lost[unit.subject])
