"""A run as tasks for several workers: what subjects share is made in parts, and groups of subjects wait for it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dreambench.baselines.registry import build_method
from dreambench.baselines.work import Shared
from dreambench.benchmark.engine.costs import costs_of
from dreambench.benchmark.engine.groups import Group, make_groups, spread_classes
from dreambench.benchmark.engine.schedule import Task
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit


@dataclass(frozen=True)
class Preparation:
    """Something that subjects share, or a part of it, to be made before them.

    Attributes:
        what: it is, for people: "the class images of dog".
        units: those that wait for it, one or more.
        part: its number; None: the whole, of its parts.
    """

    what: str
    units: Group
    part: int | None = None


Job: TypeAlias = Group | Preparation
"""What a worker is told to do."""


@dataclass(frozen=True)
class Lengths:
    """How long tasks take, in whatever unit all have; 0 where nobody knows.

    Attributes:
        subjects: id -> its training and images.
        shared: all of what one name stands for.
    """

    subjects: Mapping[str, float]
    shared: float = 0.0


def tasks_of(plan: RunPlan, units: Sequence[Unit], *, workers: int) -> list[Task[Job]]:
    """The tasks of a plan's units for so many workers.

    One worker makes what subjects share as it comes to them, so there it is no task of its own.
    """
    method = build_method(plan.method, plan.settings)
    subjects = {unit.subject: plan.dataset.subject(unit.subject) for unit in units}
    work, costs = method.work(), costs_of(plan)
    looks = Counter(name for checkpoint in plan.checkpoints for name in checkpoint.units)
    of_subjects = {
        name: work.steps * costs.step + plan.images_of(subject) * looks.get(name, 1) * costs.image
        for name, subject in subjects.items()
    }
    lengths = Lengths(of_subjects, work.class_images * costs.image)
    shared: dict[str, Shared] = {}
    if workers > 1:
        found = {name: method.shared(subject, plan.sampler) for name, subject in subjects.items()}
        shared = {name: what for name, what in found.items() if what is not None}
    in_order = spread_classes(units, {name: subject.class_noun for name, subject in subjects.items()})
    return make_tasks(in_order, shared, lengths, group_size=method.group_size, workers=workers)


def widest(plan: RunPlan, *, units: int) -> int:
    """How many tasks of so many of the plan's units may go on side by side: a unit each, or parts of what they share.

    At most two a unit, since who only makes parts has loaded its models for that alone.
    """
    method = build_method(plan.method, plan.settings)
    shared = {method.shared(subject, plan.sampler) for subject in plan.subjects()}
    return max(units, min(2 * units, sum(what.parts for what in shared if what is not None)))


def make_tasks(
    units: Sequence[Unit], shared: Mapping[str, Shared], lengths: Lengths, *, group_size: int, workers: int
) -> list[Task[Job]]:
    """Tasks in which every unit is once, with those that they wait for.

    Args:
        units: in the order of the run.
        shared: subject -> what it shares; those that share nothing are left out.
        lengths: of the tasks.
        group_size: how many subjects are best prepared together.
        workers: how many there are.
    """
    sharing: defaultdict[Shared | None, list[Unit]] = defaultdict(list)
    for unit in units:
        sharing[shared.get(unit.subject)].append(unit)
    tasks: list[Task[Job]] = []
    for what, members in sharing.items():
        after: tuple[str, ...] = ()
        if what is not None:
            tasks += _preparations(what, tuple(members), lengths.shared)
            after = (what.name,)
        # Enough groups that no worker is without one, in all.
        share = -(-workers * len(members) // len(units))
        for group in make_groups(members, group_size=group_size, workers=share):
            # The subjects of a group are trained together and sampled one after another.
            names = [unit.subject for unit in group]
            tasks.append(Task(f"subject {names[0]}", group, sum(lengths.subjects[name] for name in names), after))
    return tasks


def _preparations(what: Shared, units: Group, length: float) -> list[Task[Job]]:
    """The parts, and the whole that waits for them; or the whole in one piece."""
    if what.parts == 1:
        return [Task(what.name, Preparation(what.name, units), length)]
    names = [f"{what.name}, part {part + 1} of {what.parts}" for part in range(what.parts)]
    parts: list[Task[Job]] = [
        Task(name, Preparation(what.name, units, part), length / what.parts) for part, name in enumerate(names)
    ]
    return [*parts, Task(what.name, Preparation(what.name, units), after=tuple(names))]
