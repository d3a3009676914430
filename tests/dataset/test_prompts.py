"""The prompts and class nouns are the released ones, word for word."""

import re
from pathlib import Path

import pytest

from dreambench.dataset.prompts import class_prompt, prompts_for
from dreambench.dataset.subjects import CLASS_NOUNS, SUBJECTS


def test_prompts_are_the_released_ones_verbatim(dreambooth_folder: Path) -> None:
    text = (dreambooth_folder / "dataset" / "prompts_and_classes.txt").read_text()
    lists = [re.findall(r"'(.*?)'\.format", block) for block in re.findall(r"prompt_list = \[(.*?)\]", text, re.DOTALL)]
    assert [[p.template for p in prompts_for(kind)] for kind in ("object", "live")] == lists


def test_subjects_and_class_nouns_are_the_released_ones(dreambooth_folder: Path) -> None:
    text = (dreambooth_folder / "dataset" / "prompts_and_classes.txt").read_text()
    table = text.split("subject_name,class")[1].split("Prompts")[0].strip().splitlines()
    assert {s.id: s.class_noun for s in SUBJECTS} == dict(line.split(",") for line in table)
    folders = {path.name for path in (dreambooth_folder / "dataset").iterdir() if path.is_dir()}
    assert {s.id for s in SUBJECTS} == folders


def test_there_are_21_objects_and_9_live_subjects_of_15_class_nouns() -> None:
    kinds = [subject.kind for subject in SUBJECTS]
    assert (kinds.count("object"), kinds.count("live")) == (21, 9)
    assert len(CLASS_NOUNS) == 15


@pytest.mark.parametrize(
    ("kind", "families"),
    [("object", (20, 0, 5)), ("live", (10, 10, 5))],
)
def test_families_are_counted_as_in_the_paper(kind: str, families: tuple[int, int, int]) -> None:
    found = [p.family for p in prompts_for(kind)]  # type: ignore[arg-type]
    assert tuple(found.count(name) for name in ("recontextualisation", "accessory", "property")) == families


def test_a_prompt_reads_with_and_without_identifier() -> None:
    snow, cube = prompts_for("live")[1], prompts_for("live")[24]
    assert snow.text("dog") == "a dog in the snow"
    assert snow.text("dog", identifier="sks") == "a sks dog in the snow"
    assert cube.text("stuffed animal", identifier="sks") == "a cube shaped sks stuffed animal"
    assert cube.text("dog") == "a cube shaped dog"
    assert (snow.request, cube.request) == ("in the snow", "cube shaped")
    assert class_prompt("dog") == "a dog"
    assert class_prompt("dog", identifier="sks") == "a sks dog"
