"""Prompt sets: what they ask of whom is data, and no dataset's own prompts or checksum move for them."""

from pathlib import Path

import pytest

from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.runs.prompt_reading import read_prompts
from dreambench.benchmark.runs.quick import quick_prompts
from dreambench.benchmark.runs.selection import whole_selection
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompt_sets import load_prompt_set
from dreambench.dataset.prompts import Prompt


def applications() -> Dataset:
    return load_dataset("mini").asking(load_prompt_set("applications", kinds=("object", "live")))


def test_crosses_are_asked_of_dogs_alone() -> None:
    dataset = applications()
    crossed = {s.class_noun for s in dataset.subjects if any(p.family == "cross" for p in dataset.prompts(s))}
    assert crossed == {"dog"}


def test_outfits_are_for_live_subjects_and_transparency_for_objects() -> None:
    dataset = applications()
    texts = {s.id: " ".join(p.template for p in dataset.prompts(s)) for s in dataset.subjects}
    assert "outfit" in texts["cat"]
    assert "outfit" not in texts["teapot"]
    assert "transparent" in texts["teapot"]
    assert "transparent" not in texts["cat"]


def test_prompts_that_both_kinds_share_have_the_same_numbers() -> None:
    dataset = applications()
    numbers = {kind: {p.template: p.index for p in dataset.prompts_of(kind)} for kind in dataset.kinds}
    shared = numbers["object"].keys() & numbers["live"].keys()
    assert len(shared) == 23
    assert all(numbers["object"][text] == numbers["live"][text] for text in shared)


def test_a_prompt_for_all_subjects_is_recorded_as_it_always_was() -> None:
    assert "class_nouns" not in Prompt(kind="live", index=0, template="a {0} {1}").model_dump()
    kept = Prompt(kind="live", index=0, template="a {0} {1}", class_nouns=("dog",))
    assert Prompt.model_validate(kept.model_dump()) == kept


def test_whom_a_prompt_is_for_is_in_the_datasets_checksum() -> None:
    mini = load_dataset("mini")
    base = [Prompt(kind=kind, index=0, template="a {0} {1}") for kind in ("object", "live")]
    kept = [base[0], base[1].model_copy(update={"class_nouns": ("dog",)})]
    assert mini.asking(base).checksum != mini.asking(kept).checksum


def test_an_unknown_set_or_a_wrong_noun_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'applications'"):
        load_prompt_set("aplications", kinds=("live",))
    file = tmp_path / "own.toml"
    file.write_text('[[live]]\nprompt = "a {identifier} {class_noun}"\nclass_nouns = "dog"\n')
    with pytest.raises(UserError, match="class nouns"):
        load_prompt_set(str(file), kinds=("live",))


def test_what_the_miniature_cannot_read_is_told_before_any_work() -> None:
    dataset = applications()
    reading = read_prompts(load_suite("mini").model, dataset, whole_selection(dataset, 1))
    assert reading is not None
    families = {p.family for p in dataset.prompts_of("object") if p.index in reading.long}
    assert families == {"style"}
    assert {"transparent", "golden", "koala"} <= set(reading.spelled)
    assert not {"jungle", "red", "dog"} & set(reading.spelled)
    assert "which it reads as letters" in reading.remarks[0]
    with pytest.raises(UserError, match="the base model reads 24"):
        reading.refuse_long()
    assert not set(quick_prompts(dataset, without=reading.long)) & set(reading.long)
    assert read_prompts(load_suite("mini").model, load_dataset("mini"), whole_selection(load_dataset("mini"), 1)) is None
