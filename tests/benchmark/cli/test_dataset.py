"""`bench dataset fetch`, `verify`, `show` and `describe`, as a person or a script uses them."""

import json
import shutil
from pathlib import Path

import pytest
from fake_release import FakeRelease, Mirror
from PIL import Image
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.cli.dataset_fetch import FetchMeter
from dreambench.benchmark.reporting.dataset_sheet import dataset_sheet
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.release import load_release, release_folder
from dreambench.dataset.subjects import SUBJECTS

DOG = "dataset/dog/00.jpg"


def _bench(*words: str) -> Result:
    return CliRunner().invoke(app, ["dataset", *words])


def test_fetch_verify_and_load_are_three_steps_in_one_place(mirror: Mirror, clean_environment: Path) -> None:
    assert _bench("verify").exit_code == 2
    fetched = _bench("fetch", "--mirror", mirror.url)
    assert fetched.exit_code == 0, fetched.stderr
    assert fetched.stdout.startswith(f"dreambooth: all 34 images are in {clean_environment}")
    assert "37 files fetched" in fetched.stdout
    again = _bench("fetch", "--offline", "--json")
    assert json.loads(again.stdout) == {"folder": str(release_folder()), "fetched": 0, "bytes": 0, "already": 37}
    verified = _bench("verify")
    assert verified.exit_code == 0
    assert "34 images" in verified.stdout
    assert len(load_dataset("dreambooth").subjects) == 30


