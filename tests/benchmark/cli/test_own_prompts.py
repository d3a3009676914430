"""A dataset with prompts of its own, 7 for objects and 5 for live subjects, through every command that a run goes through."""

import html
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image
from run_fakes import Bench, write_suite

from dreambench.dataset.collection import load_dataset

OBJECTS = ("box", "can", "mug", "vase")
LIVE = ("cat", "dog")
#: Template and family; the last two of the objects' have no like among those of live subjects.
PROMPTS = {
    "object": [
        ("a {identifier} {class_noun} in the snow", "recontextualisation"),
        ("a {identifier} {class_noun} on the beach", "recontextualisation"),
        ("a red {identifier} {class_noun}", "property"),
        ("a watercolour of a {identifier} {class_noun}", "style"),
        ("a {identifier} {class_noun} seen from above", "view"),
        ("a {identifier} {class_noun} in fog", "weather"),
        ("a {identifier} {class_noun} and nothing else", None),
    ],
    "live": [
        ("a {identifier} {class_noun} in the snow", "recontextualisation"),
        ("a {identifier} {class_noun} wearing a red hat", "accessory"),
        ("a watercolour of a {identifier} {class_noun}", "style"),
        ("a {identifier} {class_noun} asleep", "pose"),
        ("a wet {identifier} {class_noun}", "property"),
    ],
}
N_IMAGES = (4 * 7 + 2 * 5) * 2


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, random_image: Callable[..., Image.Image]) -> Path:
    root = tmp_path_factory.mktemp("own")
    lines = []
    for number, name in enumerate((*OBJECTS, *LIVE)):
        (root / f"my_{name}").mkdir()
        for index in range(2):
            random_image(10 * number + index).save(root / f"my_{name}" / f"{index}.png")
        lines.append(f'[my_{name}]\nclass_noun = "{name}"\nkind = "{"live" if name in LIVE else "object"}"\n')
    (root / "subjects.toml").write_text("".join(lines))
    (root / "prompts.toml").write_text(
        "".join(
            f'[[{kind}]]\nprompt = "{text}"\n' + (f'family = "{family}"\n' if family else "")
            for kind, prompts in PROMPTS.items()
            for text, family in prompts
        )
    )
    return root


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory, own: Path, tiny_encoder_folders: dict[str, Path]) -> Path:
    return write_suite(
        tmp_path_factory.mktemp("suite") / "own.toml",
        dataset=own,
        dino=tiny_encoder_folders["dino"],
        clip=tiny_encoder_folders["clip"],
    )


@pytest.fixture
def run(bench: Bench, tmp_path: Path) -> Path:
    result = bench("--images-per-prompt", "2", "--out", "run")
    assert result.exit_code == 0, result.output
    return tmp_path / "run"


def pairs(folder: Path) -> set[tuple[str, int]]:
    """(subject, prompt) of what has scores."""
    images = pd.read_parquet(folder / "scores.parquet")
    return set(zip(images["subject"], images["prompt_index"], strict=True))


EVERYTHING = {(f"my_{name}", index) for name in OBJECTS for index in range(7)} | {
    (f"my_{name}", index) for name in LIVE for index in range(5)
}


def test_a_run_asks_each_kind_its_own_prompts_and_records_them(run: Path) -> None:
    images = pd.read_parquet(run / "scores.parquet")
    assert pairs(run) == EVERYTHING
    assert len(images) == N_IMAGES
    assert set(images.query("subject == 'my_dog' and prompt_index == 1")["prompt"]) == {"a dog wearing a red hat"}
    assert sorted(path.name for path in (run / "images/my_cat").iterdir()) == ["00", "01", "02", "03", "04"]
    recorded = json.loads((run / "summary.json").read_text())["prompts"]
    assert [(p["kind"], p["index"], p["template"], p["family"]) for p in recorded] == [
        (kind, index, text.format(identifier="{0}", class_noun="{1}"), family or "other")
        for kind, prompts in PROMPTS.items()
        for index, (text, family) in enumerate(prompts)
    ]
    assert (run / "sheet.png").is_file()


def test_the_same_command_goes_on_and_other_prompts_are_another_run(bench: Bench, run: Path, own: Path, suite: Path) -> None:
    before = (run / "summary.json").read_bytes()
    assert bench("--images-per-prompt", "2", "--out", "run").exit_code == 0
    assert (run / "summary.json").read_bytes() == before
    copy = Path(shutil.copytree(own, run.parent / "copy"))
    (copy / "prompts.toml").write_text((own / "prompts.toml").read_text().replace("in fog", "in rain"))
    other = run.parent / "other.toml"
    other.write_text(suite.read_text().replace(str(own), str(copy)).replace('"own"', '"other"'))
    refused = bench("run", "--suite", str(other), command="score")
    assert refused.exit_code == 2
    assert "was made for other reference images or prompts" in refused.stderr


