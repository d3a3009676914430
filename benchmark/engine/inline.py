"""The engine for a GPU: all units in this process, so that one resident model has the device for itself."""

from collections.abc import Callable, Sequence

from dreambench.benchmark.engine.job import Job
from dreambench.benchmark.engine.messages import Failure, Message, Outcome, UnitDone
from dreambench.benchmark.engine.work import Worker, load_failure
from dreambench.benchmark.runs.units import Unit, UnitManifest


def run_inline(job: Job, groups: Sequence[tuple[Unit, ...]], *, on_message: Callable[[Message], None]) -> Outcome:
    """Do groups of units one after another in this process. Failures are noted as by `run_in_processes`."""
    done: dict[str, UnitManifest] = {}
    failures: list[Failure] = []

    def receive(message: Message) -> None:
        if isinstance(message, UnitDone):
            done[message.manifest.subject] = message.manifest
        elif isinstance(message, Failure):
            failures.append(message)
        on_message(message)

    try:
        worker = Worker(job, receive)
    except Exception as error:
        receive(load_failure(error))
        return Outcome(done, tuple(failures), tuple(unit.subject for group in groups for unit in group))
    for place, group in enumerate(groups):
        worker.do(group)
        if any(failure.kind == "disk_full" for failure in failures):
            untried = tuple(unit.subject for later in groups[place + 1 :] for unit in later)
            return Outcome(done, tuple(failures), untried)
    return Outcome(done, tuple(failures), ())