def test_a_named_copy_is_filled_but_never_written_over(
    tmp_path: Path, clean_environment: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "named"
    assert _bench("fetch", "--mirror", mirror.url, "--data", str(named)).exit_code == 0
    (named / DOG).write_bytes(b"mine")
    monkeypatch.setenv("DREAMBENCH_DATA", str(named))
    result = _bench("fetch", "--mirror", mirror.url)
    assert result.exit_code == 2
    assert f"({DOG}); a copy of your own is not written over" in result.stderr
    assert result.stdout == ""
    assert (named / DOG).read_bytes() == b"mine"
    assert not clean_environment.exists()  # nothing went into the cache instead


@pytest.mark.parametrize("switch", ["option", "variable"])
def test_the_offline_switch_keeps_from_the_network(switch: str, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["fetch", "--mirror", mirror.url]
    if switch == "option":
        words.append("--offline")
    else:
        monkeypatch.setenv("DREAMBENCH_OFFLINE", "1")
    result = _bench(*words)
    assert result.exit_code == 2
    assert "37 files of 37 are missing" in result.stderr
    assert "DREAMBENCH_DATA" in result.stderr
    assert mirror.requests == []


def test_a_fetch_that_fails_ends_with_exit_code_3(mirror: Mirror, waits: list[float]) -> None:
    mirror.faults = {DOG: [404] * 4}
    result = _bench("fetch", "--mirror", mirror.url)
    assert result.exit_code == 3
    assert f"{mirror.url}{DOG} answers 404" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert waits == [1, 2, 3]


def test_an_interruption_ends_with_exit_code_3_and_says_how_to_go_on(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dreambench.dataset.fetching.wait", interrupted)  # where the main thread is while files arrive
    result = _bench("fetch", "--mirror", mirror.url)
    assert result.exit_code == 3
    assert "the same command fetches the others" in result.stderr


def test_verify_says_no_with_exit_code_1_and_names_each_file(tmp_path: Path, fake_release: FakeRelease) -> None:
    copy = fake_release.write(tmp_path / "copy", leave_out=(DOG,))
    (copy / "dataset" / "more.jpg").touch()
    result = _bench("verify", "--data", str(copy))
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()] == [DOG, "dataset/more.jpg"]
    assert "2 problems, 33 images are right" in result.stderr
    record = json.loads(_bench("verify", "--data", str(copy), "--json").stdout)
    assert [(problem["what"], problem["file"]) for problem in record["problems"]] == [
        ("missing", DOG),
        ("extra", "dataset/more.jpg"),
    ]
    assert record["images"] == 33


def test_a_folder_of_ones_own_is_verified_and_shown(tmp_path: Path) -> None:
    (tmp_path / "my_cup").mkdir()
    Image.new("RGB", (40, 20), (200, 30, 30)).save(tmp_path / "my_cup" / "a.png")
    (tmp_path / "subjects.toml").write_text('[my_cup]\nclass_noun = "cup"\nkind = "object"\nlicence = "CC0"\n')
    verified = _bench("verify", str(tmp_path))
    assert verified.exit_code == 0
    assert "no manifest to compare with" in verified.stdout
    assert _bench("verify", str(tmp_path), "--min-references", "3").exit_code == 1
    shown = _bench("show", str(tmp_path))
    assert shown.exit_code == 0
    assert [line.split() for line in shown.stdout.splitlines()[:2]] == [
        ["subject", "class_noun", "kind", "references"],
        ["my_cup", "cup", "object", "1"],
    ]
    assert "my_cup/a.png  CC0      not told" in shown.stdout


def test_show_tells_everything_before_anything_is_fetched(clean_environment: Path) -> None:
    result = _bench("show")
    assert result.exit_code == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    for subject in SUBJECTS:
        assert any(line[:1] == [subject.id] and line[1:-1] == [*subject.class_noun.split(), subject.kind] for line in lines)
    for kind in ("object", "live"):
        for prompt in load_dataset("mini").prompts_of(kind):
            assert prompt.text("{class noun}") in result.stdout
    for image in load_release().images:
        line = next(line for line in result.stdout.splitlines() if line.startswith(f"{image.name} "))
        assert image.licence in line
        assert image.creator in line
    assert "30 subjects (21 objects, 9 live), 158 reference images" in result.stdout
    assert "`bench dataset fetch` fetches them" in result.stdout


def test_show_as_json_holds_what_a_program_needs(fake_release: FakeRelease, tmp_path: Path) -> None:
    copy = fake_release.write(tmp_path / "copy")
    record = json.loads(_bench("show", "--json", "--data", str(copy)).stdout)
    assert record["here"] == 34
    assert record["checksum"] == load_dataset("dreambooth", data=copy).checksum
    assert record["release"]["commit"] == load_release().commit
    assert {kind: len(prompts) for kind, prompts in record["prompts"].items()} == {"object": 25, "live": 25}
    images = [image for subject in record["subjects"] for image in subject["images"]]
    assert len(images) == 34
    assert {image["file"]: image["near_duplicate_of"] for image in images if image["near_duplicate_of"]} == {
        "cat/03.jpg": "cat/02.jpg",
        "dog5/03.jpg": "dog5/02.jpg",
    }
    mini = json.loads(_bench("show", "mini", "--json").stdout)
    assert mini["checksum"] == load_dataset("mini").checksum
    assert sum(subject["references"] for subject in mini["subjects"]) == 158


def test_a_copy_that_is_not_whole_is_told_so(fake_release: FakeRelease, tmp_path: Path) -> None:
    copy = fake_release.write(tmp_path / "copy", leave_out=(DOG,))
    result = _bench("show", "--data", str(copy))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("33 of them in")


@pytest.fixture
def unnamed(tmp_path: Path, clean_environment: Path) -> Path:
    """A candle and a dog of the miniature, of which the dog is half declared."""
    mini = load_dataset("mini")
    for subject, name in (("candle", "my_candle"), ("dog6", "my_dog")):
        shutil.copytree(mini.root / subject, tmp_path / "own" / name)
    (tmp_path / "own" / "subjects.toml").write_text('[my_dog]\nclass_noun = "hound"  # he is\n')
    return tmp_path / "own"


def test_describe_suggests_and_writes_only_when_it_is_told_to(unnamed: Path, tmp_path: Path) -> None:
    before = (unnamed / "subjects.toml").read_text()
    looked = _bench("describe", str(unnamed))
    assert looked.exit_code == 0, looked.stderr
    header, candle, dog, by = (line.split() for line in looked.stdout.splitlines())
    assert header == ["subject", "class_noun", "kind", "references", "cosine", "margin", "second"]
    assert candle[:4] == ["my_candle", "candle", "object", "5"]
    assert dog[:4] == ["my_dog", "hound", "live", "5"]  # its noun is kept; what looks like a dog is live
    assert dog[4:] == ["-", "-", "-"]
    assert by[:2] == ["chosen", "by"]
    assert "--write adds it" in looked.stderr
    assert (unnamed / "subjects.toml").read_text() == before

    assert _bench("describe", str(unnamed), "--out", str(tmp_path / "look.toml")).exit_code == 0
    assert (unnamed / "subjects.toml").read_text() == before
    written = _bench("describe", str(unnamed), "--write", "--json")
    assert written.exit_code == 0, written.stderr
    record = json.loads(written.stdout)
    assert [each["class_noun"] for each in record["subjects"]] == ["candle", "hound"]
    assert record["subjects"][0]["margin"] > 0.1
    assert record["subjects"][1]["cosine"] is None
    assert (unnamed / "subjects.toml").read_text() == (tmp_path / "look.toml").read_text()
    assert before.strip() in (unnamed / "subjects.toml").read_text()
    assert [subject.class_noun for subject in load_dataset(str(unnamed)).subjects] == ["candle", "hound"]
    again = _bench("describe", str(unnamed), "--write")
    assert again.stdout == f"every subject in {unnamed} has a class noun and a kind\n"


def test_describe_refuses_what_it_cannot_write(unnamed: Path, tmp_path: Path) -> None:
    (tmp_path / "there.toml").touch()
    for words, complaint in (
        (("--write", "--out", str(tmp_path / "x.toml")), "--write and --out do not go together"),
        (("--out", str(tmp_path / "there.toml")), "must be a new file in a folder that is there"),
        (("--out", str(tmp_path / "gone" / "x.toml")), "must be a new file in a folder that is there"),
    ):
        result = _bench("describe", str(unnamed), *words)
        assert result.exit_code == 2
        assert complaint in result.stderr
        assert result.stdout == ""
    assert not (tmp_path / "x.toml").exists()


def test_show_tells_a_datasets_own_prompts_with_their_families(tmp_path: Path) -> None:
    own = _squares(tmp_path / "own", 2)
    (own / "prompts.toml").write_text('[[object]]\nprompt = "a {0} {1} in fog"\nfamily = "weather"\n')
    shown = _bench("show", str(own))
    assert ["0", "a", "{class", "noun}", "in", "fog", "weather"] in [line.split() for line in shown.stdout.splitlines()]
    record = json.loads(_bench("show", str(own), "--json").stdout)
    assert record["prompts"] == {"object": ["a {class noun} in fog"]}
    assert record["families"] == {"object": ["weather"]}
    assert record["has_official_prompts"] is False


def _squares(folder: Path, subjects: int) -> Path:
    """Subject `k` has k % 3 + 1 references of one colour, (20 k, 255 - 20 k, 128)."""
    entries = []
    for index in range(subjects):
        name = f"s{index:02d}"
        (folder / name).mkdir(parents=True)
        for k in range(index % 3 + 1):
            Image.new("RGB", (300, 300), (20 * index % 256, 255 - 20 * index % 256, 128)).save(folder / name / f"{k}.png")
        entries.append(f'[{name}]\nclass_noun = "square"\nkind = "object"\n')
    (folder / "subjects.toml").write_text("".join(entries))
    return folder


@pytest.mark.parametrize("subjects", [1, 12, 13])
def test_the_sheet_holds_every_reference_image(subjects: int, tmp_path: Path) -> None:
    dataset = load_dataset(str(_squares(tmp_path / "own", subjects)))
    sheet = dataset_sheet(dataset)
    counts = {colour: count for count, colour in sheet.getcolors(1 << 20) or []}
    for index in range(subjects):
        assert counts[(20 * index % 256, 255 - 20 * index % 256, 128)] == (index % 3 + 1) * 128 * 128
    rows = sheet.height // 132  # 128 pixels and the gap; the margins are less than another row
    assert rows == {1: 1, 12: 12, 13: 7}[subjects]


def test_the_sheet_is_written_as_the_files_name_says(tmp_path: Path) -> None:
    own = _squares(tmp_path / "own", 2)
    for name, kind in (("a.png", "PNG"), ("b.jpg", "JPEG")):
        result = _bench("show", str(own), "--sheet", str(tmp_path / name))
        assert result.exit_code == 0, result.stderr
        with Image.open(tmp_path / name) as image:
            assert image.format == kind
            image.load()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["show", "mini", "--sheet", "sheet.gif"], "ends in .png or .jpg"),
        (["show", "--sheet", "sheet.png"], "run `bench dataset fetch`"),
        (["show", "mini", "--data", "."], "--data names a copy of the dataset 'dreambooth', not of 'mini'"),
        (["verify", "mini", "--data", "."], "--data names a copy"),
        (["verify"], "There is nothing to verify"),
        (["show", "nowhere"], "There is no dataset 'nowhere'"),
        (["fetch", "--mirror", "over/there"], "--mirror cannot be"),
    ],
)
def test_wrong_input_is_a_sentence_and_writes_nothing(
    words: list[str], complaint: str, tmp_path: Path, clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = _bench(*words)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""
    assert list((tmp_path / "empty").iterdir()) == []
    assert not clean_environment.exists()


def test_the_meter_tells_share_and_time_from_the_pace_so_far() -> None:
    now = [100.0]
    meter = FetchMeter(3, 1000, clock=lambda: now[0])
    assert (meter.share(), meter.seconds_left()) == (0.0, None)
    meter.receive(250)
    now[0] = 102.0
    assert (meter.share(), meter.seconds_left()) == (0.25, 6.0)  # 250 bytes in 2 seconds, 750 to come
    meter.receive(-250)
    assert (meter.share(), meter.seconds_left()) == (0.0, None)
    assert FetchMeter(0, 0).share() is None
