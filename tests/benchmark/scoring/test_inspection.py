"""A folder from a stranger: what is in it is said before anything is computed, and hostile files are refused by name."""

import os
import shutil
import struct
import zlib

import pandas as pd
import pytest
from named_images import find
from PIL import Image

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.encoders import EmbeddingCache
from dreambench.benchmark.layouts import find_priors
from dreambench.benchmark.scoring.completeness import admit
from dreambench.benchmark.scoring.inspection import Expected, inspect_images
from dreambench.dataset.errors import UserError

EXPECTED = Expected(dict.fromkeys(("can", "dog"), (0, 7)), images_per_prompt=2)
PROTOCOL = load_protocol("miniature").model_copy(update={"images_per_prompt": 2})


@pytest.fixture
def folder(tmp_path, random_image):
    """2 subjects x 2 prompts x 2 images."""
    root = tmp_path / "images"
    for number, (subject, prompt, index) in enumerate(sorted(EXPECTED.keys)):
        path = root / subject / f"{prompt:02d}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        random_image(number).save(path)
    return root


def inspect(folder, expected=EXPECTED, **options):
    found = find(folder)
    inspection = inspect_images(found.images, expected, refused=found.refused, others=found.others, **options)
    return found.images, inspection


def refusal(folder, protocol=PROTOCOL, expected=EXPECTED, **options):
    with pytest.raises(UserError) as error:
        admit(*inspect(folder, expected), protocol, **options)
    return str(error.value)


