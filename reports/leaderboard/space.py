"""A leaderboard's folder as a static Space of the Hugging Face Hub: its README.md, whose head says how the Hub shows it.

The head's keys are those of https://huggingface.co/docs/hub/spaces-config-reference.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from dreambench.dataset.harmless import harmless
from dreambench.dataset.words import counted
from dreambench.reports.leaderboard.boards import Leaderboard
from dreambench.reports.page.target_folder import FolderKind

README: Final = "README.md"


def as_space(kind: FolderKind) -> FolderKind:
    """A kind of folder that also holds what the Hub wants of a Space."""
    return replace(kind, entries=kind.entries | {README})


def space_readme(leaderboard: Leaderboard, out: Path) -> bytes:
    """The README.md of a leaderboard's Space: the one that is there, whose head may have been changed by hand, or a new one."""
    there = out / README
    if there.is_file():
        return there.read_bytes()
    title = harmless(leaderboard.title)
    submissions = counted(len(leaderboard.entries), "submission")
    lines = [
        "---",
        f"title: {json.dumps(title, ensure_ascii=False)}",  # JSON's texts are YAML's
        "emoji: 📊",
        "colorFrom: blue",
        "colorTo: indigo",
        "sdk: static",
        "app_file: index.html",
        "pinned: false",
        "tags: [leaderboard, subject-driven-generation]",
        "---",
        "",
        f"The page is index.html, made from {submissions} by {leaderboard.made_with}. Tables to download lie in data/.",
        "This file is kept when the pages are made anew: change its head as you like.",
        "",
    ]
    return "\n".join(lines).encode()
