"""Images are found by the names that they have: fields of a pattern, numbers from 0 or 1, seeds, steps, one subject."""

from pathlib import Path

import pytest
from named_images import find, keys, touch

from dreambench.benchmark.layouts.pattern import parse_pattern
from dreambench.dataset.errors import UserError


def test_images_are_found_by_their_pattern(tmp_path: Path) -> None:
    touch(
        tmp_path, "dog/00/0.png", "dog/00/1.png", "can/13/0.jpg", "dog/00/.hidden.png", ".cache/dog/00/3.png", "dog/notes/x.png"
    )
    found = find(tmp_path)
    assert keys(found) == [("can", 13, 0), ("dog", 0, 0), ("dog", 0, 1)]
    assert found.others == ("dog/notes/x.png",)
    assert keys(find(tmp_path, subjects=["dog"], prompts=[0])) == [("dog", 0, 0), ("dog", 0, 1)]


def test_other_layouts_are_a_pattern_away(tmp_path: Path) -> None:
    touch(tmp_path, "backpack_dog__p07_s2.png")
    assert keys(find(tmp_path, "{subject}__p{prompt}_s{index}.{ext}")) == [("backpack_dog", 7, 2)]
    touch(tmp_path, "run3/sample/can-4-1-final.png")
    assert keys(find(tmp_path, "run3/{any}/{subject}-{prompt}-{index}-{any}.{ext}")) == [("can", 4, 1)]


def test_the_same_image_twice_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "dog/00/0.png", "dog/0/0.jpg")
    with pytest.raises(UserError, match="same image"):
        find(tmp_path)


WRONG = {
    "{subject}/{index}.png": "lacks {prompt}",
    "{prompt}/{index}.png": "lacks {subject}; write it like {subject}/{prompt}/{index}.{ext}, or name one subject",
    "{subject}/{prompt}/{index}_{seed}.png": "has {index} and {seed}, which say the same",
    "{subject}/{prompt}/{prompt_text}.png": "has {prompt} and {prompt_text}, which say the same",
    "{subject": "is not a pattern",
    "{}": "has the field {}",
    "{subject:3}": "has the field {subject:3}",
    "{subject!r}/{prompt}/{index}": "has the field {subject!r}",
    "{subject}/{prompt}/{idx}.png": "the fields are {subject}, {prompt}, {prompt_from_1}, {prompt_text}, {index}",
}


@pytest.mark.parametrize("pattern", sorted(WRONG))
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UserError) as error:
        parse_pattern(pattern)
    assert WRONG[pattern] in str(error.value)


def test_one_image_a_prompt_needs_no_index(tmp_path: Path) -> None:
    touch(tmp_path, "dog/0.png", "dog/3.png")
    assert keys(find(tmp_path, "{subject}/{prompt}.{ext}")) == [("dog", 0, 0), ("dog", 3, 0)]


def test_one_subject_needs_no_subject(tmp_path: Path) -> None:
    touch(tmp_path, "0_1.png", "3_0.png")
    assert keys(find(tmp_path, "{prompt}_{index}.{ext}", subjects=["dog2"])) == [("dog2", 0, 1), ("dog2", 3, 0)]
    with pytest.raises(UserError, match=r"lacks \{subject\}"):
        find(tmp_path, "{prompt}_{index}.{ext}", subjects=["dog2", "can"])


def test_seeds_number_the_images_of_each_prompt(tmp_path: Path) -> None:
    touch(tmp_path, "dog/0/3407123456.png", "dog/0/42.png", "dog/0/1234567890.png", "dog/1/7.png", "dog/1/9999999999.png")
    found = find(tmp_path, "{subject}/{prompt}/{seed}.{ext}")
    assert keys(found) == [("dog", 0, 0), ("dog", 0, 1), ("dog", 0, 2), ("dog", 1, 0), ("dog", 1, 1)]
    assert [Path(path).stem for path in found.images["path"]] == ["42", "1234567890", "3407123456", "7", "9999999999"]
    assert found.remarks == ("Images are numbered within each prompt by their seeds, the smallest first.",)


def test_the_same_seed_twice_is_the_same_image_twice(tmp_path: Path) -> None:
    touch(tmp_path, "dog/0/7.png", "dog/0/07.jpg")
    with pytest.raises(UserError, match="same image"):
        find(tmp_path, "{subject}/{prompt}/{seed}.{ext}")


def test_of_several_steps_the_last_is_scored(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{prompt}/{step}/{k}.png" for prompt in (0, 1) for step in (5, 10, 9) for k in (0, 1)))
    found = find(tmp_path, "{prompt}/{step}/{index}.{ext}", subjects=["dog"])
    assert {Path(path).parent.name for path in found.images["path"]} == {"10"}
    assert len(found.images) == 4
    assert found.remarks == ("Of 3 steps, 5 to 10, the images of the last are scored.",)


def test_prompts_that_are_certainly_numbered_from_1_are_taken_so(tmp_path: Path) -> None:
    touch(tmp_path, *(f"dog/{prompt}/0.png" for prompt in range(1, 26)))
    found = find(tmp_path)
    assert keys(found) == [("dog", prompt, 0) for prompt in range(25)]
    assert Path(found.images["path"].iloc[3]).parent.name == "4"
    assert found.remarks == ("The prompts are numbered from 1, which is taken for 0.",)
    assert found.prompts_named
    assert [Path(path).parent.name for path in find(tmp_path, prompts=[0, 3]).images["path"]] == ["1", "4"]


@pytest.mark.parametrize(("numbers", "is_certain"), [((0, 1, 2), True), ((1, 4), False), ((3,), False), ((25, 2), True)])
def test_a_part_without_prompt_0_is_doubtful(numbers: tuple[int, ...], is_certain: bool, tmp_path: Path) -> None:
    touch(tmp_path, *(f"dog/{prompt}/0.png" for prompt in numbers))
    assert find(tmp_path).prompts_named == is_certain


def test_a_pattern_may_say_that_numbers_begin_at_1(tmp_path: Path) -> None:
    touch(tmp_path, "dog/1/1.png", "dog/4/2.png")
    found = find(tmp_path, "{subject}/{prompt_from_1}/{index_from_1}.{ext}", prompts=[0, 3])
    assert keys(found) == [("dog", 0, 0), ("dog", 3, 1)]
    assert found.prompts_named
    touch(tmp_path, "dog/0/1.png")
    with pytest.raises(UserError, match=r"dog/0/1.png is of prompt 0, but {prompt_from_1} counts from 1"):
        find(tmp_path, "{subject}/{prompt_from_1}/{index_from_1}.{ext}")
