"""The leaderboard's files: strangers' text stays text, ranks show their doubt, the literature stands apart, no link is dead."""

import csv
import json
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from dreambench.reports.cells import Cell, Column
from dreambench.reports.leaderboard import (
    LEADERBOARD,
    BoardPage,
    Entry,
    Leaderboard,
    RankedCell,
    Thumbnail,
    as_space,
    write_leaderboard,
)
from dreambench.reports.page.contents import PagePlot, PageProtocol
from dreambench.reports.published import PublishedRow

HOSTILE = """<img src=x onerror=alert(1)>"' onclick='x' </script><script>alert(2)</script>{{ 7*7 }}&amp;"""
FORMULAS = ("=HYPERLINK(1)", "+1+cmd|x", "-2+3", "@SUM(A1)")
COLUMNS = (
    Column("dino", "DINO", True, "image_similarity", "likeness"),
    Column("pres", "PRES", False, "prior_similarity", "prior collapse"),
)
SVG = b'<svg viewBox="0 0 540 400" xmlns="http://www.w3.org/2000/svg"></svg>'


@dataclass(frozen=True)
class Ranks:
    """A rank with its interval."""

    rank: int
    low: int
    high: int


@dataclass(frozen=True)
class Subject:
    """A subject's scores."""

    class_noun: str
    kind: str
    n_images: int
    scores: dict[str, float | None]


@dataclass(frozen=True)
class Refused:
    """A refused file."""

    file: str
    reason: str


#: Mean, low and high of DINO, then its rank with the interval; worked out by no program.
DINO = {
    "first": RankedCell(Cell(0.9, 0.85, 0.95), Ranks(1, 1, 1)),
    "tied a": RankedCell(Cell(0.71, 0.6, 0.8), Ranks(2, 2, 3)),
    "tied b": RankedCell(Cell(0.7, 0.6, 0.8), Ranks(3, 2, 3)),
    "same a": RankedCell(Cell(0.5, 0.4, 0.6), Ranks(4, 4, 4)),
    "same b": RankedCell(Cell(0.5, 0.4, 0.6), Ranks(4, 4, 4)),
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
        if tag not in ("meta", "link", "input", "img", "line"):
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
        "base_model": "SD 1.5",
        "training": "tuned",
        "day": "2026-07-30",
        "cells": {"dino": dino},
        "per_kind": {"live": {"dino": Cell(0.8, 0.7, 0.9)}, "object": {"dino": Cell(0.6)}},
        "subjects": {"dog": Subject("dog", "live", 4, {"dino": 0.8, "pres": None})},
        "settings": {"steps": "100"},
        "facts": {"seed": "0"},
        "commands": ("bench run --method lora",),
        "sentences": ("Means are made anew.",),
    }
    return Entry(name=name, slug=slug, **(made | changes))


def board(slug: str, entries: tuple[Entry, ...], **more: Any) -> BoardPage:
    protocol = PageProtocol("miniature", "0123456789ab", ("Pools over images.",))
    return BoardPage(
        slug, f"{slug} on mini", protocol, "mini, checksum 0", "1 subject, 1 prompt each", COLUMNS, entries, **more
    )


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
    second = (entry("alone", "alone", dino=RankedCell(Cell(0.3, 0.2, 0.4), Ranks(1, 1, 1))),)
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
        base_model=HOSTILE,
        training=HOSTILE,
        apart=HOSTILE,
        same_images=(HOSTILE,),
        n_same_images=1,
        thumbnails=(Thumbnail(HOSTILE, b"RIFF....WEBP"),),
        subjects={HOSTILE: Subject(HOSTILE, HOSTILE, 4, {"dino": 0.8})},
        settings={HOSTILE: HOSTILE},
        facts={HOSTILE: HOSTILE},
        commands=(HOSTILE,),
        sentences=(HOSTILE,),
    )
    formulas = tuple(
        entry(text, f"formula-{place}", dino=DINO["none"], authors=text, method=text, suite=text)
        for place, text in enumerate(FORMULAS)
    )
    columns = (replace(COLUMNS[0], label=HOSTILE, measures=HOSTILE), COLUMNS[1])
    one = BoardPage(
        "one",
        HOSTILE,
        PageProtocol(HOSTILE, "0123456789ab", (HOSTILE,)),
        HOSTILE,
        HOSTILE,
        columns,
        (theirs, *formulas),
        apart=(replace(theirs, slug="apart"),),
        beside={HOSTILE: {"dino": Cell(0.9)}},
        plot=PagePlot(HOSTILE, HOSTILE, SVG, SVG, "image/svg+xml", "trade_off"),
    )
    write_leaderboard(leaderboard(one, title=HOSTILE, refused=(Refused(HOSTILE, HOSTILE),)), out, of=as_space(LEADERBOARD))
    return out


def pages(out: Path) -> list[Path]:
    return sorted(out.rglob("*.html"))


def test_what_strangers_write_is_text_and_never_an_element(hostile: Path, ranked: Path) -> None:
    (usual, *_) = [Page(file) for file in pages(ranked) if file.parent.name == "methods"]
    scripts = sum(tag == "script" for tag, _ in usual.elements)
    assert len(pages(hostile)) == 1 + 2 + len(FORMULAS)
    for file in pages(hostile):
        page = Page(file)
        assert not [tag for tag, _ in page.elements if tag in ("iframe", "object", "base")]
        pictures = [found.get("src") or "" for tag, found in page.elements if tag == "img"]
        assert all(source.removeprefix("../").startswith(("thumbnails/", "plots/")) for source in pictures)
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
    assert [row["name"] for row in rows] == [HOSTILE, *(f"'{text}" for text in FORMULAS), HOSTILE]
    for row in rows:
        for column in ("name", "authors", "url", "method", "suite", "base_model", "training", "apart", "same_images_as"):
            assert row[column][:1] not in ("=", "+", "-", "@", "\t", "\r"), column
    assert rows[0]["url"] == "https://example.org/a?b=1&c=2"
    record = json.loads((hostile / "data/one.json").read_text())
    assert [each["name"] for each in record["submissions"]] == [HOSTILE, *FORMULAS, HOSTILE]  # a program gets what was written


