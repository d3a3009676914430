"""Every command and snippet of the docs runs: page by page, from top to bottom, in an empty folder."""

import re
import shlex
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from command_words import parse
from doc_folder import DocFolder, plain_words
from doc_pages import REASONS, RUN, SHOWN, Page, read_page
from repository import ROOT
from test_house import FLOORS

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.suite import Suite

PAGES = [
    read_page(path)
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "examples").rglob("*.md")),
    )
]
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.relative_to(ROOT).as_posix())


@by_page
def test_a_page_works_from_top_to_bottom(page: Page, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    # Processes of xdist have folders of their own below one that all share.
    shared = tmp_path_factory.getbasetemp()
    shared = (shared.parent if shared.name.startswith("popen-") else shared) / "docs"
    shared.mkdir(exist_ok=True)
    folder = DocFolder(tmp_path, shared=shared)
    with folder.entered():
        folder.bring(page)
        for block in page.blocks:
            if block.not_run is None:
                folder.run(page, block)


def test_a_line_that_needs_a_shell_gets_one() -> None:
    assert plain_words("bench score x --prompts 0,3 --name 'A b'") == [
        "bench",
        "score",
        "x",
        "--prompts",
        "0,3",
        "--name",
        "A b",
    ]
    for line in ("bench suites | head", "bench suites > a.txt", "a && b", "bench score $HOME", "bench compare runs/*"):
        assert plain_words(line) is None


@by_page
def test_a_block_is_run_or_written_or_says_why_not(page: Page) -> None:
    assert not page.indented, f"lines {page.indented} are indented blocks, which no test runs; fence them"
    for block in page.blocks:
        if block.not_run is not None:
            assert block.not_run in REASONS, f"line {block.line}: the reasons are {', '.join(REASONS)}"
        elif block.language == "toml" and block.file is None:
            check_part(block.text)
        else:
            assert block.file or block.language in (*RUN, SHOWN), f"line {block.line} is {block.language!r}"


@by_page
def test_commands_that_are_not_run_have_options_that_exist(page: Page) -> None:
    for block in page.blocks:
        if block.not_run is not None:
            for words in bench_commands(block.text):
                parse(words)


@by_page
def test_commands_in_the_text_have_options_that_exist(page: Page) -> None:
    """`bench check RUN --baseline FILE` in a sentence; what is left out ("...") is not asked for."""
    for span in page.spans:
        for words in bench_commands(span) if span.startswith("bench ") else []:
            try:
                parse([word for word in words if word not in ("...", "--help")])
            except Exception as error:  # click's, or what typer has in its place
                if type(error).__name__ not in ("MissingParameter", "NoArgsIsHelpError"):
                    raise


@by_page
def test_links_lead_to_files(page: Page) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.path.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.path.parent / target).exists(), target


def test_contributing_names_the_rooms_from_the_top_floor_to_the_ground() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("| room |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)/`", text, flags=re.MULTILINE)) == FLOORS


def test_most_blocks_are_run() -> None:
    blocks = [block for page in PAGES for block in page.blocks if block.language in RUN and block.file is None]
    left_out = Counter(block.not_run for block in blocks if block.not_run is not None)
    assert left_out.total() <= len(blocks) / 3, left_out


def check_part(text: str) -> None:
    """A part of a protocol, a suite or a pyproject.toml, as its first comment says, has keys and values that can be."""
    values, first = tomllib.loads(text), text.partition("\n")[0]
    assert first in ("# protocol", "# suite", "# pyproject"), f"say of what it is a part, not {first!r}"
    if first == "# protocol":
        Protocol.model_validate({"name": "page"} | values)
    elif first == "# suite":
        Suite.model_validate({"name": "page", "dataset": "mini", "protocol": "miniature"} | values)


def bench_commands(text: str) -> list[list[str]]:
    """The arguments of each `bench` in a block of shell or a workflow, without pipes and redirections."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|\||[|;]", line):
            words = shlex.split(part.strip().removeprefix("- run:"), comments=True)
            if words and Path(words[0]).name == "bench":
                found.append([word for word in words[1:] if not word.startswith(("<", ">", "2>"))])
    return found


def test_an_option_that_is_gone_is_found() -> None:
    parse(["run", "--method", "dreambooth", "--quick"])
    parse(["dataset", "verify"])
    with pytest.raises(Exception, match="--qiuck"):
        parse(["run", "--method", "dreambooth", "--qiuck"])
