"""A prompt's text in a file's name is the prompt, in any spelling; an unknown or ambiguous one is refused by name."""

from pathlib import Path

import pytest
from named_images import find, keys, touch

from dreambench.benchmark.layouts.prompt_texts import PromptTexts
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import Prompt

MINI = load_dataset("mini")


@pytest.mark.parametrize("identifier", [None, "sks", "[V]", "<new1>", "<my dog>", "ktn xx"])
@pytest.mark.parametrize("space", [" ", "_", "-", "+", "__"])
def test_every_prompt_of_every_subject_is_recognised(identifier: str | None, space: str) -> None:
    texts = PromptTexts(MINI)
    for subject in MINI.subjects:
        for prompt in MINI.prompts(subject):
            text = prompt.text(subject.class_noun, identifier=identifier)
            assert texts.find(text.replace(" ", space), subject) == prompt.index
            assert texts.find(text.upper() + ".", subject) == prompt.index


def test_a_learned_word_may_stand_for_the_class_noun_but_another_noun_may_not() -> None:
    texts, dog = PromptTexts(MINI), MINI.subject("dog")
    assert texts.find("a <my-dog> in the snow", dog) == 1
    assert texts.find("a S* in the snow", dog) == 1
    assert texts.find("a cat in the snow", dog) is None
    assert texts.find("a red dog", dog) == 20  # not the identifier "red" of something else


UNKNOWN = {
    "a dog in the snov": "'a dog in the snov' is no prompt of dog; did you mean 'a dog in the snow'?",
    "a cat in the snow": "is no prompt of dog; did you mean 'a dog in the snow'?",
    "zzz": "is no prompt of dog; `bench dataset show` lists the prompts.",
}


@pytest.mark.parametrize("text", sorted(UNKNOWN))
def test_an_unknown_text_is_refused_with_the_nearest(text: str, tmp_path: Path) -> None:
    touch(tmp_path, f"dog/{text}_0.png")
    with pytest.raises(UserError) as error:
        find(tmp_path, "{subject}/{prompt_text}_{index}.{ext}")
    assert UNKNOWN[text] in str(error.value)
    assert f"dog/{text}_0.png: " in str(error.value)


def test_an_ambiguous_text_is_refused_with_all_that_it_may_be() -> None:
    templates = ("a {0} {1} with-out rain", "a {0} {1} with out rain", "a {0} {1}")
    prompts = [Prompt(kind="object", index=index, template=text) for index, text in enumerate(templates)]
    subject = MINI.subject("can")
    texts = PromptTexts(Dataset("own", MINI.root, (subject,), prompts=prompts))
    with pytest.raises(UserError, match=r"may be the prompt 0 \('a can with-out rain'\), 1 \('a can with out rain'\) of can"):
        texts.require("a_can_with_out_rain", subject, where="x.png")
    assert texts.find("a big can", subject) == 2


def test_names_with_texts_are_found(tmp_path: Path) -> None:
    touch(tmp_path, "a dog in the snow_3.jpg", "a_sks_dog_on_the_beach._0.png")
    assert keys(find(tmp_path, "{prompt_text}_{index}.{ext}", subjects=["dog"])) == [("dog", 1, 3), ("dog", 2, 0)]


def test_a_subject_and_a_text_side_by_side_are_cut_where_both_exist(tmp_path: Path) -> None:
    touch(
        tmp_path, "backpack_dog_a_backpack_in_the_snow.png", "backpack_a_backpack_in_the_snow.png", "dog_a_dog_in_the_snow.png"
    )
    found = find(tmp_path, "{subject}_{prompt_text}.{ext}")
    assert keys(found) == [("backpack", 1, 0), ("backpack_dog", 1, 0), ("dog", 1, 0)]


def test_what_is_not_selected_may_have_any_text(tmp_path: Path) -> None:
    touch(tmp_path, "dog/a dog in the snow.png", "can/whatever.png")
    assert keys(find(tmp_path, "{subject}/{prompt_text}.{ext}", subjects=["dog"])) == [("dog", 1, 0)]


def test_accents_as_macos_writes_them_are_the_same() -> None:
    prompts = [Prompt(kind="object", index=0, template="a {0} {1} in a caf\u00e9")]
    texts = PromptTexts(Dataset("own", MINI.root, (MINI.subject("can"),), prompts=prompts))
    assert texts.find("a can in a cafe\u0301", MINI.subject("can")) == 0
