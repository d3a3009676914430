"""Comparisons in every format: the same numbers, marks that mean what the legend says, and nothing cut."""

import csv
import io
import itertools
import json
import math
import re
from dataclasses import dataclass, replace

import pytest
from markdown_it import MarkdownIt
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexMacroNode, LatexWalker
from rich.cells import cell_len
from rich.console import Console

from dreambench.benchmark.statistics import Comparison
from dreambench.reports.cells import Cell, Column
from dreambench.reports.comparison import (
    FORMATS,
    Block,
    ComparedRow,
    ComparisonTable,
    Format,
    Score,
    comparison_view,
    render_comparison,
    stars,
)
from dreambench.reports.escaping import escape_latex, escape_markdown
from dreambench.reports.published import PublishedRow

COLUMNS = (
    Column("dino", "DINO", True),
    Column("clip_i", "CLIP-I", True),
    Column("clip_t", "CLIP-T", True),
    Column("pres", "PRES", False),
    Column("div", "DIV (DINO)", True),
    Column("identification", "Subj. ID", True),
    Column("copy_index", "Copy", False),
)
HOSTILE = (
    "a|b\\|c",
    "<script>alert(1)</script>",
    "*bold* _it_ `code`",
    "[x](http://evil)",
    "=cmd()",
    "50% & #1_{$x$}^~",
    "\\end{tabular}",
)


def significance(p: float) -> Comparison:
    return Comparison("dino", -0.1312, -0.2, -0.05, p, p, 6, 30)


def row(label: str, mean: float, *, rank: int | None = None, tied: bool = False, p: float | None = None) -> ComparedRow:
    against = None if p is None else significance(p)
    scores = {
        column.key: Score(Cell(mean + place / 100, mean - 0.031, mean + 0.0472), rank, tied, against)
        for place, column in enumerate(COLUMNS)
    }
    return ComparedRow(label, f"runs/{label}", "miniature", "abc123", scores)


def table(*rows: ComparedRow, published: bool = False, blocks: int = 1) -> ComparisonTable:
    literature = PublishedRow("DreamBooth", "Imagen", {"dino": Cell(0.696), "div": Cell(0.391)}, "Table 3", "unknown")
    return ComparisonTable(
        columns=COLUMNS,
        blocks=tuple(Block("all" if not place else "kind", f"part {place}", 30, (25, 25), rows) for place in range(blocks)),
        reference=rows[0].label,
        published=(literature,) if published else (),
    )


TABLE = table(row("dream_booth", 0.7312, rank=1), row("second", 0.71, rank=2, tied=True, p=0.004), row("third", 0.5, p=0.2))


@pytest.mark.parametrize(("p", "mark"), [(math.nan, ""), (0.2, ""), (0.05, "*"), (0.01, "**"), (0.0011, "**"), (0.001, "***")])
def test_stars_follow_the_adjusted_p_value(p: float, mark: str) -> None:
    assert stars(Score(Cell(0.5), against=significance(p))) == mark
    assert stars(Score(Cell(0.5))) == ""


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_values_and_the_fingerprint(form: Format) -> None:
    text = render_comparison(TABLE, form=form)
    assert "0.731" in text
    assert "abc123" in text
    assert text.endswith("\n")


def test_best_second_ties_and_significance_are_marked_and_explained() -> None:
    terminal = render_comparison(TABLE, form="table")
    for word in (
        "0.731¹",
        "0.710²≈**",
        "¹: best",
        "²: second",
        "≈: within noise",
        "Against dream_booth",
        "Holm over the metrics",
    ):
        assert word in terminal
    markdown = render_comparison(TABLE, form="markdown")
    assert "**0.731**" in markdown
    assert "<ins>0.710</ins>≈\\*\\*" in markdown
    latex = render_comparison(TABLE, form="latex")
    assert r"\textbf{0.731}" in latex
    assert r"\underline{0.710}$^{\approx}$$^{**}$" in latex


