"""`bench score` and bad images: each refused before an encoder is loaded, by name, in one sentence."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from sentences import refusal
from speed.scored_runs import made_up_scores, write_scored

from dreambench.benchmark.declarations.protocol import load_protocol

#: A record of a run on another dataset.
OTHERS = json.dumps(
    {
        "suite": "other",
        "method": "mine",
        "seed": 0,
        "settings": {},
        "selection": {"subjects": ["can"], "prompts": [0], "images_per_prompt": 1},
        "prior_images": 0,
        "dataset": {"name": "theirs", "checksum": "0" * 64},
        "protocol": load_protocol("miniature").record(),
        "fingerprint": "0123456789ab",
        "encoders": "",
        "suite_file": "",
    }
)
SELECTED = ("--suite", "mini", "--subjects", "can,dog", "--prompts", "0,7", "--images-per-prompt", "2", "--device", "cpu")
Change = Callable[[Path], object]


@pytest.fixture(autouse=True)
def no_encoder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever loads an encoder for images that are refused wastes a person's time."""

    def loaded(*_arguments: object) -> None:
        raise AssertionError("the encoders are loaded before the images are looked at")

    monkeypatch.setattr("dreambench.benchmark.api.score.load_encoders", loaded)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path, random_image: Callable[..., Image.Image]) -> Path:
    """2 subjects x 2 prompts x 2 images."""
    root = tmp_path / "images"
    for number, name in enumerate(f"{s}/{p}/{k}.png" for s in ("can", "dog") for p in ("00", "07") for k in (0, 1)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        random_image(number).save(root / name)
    return root


def rewrite(name: str, content: bytes | str) -> Change:
    return lambda folder: (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def truncate(folder: Path) -> None:
    path = folder / "dog/07/1.png"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def black(folder: Path) -> None:
    Image.new("RGB", (64, 64)).save(folder / "dog/07/1.png")


def as_gif(folder: Path) -> None:
    Image.new("RGB", (64, 64), "red").save(folder / "dog/07/1.png", format="GIF")


def copy(name: str) -> Change:
    def copied(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((folder / "dog/07/1.png").read_bytes())

    return copied


def link(target: str) -> Change:
    def linked(folder: Path) -> None:
        (folder / "dog/07/1.png").unlink()
        (folder / "dog/07/1.png").symlink_to(target)

    return linked


IMAGES: dict[str, tuple[Change, str]] = {
    "missing": (lambda folder: (folder / "dog/07/1.png").unlink(), "dog/07/1 is missing, and the protocol 'miniature' takes"),
    "extra": (copy("dog/07/5.png"), "dog/07/5 is more than the protocol 'miniature' asks for (2 subjects x 2 prompts x 2)"),
    "there twice": (copy("dog/07/01.png"), "01.png and"),
    "empty": (
        rewrite("dog/07/1.png", b""),
        "dog/07/1 is not a picture that can be read (it holds no PNG, JPEG",
    ),
    "truncated": (truncate, "dog/07/1 is not a picture that can be read (image file is truncated)"),
    "HTML": (
        rewrite("dog/07/1.png", "<html>404</html>"),
        "dog/07/1 is not a picture that can be read (it holds no PNG, JPEG",
    ),
    "GIF": (as_gif, "dog/07/1 is not a picture that can be read (it is a GIF: convert it to PNG or JPEG"),
    "black": (black, "dog/07/1 is all black, as a safety checker leaves them; make them again without it, or"),
    "link out": (
        link("/etc/hostname"),
        "dog/07/1.png is a link out of the folder; put the image itself there (`cp -rL FOLDER COPY` copies",
    ),
    "link to nowhere": (link("gone.png"), "dog/07/1.png is a broken link; put the image itself there, or remove it."),
}


@pytest.mark.parametrize("case", sorted(IMAGES))
def test_a_bad_image_is_named_with_what_is_wrong_and_what_to_do(case: str, folder: Path) -> None:
    change, words = IMAGES[case]
    change(folder)
    assert words in refusal("score", folder, *SELECTED)


def test_a_file_that_may_not_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by chmod: the tests may run as root, who may read everything."""
    real = os.stat(folder / "dog/07/1.png").st_ino  # noqa: PTH116  # Path.stat is not what is replaced
    opened = Path.open

    def refused(self: Path, *arguments: object, **options: object) -> object:
        if self.name == "1.png" and self.stat().st_ino == real:
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refused)
    assert "dog/07/1.png cannot be used: permission denied; mend its permissions, or choose another folder." in refusal(
        "score", folder, *SELECTED
    )


def test_a_subject_that_the_dataset_does_not_have_is_named(folder: Path) -> None:
    copy("dogg/00/0.png")(folder)
    assert "no subject 'dogg'; did you mean 'dog'?" in refusal("score", folder, "--suite", "mini", "--device", "cpu")


OPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "too few a prompt": (("--images-per-prompt", "3"), "can/00/2, can/07/2, dog/00/2, dog/07/2 are missing, and"),
    "too many a prompt": (("--images-per-prompt", "1"), "or score what is there with --images-per-prompt 2."),
    "pattern without a prompt": (("--pattern", "{subject}/{index}.{ext}"), "lacks {prompt}; write it like {subject}/"),
    "pattern without anything": (("--pattern", ""), "lacks {subject}; write it like {subject}/{prompt}/{index}.{ext}, or"),
    "pattern that matches nothing": (("--pattern", "x/{subject}_{prompt}_{index}.{ext}"), "No image below"),
    "pattern with another field": (("--pattern", "{sub}/{prompt}/{index}"), "has the field {sub}; the fields are {subject},"),
    "pattern with a format": (("--pattern", "{subject}/{prompt:02}/{index}"), "has the field {prompt:02}; the fields are"),
    "pattern that is none": (("--pattern", "{subject/{prompt}"), "is not a pattern (unexpected '{' in field name); write it"),
    "unknown subject": (("--subjects", "dgo"), "has no subject 'dgo'; did you mean 'dog'?"),
    "no subject": (("--subjects", ","), "--subjects is empty; give names separated by commas"),
    "unknown prompt": (("--prompts", "25"), "There is no prompt 25 in --prompts; prompts are numbered 0 to 24."),
    "prompt that is no number": (("--prompts", "jungle"), "'jungle' in --prompts is not a prompt's number; give numbers"),
    "unknown protocol": (("--protocol", "dreambnch"), "no protocol 'dreambnch'; did you mean 'dreambench'?"),
    "unknown metric": (("--metrics", "dino,clip"), "The protocol 'miniature' has no metric 'clip'; did you mean 'clip_"),
    "no metric": (("--metrics", " "), "--metrics is empty; give names separated by commas"),
    "unknown suite": (("--suite", "mni"), "There is no suite 'mni'; did you mean 'mini'?"),
    "unknown device": (("--device", "cude"), "did you mean 'cuda'?"),
    "name for a terminal": (("--name", "a\x1b[2J"), "--name is empty, longer than 80 characters or has some that cannot"),
    "empty citation": (("--citation", " "), "--citation is empty"),
    "prior absent": (("--prior", "gone"), "There is no folder gone of prior images; check --prior, or leave it out."),
    "prior empty": (("--prior", "empty"), "No prior image below empty has a name like {subject}/{index}.{ext}; check --prior."),
    "prior too few": (("--prior", "few"), "prior can/1, prior can/2, prior can/3, prior can/4, prior can/5 and 9 more"),
    "prior broken": (("--prior", "broken"), "broken/dog/3.png is not a picture that can be read (it holds no PNG"),
    "prior linked": (("--prior", "linked"), "linked/dog/3.png is a link out of the folder; put the image itself there"),
    "out is a file": (("--out", "file"), "--out file is a file; name a folder."),
    "out is a run": (("--out", "run"), "--out run is a run's folder, which is never rewritten; choose another folder."),
    "out inside a run": (("--out", "run/images/dog"), "lies inside the run"),
    "out over other scores": (("--out", "scored"), "--out scored holds the scores of other images (elsewhere); choose another"),
    "out over a table": (("--out", "tables"), "--out tables holds a scores.parquet that is not of these images; choose"),
}


@pytest.mark.parametrize("case", sorted(OPTIONS))
def test_a_bad_option_is_named_and_nothing_is_written(
    case: str, folder: Path, tmp_path: Path, random_image: Callable[..., Image.Image]
) -> None:
    for place, count in (("few", 1), ("broken", 8), ("linked", 8)):
        for subject in ("can", "dog"):
            (tmp_path / place / subject).mkdir(parents=True)
            for index in range(count):
                random_image(index).save(tmp_path / place / subject / f"{index}.png")
    (tmp_path / "broken/dog/3.png").write_bytes(b"<html>")
    (tmp_path / "linked/dog/3.png").unlink()
    (tmp_path / "linked/dog/3.png").symlink_to("/etc/hostname")
    for name in ("empty", "run/images/dog", "tables"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "run/run.json").write_text("{}")
    small = made_up_scores(seed=1, subjects=1, prompts=(0,), images=1)
    write_scored(tmp_path / "scored", small, method="mine", images="elsewhere")
    (tmp_path / "tables/scores.parquet").write_text("mine")
    before = listing(tmp_path)
    options, words = OPTIONS[case]
    assert words in refusal("score", folder, *SELECTED, *options)
    assert listing(tmp_path) == before


def listing(folder: Path) -> dict[str, bytes]:
    """Every file but the cache's."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "cache" not in path.relative_to(folder).parts
    }


def test_a_folder_that_is_none_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "No image below empty has a name like {subject}/{prompt}/{index}.{ext}; check" in refusal(
        "score", "empty", "--suite", "mini"
    )
    assert refusal("score", "gone") == "There is no folder gone; give the folder that holds the images."
    assert refusal("score", folder / "dog/07/1.png").endswith("1.png is a file; give the folder that holds the images.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "run.json is not valid JSON (Expecting property name"),
        ("[]", "run.json is not the record of a run; restore it"),
        ('{"suite": "other"}', "run.json is not the record of a run (method: field required); restore it"),
        (
            '{"format": 1, "suite": "other"}',
            "was made by dreambench 0.1, whose records this version does not read; its images can be scored anew: ",
        ),
        (OTHERS, "was made with the suite 'other'; give its .toml file with --suite."),
    ],
)
def test_a_run_whose_record_is_broken_is_named(text: str, words: str, folder: Path) -> None:
    (folder / "run.json").write_text(text)
    assert words in refusal("score", folder)


def test_a_run_is_held_against_the_suite_that_is_named(folder: Path) -> None:
    (folder / "run.json").write_text(OTHERS)
    words = "was made for other reference images or prompts (its suite: 'other')"
    assert words in refusal("score", folder, "--suite", "mini")


def test_a_folder_that_is_no_run_needs_a_suite(folder: Path) -> None:
    """Subjects of one name are photos in one suite and drawings in another, and both would give a whole table."""
    sentence = refusal("score", folder, *SELECTED[2:])
    assert sentence.startswith(f"{folder} is no run's folder, so --suite must say whose subjects its images show: ")
    suites = ("flux2-klein", "mini", "mini-photos", "sd15", "sdxl")
    named = ", ".join(f"{name} ({'drawn miniature' if name == 'mini' else 'photos'})" for name in suites)
    assert f"{named}, or the path of a suite's .toml file." in sentence
