"""`score`: some of the metrics, from anywhere, under anyone's protocol; and what reads its folders afterwards."""

import html
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import dreambench
from dreambench.benchmark.api.listener import Silent
from dreambench.benchmark.api.score import Scored
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.writing import to_toml
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.images import image_files
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file

PROMPTS, PER_PROMPT = (0, 20), 2
Score = Callable[..., Scored]


@pytest.fixture
def world(tmp_path: Path, random_image: Callable[..., Image.Image], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with generated images of the three squares."""
    for number, name in enumerate(("can", "dog", "vase")):
        for prompt in PROMPTS:
            for index in range(PER_PROMPT):
                path = tmp_path / "images" / name / f"{prompt:02d}" / f"{index}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                random_image(1000 + 100 * number + 10 * prompt + index).save(path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def score(world: Path, suite: Path) -> Score:
    """`score(out=..., metrics=..., ...)` of the images, each time anew."""

    def scored(**options: object) -> Scored:
        usual = {"suite": suite, "prompts": PROMPTS, "images_per_prompt": PER_PROMPT, "device": "cpu", "cache": "avoid"}
        return dreambench.score(options.pop("images", "images"), **(usual | options))  # type: ignore[arg-type]

    return scored


def with_lpips(folder: Path) -> Path:
    """The miniature's protocol with a DIV by LPIPS, whose weights nobody has."""
    record = load_protocol("miniature").record()
    record["name"] = "with-lpips"
    record["encoders"]["lpips"] = {"library": "lpips", "architecture": "alex", "weights": "/nowhere/alexnet.pth"}
    record["metrics"]["div"] = {"formula": "diversity", "encoder": "lpips"}
    path = folder / "with-lpips.toml"
    path.write_text(to_toml(record))
    return path


# ---------------------------------------------------------------- some of the metrics


def test_some_metrics_are_those_of_the_whole_to_the_last_digit(score: Score) -> None:
    whole, some = score(), score(metrics=["clip_t", "dino"])
    assert [info.key for info in some.summary.metrics] == ["dino", "clip_t"]
    assert list(some.summary.overall) == ["dino", "clip_t"]
    for key in ("dino", "clip_t"):
        assert some.images[key].tolist() == whole.images[key].tolist()
        assert some.subjects[key].tolist() == whole.subjects[key].tolist()
        assert some.summary.overall[key] == whole.summary.overall[key]
        for yardstick, means in some.summary.beside.items():
            assert means[key] == whole.summary.beside[yardstick][key]
    assert not {"clip_i", "identification", "copy_index"} & set(some.images.columns)
    assert some.summary.copying is None
    prints = {info.key: info.fingerprint for info in whole.summary.metrics}
    assert {info.key: info.fingerprint for info in some.summary.metrics} == {key: prints[key] for key in ("dino", "clip_t")}
    assert some.summary.fingerprint != whole.summary.fingerprint


def test_what_the_other_metrics_need_is_neither_loaded_nor_checked(
    score: Score, world: Path, random_image: Callable[..., Image.Image]
) -> None:
    protocol = with_lpips(world)
    with pytest.raises(UserError, match=r"alexnet\.pth"):
        score(protocol=protocol)
    random_image(7, (80, 96)).save(world / "images/dog/20/1.png")  # LPIPS compares pictures of one size
    some = score(protocol=protocol, metrics=["dino", "clip_t"])
    assert set(some.summary.encoders) == {"dino", "clip"}
    assert some.images["dino"].notna().all()
    alone = score(protocol=protocol, metrics=["dino"])
    assert (set(alone.summary.encoders), list(alone.images.columns)[-1]) == ({"dino"}, "dino")


def test_prior_images_are_not_looked_for_where_no_metric_needs_them(score: Score) -> None:
    with pytest.raises(UserError, match="no folder gone of prior images"):
        score(prior="gone")
    assert score(prior="gone", metrics=["dino"]).summary.prior is None


def test_a_metric_that_the_protocol_does_not_have_is_answered_with_the_nearest(score: Score) -> None:
    with pytest.raises(UserError, match=r"'miniature' has no metric 'clip_x'; did you mean 'clip_[it]'"):
        score(metrics=["dino", "clip_x"])


def test_a_folder_of_some_metrics_compares_with_a_whole_one_on_those(score: Score) -> None:
    score(out="whole", name="Whole")
    score(out="some", name="Some", metrics=["dino", "clip_t"])
    compared = dreambench.compare("whole", "some")
    record = json.loads(compared.render("json"))
    whole, some = (run["metrics"] for run in record["blocks"][0]["runs"])
    assert {key for key, entry in some.items() if entry["mean"] is not None} == {"dino", "clip_t"}
    assert {key for key, entry in some.items() if entry["against"] is not None} == {"dino", "clip_t"}
    assert whole["copy_index"]["mean"] is not None
    assert not record["mixed"]
    frame = compared.frame()
    assert frame["dino_difference"].tolist()[1] == 0.0


# ---------------------------------------------------------------- from anywhere


def test_scores_are_read_and_their_images_found_from_any_working_directory(
    score: Score, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(out="out/one", name="One")
    score(out="out/two", name="Two", images="./images/../images")
    away = world / "away"
    away.mkdir()
    monkeypatch.chdir(away)
    run = read_finished(Path("../out/one"))
    files = image_files(run, run.scores().images).files
    assert len(files) == 12
    assert all(file.is_file() and file.is_relative_to((world / "images").resolve()) for file in files)
    assert "One" in str(dreambench.compare("../out/one", "../out/two"))
    page = dreambench.report("../out/one", "../out/two", out="page", plots=False, device="cpu").read_text()
    # The same images twice: no encoder puts one before the other.
    assert "Two against One, image similarity: equal under DINO (+0.000, Holm p 1.000), CLIP-I (+0.000" in page


def test_scores_and_images_that_are_moved_together_stay_together(
    score: Score, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(out="out/one", name="One")
    (world / "elsewhere/deep").mkdir(parents=True)
    shutil.move(world / "images", world / "elsewhere/deep/images")
    shutil.move(world / "out", world / "elsewhere/deep/out")
    page = dreambench.report("elsewhere/deep/out/one", out="page", plots=False, device="cpu")
    assert page.is_file()
    shutil.move(world / "elsewhere/deep/out/one", world / "alone")
    with pytest.raises(UserError, match="which is not there; name their folder with --images"):
        dreambench.report("alone", out="other", plots=False, device="cpu")
    monkeypatch.chdir(world / "elsewhere")
    assert dreambench.open_run("../alone").scores().images["path"].tolist()[0] == "can/00/0.png"


def test_a_table_keeps_names_below_the_images_folder(score: Score, world: Path) -> None:
    scored = score(out="out/one")
    assert scored.summary.images == "../../images"
    table = pd.read_parquet(world / "out/one/scores.parquet")
    assert table["path"].tolist()[:2] == ["can/00/0.png", "can/00/1.png"]


# ---------------------------------------------------------------- under anyone's protocol


def test_scores_under_ones_own_protocol_are_reported_after_its_file_is_gone(score: Score, world: Path) -> None:
    path = with_lpips(world)
    record = load_protocol("miniature").record() | {"name": "my-own", "scale": 10.0, "description": "Ten times as much."}
    path.write_text(to_toml(record))
    score(out="mine", protocol=path, name="Mine")
    path.unlink()
    run = dreambench.open_run("mine")
    assert (run.protocol, run.summary.protocol.scale) == ("my-own", 10.0)
    page = dreambench.report("mine", out="page", plots=False, device="cpu").read_text()
    assert "Ten times as much." in page
    assert "It multiplies cosines by 10." in page
    assert run.fingerprint in page


def test_runs_under_two_protocols_stand_on_one_page_with_what_they_share(score: Score, world: Path) -> None:
    record = load_protocol("miniature").record() | {"name": "one-photo", "references": "first"}
    path = world / "one-photo.toml"
    path.write_text(to_toml(record))
    score(out="a", name="A")
    score(out="b", name="B", protocol=path)
    page = dreambench.report("a", "b", out="page", plots=False, device="cpu").read_text()
    assert "DINO, CLIP-I are left out: a (miniature) and b (one-photo) made them in different ways." in page
    assert "B is scored under the protocol one-photo (fingerprint " in page
    data = json.loads(page.partition('<script type="application/json" id="data">')[2].partition("</script>")[0])
    assert [metric["key"] for metric in data["metrics"]] == ["clip_t", "identification", "copy_index"]


# ---------------------------------------------------------------- what comes back


def test_what_comes_back_is_typed_and_shown_in_a_notebook(score: Score) -> None:
    scored = score(name="<Mine>")
    assert (scored.folder, len(scored.images), len(scored.subjects)) == (None, 12, 3)
    shown = scored._repr_html_()
    assert "<th>&lt;Mine&gt;</th>" in shown
    assert "impostor" in shown
    assert "<Mine>" not in shown


def test_a_script_hears_nothing_and_nothing_is_printed(score: Score, capsys: pytest.CaptureFixture[str]) -> None:
    score(metrics=["dino"])
    assert capsys.readouterr() == ("", "")


def test_a_listener_hears_what_was_found(score: Score) -> None:
    notes: list[str] = []

    class Listening(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    score(metrics=["dino"], listener=Listening())
    assert notes == ["Found all 12 images that the protocol expects (3 subjects x 2 prompts x 2)."]


# ---------------------------------------------------------------- one folder's scores are not another's


@pytest.mark.parametrize("written", ["relative", "absolute", "link", "dots"])
def test_two_folders_do_not_share_an_out_however_they_are_written(
    written: str, score: Score, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("A", "B"):
        shutil.copytree(world / "images", world / name / "images")
    monkeypatch.chdir(world / "A")
    score(out="../out")
    before = {path.name: path.read_bytes() for path in (world / "out").iterdir()}
    monkeypatch.chdir(world / "B")
    (world / "link").symlink_to(world / "B/images")
    other = {"relative": "images", "absolute": world / "B/images", "link": "../link", "dots": "../A/../B/images"}[written]
    with pytest.raises(UserError, match="holds the scores of other images"):
        score(images=other, out="../out")
    assert {path.name: path.read_bytes() for path in (world / "out").iterdir()} == before
    score(images="../A/images", out=world / "out")  # the same ones, again


def test_other_pictures_in_the_same_place_do_not_take_over_an_out(
    score: Score, world: Path, random_image: Callable[..., Image.Image]
) -> None:
    score(out="out")
    files = sorted((world / "images").rglob("*.png"))
    random_image(77).save(files[0])
    score(out="out")  # some are new: the same folder, scored again
    for number, path in enumerate(files):
        random_image(5000 + number).save(path)
    with pytest.raises(UserError, match="none of which is among these"):
        score(out="out")


def test_scores_of_one_folder_are_never_handed_in_with_the_pictures_of_another(
    score: Score, world: Path, monkeypatch: pytest.MonkeyPatch, random_image: Callable[..., Image.Image]
) -> None:
    for name in ("A", "B"):
        shutil.copytree(world / "images", world / name / "images")
    for number, path in enumerate(sorted((world / "B").rglob("*.png"))):
        random_image(7000 + number).save(path)
    monkeypatch.chdir(world / "A")
    score(out="../A_out")
    monkeypatch.chdir(world / "B")
    submitted = dreambench.submit("../A_out", name="Mine", authors="A", out="../in/mine.json", with_images=True)
    expected = {sha256_file(path) for path in (world / "A").rglob("*.png")}
    assert set(submitted.submission.images.values()) == expected
    monkeypatch.setenv("DREAMBENCH_CACHE", str(world / "another user's"))
    with pytest.raises(UserError, match="is not the picture that was scored"):
        dreambench.submit("../A_out", name="Mine", authors="A", images="images", out="../in/other.json")
    assert not Path("../in/other.json").exists()


# ---------------------------------------------------------------- what a mean does without


@pytest.fixture
def skipping(world: Path) -> Path:
    record = load_protocol("miniature").record() | {"name": "skipping", "missing_images": "skip"}
    path = world / "skipping.toml"
    path.write_text(to_toml(record))
    return path


def test_images_of_subjects_that_are_absent_whole_are_missing_too(score: Score, world: Path, skipping: Path) -> None:
    shutil.rmtree(world / "images/vase")  # 4 images
    (world / "images/dog/20/1.png").unlink()
    scored = score(protocol=skipping)
    assert scored.summary.n_missing == 3 * 2 * 2 - scored.summary.n_images == 5
    assert any("5 images left out of the means" in remark for remark in scored.remarks)


def test_a_subject_that_a_mean_does_without_is_named(score: Score, world: Path, skipping: Path) -> None:
    assert not any("is a mean over" in remark for remark in score(protocol=skipping).remarks)
    (world / "images/dog/20/1.png").unlink()
    scored = score(protocol=skipping, out="out")
    (said,) = [remark for remark in scored.remarks if "is a mean over" in remark]
    assert said == "DIV (DINO) is a mean over 2 of 3 subjects: it has no value for dog (fewer than 2 images for a prompt)."
    assert scored.summary.overall["div"].n == 2
    assert said in read_finished(Path("out")).summary.remarks


def test_one_image_is_one_in_whatever_is_made_of_it(world: Path, score: Score) -> None:
    (world / "images/dog/00/1.png").unlink()
    score(subjects=["dog"], prompts=[0], images_per_prompt=1, out="one")
    packed = dreambench.submit("one", name="One", authors="A", with_images=True, out="in/one.json")
    assert "1 image hashed" in packed.conclusion
    assert any(remark.startswith("1 image is in ") for remark in packed.remarks)
    page = dreambench.report("one", out="page", plots=False, device="cpu").read_text(encoding="utf-8")
    dreambench.leaderboard("in", out="site")
    pages = [page, *(file.read_text(encoding="utf-8") for file in (world / "site").rglob("*.html"))]
    assert "1 subject, 1 prompt each, 1 image" in page
    assert any("has the SHA-256 of 1 image; the archive beside it" in text for text in pages)
    assert not any("1 images" in text for text in pages)


def test_what_means_do_without_is_said_where_they_stand_beside_whole_ones(score: Score, world: Path, skipping: Path) -> None:
    score(protocol=skipping, out="whole")
    (world / "images/dog/20/1.png").unlink()
    score(protocol=skipping, out="part")
    compared = dreambench.compare("whole", "part")
    sentences = [remark for remark in compared.table.remarks if "part" in remark]
    assert sentences == [
        "part was scored without 1 image that was asked for.",
        "DIV (DINO) of part is a mean over 2 of 3 subjects; the others have no value.",
    ]
    assert not any("whole" in remark for remark in compared.table.remarks)
    page = html.unescape(dreambench.report("part", out="page", plots=False, device="cpu").read_text())
    assert all(sentence in page for sentence in sentences)
