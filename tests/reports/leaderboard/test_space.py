"""A leaderboard's folder as a static Space: the head of README.md has keys and values that the Hub documents."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dreambench.dataset.errors import UserError
from dreambench.reports.leaderboard import LEADERBOARD, Leaderboard, as_space, write_leaderboard

SPACE = as_space(LEADERBOARD)
#: huggingface.co/docs/hub/spaces-config-reference: the keys of any Space, with their types.
KEYS = {
    "title": str,
    "emoji": str,
    "colorFrom": str,
    "colorTo": str,
    "sdk": str,
    "app_file": str,
    "fullWidth": bool,
    "models": list,
    "datasets": list,
    "tags": list,
    "pinned": bool,
}
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def board(title: str) -> Leaderboard:
    return Leaderboard(title=title, boards=(), published=(), refused=(), made_with="dreambench 0.2.0")


def head(out: Path) -> dict[str, Any]:
    """What the Hub reads."""
    before, text, _ = (out / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert before == ""
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Leaderboard", "Leaderboard"),
        ('a: "b" # {c} \\ --- 名前 🏆', 'a: "b" # {c} \\ --- 名前 🏆'),
        ("two\nlines\x07\x85\u202e", "two\nlines???"),
        ("no", "no"),
    ],
)
def test_the_head_is_what_the_hub_documents_whatever_the_title(title: str, shown: str, tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_leaderboard(board(title), out, of=SPACE)
    found = head(out)
    assert {key: KEYS[key] for key in found} == {key: type(value) for key, value in found.items()}
    assert (found["title"], found["sdk"]) == (shown, "static")
    assert (out / found["app_file"]).is_file()
    assert {found["colorFrom"], found["colorTo"]} <= COLOURS


def test_a_head_that_was_changed_by_hand_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_leaderboard(board("Old"), out, of=SPACE)
    changed = (out / "README.md").read_bytes().replace("📊".encode(), "🏆".encode())
    (out / "README.md").write_bytes(changed)
    write_leaderboard(board("New"), out, of=SPACE)
    assert (out / "README.md").read_bytes() == changed
    assert "New" in (out / "index.html").read_text(encoding="utf-8")


def test_pages_for_any_server_have_no_such_file_and_do_not_take_one_away(tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_leaderboard(board("Plain"), out)
    assert not (out / "README.md").exists()
    (out / "README.md").write_text("somebody's", encoding="utf-8")
    with pytest.raises(UserError, match=r"holds 'README\.md', which is not of a leaderboard"):
        write_leaderboard(board("Plain"), out)