def test_anyones_images_are_scored_and_what_a_kind_lacks_is_not_missed(bench: Bench, run: Path, suite: Path) -> None:
    shutil.copytree(run / "images", run.parent / "theirs")
    options = ("theirs", "--suite", str(suite), "--images-per-prompt", "2", "--device", "cpu")
    scored = bench(*options, "--out", "scored", command="score")
    assert scored.exit_code == 0, scored.output
    assert f"Found all {N_IMAGES} images that the protocol expects (6 subjects x 5 to 7 prompts x 2)." in scored.stderr
    assert "A part of the protocol" not in scored.stdout
    pd.testing.assert_frame_equal(
        pd.read_parquet(run.parent / "scored/scores.parquet").drop(columns="path"),
        pd.read_parquet(run / "scores.parquet").drop(columns="path"),
    )
    shutil.rmtree(run.parent / "theirs/my_vase/06")
    lacking = bench(*options, command="score")
    assert lacking.exit_code == 2
    assert "my_vase/06/0, my_vase/06/1 are missing" in lacking.stderr
    part = bench(*options, "--prompts", "0-5", "--out", "part", command="score")
    assert part.exit_code == 0, part.output
    assert pairs(run.parent / "part") == {pair for pair in EVERYTHING if pair[1] < 6}
    (run.parent / "theirs/my_cat/05").mkdir()
    shutil.copy(run / "images/my_cat/04/0.png", run.parent / "theirs/my_cat/05/0.png")
    surplus = bench(*options, "--subjects", "my_cat", command="score")
    assert surplus.exit_code == 2
    assert "my_cat/05/0" in surplus.stderr


def test_a_number_that_one_kind_lacks_leaves_its_subjects_out(bench: Bench, tmp_path: Path) -> None:
    assert bench("--images-per-prompt", "1", "--prompts", "2,6", "--out", "few").exit_code == 0
    assert pairs(tmp_path / "few") == {(f"my_{name}", index) for name in OBJECTS for index in (2, 6)} | {
        ("my_cat", 2), ("my_dog", 2)
    }  # fmt: skip
    assert bench("--images-per-prompt", "1", "--prompts", "6", "--out", "one").exit_code == 0
    assert pairs(tmp_path / "one") == {(f"my_{name}", 6) for name in OBJECTS}
    refused = bench("--prompts", "5-6", "--subjects", "my_dog")
    assert refused.exit_code == 2
    assert (
        "The subject 'my_dog' has none of the prompts that are selected: those for live subjects are numbered" in refused.stderr
    )
    unknown = bench("--prompts", "7")
    assert unknown.exit_code == 2
    assert "There is no prompt 7 in --prompts; prompts are numbered 0 to 6." in unknown.stderr


def test_a_quick_run_has_every_family_that_fits(bench: Bench, own: Path, tmp_path: Path) -> None:
    assert bench("--quick", "--out", "quick").exit_code == 0
    dataset = load_dataset(str(own))
    there = pairs(tmp_path / "quick")
    chosen = {index for _, index in there}
    assert len(chosen) == 5
    families = {prompt.family for kind in dataset.kinds for prompt in dataset.prompts_of(kind) if prompt.index in chosen}
    assert families == {"recontextualisation", "property", "style", "view", "weather", "accessory", "pose", "other"}


def test_compare_takes_the_runs_apart_by_the_families_of_their_own(bench: Bench, run: Path) -> None:
    assert bench("--images-per-prompt", "2", "--out", "darker", "--set", "shade=50").exit_code == 0
    result = bench("run", "darker", "--per", "family", "--format", "json", command="compare")
    assert result.exit_code == 0, result.output
    parts = [block for block in json.loads(result.stdout)["blocks"] if block["breakdown"] == "family"]
    assert [block["part"] for block in parts] == [
        "recontextualisation", "accessories", "property changes", "styles", "views", "pose", "weather", "other"
    ]  # fmt: skip
    images = pd.read_parquet(run / "scores.parquet")
    pairs_of = zip(images["kind"], images["prompt_index"], strict=True)
    styles = images[[pair in {("object", 3), ("live", 2)} for pair in pairs_of]]
    (found,) = (block for block in parts if block["part"] == "styles")
    assert found["runs"][0]["metrics"]["dino"]["mean"] == pytest.approx(styles["dino"].mean())


def test_report_shows_each_prompt_under_its_family(bench: Bench, run: Path) -> None:
    result = bench("run", "--out", "page", command="report")
    assert result.exit_code == 0, result.output
    text = html.unescape((run.parent / "page/index.html").read_text())
    data: dict[str, Any] = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    requests = {request["request"]: (request["family"], request["prompts"]) for request in data["requests"]}
    assert requests["watercolour of"] == ("Styles", ["live-2", "object-3"])
    assert requests["in fog"] == ("Weather", ["object-5"])
    assert requests["and nothing else"] == ("Other", ["object-6"])
    assert '<optgroup label="Weather">' in text
    assert "Reference images are not shown" not in text