def test_the_terminal_sets_the_best_bold_and_the_second_underlined() -> None:
    console = Console(width=120, file=io.StringIO(), force_terminal=True, color_system="standard", highlight=False)
    console.print(*comparison_view(TABLE, width=120))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[1m0.731" in text
    assert "\x1b[4m0.710" in text


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("label", ["short", "a_method_with_a_name_of_some_forty_letters", "文字" * 20])
def test_no_number_is_cut_at_any_width(width: int, label: str) -> None:
    text = render_comparison(table(row(label, 0.7312, rank=1), row("other", -0.2, p=0.0001)), form="table", width=width)
    assert "…" not in text
    assert max(cell_len(line) for line in text.splitlines()) <= width
    for place in range(len(COLUMNS)):
        assert f"{0.7312 + place / 100:.3f}¹" in text
    assert text.count(".700–.778") == len(COLUMNS)
    assert text.count("-.231–-.153") == len(COLUMNS)
    for column in COLUMNS:
        assert f"{column.label} {'↑' if column.higher_is_better else '↓'}" in text


def test_a_metric_that_a_run_lacks_shows_a_dash_and_one_that_none_has_no_column() -> None:
    lacking = ComparedRow("old", "runs/old", "miniature", "abc123", {"dino": Score(Cell(0.5, 0.4, 0.6))})
    text = render_comparison(table(row("new", 0.7), lacking), form="table")
    old = next(line for line in text.splitlines() if line.startswith("old"))
    assert old.split()[1:] == ["0.500", *["-"] * (len(COLUMNS) - 1)]
    alone = render_comparison(table(lacking), form="table")
    assert "CLIP-I" not in alone


def test_the_literature_is_set_apart_and_its_lpips_is_not_put_under_another_div() -> None:
    both = table(row("mine", 0.7312), published=True)
    for form in ("table", "markdown", "latex"):
        text = render_comparison(both, form=form)  # type: ignore[arg-type]
        assert text.index("0.731") < text.index("not comparable") < text.index("0.696")
        assert "protocol unknown" in text
    latex = next(line for line in render_comparison(both, form="latex").splitlines() if line.startswith("DreamBooth"))
    assert latex == r"DreamBooth, Imagen$^{1}$ & 0.696 & -- & -- & -- & -- & -- & -- \\"
    record = list(csv.DictReader(io.StringIO(render_comparison(both, form="csv"))))[-1]
    assert (record["div"], record["div:DIV"], record["protocol"]) == ("", "0.391", "unknown")
    published = json.loads(render_comparison(both, form="json"))["published"]
    assert published[0]["metrics"] == {"dino": 0.696, "div": 0.391}


def test_mixed_fingerprints_are_marked_row_by_row() -> None:
    other = replace(row("other", 0.6), protocol="uno", fingerprint="def456")
    mixed = table(row("mine", 0.7), other)
    text = render_comparison(mixed, form="table")
    assert "mine (a)" in text
    assert "other (b)" in text
    assert "a: protocol miniature, fingerprint abc123; b: protocol uno, fingerprint def456." in text
    assert "<sup>b</sup>" in render_comparison(mixed, form="markdown")
    assert r"other$^{\mathrm{b}}$" in render_comparison(mixed, form="latex")
    assert "nothing is tested across" not in text  # protocols that differ may measure all this in the same way


def test_what_was_made_in_different_ways_is_named() -> None:
    apart = replace(table(row("mine", 0.7), row("other", 0.6)), apart=(COLUMNS[0], COLUMNS[4]))
    for form in ("table", "markdown", "latex"):
        text = " ".join(render_comparison(apart, form=form).replace("% ", "").split())  # type: ignore[arg-type]
        assert "Made in different ways, so no value is marked as the best and nothing is tested across them: DINO, DIV" in text
    record = json.loads(render_comparison(apart, form="json"))
    assert (record["mixed"], record["made_in_different_ways"]) == (True, ["dino", "div"])


@dataclass(frozen=True)
class Verdict:
    """What one encoder says of two runs."""

    key: str = "dino"
    label: str = "DINO"
    better: bool | None = True
    difference: float = 0.1
    p_holm: float = 0.004


@dataclass(frozen=True)
class Order:
    """Two runs under several encoders."""

    run: str = "mine"
    against: str = "other"
    formula: str = "image_similarity"
    holds: bool = True
    verdicts: tuple[Verdict, ...] = (Verdict(), Verdict("dinov2", "DINOv2"))

    def sentence(self) -> str:
        return "mine against other, image similarity: better under <DINO> & DINOv2; the order holds for every encoder."


def test_orders_of_encoders_stand_in_the_legend_of_every_format_for_readers() -> None:
    ordered = replace(TABLE, orders=(Order(),))
    assert Order().sentence() in " ".join(render_comparison(ordered, form="table").split())
    assert "better under &lt;DINO&gt; &amp; DINOv2; the order holds" in render_comparison(ordered, form="markdown")
    assert r"better under \textless{}DINO\textgreater{} \& DINOv2; the order holds" in render_comparison(ordered, form="latex")
    (record,) = json.loads(render_comparison(ordered, form="json"))["orders"]
    assert (record["run"], record["against"], record["formula"], record["holds"]) == ("mine", "other", "image_similarity", True)
    assert record["encoders"][1] == {"metric": "dinov2", "label": "DINOv2", "better": True, "difference": 0.1, "p_holm": 0.004}


def test_json_and_csv_read_back() -> None:
    record = json.loads(render_comparison(TABLE, form="json"))
    runs = record["blocks"][0]["runs"]
    assert record["fingerprints"] == {"abc123": "miniature"}
    assert runs[0]["metrics"]["dino"]["ci95"] == [pytest.approx(0.7002), pytest.approx(0.7784)]
    assert (runs[1]["metrics"]["dino"]["rank"], runs[1]["metrics"]["dino"]["within_noise_of_best"]) == (2, True)
    assert runs[1]["metrics"]["dino"]["against"]["adjusted_p_value"] == 0.004
    rows = list(csv.DictReader(io.StringIO(render_comparison(TABLE, form="csv"))))
    assert [each["method"] for each in rows] == ["dream_booth", "second", "third"]
    assert (float(rows[1]["dino"]), float(rows[1]["dino_difference"]), rows[0]["dino_p_holm"]) == (0.71, -0.1312, "")


def test_a_spreadsheet_runs_no_method_as_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(render_comparison(table(row("=cmd()", 0.5)), form="csv"))))
    assert rows[0]["method"] == "'=cmd()"


