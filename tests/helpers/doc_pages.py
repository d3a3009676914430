"""Markdown pages as tests read them: fenced blocks from top to bottom, with the marks that stand right above them.

A mark is an HTML comment, which readers of the page do not see:

- `<!-- not run: needs a GPU -->` above a block that cannot run here; the reasons are REASONS.
- `<!-- exits with: 1 -->` above a block of commands whose last one says no.
- `<!-- needs: my_images, runs/mini-dreambooth-seed0 -->` anywhere: what lies in the folder before the page begins.

A block whose info string or first comment names a file (`# mine.toml`) is written to that file. TOML that is a part of a file
says of which: `# protocol`, `# suite` or `# pyproject`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

#: Why a block may be left out.
REASONS: Final = (
    "needs a GPU",
    "needs the network",
    "needs the photos",
    "takes minutes",
    "installs packages",
    "changes this repository",
    "for GitHub",
)
#: Languages whose blocks are run; others are written to a file or, as "text", only shown.
RUN: Final = ("bash", "python")
SHOWN: Final = "text"
_MARK: Final = re.compile(r"<!--\s*(not run|exits with|needs):\s*(.*?)\s*-->")
_FILE_NAME: Final = re.compile(r"^[\w./-]+\.(toml|py|json|yaml|yml|txt|sh)$")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        language: the first word of its info string.
        text: its lines.
        line: of the page on which the text begins, from 1.
        file: the file that it is written to, relative to the page's folder; None for one that is run or shown.
        not_run: why it is not run; None for one that is.
        exit_code: of its last command.
    """

    language: str
    text: str
    line: int
    file: str | None = None
    not_run: str | None = None
    exit_code: int = 0


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        path: of its file.
        blocks: from top to bottom.
        needs: what lies in the folder before it begins.
        indented: lines of blocks that are indented instead of fenced, which no test runs.
        spans: code within sentences.
    """

    path: Path
    blocks: tuple[Block, ...]
    needs: tuple[str, ...]
    indented: tuple[int, ...]
    spans: tuple[str, ...]


def read_page(path: Path) -> Page:
    """Read a page's blocks and marks."""
    blocks: list[Block] = []
    needs: list[str] = []
    indented: list[int] = []
    spans: list[str] = []
    marks: dict[str, str] = {}
    for token in MarkdownIt().enable("table").parse(path.read_text(encoding="utf-8")):
        first = token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            found = dict(_MARK.findall(token.content))
            needs += [name.strip() for name in found.pop("needs", "").split(",") if name.strip()]
            marks |= found
        elif token.type == "fence":
            blocks.append(_block(token.info, token.content, first + 1, marks))
            marks = {}
        elif token.type == "code_block":
            indented.append(first)
        elif token.type == "inline":
            spans += [child.content for child in token.children or () if child.type == "code_inline"]
        if marks and token.content and token.type not in ("html_block", "fence"):
            raise ValueError(f"{path}:{first}: a mark stands above something else than a block: {marks}")
    return Page(path, tuple(blocks), tuple(needs), tuple(indented), tuple(spans))


def _block(info: str, text: str, line: int, marks: dict[str, str]) -> Block:
    language, *rest = info.split() or [""]
    first = text.lstrip().partition("\n")[0]
    names = [word for word in (*rest, *([first.removeprefix("#").strip()] if first.startswith("#") else [])) if _is_file(word)]
    return Block(
        language=language,
        text=text,
        line=line,
        file=names[0] if names else None,
        not_run=marks.get("not run"),
        exit_code=int(marks.get("exits with", "0")),
    )


def _is_file(word: str) -> bool:
    return _FILE_NAME.match(word) is not None
