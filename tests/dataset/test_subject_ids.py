"""What a subject may be called: one rule, told in words by the first command that meets another name."""

import re
from pathlib import Path

import pytest
from PIL import Image
from pydantic import TypeAdapter, ValidationError
from sentences import refusal

from dreambench.benchmark.submissions.fields import Id
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.declared import subject_folders
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS, id_trouble

BAD = {"my dog": "my_dog", "café": "cafe", "my.dog": "my_dog", "_dog": "dog", "-dog": "dog", "dog!": "dog", "日本": None}


def dataset(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    Image.new("RGB", (64, 64), "red").save(folder / name / "0.png")
    (folder / "subjects.toml").write_text(f'["{name}"]\nclass_noun = "dog"\nkind = "live"\n', encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_name_that_no_submission_could_carry_is_refused_when_the_dataset_is_loaded(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(f"The folder '{name}' in {tmp_path} cannot be a subject's name")) as error:
        load_dataset(str(dataset(tmp_path, name)))
    better = BAD[name]
    assert str(error.value).endswith("rename it." if better is None else f"rename it, for example to '{better}'.")


@pytest.mark.parametrize("name", [*sorted(BAD), "a" * 81, "dog", "my_dog-2", "7up", "a" * 80, *(s.id for s in SUBJECTS)])
def test_datasets_and_submissions_have_the_same_rule(name: str) -> None:
    try:
        TypeAdapter(Id).validate_python(name)
        can_be_submitted = True
    except ValidationError:
        can_be_submitted = False
    assert (id_trouble(name) is None) == can_be_submitted


def test_bench_says_it_in_one_sentence(tmp_path: Path) -> None:
    folder = dataset(tmp_path, "my dog")
    assert "'my dog'" in refusal("dataset", "show", str(folder))
    assert "letters a to z" in refusal("dataset", "describe", str(folder))


@pytest.mark.parametrize("name", ["con", "NUL", "Lpt1", "COM9"])
def test_a_name_that_is_a_device_on_windows_is_refused_everywhere(name: str) -> None:
    trouble = id_trouble(name)
    assert trouble is not None
    assert trouble.endswith(f"Windows has no folder of that name; rename it, for example to '{name}_1'.")
    assert id_trouble(f"{name}_1") is None
    assert id_trouble("com10") is None


def test_names_that_differ_in_capitals_alone_are_refused_everywhere(tmp_path: Path) -> None:
    """The folders of a run would be one on macOS and Windows."""
    for name in ("dog", "Dog"):
        (tmp_path / name).mkdir()
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this disk does not tell capitals apart")
    with pytest.raises(UserError, match=r"The folders 'Dog' and 'dog' in .* differ in capitals alone; rename one"):
        subject_folders(tmp_path)
