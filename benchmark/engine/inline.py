"""The engine `inline`: all units in this process, one group after another. On a GPU one resident model has it for itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dreambench.benchmark.engine.engine import Engine, Report, Tally
from dreambench.benchmark.engine.failures import load_failure
from dreambench.benchmark.engine.groups import groups_of
from dreambench.benchmark.engine.messages import Outcome
from dreambench.benchmark.engine.work import Worker
from dreambench.benchmark.machine.device import is_gpu
from dreambench.benchmark.machine.resources import Resources
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit


class Inline(Engine):
    """Does everything in this process."""

    def run(self, plan: RunPlan, units: Sequence[Unit], resources: Resources, report: Report) -> Outcome:
        """Do the units, one group after another."""
        tally = Tally(report)
        with _threads(resources):
            try:
                worker = Worker(plan, resources, tally.receive)
            except Exception as error:
                tally.receive(load_failure(error))
                return tally.outcome(units)
            for group in groups_of(plan, units, workers=1):
                if not tally.halted:
                    worker.do(group)
        return tally.outcome(units)


@contextmanager
def _threads(resources: Resources) -> Iterator[None]:
    """One thread on a CPU, as the worker processes have it: sums over several threads round differently."""
    import torch

    before = torch.get_num_threads()
    if not is_gpu(resources.device):
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
