"""`bench userstudy`: from two scored folders to pages that tell nothing, and from answers to a table."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from run_fakes import Bench
from scored_folders import write_folder, write_pictures
from simulated_study import answered, attentive

from dreambench.benchmark.results.report_data import read_report_data
from dreambench.benchmark.userstudy.study import read_study


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Scored folders `ours` and `theirs` with 3 subjects x 2 prompts x 2 images."""
    for seed, name in enumerate(("ours", "theirs")):
        write_pictures(tmp_path / f"{name}-pictures", seed=seed)
        write_folder(tmp_path / name, tmp_path / f"{name}-pictures", method=f"method-{name}", seed=seed)
    return tmp_path


def make(bench: Bench, *more: str) -> Any:
    return bench("make", "ours", "theirs", "--out", "study", *more, command="userstudy")


def data_of(page: Path) -> dict[str, Any]:
    text = page.read_text()
    found: dict[str, Any] = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    return found


def test_a_subject_has_its_own_class_noun_and_kind(folders: Path) -> None:
    subject = read_report_data([folders / "ours"]).subjects[2]
    assert (subject.id, subject.class_noun, subject.kind) == ("bear_plushie", "stuffed animal", "object")


def test_pages_are_whole_and_tell_nothing_of_who_made_what(bench: Bench, folders: Path) -> None:
    result = make(bench)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == "study/questionnaires"
    pages = sorted((folders / "study/questionnaires").iterdir())
    study = read_study(folders / "study")
    assert [page.name for page in pages] == ["01.html", "02.html", "03.html"]
    assert sorted(path.name for path in (folders / "study").iterdir()) == ["questionnaires", "study.json"]
    for page, questionnaire in zip(pages, study.questionnaires, strict=True):
        text = page.read_text()
        for telling in ("ours", "theirs", "method-", ".png", str(folders), "catch", "repeat", "impostor", "swapped"):
            assert telling not in text.partition('id="data">')[2].partition("</script>")[0]
        for telling in ("method-ours", "method-theirs", str(folders), ".png", "http:", "https:"):
            assert telling not in text
        data = data_of(page)
        assert [question["id"] for question in data["questions"]] == [question.id for question in questionnaire.questions]
        assert set(data["questions"][0]) == {"id", "text", "references", "left", "right"}
        assert all(picture.startswith("data:image/") for picture in data["pictures"])


def test_sides_show_what_the_key_says(bench: Bench, folders: Path) -> None:
    import base64

    import numpy as np
    from PIL import Image

    make(bench)
    study, data = read_study(folders / "study"), data_of(folders / "study/questionnaires/01.html")

    def pixels(number: int) -> Any:
        picture = base64.b64decode(data["pictures"][number].partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))

    for question, shown in zip(study.questionnaires[0].questions, data["questions"], strict=True):
        if question.shows == "catch":
            copy = "right" if question.swapped else "left"
            assert shown[copy] == shown["references"][study.catch_trials[question.number].reference]
            continue
        pair = study.pairs[question.number]
        sides = ("right", "left") if question.swapped else ("left", "right")
        for side, run in zip(sides, ("ours", "theirs"), strict=True):
            file = folders / f"{run}-pictures/images/{pair.subject}/{pair.prompt_index:02d}/{pair.image_index}.png"
            assert np.array_equal(pixels(shown[side]), np.asarray(Image.open(file)))


