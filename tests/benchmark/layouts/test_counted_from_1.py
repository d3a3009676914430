"""Prompts that a stranger numbered from 1: the advice gives both readings, and each scores the prompts that it says."""

import re
import shutil
from pathlib import Path

import pytest

import dreambench
from dreambench.benchmark.api.listener import Silent
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

MINI = load_dataset("mini")
OPTIONS = {"suite": "mini", "subjects": ["dog"], "metrics": ["clip_t"], "device": "cpu"}
TAKEN = "1 is taken for 'in the snow', 4 is taken for 'on top of pink fabric'"


class Heard(Silent):
    """Keeps the lines that stay."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def drawn(folder: Path, *, first: int) -> Path:
    """The miniature's dog as images of its first and fourth prompt, numbered from `first`."""
    files = MINI.reference_paths(MINI.subject("dog"))
    for prompt in (0, 3):
        for index in range(4):
            target = folder / "dog" / str(first + prompt) / f"{index}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(files[(prompt + index) % len(files)], target)
    return folder


def test_the_advice_for_a_part_scores_what_it_says(tmp_path: Path) -> None:
    from_1 = drawn(tmp_path / "from_1", first=1)
    with pytest.raises(UserError) as error:
        dreambench.score(from_1, **OPTIONS)
    sentence = str(error.value)
    assert f"If from 0, so that {TAKEN}, give --prompts 1,4;" in sentence
    advice = re.search(r"if from 1, write \{prompt_from_1\} in place of \{prompt\} .* and give --prompts (\S+)\.", sentence)
    assert advice is not None
    numbers = [int(number) for number in advice[1].split(",")]
    assert numbers == [0, 3]
    pattern = "{subject}/{prompt_from_1}/{index}.{ext}"
    followed = dreambench.score(from_1, prompts=numbers, pattern=pattern, **OPTIONS)
    meant = dreambench.score(drawn(tmp_path / "from_0", first=0), prompts=[0, 3], **OPTIONS)
    assert followed.images["prompt_index"].tolist() == meant.images["prompt_index"].tolist() == [0] * 4 + [3] * 4
    assert followed.images["clip_t"].tolist() == meant.images["clip_t"].tolist()
    otherwise = dreambench.score(from_1, prompts=[1, 4], **OPTIONS)
    assert otherwise.images["clip_t"].tolist() != meant.images["clip_t"].tolist()


def test_prompts_without_the_first_are_said_in_words_before_they_are_scored(tmp_path: Path) -> None:
    heard = Heard()
    scored = dreambench.score(drawn(tmp_path / "images", first=1), prompts=[1, 4], listener=heard, **OPTIONS)
    words = f"No image is of prompt 0: {TAKEN}; if yours count from 1,"
    assert any(note.strip().startswith(words) for note in heard.notes)
    assert not any("from 1" in remark for remark in scored.remarks)


def test_nothing_is_said_where_the_first_prompt_is_there(tmp_path: Path) -> None:
    heard = Heard()
    dreambench.score(drawn(tmp_path / "images", first=0), prompts=[0, 3], listener=heard, **OPTIONS)
    assert not any("from 1" in note for note in heard.notes)
