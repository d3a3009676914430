"""The leaderboard's files: strangers' text stays text, ranks show their doubt, the literature stands apart, no link is dead."""

import csv
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from dreambench.reports.comparison.records import PublishedRow
from dreambench.reports.leaderboard import BoardPage, Entry, Leaderboard, RankedCell, Refused, SubjectScores, write_leaderboard
from dreambench.reports.page.records import PageColumn, PageProtocol
from dreambench.reports.records import Cell, Column

HOSTILE = """<img src=x onerror=alert(1)>"' onclick='x' </script><script>alert(2)</script>{{ 7*7 }}&amp;"""
FORMULAS = ("=HYPERLINK(1)", "+1+cmd|x", "-2+3", "@SUM(A1)")
COLUMNS = (
    PageColumn(Column("dino", "DINO", True), "likeness", False),
    PageColumn(Column("pres", "PRES", False), "prior collapse", False),
)
#: Mean, low and high of DINO, then its rank with the interval; worked out by no program.
DINO = {
    "first": RankedCell(Cell(0.9, 0.85, 0.95), 1, 1, 1),
    "tied a": RankedCell(Cell(0.71, 0.6, 0.8), 2, 2, 3),
    "tied b": RankedCell(Cell(0.7, 0.6, 0.8), 3, 2, 3),
    "same a": RankedCell(Cell(0.5, 0.4, 0.6), 4, 4, 4),
    "same b": RankedCell(Cell(0.5, 0.4, 0.6), 4, 4, 4),
    "none": RankedCell(Cell(None)),
}


class Row:
    """A row of a table: its heading's parts, and its cells, as attributes and text."""

    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.attributes = attributes
        self.head: dict[str, str] = {}
        self.cells: list[tuple[dict[str, str | None], str]] = []


class Page(HTMLParser):
    """Elements, texts and tables of a page, read as a browser would."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.sections: dict[str, list[Row]] = {}
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._section = ""
        self.feed(file.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag not in ("meta", "link", "input", "img"):
            self._open.append((tag, found))
        if tag == "section":
            self._section = found.get("id") or ""
        rows = self.sections.setdefault(self._section, [])
        if tag == "tr":
            rows.append(Row(found))
        if tag == "td" and rows:
            rows[-1].cells.append((found, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in [each for each, _ in self._open]:
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        tag, attributes = self._open[-1] if self._open else ("", {})
        self.texts[tag] = self.texts.get(tag, "") + data
        rows = self.sections.get(self._section, [])
        if rows and "td" in tags:
            found, text = rows[-1].cells[-1]
            rows[-1].cells[-1] = (found, text + data)
        elif rows and "th" in tags:
            part = "rank" if "rank" in (attributes.get("class") or "").split() else tag
            rows[-1].head[part] = rows[-1].head.get(part, "") + data

    def body(self, section: str) -> list[Row]:
        """Rows of a section's table, its head left out."""
        return [row for row in self.sections[section] if row.cells]

    def ids(self) -> set[str]:
        return {found["id"] for _, found in self.elements if found.get("id")}  # type: ignore[misc]


def entry(name: str, slug: str, *, dino: RankedCell, **changes: Any) -> Entry:
    made: dict[str, Any] = {
        "authors": "Someone",
        "url": None,
        "method": "lora",
        "suite": "mini",
        "cells": {"dino": dino},
        "per_kind": {"live": {"dino": Cell(0.8, 0.7, 0.9)}, "object": {"dino": Cell(0.6)}},
        "subjects": (SubjectScores("dog", "dog", "live", 4, {"dino": 0.8, "pres": None}),),
        "settings": {"steps": "100"},
        "facts": {"seed": "0"},
        "commands": ("bench run --method lora",),
        "sentences": ("Means are made anew.",),
    }
    return Entry(name=name, slug=slug, **(made | changes))


def board(slug: str, entries: tuple[Entry, ...]) -> BoardPage:
    protocol = PageProtocol("miniature", "0123456789ab", ("Pools over images.",))
    return BoardPage(slug, f"{slug} on mini", protocol, "mini, checksum 0", "1 subject, 1 prompt each", COLUMNS, entries)


