"""Dividing a run into shards: nobody is lost, the largest load is near the least possible one, always the same division."""

import itertools
import random
from collections.abc import Sequence

import pytest

from dreambench.benchmark.engine.division import Piece, divide


def load(subjects: Sequence[str], pieces: Sequence[Piece], class_costs: dict[str, float]) -> float:
    mine = [piece for piece in pieces if piece.subject in subjects]
    return sum(class_costs[noun] for noun in {piece.class_noun for piece in mine}) + sum(piece.cost for piece in mine)


def made_up(seed: int, subjects: int, classes: int) -> tuple[list[Piece], dict[str, float]]:
    dice = random.Random(seed)
    pieces = [Piece(f"s{i}", f"c{dice.randrange(classes)}", dice.choice((1.0, 2.0, 3.5))) for i in range(subjects)]
    return pieces, {f"c{index}": dice.choice((0.0, 1.0, 6.0)) for index in range(classes)}


@pytest.mark.parametrize("seed", range(20))
def test_every_subject_is_in_one_shard_and_no_shard_is_empty(seed: int) -> None:
    pieces, costs = made_up(seed, subjects=12, classes=5)
    for count in range(1, 13):
        shards = divide(pieces, costs, count)
        assert sorted(itertools.chain(*shards)) == sorted(piece.subject for piece in pieces)
        assert len(shards) == count
        assert all(shards)
        assert shards == divide(pieces, costs, count)


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_load_is_near_the_least_of_all_divisions(seed: int) -> None:
    pieces, costs = made_up(seed, subjects=7, classes=3)
    names = [piece.subject for piece in pieces]
    for count in (2, 3):
        least = min(
            max(load([n for n, c in zip(names, choice, strict=True) if c == k], pieces, costs) for k in range(count))
            for choice in itertools.product(range(count), repeat=len(names))
        )
        assert max(load(shard, pieces, costs) for shard in divide(pieces, costs, count)) <= 4 / 3 * least


def test_a_class_stays_together_where_its_images_cost_most() -> None:
    pieces = [Piece(f"{noun}{index}", noun, 1.0) for index in range(3) for noun in ("dog", "can")]
    shards = divide(pieces, {"dog": 50.0, "can": 50.0}, 2)
    assert {frozenset(shard) for shard in shards} == {frozenset({"dog0", "dog1", "dog2"}), frozenset({"can0", "can1", "can2"})}


def test_a_class_is_split_where_that_is_faster() -> None:
    pieces = [Piece(f"dog{index}", "dog", 10.0) for index in range(6)]
    assert [len(shard) for shard in divide(pieces, {"dog": 5.0}, 3)] == [2, 2, 2]
