"""What a run covers, where its folder is, and how images on disk are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.runs.quick import OFFICIAL_QUICK
from dreambench.benchmark.runs.selection import (
    narrow,
    parse_names,
    parse_prompts,
    quick_selection,
    whole_selection,
)
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.errors import UserError


@pytest.fixture(scope="module")
def mini() -> Dataset:
    return load_dataset("mini")


def test_the_whole_protocol_is_3000_images(mini: Dataset) -> None:
    assert whole_selection(mini, 4).n_images == 3000


def test_quick_is_4_objects_and_2_live_subjects_under_5_prompts(mini: Dataset) -> None:
    quick = quick_selection(mini)
    kinds = [mini.subject(name).kind for name in quick.subjects]
    assert (kinds.count("object"), kinds.count("live")) == (4, 2)
    assert len({mini.subject(name).class_noun for name in quick.subjects}) == 6
    assert quick.n_images == 6 * 5 * 4
    assert quick.prompts == (0, 2, 7, 13, 20)
    families = {mini.prompts_of(kind)[index].family for kind in mini.kinds for index in quick.prompts}
    assert families == {"recontextualisation", "accessory", "property"}


def test_quick_takes_what_another_dataset_has(squares: Dataset) -> None:
    assert quick_selection(squares).subjects == ("can", "dog", "vase")


def test_what_is_named_replaces_its_part_only(mini: Dataset) -> None:
    chosen = narrow(quick_selection(mini), mini, subjects=["vase", "dog", "dog"])
    assert chosen.subjects == ("dog", "vase")
    assert chosen.prompts == OFFICIAL_QUICK


@pytest.mark.parametrize(("text", "indices"), [("0,3,24", (0, 3, 24)), ("10-12, 3", (10, 11, 12, 3)), (None, None)])
def test_prompts_are_numbers_and_ranges(text: str | None, indices: tuple[int, ...] | None) -> None:
    assert parse_prompts(text) == indices


@pytest.mark.parametrize("text", ["", "a", "1-b", "-3", "5-2", "1.5", "1-2-3", "٣x", "9999999999"])
def test_other_prompts_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="--prompts"):
        parse_prompts(text)


@given(st.text(max_size=12))
def test_no_text_makes_the_parser_stumble(text: str) -> None:
    try:
        indices = parse_prompts(text)
    except UserError:
        return
    assert indices
    assert all(index >= 0 for index in indices)


@pytest.mark.parametrize("prompts", [[25], [0, 1000]])
def test_prompts_beyond_the_list_are_refused(mini: Dataset, prompts: list[int]) -> None:
    with pytest.raises(UserError, match="0 to 24"):
        narrow(whole_selection(mini, 4), mini, prompts=prompts)


@pytest.mark.parametrize("count", [0, -1, 10**9])
def test_a_senseless_number_of_images_is_refused(mini: Dataset, count: int) -> None:
    with pytest.raises(UserError, match="--images-per-prompt"):
        narrow(whole_selection(mini, 4), mini, images_per_prompt=count)


def test_an_empty_list_of_names_is_refused() -> None:
    with pytest.raises(UserError, match="--subjects is empty"):
        parse_names(" , ", "--subjects")
