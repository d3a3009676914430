"""Dividing a run into shards that take about as long: whole classes together, since a shard makes its own class images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dreambench.baselines.registry import build_method
from dreambench.benchmark.engine.costs import costs_of
from dreambench.benchmark.runs.plan import RunPlan


@dataclass(frozen=True)
class Piece:
    """A subject as the division sees it.

    Attributes:
        subject: its id.
        class_noun: subjects of one share what the class costs.
        cost: of its own training and images.
    """

    subject: str
    class_noun: str
    cost: float


def shards_of(plan: RunPlan, count: int) -> list[tuple[str, ...]]:
    """The subjects of every shard of a run, in the plan's order. Of the same plan it is always the same division.

    Costs are those of `dreambench.benchmark.engine.costs`.

    Args:
        plan: the run.
        count: of shards, at most the run's subjects.
    """
    work, costs = build_method(plan.method, plan.settings).work(), costs_of(plan)
    pieces = [
        Piece(subject.id, subject.class_noun, work.steps * costs.step + plan.images_of(subject) * costs.image)
        for subject in plan.subjects()
    ]
    return divide(pieces, dict.fromkeys((piece.class_noun for piece in pieces), work.class_images * costs.image), count)


def divide(pieces: Sequence[Piece], class_costs: Mapping[str, float], count: int) -> list[tuple[str, ...]]:
    """Divide subjects so that the largest load is small.

    Classes go whole to the shard with the least load, the largest first (Graham's rule, 1969). Then single subjects move, out
    of a class too, as long as that lowers the loads, sorted from the largest.

    Args:
        pieces: the subjects.
        class_costs: class noun -> what every shard with a subject of the class spends on it.
        count: of shards, 1 or more.

    Returns:
        The subjects of every shard in the order of `pieces`; none is empty where there are as many subjects as shards.
    """
    classes: dict[str, list[Piece]] = {}
    for piece in pieces:
        classes.setdefault(piece.class_noun, []).append(piece)

    def load(shard: Sequence[Piece]) -> float:
        nouns = dict.fromkeys(piece.class_noun for piece in shard)
        return round(sum(class_costs[noun] for noun in nouns) + sum(piece.cost for piece in shard), 6)

    shards: list[list[Piece]] = [[] for _ in range(count)]
    for members in sorted(classes.values(), key=load, reverse=True):
        min(shards, key=load).extend(members)
    while _move_one(shards, [load(shard) for shard in shards], class_costs):
        pass
    order = {piece.subject: index for index, piece in enumerate(pieces)}
    return [tuple(sorted((piece.subject for piece in shard), key=order.__getitem__)) for shard in shards]


def _move_one(shards: list[list[Piece]], loads: list[float], class_costs: Mapping[str, float]) -> bool:
    """Make the move of one subject between two shards that leaves the larger of their loads lowest; False where none helps.

    A move that lowers the larger of the two loads lowers the sorted list of all, so the moves come to an end.
    """
    best: tuple[float, int, int, Piece] | None = None
    for source in sorted(range(len(shards)), key=lambda index: -loads[index]):
        for target in range(len(shards)):
            if target == source or loads[target] >= loads[source]:
                continue
            for piece in shards[source]:
                stays = any(other.class_noun == piece.class_noun for other in shards[source] if other is not piece)
                known = any(other.class_noun == piece.class_noun for other in shards[target])
                left = loads[source] - piece.cost - (0.0 if stays else class_costs[piece.class_noun])
                gained = loads[target] + piece.cost + (0.0 if known else class_costs[piece.class_noun])
                larger = round(max(left, gained), 6)
                if larger < loads[source] and (best is None or larger < best[0]):
                    best = (larger, source, target, piece)
        if best is not None:  # the largest load that can be lowered is, before any other
            _, giver, taker, moved = best
            shards[giver].remove(moved)
            shards[taker].append(moved)
            return True
    return False
