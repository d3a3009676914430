"""From records to the page's files: index.html, and images/ beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.dataset.kinds import heading, kind_label
from dreambench.reports.comparison.legend import legend
from dreambench.reports.page.catalogue import build_catalogue
from dreambench.reports.page.contents import PagePlot, PageRun, ReportPage
from dreambench.reports.page.document import data_uri, environment, json_for_script, policy, script_of, static_text
from dreambench.reports.page.summary_table import table_views
from dreambench.reports.page.target_folder import written_aside
from dreambench.reports.page.thumbnails import Progress, copy_pictures

STYLES: Final = ("base.css", "plots.css", "gallery.css", "grids.css")
HEAD_SCRIPT: Final = ("theme.js",)
SCRIPTS: Final = ("elements.js", "data.js", "table.js", "selection.js", "gallery.js", "viewer.js", "grids.js", "start.js")

#: More sentences than these about the runs are a list: nobody reads a paragraph of twenty.
_IN_A_PARAGRAPH: Final = 4


@dataclass(frozen=True)
class ComparedTable:
    """A name -> value table of all runs side by side: a row is its name, a value per run, and whether they differ."""

    rows: tuple[tuple[str, tuple[str, ...], bool], ...]


def render_page(page: ReportPage, data: Mapping[str, Any]) -> str:
    """The page's HTML.

    Args:
        page: what to show.
        data: for the page's script, as `Catalogue.with_large` gives it.
    """
    said = page.table.sentences
    findings = said if len(said) > _IN_A_PARAGRAPH else ()
    style, early, script = static_text(*STYLES), script_of(*HEAD_SCRIPT), script_of(*SCRIPTS)
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            page=page,
            views=table_views(page),
            by_family=[
                view for view, block in zip(table_views(page), page.table.blocks, strict=True) if block.breakdown == "family"
            ],
            legend=[line for line in legend(page.table, best="bold", second="underlined") if line not in findings],
            findings=findings,
            families=_families(page.plots),
            settings=_side_by_side(page.runs, [run.settings for run in page.runs]),
            facts=_side_by_side(page.runs, [run.facts for run in page.runs]),
            suites=_suites(page.runs),
            kinds=[(kind, heading(kind_label(kind))) for kind in sorted({subject.kind for subject in page.subjects})],
            requests=_by_family(data["requests"]),
            data_uri=data_uri,
            policy=policy([style], [early, script]),
            style=_own(style),
            early=_own(early),
            script=_own(script),
            data=json_for_script(data),
        )
    )


def write_report(page: ReportPage, out: Path, *, workers: int, on_progress: Progress) -> Path:
    """Write a report's folder, whole or not at all; an earlier report there is replaced.

    Args:
        page: what to show.
        out: a folder that is not there, empty, or an earlier report's.
        workers: threads that re-encode pictures.
        on_progress: called with (pictures done, pictures in all).

    Returns:
        The page's file.

    Raises:
        UserError: `out` cannot be used, or a picture cannot be read.
    """
    catalogue = build_catalogue(page)
    about = {"title": page.title, "protocol": page.protocol.name, "fingerprint": page.protocol.fingerprint}
    with written_aside(out, about) as folder:
        large = copy_pictures(catalogue.jobs, folder, workers=workers, on_progress=on_progress)
        html = render_page(page, catalogue.with_large(large))
        (folder / "index.html").write_text(html, encoding="utf-8", newline="\n")
    return out / "index.html"


def _side_by_side(runs: Sequence[PageRun], tables: Sequence[Mapping[str, str]]) -> ComparedTable:
    names = list(dict.fromkeys(name for table in tables for name in table))
    rows = []
    for name in names:
        values = tuple(table.get(name, "–") for table in tables)
        rows.append((name, values, len(set(values)) > 1))
    return ComparedTable(tuple(rows))


def _suites(runs: Sequence[PageRun]) -> list[tuple[str, str]]:
    """Suite files with the labels of the runs that were made with them."""
    labels: dict[str, list[str]] = {}
    for run in runs:
        if run.suite_file:
            labels.setdefault(run.suite_file, []).append(run.label)
    return [(", ".join(names), text) for text, names in labels.items()]


def _by_family(requests: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Requests by family, each with its place in the list that the script has."""
    families: dict[str, list[tuple[int, str]]] = {}
    for index, request in enumerate(requests):
        families.setdefault(str(request["family"]), []).append((index, str(request["request"])))
    return list(families.items())


def _families(plots: Sequence[PagePlot]) -> list[list[PagePlot]]:
    """Plots by family, in the order in which the families first come."""
    families: dict[str, list[PagePlot]] = {}
    for plot in plots:
        families.setdefault(plot.family, []).append(plot)
    return list(families.values())


def _own(text: str) -> Any:
    """Our own file's text, to stand in the page as it is."""
    from markupsafe import Markup

    return Markup(text)