def test_a_heat_map_has_a_row_for_each_request(bench: Bench, run: Path) -> None:
    result = bench("run", "--out", "plots", "--only", "heat_map-fake-dino", "--format", "svg", command="plot")
    assert result.exit_code == 0, result.output
    text = (run.parent / "plots/heat_map-fake-dino.svg").read_text()
    for request in ("in snow", "watercolour of", "asleep", "and nothing else"):
        assert f"<!-- {request} -->" in text


def test_check_submit_and_leaderboard_take_the_run(bench: Bench, run: Path, own: Path) -> None:
    written = bench("run", "--baseline", "baseline.json", "--write-baseline", "--metrics", "dino", command="check")
    assert written.exit_code == 0, written.output
    checked = bench("run", "--baseline", "baseline.json", command="check")
    assert checked.exit_code == 0, checked.output
    assert "No regression in 1 metric." in checked.stderr
    packed = bench("run", "--name", "Mine", "--authors", "Me", "--out", "in/mine.json", command="submit")
    assert packed.exit_code == 0, packed.output
    record = json.loads((run.parent / "in/mine.json").read_text())
    assert {name: tuple(subject["prompts"]) for name, subject in record["subjects"].items()} == {
        f"my_{name}": tuple(range(5 if name in LIVE else 7)) for name in (*OBJECTS, *LIVE)
    }
    assert record["dataset"]["checksum"] == load_dataset(str(own)).checksum
    built = bench("in", "--out", "site", command="leaderboard")
    assert built.exit_code == 0, built.output
    (board,) = json.loads((run.parent / "site/leaderboard.json").read_text())["boards"]
    assert [submission["name"] for submission in board["submissions"]] == ["Mine"]


def test_a_summary_without_prompts_is_read_as_one_of_the_official_ones(bench: Bench, run: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    del summary["prompts"]
    (run / "summary.json").write_text(json.dumps(summary | {"seal": None}))
    result = bench("run", "--out", "page", "--no-plots", command="report")
    assert result.exit_code == 0, result.output
    assert "floating" not in (run.parent / "page/index.html").read_text()
    summary["prompts"] = [{"kind": "object", "index": 0, "template": "a {0} {1} {2}", "family": "style"}]
    (run / "summary.json").write_text(json.dumps(summary))
    refused = bench("run", "--out", "page", "--no-plots", command="report")
    assert refused.exit_code == 2
    assert "summary.json is not a summary of scores (prompts.0.template:" in refused.stderr
    assert "a prompt names the subject once, as {0} {1}, and has no other braces" in refused.stderr


def test_a_picture_that_is_not_read_is_named_by_every_command_that_uses_the_dataset(
    bench: Bench, own: Path, tmp_path: Path, tiny_encoder_folders: dict[str, Path]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(own, copy)
    (copy / "my_can" / "scan.gif").write_bytes(b"GIF89a")
    suite = write_suite(
        tmp_path / "copy.toml", dataset=copy, dino=tiny_encoder_folders["dino"], clip=tiny_encoder_folders["clip"]
    )
    words = "my_can/scan.gif is no reference image: it is a picture of a kind that is not read (GIF)"
    few = ("--subjects", "my_can", "--prompts", "0", "--images-per-prompt", "1")
    made = bench("--suite", str(suite), *few, "--out", "with_gif")
    scored = bench("with_gif", "--suite", str(suite), *few, command="score")
    looked_at = [
        bench("--suite", str(suite), "--method", "copy_reference", command="doctor"),
        bench("--suite", str(suite), command="calibrate"),
        bench("--suite", str(suite), *few, command="plan"),
        bench("show", str(copy), command="dataset"),
    ]
    for result in (made, scored, *looked_at):
        assert words in " ".join((result.stdout + result.stderr).split()), result.stdout + result.stderr
    assert "my_can/scan.gif" in bench("verify", str(copy), command="dataset").stdout


def test_a_run_is_scored_by_family_over_the_subjects_that_are_asked_it(run: Path) -> None:
    images, summary = pd.read_parquet(run / "scores.parquet"), json.loads((run / "summary.json").read_text())
    assert set(images["family"]) == {*(family or "other" for prompts in PROMPTS.values() for _, family in prompts)}
    of_view = images[images["family"] == "view"]
    by_hand = of_view.groupby("subject")["dino"].mean().mean()
    found = summary["per_family"]["view"]["dino"]
    assert (found["n"], found["mean"]) == (len(OBJECTS), pytest.approx(by_hand))
    assert "div" not in summary["per_family"]["view"]
