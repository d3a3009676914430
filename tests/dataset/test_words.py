"""What may have been meant, in one wording everywhere, whatever the capitals; and counts in words."""

import pytest

from dreambench.dataset.words import counted, counted_range, did_you_mean, nearest, shortened


@pytest.mark.parametrize(("written", "meant"), [("CAN", "can"), ("teapott", "teapot"), ("Dog", "dog"), ("zzzzzz", None)])
def test_the_nearest_name_is_found_whatever_its_capitals(written: str, meant: str | None) -> None:
    assert nearest(written, ["can", "dog", "teapot"]) == meant


def test_a_name_is_offered_as_it_is_written_there() -> None:
    assert did_you_mean("vit_b", ["ViT-B"]) == "did you mean 'ViT-B'?"
    assert did_you_mean("step", ["steps"], prefix="sampler.") == "did you mean 'sampler.steps'?"


def test_where_nothing_is_near_the_known_names_or_the_cure_are_told() -> None:
    assert did_you_mean("zzzz", ["a", "b"]) == "known are a, b."
    assert did_you_mean("zzzz", ["a", "b"], otherwise="give a letter.") == "give a letter."
    assert did_you_mean("zzzz", []) == "nothing can be set here."


@pytest.mark.parametrize(("number", "words"), [(0, "0 metrics"), (1, "1 metric"), (2, "2 metrics"), (3000, "3,000 metrics")])
def test_one_is_no_plural(number: int, words: str) -> None:
    assert counted(number, "metric") == words


@pytest.mark.parametrize(
    ("numbers", "words"), [({1}, "1 image"), ({16}, "16 images"), ({1, 4}, "1 to 4 images"), ({3000, 8}, "8 to 3,000 images")]
)
def test_a_range_is_counted_by_its_end(numbers: set[int], words: str) -> None:
    assert counted_range(numbers, "image") == words


def test_a_long_text_is_cut_to_the_bound_and_a_text_of_that_length_is_not() -> None:
    assert shortened("a" * 10, 10) == "a" * 10
    assert shortened("a" * 11, 10) == "a" * 7 + "..."
