"""Questionnaires are balanced, blind, and the same for the same seed."""

from collections import Counter

import numpy as np
import pytest

from dreambench.benchmark.userstudy.assignment import Shape, assign, pairs_for, raters_for, shape_of
from dreambench.benchmark.userstudy.study import Questionnaire
from dreambench.dataset.errors import UserError


def dealt(n_pairs: int, *, questions: int = 25, raters: int | None = None, seed: int = 0) -> tuple[Questionnaire, ...]:
    shape = shape_of(questions, n_pairs=n_pairs)
    count = raters_for(shape, n_pairs=n_pairs) if raters is None else raters
    return assign(shape, n_pairs=n_pairs, raters=count, n_catch=7, rng=np.random.default_rng(seed))


def numbers(questionnaire: Questionnaire, shows: str) -> list[int]:
    return [question.number for question in questionnaire.questions if question.shows == shows]


def test_25_questions_are_20_pairs_2_of_them_again_and_3_catch_trials() -> None:
    assert shape_of(25, n_pairs=750) == Shape(20, 2, 3)


@pytest.mark.parametrize("n_pairs", [6, 20, 25, 39, 40, 41, 60, 133, 750])
def test_each_pair_is_asked_of_three_people_and_never_twice_of_one(n_pairs: int) -> None:
    found = dealt(n_pairs)
    counts = Counter(number for each in found for number in numbers(each, "pair"))
    assert set(counts) == set(range(n_pairs))
    assert min(counts.values()) >= 3
    assert max(counts.values()) - min(counts.values()) <= 1
    for each in found:
        assert len(set(numbers(each, "pair"))) == len(numbers(each, "pair"))


def test_repeats_are_the_same_pair_later_with_its_sides_changed() -> None:
    for questionnaire in dealt(100):
        places = {question.number: place for place, question in enumerate(questionnaire.questions) if question.shows == "pair"}
        repeats = [(place, each) for place, each in enumerate(questionnaire.questions) if each.shows == "repeat"]
        assert len(repeats) == 2
        for place, again in repeats:
            before = places[again.number]
            assert place > before + 3
            assert again.swapped != questionnaire.questions[before].swapped


def test_both_sides_are_as_frequent_for_every_pair_and_in_the_catch_trials() -> None:
    found = dealt(100, raters=30)
    for pair in range(100):
        sides = [
            question.swapped
            for each in found
            for question in each.questions
            if question.shows == "pair" and question.number == pair
        ]
        assert abs(2 * sum(sides) - len(sides)) <= 1
    for each in found:
        catch = [question.swapped for question in each.questions if question.shows == "catch"]
        assert 1 <= sum(catch) <= 2  # whoever always says one side is wrong somewhere


def test_question_ids_differ_and_tell_nothing() -> None:
    ids = [question.id for each in dealt(100) for question in each.questions]
    assert len(set(ids)) == len(ids)
    other = [question.id for each in dealt(100, seed=1) for question in each.questions]
    assert not set(ids) & set(other)


def test_the_same_seed_gives_the_same_study() -> None:
    assert dealt(50, seed=3) == dealt(50, seed=3)
    assert dealt(50, seed=3) != dealt(50, seed=4)


def test_few_raters_are_asked_as_many_pairs_as_get_three_answers() -> None:
    assert pairs_for(72, 25, n_pairs=750) == 480
    counts = Counter(number for each in dealt(480, raters=72) for number in numbers(each, "pair"))
    assert set(counts.values()) == {3}
    assert pairs_for(72, 25, n_pairs=100) == 100


def test_too_few_raters_or_questions_are_refused() -> None:
    with pytest.raises(UserError, match="--raters cannot be 2"):
        pairs_for(2, 25, n_pairs=100)
    with pytest.raises(UserError, match="--questions cannot be 3"):
        shape_of(3, n_pairs=100)
