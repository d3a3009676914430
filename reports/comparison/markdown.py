"""A comparison as GitHub Markdown."""

from collections.abc import Sequence

from dreambench.reports.comparison.comparison_table import TIED, Block, ComparisonTable, Score, stars
from dreambench.reports.comparison.legend import legend
from dreambench.reports.escaping import escape_markdown
from dreambench.reports.published.row import PublishedRow
from dreambench.reports.table import NO_VALUE, heading, narrow_interval, number


def markdown(table: ComparisonTable) -> str:
    """Tables with their legend, best bold, second underlined.

    GitHub renders <ins> underlined and drops <u>.
    """
    lines: list[str] = []
    for block in table.blocks:
        if len(table.blocks) > 1:
            lines += [f"**{escape_markdown(block.title)}**", ""]
        lines += [*_block(table, block), ""]
    for title, rows in table.published_groups:
        lines += [f"**{title}**", "", *_published(table, rows), ""]
    return "\n".join([*lines, *_legend(table), ""])


def _block(table: ComparisonTable, block: Block) -> list[str]:
    columns = block.columns(table.columns)
    rows = [_line(["Method", *(escape_markdown(heading(column)) for column in columns)])]
    rows.append("|---|" + "---:|" * len(columns))
    decimals = block.decimals(columns)
    for row in block.rows:
        letter = f"<sup>{table.letter(row)}</sup>" if table.mixed else ""
        rows.append(
            _line(
                [escape_markdown(row.label) + letter, *(_cell(row.score(column), decimals[column.key]) for column in columns)]
            )
        )
    return rows


def _cell(score: Score, decimals: int) -> str:
    if score.cell.mean is None:
        return NO_VALUE
    value = number(score.cell.mean, decimals=decimals)
    value = {1: f"**{value}**", 2: f"<ins>{value}</ins>"}.get(score.rank or 0, value)
    marks = (TIED if score.tied else "") + stars(score).replace("*", "\\*")
    below = narrow_interval(score.cell, decimals=decimals)
    return value + marks + (f"<br><sub>{below}</sub>" if below else "")


def _published(table: ComparisonTable, rows: Sequence[PublishedRow]) -> list[str]:
    columns = table.published_columns
    lines = [_line(["Method", *(escape_markdown(heading(column)) for column in columns), "Source; protocol"])]
    lines.append("|---|" + "---:|" * len(columns) + "---|")
    for row in rows:
        values = [number(row.mean(column)) for column in columns]
        lines.append(_line([escape_markdown(row.label), *values, escape_markdown(row.provenance)]))
    return lines


def _legend(table: ComparisonTable) -> list[str]:
    return [f"{line}  " for line in map(escape_markdown, legend(table, best="bold", second="underlined"))]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