def leaderboard(*boards: BoardPage, **changes: Any) -> Leaderboard:
    made: dict[str, Any] = {
        "title": "Leaderboard",
        "published": (PublishedRow("Paper's method", "Imagen", {"dino": Cell(0.999)}, "Table 1", "unknown"),),
        "refused": (Refused("odd.json", "It is no submission."),),
        "made_with": "dreambench 1",
    }
    return Leaderboard(boards=boards, **(made | changes))


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two boards of methods with harmless names."""
    out = tmp_path_factory.mktemp("ranked") / "out"
    entries = tuple(entry(name, name.replace(" ", "-"), dino=dino) for name, dino in DINO.items())
    second = (entry("alone", "alone", dino=RankedCell(Cell(0.3, 0.2, 0.4), 1, 1, 1)),)
    write_leaderboard(leaderboard(board("one", entries), board("two", second)), out)
    return out


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leaderboard in which every text that a stranger chooses is hostile."""
    out = tmp_path_factory.mktemp("hostile") / "out"
    theirs = entry(
        HOSTILE,
        "theirs",
        dino=DINO["first"],
        authors=HOSTILE,
        url="https://example.org/a?b=1&c=2",
        method=HOSTILE,
        suite=HOSTILE,
        per_kind={HOSTILE: {"dino": Cell(0.5)}},
        subjects=(SubjectScores(HOSTILE, HOSTILE, HOSTILE, 4, {"dino": 0.8}),),
        settings={HOSTILE: HOSTILE},
        facts={HOSTILE: HOSTILE},
        commands=(HOSTILE,),
        sentences=(HOSTILE,),
    )
    formulas = tuple(
        entry(text, f"formula-{place}", dino=DINO["none"], authors=text, method=text, suite=text)
        for place, text in enumerate(FORMULAS)
    )
    one = BoardPage(
        "one", HOSTILE, PageProtocol(HOSTILE, "0123456789ab", (HOSTILE,)), HOSTILE, HOSTILE, COLUMNS, (theirs, *formulas)
    )
    write_leaderboard(leaderboard(one, title=HOSTILE, refused=(Refused(HOSTILE, HOSTILE),)), out)
    return out


def pages(out: Path) -> list[Path]:
    return sorted(out.rglob("*.html"))


def test_what_strangers_write_is_text_and_never_an_element(hostile: Path, ranked: Path) -> None:
    (usual, *_) = [Page(file) for file in pages(ranked) if file.parent.name == "methods"]
    scripts = sum(tag == "script" for tag, _ in usual.elements)
    assert len(pages(hostile)) == 1 + 1 + len(FORMULAS)
    for file in pages(hostile):
        page = Page(file)
        assert not [tag for tag, _ in page.elements if tag in ("img", "iframe", "object", "base")]
        assert not [key for _, found in page.elements for key in found if key.startswith("on") or key == "style"]
        assert sum(tag == "script" for tag, _ in page.elements) == scripts
        assert "alert" not in page.texts["script"]
    index, theirs = Page(hostile / "index.html"), Page(hostile / "methods/theirs.html")
    assert index.body("board-one")[0].attributes["data-method"] == HOSTILE
    assert index.body("board-one")[0].head["a"] == HOSTILE
    assert theirs.texts["pre"] == HOSTILE
    assert HOSTILE in theirs.texts["h1"]
    assert "49" not in theirs.texts["h1"]


