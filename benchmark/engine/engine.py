"""What an engine is: units of a plan in, messages on the way, finished units and failures out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import ClassVar, Self, TypeAlias

from dreambench.benchmark.engine.messages import Failure, Message, Outcome, UnitDone
from dreambench.benchmark.engine.settings import EngineSettings
from dreambench.benchmark.machine.resources import Resources
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit, UnitManifest

Report: TypeAlias = Callable[[Message], None]
"""Is told what workers say."""


class Engine(ABC):
    """How units are done: where, and how many side by side. It is used in a `with` block, whose end stops it.

    An engine starts `dreambench.benchmark.engine.work.Worker`s where it likes, hands each of them groups of units
    (`dreambench.benchmark.engine.groups`), and passes on what they say; a `Tally` keeps account. Where several work side by
    side, a `dreambench.benchmark.engine.crew.Crew` says who does which task (`dreambench.benchmark.engine.jobs`). A plan can
    be pickled, so a worker may be in another process or on another machine that sees the run's folder. `inline` is the shortest
    example. Engines of other packages are found by entry points in the group "dreambench.engines", and are built with their
    settings.

    No engine changes a result: the images depend on the plan alone.
    """

    settings_type: ClassVar[type[EngineSettings]] = EngineSettings
    """What `--engine-set KEY=VALUE` may set."""

    def __init__(self, settings: EngineSettings) -> None:
        """Start nothing yet: that is for `side_by_side` or `run`, within the `with` block.

        Raises:
            UserError: a library that the engine needs is not installed.
        """
        self.settings = settings

    def side_by_side(self, plan: RunPlan, resources: Resources, *, units: int) -> int:
        """How many units would be worked on at once, of so many; 1 unless an engine says otherwise. The time left is
        reckoned by it. It is asked within the `with` block, and before `run`."""
        return 1

    @abstractmethod
    def run(self, plan: RunPlan, units: Sequence[Unit], resources: Resources, report: Report) -> Outcome:
        """Do the units.

        A unit that fails is noted and the others go on; a full disk, or a worker that cannot load its models, stops the whole.

        Args:
            plan: the run.
            units: those of its units that are still to do, one or more.
            resources: device, batch size, workers, the run's folder and the cache.
            report: called in this process and thread with all that the workers say.
        """

    def stop(self) -> None:  # noqa: B027  # many have nothing to end
        """End what is still at work, after `run` or after an exception in it (Ctrl-C). A unit that is cut short stays without
        a manifest, so it will be redone."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class Tally:
    """Keeps account of what workers say, and passes it on.

    Attributes:
        halted: whether nothing more should be begun: the machine fails (a full disk), or a worker could not load its models.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._done: dict[str, UnitManifest] = {}
        self._failures: list[Failure] = []
        self.halted = False

    def receive(self, message: Message) -> None:
        """Take note of a message, and pass it on."""
        match message:
            case UnitDone(manifest):
                self._done[manifest.subject] = manifest
            case Failure(subjects, kind):
                self._failures.append(message)
                self.halted = self.halted or kind == "machine" or not subjects
            case _:
                pass
        self._report(message)

    def outcome(self, units: Sequence[Unit]) -> Outcome:
        """What became of the units: done, failed, or never begun (or cut short)."""
        ended = self._done.keys() | {name for failure in self._failures for name in failure.subjects}
        untried = tuple(unit.subject for unit in units if unit.subject not in ended)
        return Outcome(self._done, tuple(self._failures), untried)
