"""The rows and columns of a subject x prompt heat map: which prompts two kinds share, what goes side by side, what apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from dreambench.dataset.kinds import families_in_order

_ARTICLES: Final = frozenset({"a", "an", "the"})
_TAILS: Final = (" in background", " around it")
#: More rows or columns than this do not fit on a page.
MOST: Final = 60


@dataclass(frozen=True)
class Grid:
    """A heat map's table.

    Attributes:
        values: prompts (rows: short requests) x subjects (columns), NaN where a subject is not asked for a prompt.
        row_groups: a number a row; a gap stands where it changes.
        column_groups: the kind of each column's subject.
        n_left_out: (prompts, subjects) that there was no room for.
    """

    values: pd.DataFrame
    row_groups: tuple[int, ...]
    column_groups: tuple[str, ...]
    n_left_out: tuple[int, int]


def cell_means(images: pd.DataFrame, key: str) -> pd.Series:
    """The mean of a metric over the images of each subject and prompt; index (subject, prompt_index)."""
    return images.groupby(["subject", "prompt_index"])[key].mean()


def make_grid(images: pd.DataFrame, cells: pd.Series) -> Grid:
    """Arrange cells.

    Args:
        images: columns subject, kind, prompt_index, request, family; says what the cells are.
        cells: index (subject, prompt_index).

    Returns:
        Subjects by kind and prompts by family, in both the highest mean first. A prompt that two kinds share is one row.
    """
    about = images.drop_duplicates(["subject", "prompt_index"]).set_index(["subject", "prompt_index"])
    about = about.loc[about.index.isin(cells.dropna().index)].copy()
    about["value"] = cells.reindex(about.index)
    about = about.reset_index()
    about["request"] = [compact(str(request)) for request in about["request"]]
    subjects = about.groupby("subject").agg(kind=("kind", "first"), mean=("value", "mean")).reset_index()
    n_subjects = len(subjects)
    subjects = subjects.nsmallest(MOST, "mean").sort_values(
        ["kind", "mean", "subject"], ascending=[False, False, True], ignore_index=True
    )
    prompts = about.groupby("request").agg(
        family=("family", "first"), kinds=("kind", lambda kind: tuple(sorted(set(kind)))), mean=("value", "mean")
    )
    n_prompts = len(prompts)
    prompts = prompts.reset_index().nsmallest(MOST, "mean")
    prompts["family"] = prompts["family"].map(families_in_order(prompts["family"].astype(str)).index)
    prompts["alone"] = prompts["kinds"].map(lambda kinds: -len(kinds))
    prompts = prompts.sort_values(["family", "alone", "kinds", "mean"], ascending=[True, True, False, False], ignore_index=True)
    groups = pd.factorize(pd.Series(list(zip(prompts["family"], prompts["kinds"], strict=True)), dtype=object))[0]
    # Two prompts of one kind may ask for the same thing in a data set of one's own: they share a row.
    table = about.pivot_table(index="request", columns="subject", values="value", aggfunc="mean")
    return Grid(
        values=table.reindex(index=list(prompts["request"]), columns=list(subjects["subject"])),
        row_groups=tuple(int(group) for group in groups),
        column_groups=tuple(subjects["kind"]),
        n_left_out=(n_prompts - len(prompts), n_subjects - len(subjects)),
    )


def compact(request: str) -> str:
    """A request without articles and what every reader adds anyway."""
    words = [word for word in request.split() if word.lower() not in _ARTICLES]
    text = " ".join(words).replace("on top of", "on")
    for tail in _TAILS:
        text = text.removesuffix(tail)
    return text or "(nothing)"


def edges(groups: Sequence[object], *, gap: float) -> list[float]:
    """Edges of cells 1 wide, with a gap as a cell of its own wherever the group changes: one more than cells and gaps."""
    places = [0.0]
    for index, group in enumerate(groups):
        if index and group != groups[index - 1]:
            places.append(places[-1] + gap)
        places.append(places[-1] + 1.0)
    return places


def slots(groups: Sequence[object]) -> list[int]:
    """For each item, which interval between `edges` is its own (gaps have their own)."""
    slot, result = -1, []
    for index, group in enumerate(groups):
        slot += 2 if index and group != groups[index - 1] else 1
        result.append(slot)
    return result