def test_ranks_are_shown_with_their_interval_and_ties_as_ties(ranked: Path) -> None:
    rows = Page(ranked / "index.html").body("board-one")
    shown = {row.head["a"]: row.head["rank"] for row in rows}
    assert shown == {"first": "1", "tied a": "2–3", "tied b": "2–3", "same a": "4", "same b": "4", "none": "–"}
    assert list(shown) == list(DINO)  # in the order of the records
    firsts = [row.head["a"] for row in rows if "top" in (row.cells[3][0].get("class") or "").split()]
    assert firsts == ["first"]
    about, dino, pres = rows[0].cells[:3], rows[0].cells[3], rows[0].cells[4]
    assert [text for _, text in about] == ["SD 1.5", "tuned", "2026-07-30"]
    assert dino[1].startswith("0.9")
    assert "0.85" in dino[1]
    assert rows[-1].cells[3][1] == "–"
    assert all(row.cells[4][1] == "–" for row in rows)  # nobody has a PRES
    assert pres[0]["data-label"] == "PRES ↓"
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
        own = (None, None, None) if ranks.ranks is None else (ranks.ranks.rank, ranks.ranks.low, ranks.ranks.high)
        values = (cell.mean, cell.low, cell.high, *own)
        keys = ("dino", "dino_low", "dino_high", "dino_rank", "dino_rank_low", "dino_rank_high")
        assert [rows[name][key] for key in keys] == ["" if value is None else str(value) for value in values]
        assert scores[name]["mean"] == cell.mean
        assert (scores[name]["ci95"], scores[name]["rank"]) == ([cell.low, cell.high], own[0])
        assert scores[name]["rank_interval"] == [*own[1:]]
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
    readme = {out.resolve() / "README.md"} if kind == "hostile" else set()  # of a Space; the Hub reads it
    assert written == reached | readme  # nothing else that no page leads to


def test_an_earlier_methods_page_is_gone_with_its_method(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("old", "new"):
        write_leaderboard(leaderboard(board("one", (entry(name, name, dino=DINO["first"]),))), out)
    assert [path.name for path in pages(out)] == ["index.html", "new.html"]


def test_what_stands_apart_is_below_the_ranked_ones_and_has_no_rank(tmp_path: Path) -> None:
    copier = entry("copier", "copier", dino=RankedCell(Cell(0.99, 0.98, 1.0)), apart="near-copies of the reference images")
    made = board(
        "one",
        (entry("first", "first", dino=DINO["first"]),),
        apart=(copier,),
        beside={"real_images": {"dino": Cell(0.95, 0.9, 0.97)}},
    )
    write_leaderboard(leaderboard(made), tmp_path / "out")
    rows = Page(tmp_path / "out/index.html").body("board-one")
    assert [row.head["rank"] for row in rows] == ["1", "–", "–"]
    assert [row.head.get("a", row.head["span"]) for row in rows][:2] == ["first", "copier"]
    assert "no rank: near-copies" in rows[1].head["span"]
    assert "Real images" in rows[2].head["span"]
    assert [row.cells[3][1][:4] for row in rows] == ["0.90", "0.99", "0.95"]
    assert "data-search" not in rows[2].attributes  # nobody sent it, so no filter hides it
    assert "It has no rank: near-copies" in (tmp_path / "out/methods/copier.html").read_text()
    (record,) = json.loads((tmp_path / "out/leaderboard.json").read_text())["boards"]
    assert [sent["apart"] for sent in record["submissions"]] == [None, "near-copies of the reference images"]
    assert list(record["yardsticks"]) == ["real_images"]


def test_those_with_the_same_images_are_named_and_a_crowd_is_counted(tmp_path: Path) -> None:
    crowd = tuple(f"m{number}" for number in range(10))
    made = entry("one of many", "one", dino=DINO["first"], same_images=crowd, n_same_images=100)
    two = entry("one of two", "two", dino=DINO["tied a"], same_images=("other",), n_same_images=1)
    write_leaderboard(leaderboard(board("one", (made, two))), tmp_path / "out")
    first, second = Page(tmp_path / "out/index.html").body("board-one")
    assert "same images as m0, m1, m2 and 97 more" in first.head["span"]
    assert "same images as other" in second.head["span"]
    assert "more" not in second.head["span"]


def test_columns_that_nobody_fills_are_not_there(tmp_path: Path) -> None:
    bare = entry("bare", "bare", dino=DINO["first"], base_model="", training="", day="")
    write_leaderboard(leaderboard(board("one", (bare,))), tmp_path / "out")
    page = Page(tmp_path / "out/index.html")
    assert len(page.body("board-one")[0].cells) == len(COLUMNS)
    assert "Base model" not in page.texts["label"]
    linked = entry("linked", "linked", dino=DINO["first"], url="https://www.example.org/paper")
    write_leaderboard(leaderboard(board("one", (linked, bare))), tmp_path / "out")
    rows = Page(tmp_path / "out/index.html").body("board-one")
    assert [row.cells[3][0]["data-sort"] for row in rows] == ["example.org", ""]
    assert [row.attributes["data-linked"] for row in rows] == ["1", "0"]
