"""What beginning a run, doing its units and being cut short have in common, whoever asks for it."""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dreambench.benchmark.api.hooks.run_events import RunEvents
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.preparation import PreparedRun
from dreambench.benchmark.api.unfinished import RESUME, machine_failed
from dreambench.benchmark.engine.messages import Failure, Message, Outcome, WorkerLost
from dreambench.benchmark.engine.meter import WorkMeter
from dreambench.benchmark.machine.environment import environment
from dreambench.benchmark.machine.resources import autocasts, precision_name
from dreambench.benchmark.results.precision import will_mix
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.log import unexpected
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.record import RunRecord
from dreambench.benchmark.runs.units import Unit, UnitManifest
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.os_errors import in_words, is_of_machine, no_fault_of_ours, what_happened


def claim(prepared: PreparedRun, folder: RunFolder, command: tuple[str, ...]) -> RunRecord:
    """Make the folder the run's, with its run.json; one that is there stays as it is.

    Raises:
        UserError: the encoders are not those that the folder was begun with, or it cannot be written.
    """
    plan = prepared.plan
    if prepared.encoders.fingerprint != plan.fingerprint:
        raise UserError(
            f"The encoders give the fingerprint {prepared.encoders.fingerprint}, but {folder.root} was begun with "
            f"{plan.fingerprint} (other library versions?); start a new run with --out."
        )
    record = plan.record(
        environment=environment(),
        command=command,
        options=prepared.options,
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        encoder_fingerprints=prepared.encoders.loaded.fingerprints(),
    )
    folder.claim(record)
    return record


def do_units(
    prepared: PreparedRun, plan: RunPlan, todo: Sequence[Unit], *, meter: WorkMeter, told: Listener, events: RunEvents
) -> Outcome:
    """Do units with the run's engine, which is entered already.

    Args:
        prepared: whose engine and resources are used.
        plan: what the workers get.
        todo: its units.
        meter: hears what the workers say.
        told: hears of subjects that failed.
        events: of the run; they hear what the workers say too.
    """

    def receive(message: Message) -> None:
        with told.lock:
            meter.receive(message)
        if isinstance(message, Failure) and message.subjects:
            told.note(f"{', '.join(message.subjects)} failed: {message.message}")
        if isinstance(message, WorkerLost):
            told.note(f"{', '.join(message.subjects)} will be begun again: {message.how}")
        events.hear(message)

    return prepared.engine.run(plan, todo, prepared.resources, receive)


def say_if_mixed(prepared: PreparedRun, done: Mapping[str, UnitManifest], todo: Sequence[Unit], told: Listener) -> None:
    """Say so where the units to do will be sampled in another precision than those that are done."""
    sampler = prepared.plan.sampler
    if sampler is not None:
        sampled_in = precision_name(autocasts(sampler.precision, prepared.resources.device)[1])
        if mixed := will_mix(done, len(todo), sampled_in):
            told.note(mixed)


@contextmanager
def unfinished_in_words(folder: RunFolder, kept: Callable[[], str]) -> Iterator[None]:
    """Turn what cuts work short into a sentence that says how to go on.

    Args:
        folder: the run's.
        kept: says what is kept and where, as a clause.

    Raises:
        IncompleteRun: it was interrupted, the machine failed, or something went wrong that should not.
        UserError: a file is not as it should be, or cannot be written.
    """
    try:
        yield
    except (UserError, IncompleteRun):
        raise
    except KeyboardInterrupt:
        raise IncompleteRun(f"Interrupted; {kept()}, {RESUME}.") from None
    except Exception as error:
        of_system = no_fault_of_ours(error)
        if of_system is not None:
            if is_of_machine(of_system):
                raise IncompleteRun(machine_failed(what_happened(of_system), folder.root)) from error
            raise in_words(of_system) from error
        where = folder.root if folder.run_file.is_file() else Path.cwd()  # a log would make a free folder look taken
        raise IncompleteRun(f"{unexpected(error, where)} What is finished is kept; {RESUME}.") from error
