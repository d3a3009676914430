"""How near a cluster of GPUs comes to the best that is possible, on paper, and what the schedule itself costs.

    python -m tests.speed.cluster [--json]

Runs of the suite `sd15` under the paper's protocol. The engines' own schedule hands the tasks out; how long they take is the
estimate of `bench doctor` for an H100; a second column has up to 10% more or less that the schedule does not know of. Models
are loaded before second 0, and scoring comes afterwards.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from dreambench.baselines.method import Method
from dreambench.baselines.registry import build_method
from dreambench.baselines.settings import SamplerSettings
from dreambench.baselines.work import Phase, Shared
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import Suite, load_suite, method_settings
from dreambench.benchmark.engine.jobs import Job, Lengths, make_tasks
from dreambench.benchmark.engine.schedule import Schedule, Task
from dreambench.benchmark.runs.units import Unit
from dreambench.dataset.subjects import SUBJECTS

from .simulated_cluster import Simulated, simulate, simulate_as_before

#: Operations a second that networks reach of an H100's 989e12 in bfloat16 and 67e12 in float32: the doctor's 40%.
H100_BFLOAT16: Final = 0.4 * 989e12
H100_FLOAT32: Final = 0.4 * 67e12
#: Seconds of an AdamW step on all weights of Stable Diffusion 1.5, by the memory that it reads and writes.
H100_ADAMW: Final = 0.028
JITTER: Final = 0.1
PROMPTS: Final = 25


@dataclass(frozen=True)
class Estimate:
    """Seconds on one GPU: all class images of a noun, and a subject with its images."""

    class_images: float
    subject: float


@dataclass(frozen=True)
class Row:
    """A scenario and what came of it.

    Attributes:
        what: it is.
        tasks: how many.
        exact: what came of it where all tasks take what the schedule believes.
        jittered: and where they do not.
        before: seconds that it took when class images were no tasks; None where several runs had no common schedule.
    """

    what: str
    tasks: int
    exact: Simulated
    jittered: Simulated
    before: float | None = None

    @classmethod
    def of(cls, what: str, tasks: Sequence[Task[Job]], *, gpus: int, before: float | None = None) -> "Row":
        """Simulate it."""
        workers = min(gpus, 2 * sum(isinstance(task.job, tuple) for task in tasks))  # as `widest` has it
        jittery = simulate(tasks, gpus=gpus, workers=workers, seconds=jittered(tasks))
        return cls(what, len(tasks), simulate(tasks, gpus=gpus, workers=workers), jittery, before)


def estimate(suite: Suite, method: Method[Any]) -> Estimate:
    """What `bench doctor` would say of one subject of its own class on an H100."""
    from dreambench.benchmark.doctor.base_model import cost_of
    from dreambench.benchmark.doctor.demand import Extent
    from dreambench.benchmark.doctor.estimate import seconds_of
    from dreambench.benchmark.doctor.machine import Demand
    from dreambench.benchmark.doctor.speed import Speed

    sampler = suite.sampler_for("The simulation")
    cost = cost_of(suite.model_for("The simulation"), None, sampler.resolution)
    assert cost is not None
    protocol = load_protocol(suite.protocol)
    images = PROMPTS * protocol.images_per_prompt + (protocol.prior_images if method.has_prior else 0)
    demand = Demand(cost, method, Extent(subjects=1, class_nouns=1, images=images), sampler)
    work = demand.work
    speed = Speed(
        call=2 * cost.unet_flops / H100_BFLOAT16,
        step=work.train_rows * work.passes * cost.unet_flops / H100_BFLOAT16
        + H100_ADAMW * work.trained_weights / (cost.unet_weights + cost.text_encoder_weights),
        decode=cost.decode_flops / H100_FLOAT32,
        basis="matmul",
    )
    seconds = seconds_of(demand, speed, workers=1, score_seconds=0.0)
    return Estimate(seconds[Phase.CLASS_IMAGES], seconds[Phase.TRAIN] + seconds[Phase.SAMPLE])


def run_tasks(
    name: str, method: Method[Any], sampler: SamplerSettings, seconds: Estimate, *, workers: int, in_parts: bool = True
) -> list[Task[Job]]:
    """The tasks of one run of the 30 subjects, as the engines make them.

    Args:
        name: of the run; no two have one.
        method: that is run.
        sampler: the suite's.
        seconds: of the tasks.
        workers: how many there are.
        in_parts: whether the class images of a noun are several tasks.
    """
    units = [Unit(f"{subject.id} of {name}", "") for subject in SUBJECTS]
    shared: dict[str, Shared] = {}
    for unit, subject in zip(units, SUBJECTS, strict=True):
        if (what := method.shared(subject, sampler)) is not None:
            shared[unit.subject] = replace(what, name=f"{what.name} of {name}", parts=what.parts if in_parts else 1)
    lengths = Lengths(dict.fromkeys((unit.subject for unit in units), seconds.subject), seconds.class_images)
    return make_tasks(units, shared, lengths, group_size=1, workers=workers)


def jittered(tasks: Sequence[Task[Job]], *, seed: int = 0) -> dict[str, float]:
    """How long the tasks really take: up to 10% more or less than anyone knows."""
    generator = random.Random(seed)
    return {task.name: task.length * generator.uniform(1 - JITTER, 1 + JITTER) for task in tasks}


def scenarios() -> list[Row]:
    """One run, several methods at once, and a hundred runs."""
    suite = load_suite("sd15")
    sampler = suite.sampler_for("The simulation")
    methods = {
        name: build_method(name, method_settings(suite, name))
        for name in ("dreambooth", "textual_inversion", "peft", "pretrained")
    }
    seconds = {name: estimate(suite, method) for name, method in methods.items()}
    ours, its = methods["dreambooth"], seconds["dreambooth"]

    def runs(count: int, *, gpus: int, in_parts: bool = True) -> list[Task[Job]]:
        found: list[Task[Job]] = []
        for seed in range(count):
            found += run_tasks(f"seed {seed}", ours, sampler, its, workers=gpus, in_parts=in_parts)
        return found

    nouns = {subject.id: subject.class_noun for subject in SUBJECTS}

    def before(gpus: int) -> float:
        return simulate_as_before(list(nouns), nouns, gpus=gpus, class_seconds=its.class_images, subject_seconds=its.subject)

    together = [
        task for name, method in methods.items() for task in run_tasks(name, method, sampler, seconds[name], workers=64)
    ]
    return [
        Row.of("1 run", runs(1, gpus=8), gpus=8, before=before(8)),
        Row.of("1 run, class images of a noun in one piece", runs(1, gpus=64, in_parts=False), gpus=64),
        Row.of("1 run", runs(1, gpus=64), gpus=64, before=before(64)),
        Row.of("1 run each of 4 methods, one schedule", together, gpus=64),
        Row.of("6 runs, one schedule", runs(6, gpus=64), gpus=64),
        _side_by_side(runs(1, gpus=10), count=100, gpus=10, before=before(10)),
        Row.of("100 runs, one schedule", runs(100, gpus=1000), gpus=1000),
    ]


def _side_by_side(tasks: Sequence[Task[Job]], *, count: int, gpus: int, before: float) -> Row:
    """So many runs, each with GPUs and a schedule of its own."""

    def together(found: Sequence[Simulated]) -> Simulated:
        work, chain = sum(run.work for run in found), max(run.chain for run in found)
        return Simulated(max(run.makespan for run in found), work, chain, count * gpus, ())

    exact = together([simulate(tasks, gpus=gpus)] * count)
    jittery = together([simulate(tasks, gpus=gpus, seconds=jittered(tasks, seed=seed)) for seed in range(count)])
    return Row(f"{count} runs, {gpus} GPUs and a schedule each", count * len(tasks), exact, jittery, before)


def schedule_seconds(count: int, *, repeats: int = 3) -> float:
    """Processor seconds that the schedule takes for so many tasks in all; for every fourth the three after it wait."""
    generator = random.Random(0)
    tasks = [
        Task(str(number), number, generator.random(), (str(number - number % 4),) if number % 4 else ())
        for number in range(count)
    ]

    def once() -> float:
        started = time.process_time()
        schedule = Schedule(tasks)
        while (task := schedule.take()) is not None:
            schedule.finish(task.name)
        assert not schedule.left
        return time.process_time() - started

    return min(once() for _ in range(repeats))


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed.cluster", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    given = parser.parse_args(arguments)
    suite = load_suite("sd15")
    its = estimate(suite, build_method("dreambooth", method_settings(suite, "dreambooth")))
    rows = scenarios()
    costs = {count: schedule_seconds(count) for count in (30, 300, 3_000, 30_000)}
    if given.json:
        found = [_record(row) for row in rows]
        print(json.dumps({"estimate": asdict(its), "scenarios": found, "schedule_seconds": costs}, indent=2))
        return
    console = Console(width=140)
    nouns = len(Counter(subject.class_noun for subject in SUBJECTS))
    console.print(
        f"dreambooth, {len(SUBJECTS)} subjects, {nouns} class nouns: {its.class_images:.0f} s for a noun's class images, "
        f"{its.subject:.0f} s for a subject"
    )
    console.print(_scenario_table(rows))
    console.print(_cost_table(costs))


def _record(row: Row) -> dict[str, Any]:
    def of(found: Simulated) -> dict[str, float]:
        return {"seconds": found.makespan, "ideal": found.ideal, "share_of_ideal": found.share_of_ideal, "busy": found.busy}

    about = {"what": row.what, "gpus": row.exact.gpus, "tasks": row.tasks, "before": row.before}
    return {**about, "exact": of(row.exact), "jittered": of(row.jittered)}


def _scenario_table(rows: Sequence[Row]) -> Table:
    table = Table(title="Seconds, simulated", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("", "GPUs", "tasks", "before", "ideal", "takes", "of ideal", "GPUs busy", "±10%: takes", "of ideal"):
        table.add_column(heading, justify="right" if heading else "left")
    for row in rows:
        exact, jittery = row.exact, row.jittered
        table.add_row(
            row.what,
            f"{exact.gpus:,}",
            f"{row.tasks:,}",
            "" if row.before is None else f"{row.before:.0f}",
            f"{exact.ideal:.0f}",
            f"{exact.makespan:.0f}",
            f"{exact.share_of_ideal:.1%}",
            f"{exact.busy:.0%}",
            f"{jittery.makespan:.0f}",
            f"{jittery.share_of_ideal:.1%}",
        )
    return table


def _cost_table(costs: dict[int, float]) -> Table:
    table = Table(title="What the schedule costs", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("tasks", "all of them", "a task", "a task, beside that of 30"):
        table.add_column(heading, justify="right")
    first = costs[30] / 30
    for count, seconds in costs.items():
        one = seconds / count
        table.add_row(f"{count:,}", f"{seconds * 1000:.3g} ms", f"{one * 1e6:.2g} µs", f"{one / first:.2f}x")
    return table


if __name__ == "__main__":
    main()
