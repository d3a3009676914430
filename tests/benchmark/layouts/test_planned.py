"""A list of `bench plan` says itself which suite, subjects and prompts its images are of, and its texts are held against it."""

import json
import shutil
from pathlib import Path

import pytest
from named_images import find, keys, touch

import dreambench
from dreambench.benchmark.layouts import planned_in
from dreambench.dataset.errors import UserError

OPTIONS = {"metrics": ["dino"], "device": "cpu"}


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    """A plan without prompt 0, and its images, drawn as copies of the references."""
    images = dreambench.plan(subjects="dog,can", prompts="3,20", images_per_prompt=2)
    for number, image in enumerate(images.images):
        path = tmp_path / "drawn" / image.path
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(image.references[number % len(image.references)], path)
    (tmp_path / "plan.jsonl").write_text("\n".join(images.jsonl()))
    return tmp_path / "plan.jsonl"


def change(plan: Path, **values: object) -> list[dict[str, object]]:
    rows = [json.loads(line) | values for line in plan.read_text().splitlines()]
    plan.write_text("\n".join(json.dumps(row) for row in rows))
    return rows


def test_a_plan_needs_no_other_option(planned: Path) -> None:
    scored = dreambench.score(planned.parent / "drawn", manifest=planned, **OPTIONS)
    usual = dreambench.score(
        planned.parent / "drawn", suite="mini", subjects=["can", "dog"], prompts=[3, 20], images_per_prompt=2, **OPTIONS
    )
    assert scored.images["dino"].tolist() == usual.images["dino"].tolist()
    assert scored.summary.n_images == 8
    assert scored.remarks == usual.remarks
    assert any(remark.startswith("A part of the protocol only: 2 of 30 subjects, 2 of 25 prompts") for remark in scored.remarks)


def test_a_part_of_a_plan_may_be_asked_for(planned: Path) -> None:
    scored = dreambench.score(planned.parent / "drawn", manifest=planned, subjects=["dog"], prompts=[20], **OPTIONS)
    assert scored.images[["subject", "prompt_index"]].drop_duplicates().to_numpy().tolist() == [["dog", 20]]


def test_what_was_planned_and_not_drawn_is_missing_and_no_number_is_doubted(planned: Path) -> None:
    (planned.parent / "drawn/dog/20/1.png").unlink()
    with pytest.raises(UserError) as error:
        dreambench.score(planned.parent / "drawn", manifest=planned, **OPTIONS)
    assert "dog/20/1" in str(error.value)
    assert "its 8 images" in str(error.value)
    assert "from 1" not in str(error.value)


def test_a_plan_is_not_scored_against_another_datasets_subjects(planned: Path) -> None:
    change(planned, suite="sd15")
    with pytest.raises(
        UserError, match=r"is a plan of the suite 'sd15' \(photos\), whose subjects are not those of the suite 'mini'"
    ):
        dreambench.score(planned.parent / "drawn", manifest=planned, suite="mini", **OPTIONS)
    change(planned, suite="own")
    with pytest.raises(UserError, match=r"is a plan of the suite 'own'; give its .toml file with --suite"):
        dreambench.score(planned.parent / "drawn", manifest=planned, **OPTIONS)


def test_plans_of_two_suites_are_told(planned: Path) -> None:
    first, *others = planned.read_text().splitlines()
    planned.write_text("\n".join([json.dumps(json.loads(first) | {"suite": "sd15"}), *others]))
    with pytest.raises(UserError, match="holds plans of the suites sd15 and mini"):
        planned_in(planned)


def test_a_list_of_someone_elses_is_no_plan(planned: Path) -> None:
    rows = [json.loads(line) for line in planned.read_text().splitlines()]
    for column in ("suite", "template", "text", "subject", "prompt", "index"):
        planned.write_text("\n".join(json.dumps({key: value for key, value in row.items() if key != column}) for row in rows))
        assert planned_in(planned) is None, column


def test_a_text_is_held_against_the_prompts_number(tmp_path: Path) -> None:
    folder = touch(tmp_path / "images", "a.png", "b.png")
    listed = tmp_path / "list.csv"
    listed.write_text("path,subject,prompt,text\na.png,dog,1,a sks dog in the snow\nb.png,dog,2,a dog on the beach\n")
    found = find(folder, manifest=listed)
    assert keys(found) == [("dog", 1, 0), ("dog", 2, 0)]
    assert found.prompts_named
    listed.write_text("path,subject,prompt,text\na.png,dog,1,a dog in the jungle\nb.png,dog,2,a dog in the snow\n")
    with pytest.raises(
        UserError, match=r"line 2 .* has the prompt 1, but its text 'a dog in the jungle' is prompt 0 of dog, counted"
    ):
        find(folder, manifest=listed)
    listed.write_text("path,subject,prompt,text\na.png,dog,1,a nice picture\nb.png,dog,2,a dog on the beach\n")
    assert not find(folder, manifest=listed).prompts_named


def test_a_plan_of_prompts_that_have_changed_since_is_refused(planned: Path) -> None:
    change(planned, text="a can in a museum", template="a {0} {1} in a museum")
    with pytest.raises(UserError, match=r"line 1 .*: 'a can in a museum' is no prompt of can; did you mean"):
        find(planned.parent / "drawn", manifest=planned)