def test_no_cell_of_a_spreadsheet_begins_a_formula(hostile: Path) -> None:
    with (hostile / "data/one.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [HOSTILE, *(f"'{text}" for text in FORMULAS)]
    for row in rows:
        for column in ("name", "authors", "url", "method", "suite"):
            assert row[column][:1] not in ("=", "+", "-", "@", "\t", "\r"), column
    assert rows[0]["url"] == "https://example.org/a?b=1&c=2"
    record = json.loads((hostile / "data/one.json").read_text())
    assert [each["name"] for each in record["submissions"]] == [HOSTILE, *FORMULAS]  # a program gets what was written


def test_ranks_are_shown_with_their_interval_and_ties_as_ties(ranked: Path) -> None:
    rows = Page(ranked / "index.html").body("board-one")
    shown = {row.head["a"]: row.head["rank"] for row in rows}
    assert shown == {"first": "1", "tied a": "2–3", "tied b": "2–3", "same a": "4", "same b": "4", "none": "–"}
    assert list(shown) == list(DINO)  # in the order of the records
    firsts = [row.head["a"] for row in rows if "top" in (row.cells[0][0].get("class") or "").split()]
    assert firsts == ["first"]
    assert rows[0].cells[0][1].startswith("0.9")
    assert "0.85" in rows[0].cells[0][1]
    assert rows[-1].cells[0][1] == "–"
    assert all(text == "–" for row in rows for _, text in row.cells[1:])  # nobody has a PRES
    tied = Page(ranked / "methods/tied-b.html")
    assert "rank 2–3" in tied.body("scores")[0].cells[0][1]
    assert not [text for row in tied.body("scores")[1:] for _, text in row.cells if "rank" in text]  # kinds are not ranked


def test_downloads_have_the_numbers_and_ranks_of_the_records(ranked: Path) -> None:
    with (ranked / "data/one.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    boards = {each["title"]: each for each in json.loads((ranked / "leaderboard.json").read_text())["boards"]}
    assert boards["one on mini"] == json.loads((ranked / "data/one.json").read_text())
    scores = {each["name"]: each["scores"]["dino"] for each in boards["one on mini"]["submissions"]}
    assert list(rows) == list(scores) == list(DINO)
    for name, ranks in DINO.items():
        cell = ranks.cell
        values = (cell.mean, cell.low, cell.high, ranks.rank, ranks.low, ranks.high)
        keys = ("dino", "dino_low", "dino_high", "dino_rank", "dino_rank_low", "dino_rank_high")
        assert [rows[name][key] for key in keys] == ["" if value is None else str(value) for value in values]
        assert scores[name]["mean"] == cell.mean
        assert (scores[name]["ci95"], scores[name]["rank"]) == ([cell.low, cell.high], ranks.rank)
        assert scores[name]["rank_interval"] == [ranks.low, ranks.high]
    own = json.loads((ranked / "methods/first.json").read_text())
    assert own["subjects"]["dog"]["scores"] == {"dino": 0.8, "pres": None}


def test_the_literature_stands_apart_and_has_no_rank(ranked: Path, tmp_path: Path) -> None:
    page = Page(ranked / "index.html")
    assert "Paper's method" not in {row.head.get("a") for each in ("board-one", "board-two") for row in page.body(each)}
    (row,) = page.body("literature")
    assert row.head["th"] == "Paper's method (Imagen)"
    assert "rank" not in row.head
    assert all(found["data-ranks"] == "–" and "top" not in (found.get("class") or "") for found, _ in row.cells)
    record = json.loads((ranked / "leaderboard.json").read_text())
    assert [each["method"] for each in record["published"]] == ["Paper's method"]
    assert "rank" not in json.dumps(record["published"])
    assert "Paper" not in (ranked / "data/one.csv").read_text()
    plain = leaderboard(board("one", (entry("a", "a", dino=DINO["first"]),)), published=(), refused=())
    write_leaderboard(plain, tmp_path / "out")
    assert {"literature", "refused"} & Page(tmp_path / "out/index.html").ids() == set()


def test_refused_files_are_listed_with_their_reason(ranked: Path) -> None:
    page = Page(ranked / "index.html")
    assert "odd.json" in page.texts["code"]
    assert "It is no submission." in page.texts["li"]
    assert json.loads((ranked / "leaderboard.json").read_text())["refused"] == [
        {"file": "odd.json", "reason": "It is no submission."}
    ]


@pytest.mark.parametrize("kind", ["ranked", "hostile"])
def test_every_link_leads_to_a_file_and_a_place_that_are_there(kind: str, request: pytest.FixtureRequest) -> None:
    out: Path = request.getfixturevalue(kind)
    reached = set()
    for file in pages(out):
        page = Page(file)
        for tag, found in page.elements:
            address = found.get("href") or found.get("src") or ""
            parts = urlsplit(address)
            if parts.scheme in ("https", "http"):
                assert "noopener" in (found.get("rel") or "")
                continue
            if parts.scheme == "data":
                assert tag == "link"
                continue
            if not address:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file.resolve()
            assert target.is_file(), f"{file.name} links to {address}"
            assert target.is_relative_to(out.resolve())
            reached.add(target)
            if parts.fragment:
                assert parts.fragment in Page(target).ids(), f"{file.name} links to {address}"
    written = {path.resolve() for path in out.rglob("*") if path.is_file() and not path.name.startswith(".")}
    assert written == reached  # nothing that no page leads to


def test_an_earlier_methods_page_is_gone_with_its_method(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("old", "new"):
        write_leaderboard(leaderboard(board("one", (entry(name, name, dino=DINO["first"]),))), out)
    assert [path.name for path in pages(out)] == ["index.html", "new.html"]
