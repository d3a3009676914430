"""The sentences below a comparison: what its numbers and marks mean, and under which fingerprint they were made."""

from dreambench.reports.comparison.comparison_table import TIED, ComparisonTable, stars


def legend(table: ComparisonTable, *, best: str, second: str) -> list[str]:
    """One sentence or two a mark that the table has.

    Args:
        table: the comparison.
        best: how the format shows the best value: "bold".
        second: how it shows the second best: "underlined".
    """
    scores = [score for block in table.blocks for row in block.rows for score in row.scores.values()]
    lines = ["Means and 95% intervals over subjects (bootstrap, expanded percentile)."]
    if table.apart:
        names = ", ".join(column.label for column in table.apart)
        lines.append(f"Made in different ways, so no value is marked as the best and nothing is tested across them: {names}.")
    if any(score.rank == 1 for score in scores):
        line = f"{_capital(best)}: best."
        if any(score.rank == 2 for score in scores):
            line = f"{_capital(best)}: best; {second}: second."
        if any(score.tied for score in scores):
            line += (
                f" {TIED}: within noise of the best (paired permutation test over subjects, p > 0.05 after Holm over the runs)."
            )
        lines.append(line)
    if table.reference is not None:
        found = "* p ≤ 0.05, ** p ≤ 0.01, *** p ≤ 0.001" if any(stars(score) for score in scores) else "nothing significant"
        lines.append(
            f"Against {table.reference}: {found} (paired permutation test over subjects; Holm over the metrics of each run"
            f"{' in each part' if len(table.blocks) > 1 else ''})."
        )
    lines += table.sentences
    lines.append(fingerprints(table))
    return lines


def fingerprints(table: ComparisonTable) -> str:
    """ "Protocol miniature, fingerprint 8017e01460dd.", or the list of them by their letters."""
    if not table.mixed:
        ((fingerprint, protocol),) = table.protocols.items()
        return f"Protocol {protocol}, fingerprint {fingerprint}."
    by_letter = {table.letter(row): f"protocol {row.protocol}, fingerprint {row.fingerprint}" for row in table.blocks[0].rows}
    return "; ".join(f"{letter}: {what}" for letter, what in by_letter.items()) + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
