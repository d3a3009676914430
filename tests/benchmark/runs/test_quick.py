"""Which prompts a quick run of somebody's own dataset covers."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreambench.benchmark.runs.quick import quick_prompts
from dreambench.benchmark.runs.selection import quick_selection
from dreambench.dataset.collection import Dataset
from dreambench.dataset.kinds import Kind
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import SUBJECTS, Subject

FAMILIES = ("recontextualisation", "style", "view", "pose")


def _dataset(**families: Sequence[str]) -> Dataset:
    """A dataset with as many prompts of each kind as families are given."""
    kinds: tuple[Kind, ...] = ("object", "live")
    prompts = [
        Prompt(kind=kind, index=index, template=f"a {{0}} {{1}} number {index}", family=family)
        for kind in kinds
        for index, family in enumerate(families.get(kind, ()))
    ]
    subjects = tuple(Subject(f"my_{kind}", "thing", kind) for kind in kinds if kind in families)
    return Dataset("own", Path(), subjects, prompts=prompts)


def test_of_the_official_prompts_they_stay_what_they_were() -> None:
    assert quick_prompts(Dataset("own", Path(), SUBJECTS)) == (0, 2, 7, 13, 20)


@pytest.mark.parametrize(
    ("count", "chosen"), [(1, (0,)), (5, (0, 1, 2, 3, 4)), (9, (0, 2, 4, 6, 8)), (101, (0, 25, 50, 75, 100))]
)
def test_prompts_of_one_family_are_spread_evenly(count: int, chosen: tuple[int, ...]) -> None:
    assert quick_prompts(_dataset(object=["style"] * count)) == chosen


def test_a_rare_family_is_there_and_the_rest_stays_spread() -> None:
    assert quick_prompts(_dataset(object=["style"] * 10 + ["view"] + ["style"] * 10)) == (0, 5, 10, 15, 20)
    assert quick_prompts(_dataset(object=["style"] * 11 + ["view"] + ["style"] * 9)) == (0, 5, 11, 15, 20)


def test_a_kind_with_a_short_list_is_asked_something(tmp_path: Path) -> None:
    dataset = _dataset(object=["style"] * 40, live=["pose", "view"])
    chosen = quick_selection(dataset)
    assert len(chosen.prompts) == 5
    assert set(chosen.by_subject["my_live"]) == {0, 1}
    assert chosen.n_images == (5 + 2) * 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(FAMILIES), min_size=1, max_size=12),
    st.lists(st.sampled_from(FAMILIES), min_size=1, max_size=12),
)
def test_no_five_prompts_have_more_families(objects: list[str], live: list[str]) -> None:
    dataset = _dataset(object=objects, live=live)
    longest = max(len(objects), len(live))

    def families(indices: Sequence[int]) -> int:
        return len({part[index] for part in (objects, live) for index in indices if index < len(part)})

    chosen = quick_prompts(dataset)
    assert len(chosen) == min(5, longest)
    assert sorted(set(chosen)) == list(chosen)
    assert min(chosen) < min(len(objects), len(live))  # each kind is asked something
    assert families(chosen) == max(
        families(each) for each in combinations(range(longest), len(chosen)) if each[0] < min(len(objects), len(live))
    )
