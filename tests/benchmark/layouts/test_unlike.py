"""Where no image is found, one that was seen is named, with what is wrong with its name and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from named_images import find, touch

from dreambench.dataset.errors import UserError


def named(*names: str) -> Callable[[Path], object]:
    return lambda folder: touch(folder, *names)


def linked(folder: Path) -> None:
    touch(folder.parent / "snapshot", "00/0.png")
    (folder / "dog").symlink_to(folder.parent / "snapshot")


def without_ending(folder: Path) -> None:
    touch(folder, "a.txt", "dog/00/0.png")
    (folder / "dog/00/0.png").rename(folder / "dog/00/0")


def empty_below(folder: Path) -> None:
    (folder / "dog/00").mkdir(parents=True)


CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "GIF": (named("dog/00/0.gif", "dog/00/1.gif"), "dog/00/0.gif is a GIF, which is not read: convert the pictures to PNG."),
    "HEIC": (named("dog/00/0.HEIC"), "dog/00/0.HEIC is a HEIC, which is not read: convert"),
    "seed as index": (
        named("dog/00/1234567890.png"),
        "dog/00/1234567890.png, for one, is not: its index 1234567890 has 10 digits; if that is a seed, write {seed}",
    ),
    "prompt too long": (named("dog/00001/0.png"), "its prompt's number 00001 has 5 digits;"),
    "prompt by text": (
        named("dog/a dog in the snow/0.png"),
        "where its prompt's number belongs, there is 'a dog in the snow'; write {prompt_text} in place of {prompt}",
    ),
    "index by word": (named("dog/00/final.png"), "where the image's number belongs, there is 'final'; rename it, or list"),
    "linked folder": (linked, "dog is a link to a folder, which is not followed: copy what the links lead to with `cp -rL "),
    "deeper": (named("out/images/dog/00/0.png"), "it lies 2 folders deeper; give "),
    "no folders": (named("0.png"), "0.png, for one, is not: say how images are named with --pattern or --layout"),
    "no picture": (named("notes.txt", "more.txt"), "check the folder, which holds no picture but more.txt and others."),
    "no ending": (without_ending, "dog/00/0, for one, is a PNG whose name does not say so: let it end in .png."),
    "hidden": (named(".out/dog/00/0.png"), "check the folder, which holds only empty or hidden folders and hidden files"),
    "empty folders": (empty_below, "which holds only empty or hidden folders"),
    "empty": (lambda folder: folder, "; check the folder, which is empty."),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_reason_is_told(case: str, tmp_path: Path) -> None:
    make, words = CASES[case]
    folder = tmp_path / "images"
    folder.mkdir()
    make(folder)
    with pytest.raises(UserError) as error:
        find(folder)
    assert str(error.value).startswith(f"No image below {folder} has a name like {{subject}}/{{prompt}}/{{index}}.{{ext}}; ")
    assert words in str(error.value)


def test_a_folder_too_low_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "dog/00/0.png")
    with pytest.raises(UserError, match=f"the pattern begins a folder higher; give {tmp_path}"):
        find(tmp_path / "dog")


def test_another_ending_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "dog/00/0.png")
    with pytest.raises(UserError, match=r"it ends in .png; write {ext} in place of jpg"):
        find(tmp_path, "{subject}/{prompt}/{index}.jpg")


def test_what_the_selection_leaves_out_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "dog/01/0.png")
    with pytest.raises(UserError, match=r"is of the subjects and prompts that are selected: dog/01/0\.png, for one, is not"):
        find(tmp_path, subjects=["can"])
    with pytest.raises(UserError, match=r"prompts count from 0, and \{prompt_from_1\} in --pattern from 1"):
        find(tmp_path, prompts=[0])


def test_a_linked_folder_is_told_where_the_selection_leaves_out_what_there_is_besides(tmp_path: Path) -> None:
    touch(tmp_path / "here", "can/00/0.png")
    touch(tmp_path / "there", "00/0.png")
    (tmp_path / "here/dog").symlink_to(tmp_path / "there")
    with pytest.raises(UserError, match=r"of the subjects that are selected; dog is a link to a folder.*`cp -rL "):
        find(tmp_path / "here", subjects=["dog"])


def test_other_pictures_and_links_are_left_alone_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "dog/00/0.png", "dog/00/1.gif", "grid.png")
    linked_to = touch(tmp_path.parent / f"{tmp_path.name}-other", "00/0.png")
    (tmp_path / "can").symlink_to(linked_to)
    assert find(tmp_path).others == ("can (a link to a folder)", "grid.png", "dog/00/1.gif")


def test_a_pattern_of_windows_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "dog/00/0.png")
    with pytest.raises(UserError, match=r"dog/00/0.png, for one, is not: write / in place of \\ in --pattern\."):
        find(tmp_path, "{subject}\\{prompt}\\{index}.{ext}")


def test_what_file_managers_leave_is_no_image(tmp_path: Path) -> None:
    touch(tmp_path, "dog/00/0.png", "@eaDir/00/0.png", "__MACOSX/00/0.png", "dog/00/._0.png")
    found = find(tmp_path, "{any}/{prompt}/{index}.{ext}", subjects=["dog"])
    assert [Path(path).relative_to(tmp_path).as_posix() for path in found.images["path"]] == ["dog/00/0.png"]