def test_a_strangers_images_are_shown_where_their_folder_is_named(
    bench: Bench, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DREAMBENCH_CACHE", str(folders / "another-cache"))
    refused = make(bench)
    assert refused.exit_code == 2
    assert "--images FOLDER" in " ".join(refused.stderr.split())
    named = [part for name in ("ours", "theirs") for part in ("--images", f"{name}-pictures/images")]
    made = make(bench, *named)
    assert made.exit_code == 0, made.output
    assert len(list((folders / "study/questionnaires").iterdir())) == 3


def test_the_same_seed_makes_the_same_pages(bench: Bench, folders: Path) -> None:
    make(bench)
    first = (folders / "study/questionnaires/02.html").read_bytes()
    (folders / "study").rename(folders / "before")
    make(bench)
    assert (folders / "study/questionnaires/02.html").read_bytes() == first
    (folders / "study").rename(folders / "again")
    make(bench, "--seed", "1")
    assert (folders / "study/questionnaires/02.html").read_bytes() != first


def test_a_study_is_never_written_over(bench: Bench, folders: Path) -> None:
    make(bench)
    result = make(bench)
    assert result.exit_code == 2
    assert "holds a user study already" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("make", "ours", "--out", "study"), "name two or more"),
        (("make", "ours", "theirs", "--out", "study", "--raters", "2"), "--raters cannot be 2"),
        (("make", "ours", "theirs", "--out", "study", "--questions", "1"), "--questions cannot be 1"),
        (("make", "ours", "theirs", "--out", "study", "--title", "Is method-ours better?"), "names method-ours"),
        (("read", "nothing.json", "--study", "ours"), "no study.json"),
    ],
)
def test_wrong_input_is_one_sentence(bench: Bench, folders: Path, arguments: tuple[str, ...], why: str) -> None:
    result = bench(*arguments, command="userstudy")
    assert result.exit_code == 2
    assert why in result.stderr
    assert not (folders / "study").exists()


@pytest.fixture
def answers(bench: Bench, folders: Path) -> Path:
    """A folder with three raters who prefer the first run for the subject and the second for the prompt."""
    make(bench)
    study = read_study(folders / "study")
    (folders / "in").mkdir()
    mind = attentive(lambda question, asked: "left" if asked == "subject" else "right")
    for rater, questionnaire in enumerate(study.questionnaires):
        each = answered(study, questionnaire, mind, rater=rater)
        (folders / f"in/{rater}.json").write_text(each.answers.model_dump_json())
    return folders / "in"


def test_the_table_stands_beside_the_papers(bench: Bench, answers: Path) -> None:
    result = bench("read", "in", "--study", "study", command="userstudy")
    assert result.exit_code == 0, result.output
    rows = {line[:26].strip(): line for line in result.stdout.splitlines()}
    assert "1.00" in next(line for line in rows.values() if line.startswith("method-ours"))
    assert any("published: DreamBooth" in line and "0.68" in line and "0.81" in line for line in rows.values())
    assert "For a methods section:\n3 raters compared 6 pairs" in result.stdout
    assert "method-ours was preferred in 100% of the pairs" in result.stdout


def test_json_has_it_all(bench: Bench, answers: Path) -> None:
    found = json.loads(bench("read", "in", "--study", "study", "--json", command="userstudy").stdout)
    by_question = {each["question"]: each for each in found["preferences"]}
    assert by_question["subject"]["first_preferred"]["value"] == 1
    assert by_question["prompt"]["second_preferred"]["value"] == 1
    assert by_question["prompt"]["first"] == "method-ours"
    assert {each["row"] for each in found["published"]} >= {"undecided"}
    assert {each["metric"] for each in found["metrics"]} >= {"dino", "clip_t"}
    assert all(each["passed"] for each in found["raters"])


@pytest.mark.parametrize("form", ["markdown", "latex", "csv"])
def test_other_formats_have_the_same_numbers(bench: Bench, answers: Path, form: str) -> None:
    text = bench("read", "in", "--study", "study", "--format", form, command="userstudy").stdout
    if form == "csv":
        rows = list(csv.reader(io.StringIO(text.partition("\n\n")[0])))
        assert rows[0][:3] == ["table", "", "Subject fidelity"]
        assert rows[1][1:3] == ["method-ours", "1.0"]
    else:
        assert "1.00 [" in text.replace("{[}", "[").replace("\\[", "[")
        assert "0.68" in text


def test_refused_files_are_named_and_the_command_says_no(bench: Bench, answers: Path) -> None:
    (answers / "9.json").write_text("{}")
    result = bench("read", "in", "--study", "study", command="userstudy")
    assert result.exit_code == 1
    assert "refused in/9.json: it is no answers' file" in result.stderr
    assert "method-ours" in result.stdout


def test_a_rater_who_fails_is_named(bench: Bench, answers: Path, folders: Path) -> None:
    study = read_study(folders / "study")
    each = answered(study, study.questionnaires[0], lambda question, asked: "undecided", rater=77)
    (answers / "7.json").write_text(each.answers.model_dump_json())
    result = bench("read", "in", "--study", "study", command="userstudy")
    assert result.exit_code == 0
    assert f"Left out: in/7.json (rater {77:016x}), 0 of" in result.stdout
    assert "1 further rater failed" in result.stdout
