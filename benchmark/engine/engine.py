"""The door to the engines: units in, finished units and failures out."""

from collections.abc import Callable, Mapping, Sequence

from dreambench.benchmark.engine.job import Job, make_groups, spread_classes
from dreambench.benchmark.engine.messages import Message, Outcome
from dreambench.benchmark.runs.units import Unit


def run_units(
    job: Job,
    units: Sequence[Unit],
    *,
    class_nouns: Mapping[str, str],
    group_size: int,
    workers: int,
    on_message: Callable[[Message], None],
) -> Outcome:
    """Do the units: in worker processes on a CPU, in this process on a GPU.

    Args:
        class_nouns: subject id -> class noun, for an order in which workers do not wait for each other's class images.
        group_size: how many subjects the method prepares together.
        workers: processes on a CPU; a GPU has one.
        on_message: called in this process with all that the workers say, and about twice a second in any case.
    """
    n_workers = workers if job.device == "cpu" else 1
    groups = make_groups(spread_classes(units, class_nouns), group_size=group_size, workers=n_workers)
    if job.device == "cuda":
        from dreambench.benchmark.engine.inline import run_inline

        return run_inline(job, groups, on_message=on_message)
    from dreambench.benchmark.engine.processes import run_in_processes

    return run_in_processes(job, groups, workers=n_workers, on_message=on_message)