@pytest.mark.parametrize("label", HOSTILE)
def test_markdown_shows_any_name_as_it_is(label: str) -> None:
    text = render_comparison(table(row(label, 0.5), row("other", 0.4)), form="markdown")
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    rows = [token.children or [] for before, token in itertools.pairwise(tokens) if before.type == "td_open"]
    assert len(rows) == 2 * (len(COLUMNS) + 1)
    assert {token.type for token in rows[0]} <= {"text", "text_special"}
    assert "".join(token.content for token in rows[0]) == label
    allowed = {"<br>", "<sub>", "</sub>", "<ins>", "</ins>"}
    assert {token.content for cell in rows for token in cell if token.type == "html_inline"} <= allowed


def test_markdown_makes_no_links_and_no_mentions() -> None:
    escaped = escape_markdown("https://evil.example www.evil.example @someone")
    assert "://" not in escaped
    assert "www." not in escaped
    assert "@" not in escaped


def test_a_long_legend_is_whole_in_markdown() -> None:
    assert "Holm over the metrics of each run" in render_comparison(TABLE, form="markdown")


@pytest.mark.parametrize("label", [*HOSTILE, "λ-ECLIPSE", "Émile 漢字 \u202eevil\x1b[31m", "[opt]", "*star"])
def test_latex_is_one_tabular_whose_rows_have_a_cell_a_column(label: str) -> None:
    text = render_comparison(
        table(row(label, 0.5, rank=1), row("other", -0.4, p=0.001), published=True, blocks=2), form="latex"
    )
    nodes, _, _ = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    tabulars = [node for node in nodes if isinstance(node, LatexEnvironmentNode)]
    assert [each.environmentname for each in tabulars] == ["tabular"]
    inside, below = text.split(r"\end{tabular}")
    assert "p{" not in inside  # a paragraph across the columns would stretch the last of them
    assert re.fullmatch(r"\s*\\par\\smallskip\\noindent\s*\\parbox\{\\linewidth\}\{.*\}\s*", below, re.DOTALL)
    body = inside[inside.index(r"\toprule") :].replace("\\&", "")
    assert body.count("&") == len(COLUMNS) * (
        1 + 2 * (2 + 2) + 1
    )  # heading, two blocks of two rows and their intervals, one published
    assert not re.search(r"\\\\\s*[\[*]", text)  # an optional argument or star of the row's end
    macros = {node.macroname for node in tabulars[0].nodelist if isinstance(node, LatexMacroNode)}
    assert {"toprule", "midrule", "bottomrule", "textbf", "multicolumn"} <= macros
    assert text.isprintable() or all(letter.isprintable() or letter == "\n" for letter in text)


def test_200_methods_have_200_rows() -> None:
    many = table(*(row(f"method {place}", 0.5) for place in range(200)))
    assert render_comparison(many, form="latex").count("method ") == 200 + 1  # and the reference in the caption


def test_latex_sets_only_letters_that_its_default_fonts_have() -> None:
    assert escape_latex("Émile Łukasz λ") == r"Émile Łukasz $\lambda$"
    assert escape_latex("ą漢þ") == "???"
    assert escape_latex('"a" <b>') == r"''a'' \textless{}b\textgreater{}"