def png_of(width, height):
    """A PNG of some hundred bytes that says it has so many pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")


def test_a_whole_folder_is_admitted_and_said_to_be_whole(folder):
    images, inspection = inspect(folder)
    assert inspection.lines() == ["Found all 8 images that the protocol expects (2 subjects x 2 prompts x 2)."]
    assert admit(images, inspection, PROTOCOL)["path"].tolist() == images["path"].tolist()
    assert inspection.record()["usable"] == 8


def test_a_single_image_is_said_in_the_singular(folder):
    one = Expected({"dog": (0,)}, images_per_prompt=1)
    found = find(folder, subjects=["dog"], prompts=[0]).images.head(1)
    whole, absent = inspect_images(found, one), inspect_images(found.head(0), one)
    assert whole.lines() == ["Found the 1 image that the protocol expects (1 subject x 1 prompt x 1)."]
    assert absent.lines()[0] == "Found 0 of 1 image that the protocol expects (1 subject x 1 prompt x 1)."
    with pytest.raises(UserError, match=r"takes no mean over the rest of its 1 image; "):
        admit(found.head(0), absent, PROTOCOL)


def test_every_kind_of_trouble_has_its_line(folder, random_image):
    (folder / "dog/07/0.png").unlink()
    random_image(1).save(folder / "can/00/2.png")
    Image.new("RGB", (64, 64)).save(folder / "can/07/1.png")
    (folder / "dog/00/0.png").write_bytes((folder / "dog/00/0.png").read_bytes()[:200])
    (folder / "grid.png").write_bytes(b"")
    (folder / "notes.txt").write_text("not an image")
    os.mkfifo(folder / "dog/00/3.png")
    _, inspection = inspect(folder)
    lines = inspection.lines()
    assert lines[0] == "Found 5 of 8 images that the protocol expects (2 subjects x 2 prompts x 2)."
    table = {line[2:13].strip(): line[13:] for line in lines[1:]}
    assert table["missing"] == "     1: dog/07/0"
    assert table["unreadable"].startswith("     1: dog/00/0 is not a picture that can be read (")
    assert table["refused"] == "     1: dog/00/3.png is a pipe or a device, not an image"
    assert table["all black"] == "     1: can/07/1"
    assert table["extra"] == "     1: can/00/2"
    assert table["wrong count"] == "     2: can/00 has 3 of 2, dog/07 has 1 of 2"
    assert table["left alone"] == "     1: grid.png"
    assert inspection.record() == {
        "expected": 8,
        "usable": 5,
        "missing": 1,
        "unreadable": 1,
        "refused": 1,
        "all_black": 1,
        "extra": 1,
    }


def test_what_is_missing_is_told_in_as_few_words_as_it_takes(folder):
    many = Expected(dict.fromkeys(("can", "cat", "dog", "vase"), (0, 3, 4, 7)), images_per_prompt=2)
    (folder / "dog/07/0.png").unlink()
    (line,) = [line for line in inspect(folder, many)[1].lines() if "missing" in line]
    # of can and dog the two images of prompts 3 and 4, one image more of dog, and two subjects of 8 images
    assert line == "  missing        25: dog/07/0, can prompts 3-4, dog prompts 3-4, all of cat, all of vase"


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def as_bomb(path):
    path.write_bytes(png_of(60_000, 60_000))


def as_gif(path):
    Image.new("RGB", (64, 64), "red").save(path, format="GIF")


def as_text(path):
    path.write_text("<script>alert(1)</script>")


HOSTILE = {
    "truncated": (truncate, "dog/07/1 is not a picture that can be read (image file is truncated), and the protocol"),
    "bomb": (as_bomb, "dog/07/1 has more than 100 million pixels, and the protocol"),
    "another type": (as_gif, "dog/07/1 is not a picture that can be read (it is a GIF: convert it to PNG or JPEG), and"),
    "text": (as_text, "dog/07/1 is not a picture that can be read (it holds no PNG,"),
    "link out": (lambda path: relink(path, "/etc/hostname"), "dog/07/1.png is a link out of the folder"),
    "link up and out": (lambda path: relink(path, "../../../outside.png"), "dog/07/1.png is a link out of the folder"),
    "link to nowhere": (lambda path: relink(path, "nowhere.png"), "dog/07/1.png is a broken link"),
    "link to itself": (lambda path: relink(path, path.name), "dog/07/1.png is a broken link"),
    "pipe": (lambda path: (path.unlink(), os.mkfifo(path)), "dog/07/1.png is a pipe or a device, not an image"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "dog/07/1.png is a folder, not an image"),
}


def relink(path, target):
    path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_hostile_file_is_refused_by_name_in_one_sentence(folder, kind, random_image):
    random_image(5).save(folder.parent / "outside.png")
    make, words = HOSTILE[kind]
    make(folder / "dog/07/1.png")
    message = refusal(folder)
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message
    skipping = PROTOCOL.model_copy(update={"missing_images": "skip", "surplus_images": "ignore"})
    if "link" in kind or kind in ("pipe", "folder"):  # also where a protocol goes on without images that are missing
        assert words in refusal(folder, skipping)


def test_what_is_wrong_with_a_picture_is_in_the_report(folder):
    as_bomb(folder / "can/00/0.png")
    as_gif(folder / "can/00/1.png")
    (folder / "dog/00/0.png").write_bytes(png_of(11_000, 11_000))
    (folder / "dog/00/1.png").write_bytes(png_of(10_000, 3))
    _, inspection = inspect(folder)
    reasons = dict(inspection.unreadable)
    assert reasons["can/00/0"] == "has more than 100 million pixels"
    assert reasons["dog/00/0"] == "has 11000 x 11000 pixels, more than 100 million"
    assert reasons["dog/00/1"] == "has 10000 x 3 pixels, a strip more than 50 times as long as wide"
    assert reasons["can/00/1"].startswith("is not a picture that can be read (")


@pytest.mark.parametrize("odd", ["d\x1b[31mog", "d\nog", "d\u202eog", os.fsdecode(b"d\xffog")])
def test_a_name_with_odd_characters_is_refused_and_shown_harmlessly(folder, odd):
    (folder / odd / "00").mkdir(parents=True)
    shutil.copy(folder / "dog/00/0.png", folder / odd / "00" / "0.png")
    message = refusal(folder)
    assert "characters that cannot be printed" in message
    assert message.isprintable()
    message.encode()


def test_links_inside_the_folder_count_and_linked_folders_are_left_alone(folder):
    relink(folder / "dog/07/1.png", "0.png")
    (folder / "latest").symlink_to(folder / "dog")
    (folder / "elsewhere").symlink_to("/")
    images, inspection = inspect(folder)
    assert inspection.usable == 8
    assert inspection.others == ("elsewhere (a link to a folder)", "latest (a link to a folder)")
    assert len(admit(images, inspection, PROTOCOL)) == 8


def test_a_linked_folder_of_images_is_missed_not_followed(folder):
    (folder / "dog").rename(folder.parent / "real_dog")
    (folder / "dog").symlink_to(folder.parent / "real_dog")
    assert "dog/00/0, dog/00/1, dog/07/0, dog/07/1 are missing" in refusal(folder)


def test_the_folder_itself_may_be_a_link(folder):
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert inspect(link)[1].usable == 8


def test_the_sentence_says_what_each_kind_of_trouble_is(folder):
    truncate(folder / "dog/07/1.png")
    as_gif(folder / "dog/07/0.png")
    assert refusal(folder).startswith("dog/07/0, dog/07/1 are no picture that can be read, and the protocol")
    (folder / "can/00/0.png").unlink()
    Image.new("RGB", (64, 64)).save(folder / "can/00/1.png")
    message = refusal(folder)
    assert message.startswith("can/00/0, can/00/1, dog/07/0, dog/07/1 are missing or no picture that can be read or all black,")
    assert message.endswith("; add them or make them again.")
    (folder / "can/00/0.png").mkdir()
    assert refusal(folder).startswith("can/00/0.png is a folder, not an image")


def test_black_images_are_missing_unless_they_are_to_be_kept(folder):
    black = Image.new("RGB", (64, 64), (0, 0, 1))
    black.save(folder / "can/00/0.png")
    assert "can/00/0 is all black, as a safety checker leaves them" in refusal(folder)
    images, inspection = inspect(folder)
    assert len(admit(images, inspection, PROTOCOL, black="keep")) == 8
    skipping = PROTOCOL.model_copy(update={"missing_images": "skip"})
    assert len(admit(images, inspection, skipping)) == 7
    assert len(admit(images, inspection, skipping, black="keep")) == 8


def test_a_protocol_that_skips_scores_the_rest_and_the_report_says_so(folder):
    (folder / "dog/07/0.png").unlink()
    truncate(folder / "dog/07/1.png")
    images, inspection = inspect(folder)
    admitted = admit(images, inspection, PROTOCOL.model_copy(update={"missing_images": "skip"}))
    assert len(admitted) == 6
    assert inspection.lines()[0].startswith("Found 6 of 8")


def test_surplus_images_are_refused_or_ignored_as_the_protocol_says(folder, random_image):
    random_image(1).save(folder / "can/00/2.png")
    assert "can/00/2 is more than the protocol 'miniature' asks for (2 subjects x 2 prompts x 2)" in refusal(folder)
    images, inspection = inspect(folder)
    assert len(admit(images, inspection, PROTOCOL.model_copy(update={"surplus_images": "ignore"}))) == 8


def test_the_sentence_offers_the_part_that_is_whole(folder):
    many = Expected(dict.fromkeys(("can", "dog", "vase"), (0, 3, 7)), images_per_prompt=4)
    protocol = PROTOCOL.model_copy(update={"images_per_prompt": 4})
    message = refusal(folder, protocol, many)
    assert message.startswith("can/00/2, can/00/3, can/03/0, can/03/1, can/03/2 and 23 more are missing, and the protocol")
    assert message.endswith("score what is there with --subjects can,dog --prompts 0,7 --images-per-prompt 2.")
    (folder / "can/07/1.png").unlink()
    assert refusal(folder, protocol, many).endswith("add them or make them again.")


def test_a_second_look_opens_no_picture(folder, tmp_path, monkeypatch):
    cache = EmbeddingCache(tmp_path / "cache")
    Image.new("RGB", (8, 8)).save(folder / "can/00/0.png")
    as_gif(folder / "can/00/1.png")
    _, first = inspect(folder, cache=cache)
    opened = []
    import dreambench.benchmark.scoring.inspection as module

    real = module.open_image
    monkeypatch.setattr(module, "open_image", lambda path, reading: opened.append(path.name) or real(path, reading))
    _, second = inspect(folder, cache=cache)
    assert second == first
    assert opened == ["1.png"]  # a bad picture is never remembered as a good one


def test_prior_images_are_found_with_the_same_care(tmp_path, random_image):
    (tmp_path / "dog").mkdir()
    random_image(0).save(tmp_path / "dog" / "0.png")
    (tmp_path / "dog" / "1.png").symlink_to("/etc/hostname")
    found = find_priors(tmp_path)
    assert found.images[["subject", "image_index"]].to_numpy().tolist() == [["dog", 0]]
    assert found.refused == (("dog/1.png", "is a link out of the folder"),)


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path):
    place = tmp_path / os.fsdecode(b"im\xffages")
    place.mkdir()
    with pytest.raises(UserError, match=r"im\?ages has characters that are no text"):
        find(place)


def test_nothing_to_score_is_an_error_under_every_policy(tmp_path):
    nothing = pd.DataFrame({"subject": [], "prompt_index": [], "image_index": [], "path": []})
    skipping = PROTOCOL.model_copy(update={"missing_images": "skip"})
    with pytest.raises(UserError, match="no images to score"):
        admit(nothing, inspect_images(nothing, EXPECTED), skipping)
