"""From boards to pages: small pictures that no archive can misuse, titles that differ, what was checked in words."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image
from speed.made_up_submissions import made_up_record, small

from dreambench.benchmark.reporting.leaderboard_page import leaderboard_page
from dreambench.benchmark.reporting.thumbnails import thumbnails_of
from dreambench.benchmark.submissions import boards_of, read_submissions
from dreambench.reports.leaderboard import Leaderboard


def put(folder: Path, name: str, record: Any, content: dict[str, bytes] | None = None) -> None:
    """Write a submission and, with some content for its images, an archive that agrees with it."""
    folder.mkdir(exist_ok=True)
    if content is not None:
        record["prior_images"] = {}
        record["images"] = {image: hashlib.sha256(content[image]).hexdigest() for image in record["images"]}
        with zipfile.ZipFile(folder / f"{name}.images.zip", "w") as archive:
            for image in record["images"]:
                archive.writestr(image, content[image])
    (folder / f"{name}.json").write_text(json.dumps(record))


def page(folder: Path) -> Leaderboard:
    reading = read_submissions(folder)
    assert not reading.refused
    return leaderboard_page(boards_of(reading.accepted), reading.refused, title="T", published=False, thumbnails=thumbnails_of)


def picture(side: int) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret"  # ImageDescription
    Image.new("RGB", (side, side), (200, 30, 30)).save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


def test_thumbnails_are_small_pictures_made_anew(tmp_path: Path) -> None:
    record = small("with images")
    put(tmp_path, "a", record, dict.fromkeys(record["images"], picture(600)))
    put(tmp_path, "b", small("without", seed=2))
    entries = {entry.name: entry for entry in page(tmp_path).entries}
    assert entries["without"].thumbnails == ()
    shots = entries["with images"].thumbnails
    assert len(shots) == 4
    assert len({shot.caption.partition(",")[0] for shot in shots}) == 4
    for shot in shots:
        with Image.open(io.BytesIO(shot.webp)) as opened:
            assert (opened.format, opened.size) == ("WEBP", (160, 160))
        assert b"secret" not in shot.webp


def test_images_that_are_one_file_under_several_names_are_shown_on_the_methods_page(tmp_path: Path) -> None:
    honest, copied = small("honest"), small("copied", seed=2)
    for record in (honest, copied):
        record["images"] = {name: hashlib.sha256(name.encode()).hexdigest() for name in record["images"]}
    first, second, third = list(copied["images"])[:3]
    copied["images"] |= {second: copied["images"][first], third: copied["images"][first]}
    put(tmp_path, "a", honest)
    put(tmp_path, "b", copied)
    said = {entry.name: " ".join(entry.sentences) for entry in page(tmp_path).entries}
    assert "2 images are the same file as another image of this submission." in said["copied"]
    assert "the same file" not in said["honest"]


def test_what_is_no_picture_has_no_thumbnail_and_the_board_is_built_all_the_same(tmp_path: Path) -> None:
    record = small("hostile")
    images = list(record["images"])
    content = dict.fromkeys(images, b"<svg onload=alert(1)>")
    bomb = Image.new("1", (20_000, 20_000))
    buffer = io.BytesIO()
    bomb.save(buffer, "PNG")
    content |= dict.fromkeys(images[: len(images) // 2], buffer.getvalue())
    put(tmp_path, "a", record, content)
    (entry,) = page(tmp_path).entries
    assert entry.thumbnails == ()
    assert any("the archive beside it holds exactly these" in sentence for sentence in entry.sentences)


def test_an_archive_that_went_away_since_it_was_read_leaves_no_thumbnails(tmp_path: Path) -> None:
    record = small("gone")
    put(tmp_path, "a", record, dict.fromkeys(record["images"], picture(64)))
    (accepted,) = read_submissions(tmp_path).accepted
    assert len(thumbnails_of(accepted)) == 4
    (tmp_path / "a.images.zip").unlink()
    assert thumbnails_of(accepted) == ()


def test_boards_of_one_protocol_and_dataset_have_titles_that_differ(tmp_path: Path) -> None:
    for number, subjects in enumerate((8, 5, 5)):
        record = made_up_record(f"m{number}", seed=number, subjects=subjects, prompts=2, images=1)
        if number == 2:  # as many subjects, prompts and images, under another fingerprint
            record["protocol"] |= {"declaration": None, "fingerprint": "0" * 12}
        put(tmp_path, str(number), record)
    titles = [board.title for board in page(tmp_path).boards]
    assert len(set(titles)) == 3
    assert titles[0] == "miniature on mini (drawn miniature), 8 subjects, 2 prompts each, 16 images"
    assert titles[-1].endswith("(000000000000)") or titles[-2].endswith("(000000000000)")


def test_it_is_said_what_was_checked_and_what_is_the_submitters_word(tmp_path: Path) -> None:
    checked, unchecked = small("checked"), small("unchecked", seed=2)
    unchecked["protocol"]["declaration"] = None
    unchecked["prior_images"] = {}
    for name, record in (("a", checked), ("b", unchecked)):
        put(tmp_path, name, record)
    said = {entry.name: " ".join(entry.sentences) for entry in page(tmp_path).entries}
    assert "those of the protocol that it carries" in said["checked"]
    assert "so it is not checked" in said["unchecked"]
    assert "so PRES is the submitter's word" in said["unchecked"]
    assert all("the scores are the submitter's word" in text for text in said.values())
