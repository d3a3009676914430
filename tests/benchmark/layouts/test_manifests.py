"""A manifest says what each image is: CSV or JSON lines, as programs and people write them, and nothing outside the folder."""

import json
from pathlib import Path

import pytest
from named_images import find, keys, touch

from dreambench.dataset.errors import UserError

WANTED = [("can", 3, 1), ("dog", 0, 0), ("dog", 0, 1)]
ROWS = [
    {"path": "a.png", "subject": "dog", "prompt": 0, "index": 0},
    {"path": "sub/b.jpg", "subject": "dog", "prompt": 0, "index": 1},
    {"path": "c d.png", "subject": "can", "prompt": 3, "index": 1},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return touch(tmp_path / "images", "a.png", "sub/b.jpg", "c d.png", "unlisted.png")


def csv_of(rows: list[dict[str, object]], delimiter: str = ",", end: str = "\n") -> str:
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return end.join(delimiter.join(str(value) for value in line) for line in lines) + end


def jsonl_of(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


WRITTEN: dict[str, bytes] = {
    "CSV": csv_of(ROWS).encode(),
    "CSV from Excel": b"\xef\xbb\xbf" + csv_of(ROWS, ";", "\r\n").encode(),
    "tabs": csv_of(ROWS, "\t").encode(),
    "UTF-16": csv_of(ROWS).encode("utf-16"),
    "capitals": csv_of(ROWS).replace("path,subject", "Path, Subject").encode(),
    "blank lines": csv_of(ROWS).replace("\n", "\n\n").encode(),
    "floats": csv_of([row | {"prompt": f"{row['prompt']}.0"} for row in ROWS]).encode(),
    "JSON lines": jsonl_of(ROWS).encode(),
    "JSON lines with a mark": b"\xef\xbb\xbf" + jsonl_of(ROWS).encode(),
    "JSON lines, numbers as text": jsonl_of([row | {"prompt": str(row["prompt"])} for row in ROWS]).encode(),
    "backslashes": csv_of([row | {"path": str(row["path"]).replace("/", "\\")} for row in ROWS]).encode(),
    "dots": csv_of([row | {"path": f"./sub/../{row['path']}"} for row in ROWS]).encode(),
}


@pytest.mark.parametrize("form", sorted(WRITTEN))
@pytest.mark.parametrize("place", ["beside", "inside"])
def test_a_list_is_read_as_it_is_written(form: str, place: str, folder: Path) -> None:
    path = (folder if place == "inside" else folder.parent) / "list.csv"
    path.write_bytes(WRITTEN[form])
    found = find(folder, manifest=path)
    assert keys(found) == WANTED
    assert [Path(file).relative_to(folder).as_posix() for file in found.images["path"]] == ["c d.png", "a.png", "sub/b.jpg"]
    assert found.others == ("unlisted.png",)
    assert found.prompts_named


def written(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder.parent / name
    path.write_text(text)
    return path


def test_paths_may_be_from_the_lists_own_folder_or_absolute(folder: Path) -> None:
    rows = [ROWS[0] | {"path": "images/a.png"}, ROWS[1] | {"path": str(folder / "sub/b.jpg")}]
    assert keys(find(folder, manifest=written(folder, csv_of(rows)))) == WANTED[1:]


def test_prompts_may_be_texts(folder: Path) -> None:
    texts = ("a dog in the jungle", "A sks dog in the jungle.", "a can on a cobblestone street")
    rows = [row | {"prompt": text} for row, text in zip(ROWS, texts, strict=True)]
    assert keys(find(folder, manifest=written(folder, csv_of(rows)))) == WANTED
    rows[2]["prompt"] = "a can on a cobbled street"
    with pytest.raises(UserError, match=r"line 4 of .*list.csv: 'a can on a cobbled street' is no prompt of can; did you mean"):
        find(folder, manifest=written(folder, csv_of(rows)))


def test_without_an_index_seeds_or_the_rows_number_the_images(folder: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "index"} for row in reversed(ROWS)]
    found = find(folder, manifest=written(folder, csv_of(rows)))
    assert keys(found) == [("can", 3, 0), ("dog", 0, 0), ("dog", 0, 1)]
    assert [Path(file).name for file in found.images["path"]] == ["c d.png", "b.jpg", "a.png"]
    assert found.remarks == ("list.csv has no column index: the images of a prompt are numbered in the order of its rows.",)
    seeded = [row | {"seed": seed} for row, seed in zip(rows, (5, 3407123456, 42), strict=True)]
    assert [Path(file).name for file in find(folder, manifest=written(folder, csv_of(seeded))).images["path"]] == [
        "c d.png",
        "a.png",
        "b.jpg",
    ]


def test_one_subject_needs_no_column(folder: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "subject"} for row in ROWS]
    found = find(folder, manifest=written(folder, csv_of(rows)), subjects=["can"])
    assert keys(found) == [("can", 0, 0), ("can", 0, 1), ("can", 3, 1)]


def test_other_columns_are_named_and_not_used(folder: Path) -> None:
    found = find(folder, manifest=written(folder, csv_of([row | {"guidance": 7.5, "text": "x"} for row in ROWS])))
    assert found.remarks == ("list.csv has columns that are not used: guidance.",)


def test_rows_of_others_are_left_out(folder: Path) -> None:
    rows = [*ROWS, {"path": "d.png", "subject": "nobody", "prompt": 99, "index": 0}]
    assert keys(find(folder, manifest=written(folder, csv_of(rows)), subjects=["dog"])) == WANTED[1:]
    assert keys(find(folder, manifest=written(folder, csv_of(ROWS)), prompts=[3])) == WANTED[:1]


def test_prompts_from_1_are_recognised_or_doubtful_as_in_names(folder: Path) -> None:
    touch(folder, *(f"{prompt}.png" for prompt in range(1, 26)))
    rows = [{"path": f"{prompt}.png", "subject": "dog", "prompt": prompt, "index": 0} for prompt in range(1, 26)]
    assert [key[1] for key in keys(find(folder, manifest=written(folder, csv_of(rows))))] == list(range(25))
    assert not find(folder, manifest=written(folder, csv_of(rows[:5]))).prompts_named
    with pytest.raises(UserError, match=r"selected; check both \(prompts count from 0\)\."):
        find(folder, manifest=written(folder, csv_of(rows[:1])), prompts=[0])


def outside(path: str) -> str:
    return csv_of([ROWS[0] | {"path": path}])


BAD: dict[str, tuple[str, str]] = {
    "empty": ("", "lists no image"),
    "header alone": ("path,subject,prompt,index\n", "lists no image"),
    "no path": ("file_name,subject,prompt\na.png,dog,0\n", "has no column 'path'; it has file_name, prompt, subject"),
    "no subject": ("path,prompt\na.png,0\n", "has no column 'subject'"),
    "too many values": ("path,subject,prompt\na.png,dog,a dog, in the snow\n", "line 2 of .* has 4 values, but the header 3"),
    "unclosed quote": ('path,subject,prompt\n"a.png,dog,0\n', "is not CSV"),
    "column twice": ("path,path,subject,prompt\na.png,a.png,dog,0\n", "names a column twice"),
    "empty value": ("path,subject,prompt\n,dog,0\n", "line 2 of .* has no path; give every image one"),
    "JSON list": ("[]", "is a JSON list; write one object a line"),
    "broken JSON": ('{"path": \n', "line 1 of .* is not valid JSON"),
    "no object": ('{"path": "a.png", "subject": "dog", "prompt": 0}\n3\n', "line 2 of .* is no JSON object"),
    "list in JSON": ('{"path": ["a.png"], "subject": "dog", "prompt": 0}\n', "line 1 of .* has the path"),
    "unknown subject": ("path,subject,prompt\na.png,dgo,0\n", "line 2 of .*no subject 'dgo'; did you mean 'dog'"),
    "index of words": ("path,subject,prompt,index\na.png,dog,0,first\n", "line 2 of .* has the index 'first'"),
    "negative index": ("path,subject,prompt,index\na.png,dog,0,-1\n", "line 2 of .* has the index '-1'"),
    "file twice": (
        "path,subject,prompt,index\na.png,dog,0,0\n./a.png,dog,0,1\n",
        "line 2 of .* and line 3 of .* name the",
    ),
    "image twice": (
        "path,subject,prompt,index\na.png,dog,0,0\nsub/b.jpg,dog,0,0\n",
        "line 2 .* and line 3 .* are the same",
    ),
    "texts and numbers": ("path,subject,prompt,index\na.png,dog,0,0\nc d.png,dog,a dog in the snow,0\n", "others are numbers"),
    "no picture": ("path,subject,prompt\nlist.csv,dog,0\n", "does not end in one of .bmp, .jfif"),
    "above": (outside("../../x.png"), "line 2 of .* names ../../x.png, which lies outside of"),
    "absolute": (outside("/etc/x.png"), "names /etc/x.png, which lies outside of"),
    "beside the folder": (outside("../stranger.png"), "which lies outside of"),
    "with a null": ('{"path": "a\\u0000.png", "subject": "dog", "prompt": 0}\n', "characters that cannot be printed"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_wrong_list_is_refused_with_its_line(case: str, folder: Path) -> None:
    touch(folder.parent, "stranger.png")
    text, words = BAD[case]
    with pytest.raises(UserError, match=words):
        find(folder, manifest=written(folder, text))


def test_a_list_that_is_none_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="does not exist; give a CSV file or JSON lines"):
        find(folder, manifest=folder / "gone.csv")
    with pytest.raises(UserError, match="is a folder"):
        find(folder, manifest=folder)
    (folder / "latin.csv").write_bytes("path,subject,prompt\ncafé.png,dog,0\n".encode("latin-1"))
    with pytest.raises(UserError, match=r"is not UTF-8 text .*; save it as UTF-8"):
        find(folder, manifest=folder / "latin.csv")
    monkeypatch.setattr("dreambench.benchmark.layouts.manifest_rows.MAX_ROWS", 2)
    with pytest.raises(UserError, match="has more than 2 rows"):
        find(folder, manifest=written(folder, csv_of(ROWS)))
    monkeypatch.setattr("dreambench.benchmark.layouts.manifest_rows.MAX_BYTES", 20)
    with pytest.raises(UserError, match="is larger than 0 MB"):
        find(folder, manifest=written(folder, csv_of(ROWS)))


def test_links_out_of_the_folder_are_refused_and_never_opened(folder: Path) -> None:
    touch(folder.parent / "secret", "key.png")
    (folder / "link.png").symlink_to(folder.parent / "secret/key.png")
    (folder / "way").symlink_to(folder.parent / "secret")
    rows = [ROWS[0], ROWS[1] | {"path": "link.png"}, ROWS[2] | {"path": "way/key.png"}]
    found = find(folder, manifest=written(folder, csv_of(rows)))
    assert found.refused == (("link.png", "is a link out of the folder"), ("way/key.png", "is a link out of the folder"))
    assert keys(found) == [("dog", 0, 0)]


def test_a_file_that_is_gone_stays_listed_so_that_it_is_named(folder: Path) -> None:
    (folder / "a.png").unlink()
    assert keys(find(folder, manifest=written(folder, csv_of(ROWS)))) == WANTED


def test_only_one_way_of_naming_is_taken(folder: Path) -> None:
    with pytest.raises(UserError, match="--pattern and --manifest both say how images are named; give one of them"):
        find(folder, "{subject}/{prompt}.{ext}", manifest=folder / "x.csv")
