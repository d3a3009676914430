"""What a run becomes as a submission: metrics, protocol and provenance as they were recorded, every image by its hash."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from repository import ROOT
from scored_folders import CHOSEN, N_IMAGES, N_PRIORS, N_PROMPTS, make_it_a_run, write_folder, write_pictures

from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.results.privacy import without_places
from dreambench.benchmark.results.report_data import read_report_data
from dreambench.benchmark.submissions import Submission, pack, read_submissions, write_images, write_submission
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import Prompt

TODAY = date(2026, 8, 1)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "theirs")
    return tmp_path / "theirs"


def packed(folder: Path, **wanted: object) -> Submission:
    (run,) = read_report_data([folder]).runs
    return pack(run, **({"name": "Mine", "authors": "Me", "today": TODAY} | wanted))  # type: ignore[arg-type]


def hashes(folder: Path) -> dict[str, str]:
    found = sorted(folder.rglob("*.png"))
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_a_scored_folder_is_packed_with_its_metrics_its_protocol_and_every_images_hash(pictures: Path, tmp_path: Path) -> None:
    submission = packed(
        write_folder(tmp_path / "scored", pictures), base_model="SD 1.5", training="tuned", url="https://a.org/b"
    )
    assert submission.images == hashes(pictures / "images")
    assert submission.prior_images == hashes(pictures / "prior")
    assert len(submission.images) == len(CHOSEN) * N_PROMPTS * N_IMAGES
    protocol = load_protocol("miniature")
    assert [info.key for info in submission.metrics] == list(protocol.metrics)
    assert submission.protocol.declaration is not None
    assert submission.protocol.declaration.declared() == protocol
    assert protocol.fingerprint(submission.protocol.encoders) == submission.protocol.fingerprint
    assert submission.beside["real_images"].keys() == protocol.metrics.keys()
    assert (submission.day, submission.base_model, submission.training) == (TODAY, "SD 1.5", "tuned")
    assert not submission.is_yardstick
    assert submission.dataset.own_prompts == ()


def test_what_is_written_is_what_is_read_and_a_leaderboard_takes_it(pictures: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "scored", pictures)
    (run,) = read_report_data([folder]).runs
    submission = packed(folder)
    write_submission(tmp_path / "in/mine.json", submission)
    assert Submission.model_validate_json((tmp_path / "in/mine.json").read_bytes()) == submission
    assert write_images(tmp_path / "in/mine.images.zip", run, submission) == len(submission.images) + len(
        submission.prior_images
    )
    again = tmp_path / "again.zip"
    write_images(again, run, submission)
    assert again.read_bytes() == (tmp_path / "in/mine.images.zip").read_bytes()
    (accepted,) = read_submissions(tmp_path / "in").accepted
    assert accepted.archive is not None
    assert accepted.protocol_checked


@pytest.mark.parametrize(("steps", "training"), [(300, "tuned"), (0, "zero-shot")])
def test_a_run_says_itself_whether_it_trained_when_it_began_and_on_which_model(
    steps: int, training: str, pictures: Path, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "run", pictures, method="lora", settings={"steps": steps}, seed=3)
    make_it_a_run(folder, pictures, steps=steps, plugin="some-methods 1.2")
    submission = packed(folder)
    assert (submission.training, submission.base_model, submission.day) == (training, "mini", date(2026, 7, 30))
    assert submission.provenance.plugins == {"method lora": "some-methods 1.2"}
    assert submission.provenance.settings == {"steps": steps}
    assert len(submission.prior_images) == len(CHOSEN) * N_PRIORS
    assert any("bench run --method lora" in command for command in submission.provenance.commands)


@pytest.mark.parametrize(("method", "is_yardstick"), [("copy_reference", True), ("pretrained", True), ("dreambooth", False)])
def test_the_built_in_yardsticks_say_so_themselves(method: str, is_yardstick: bool, pictures: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "scored", pictures, method=method)
    assert packed(folder).is_yardstick is is_yardstick
    assert packed(folder, yardstick=True).is_yardstick


def test_any_metric_is_packed_and_prior_images_are_asked_for_by_what_a_metric_needs(pictures: Path, tmp_path: Path) -> None:
    record = load_protocol("miniature").record()
    record["metrics"] = {
        "likeness": {"formula": "image_similarity", "encoder": "clip"},
        "collapse": {"formula": "prior_similarity", "encoder": "dino"},
    }
    with_priors = write_folder(tmp_path / "scored", pictures, protocol=Protocol.model_validate(record))
    submission = packed(with_priors)
    assert [info.key for info in submission.metrics] == ["likeness", "collapse"]
    assert submission.prior_images == hashes(pictures / "prior")
    del record["metrics"]["collapse"]
    without = write_folder(tmp_path / "without", pictures, protocol=Protocol.model_validate(record))
    assert packed(without).prior_images == {}
    forgotten = write_folder(tmp_path / "forgotten", pictures, says_where_priors_lie=False)
    assert packed(forgotten).prior_images == {}
    assert "pres" in packed(forgotten).summary


def test_no_place_of_this_machine_is_packed(pictures: Path, tmp_path: Path) -> None:
    protocol = load_protocol("miniature").model_copy(update={"notes": (f"See {tmp_path}/secret/notes.txt.",)})
    folder = write_folder(tmp_path / "scored", pictures, protocol=protocol, settings={"weights": "/home/me/models/x"})
    write_submission(tmp_path / "mine.json", packed(folder))
    text = (tmp_path / "mine.json").read_text()
    assert "See notes.txt." in text
    for place in (f"{tmp_path}/", f"{Path.home()}/", f"{ROOT}/", "/home/me", tmp_path.name):
        assert place not in text


def test_options_that_cannot_be_used_are_named(pictures: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "scored", pictures)
    for wanted, option in (
        ({"url": "javascript:alert(1)"}, "--url"),
        ({"name": " "}, "--name"),
        ({"base_model": "a\nb"}, "--base-"),
    ):
        with pytest.raises(UserError, match=option):
            packed(folder, **wanted)


def test_a_lost_image_or_prior_image_is_named(pictures: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "scored", pictures)
    (pictures / f"prior/{CHOSEN[0].id}/1.png").unlink()
    with pytest.raises(UserError, match=f"{CHOSEN[0].id}/1"):
        packed(folder)


def test_a_protocol_too_long_to_carry_is_left_out_and_the_rest_is_taken(pictures: Path, tmp_path: Path) -> None:
    protocol = load_protocol("miniature").model_copy(update={"notes": ("x" * 120_000,)})
    folder = write_folder(tmp_path / "scored", pictures, protocol=protocol)
    submission = packed(folder)
    assert submission.protocol.declaration is None
    write_submission(tmp_path / "in/mine.json", submission)
    (accepted,) = read_submissions(tmp_path / "in").accepted
    assert not accepted.protocol_checked


def test_prompts_of_ones_own_are_carried_and_official_ones_are_not(pictures: Path, tmp_path: Path) -> None:
    kinds = {subject.kind for subject in CHOSEN}
    prompts = tuple(
        Prompt(kind=kind, index=index, template=f"a {{0}} {{1}} number {index}") for kind in sorted(kinds) for index in range(2)
    )
    dataset = {"name": "ours", "checksum": "7" * 64}
    folder = write_folder(tmp_path / "scored", pictures, prompts=prompts, dataset=dataset)
    submission = packed(folder)
    assert submission.dataset.own_prompts == prompts
    assert packed(write_folder(tmp_path / "official", pictures)).dataset.own_prompts == ()


def test_places_on_a_machine_are_left_out() -> None:
    assert without_places("bench run --model /home/me/models/x --out=/tmp/a/b") == "bench run --model x --out=b"
    assert without_places("bench score ../../me/images --out ../x") == "bench score images --out x"
    assert without_places("see https://example.org/a/../b") == "see https://example.org/a/../b"
    assert without_places("read and/or write") == "read and/or write"


def test_the_file_is_json_with_a_line_for_every_subject_and_image(pictures: Path, tmp_path: Path) -> None:
    write_submission(tmp_path / "mine.json", packed(write_folder(tmp_path / "scored", pictures)))
    lines = (tmp_path / "mine.json").read_text().splitlines()
    record = json.loads("\n".join(lines))
    for name in record["images"]:
        assert sum(f'"{name}": "' in line for line in lines) == (2 if name in record["prior_images"] else 1)
