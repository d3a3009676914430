"""From ranked submissions to the plain records that the leaderboard's pages take."""

import re
from collections import Counter
from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from dreambench.benchmark.reporting.wording import duration, hardware_in_words, in_words

if TYPE_CHECKING:
    from dreambench.benchmark.statistics import Interval, RankInterval
    from dreambench.benchmark.submissions import Accepted, Board, Refusal, Standing
    from dreambench.reports.leaderboard import BoardPage, Entry, Leaderboard, RankedCell
    from dreambench.reports.records import Cell

_T = TypeVar("_T")


def leaderboard_page(boards: "Sequence[Board]", refused: "Sequence[Refusal]", *, title: str, published: bool) -> "Leaderboard":
    """The pages' records.

    Args:
        boards: in the order to show.
        refused: files and reasons.
        title: the heading.
        published: whether rows from the literature stand below.
    """
    from dreambench.benchmark.machine.environment import package_version
    from dreambench.reports.leaderboard import Leaderboard, Refused
    from dreambench.reports.published import published_rows

    seen: Counter[str] = Counter()
    pages = []
    for board in boards:
        seen[board.key.fingerprint] += 1
        pages.append(_board(board, seen[board.key.fingerprint]))
    return Leaderboard(
        title=title,
        boards=tuple(pages),
        published=published_rows() if published else (),
        refused=tuple(Refused(each.file, each.reason) for each in refused),
        made_with=f"dreambench {package_version()}",
    )


def _board(board: "Board", number: int) -> "BoardPage":
    from dreambench.reports.leaderboard import BoardPage
    from dreambench.reports.page import PageColumn, PageProtocol
    from dreambench.reports.records import Column

    submissions = [standing.accepted.submission for standing in board.standings]
    protocol = _most_common([each.protocol.name for each in submissions])
    dataset = _most_common([each.dataset.name for each in submissions])
    words = _most_common([each.protocol.in_words for each in submissions if each.protocol.in_words] or [()])
    counts = sorted({len(prompts) for _, prompts in board.key.prompts})
    each_has = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    images = sorted({submission.n_images for submission in submissions})
    many = f"{images[0]:,}" if len(images) == 1 else f"{images[0]:,} to {images[-1]:,}"
    n_subjects = len(board.key.prompts)
    return BoardPage(
        slug=board.key.fingerprint if number == 1 else f"{board.key.fingerprint}-{number}",
        title=f"{protocol} on {dataset}",
        protocol=PageProtocol(protocol, board.key.fingerprint, words),
        dataset=f"{dataset}, checksum {board.key.dataset[:12]}",
        scope=f"{n_subjects} {'subject' if n_subjects == 1 else 'subjects'}, {each_has} prompts each, {many} images",
        columns=tuple(
            PageColumn(Column(info.key, info.label, info.higher_is_better), info.measures, False) for info in board.infos
        ),
        entries=tuple(_entry(standing) for standing in board.standings),
    )


def _entry(standing: "Standing") -> "Entry":
    from dreambench.reports.leaderboard import Entry, SubjectScores

    accepted = standing.accepted
    submission, made = accepted.submission, accepted.submission.provenance
    name = re.sub("[^a-z0-9]+", "-", submission.name.lower()).strip("-")[:40]
    settings = {key: in_words(value) for key, value in made.settings.items()}
    return Entry(
        slug=f"{name or 'method'}-{accepted.digest[:10]}",
        name=submission.name,
        authors=submission.authors,
        url=submission.url,
        method=made.method,
        suite=made.suite or "",
        cells={key: _ranked(interval, standing.ranks.get(key)) for key, interval in standing.overall.items()},
        per_kind={kind: {key: _cell(interval) for key, interval in found.items()} for kind, found in standing.per_kind.items()},
        subjects=tuple(
            SubjectScores(
                each, subject.class_noun, subject.kind, subject.n_images, dict[str, float | None](subject.scores.items())
            )
            for each, subject in sorted(submission.subjects.items())
        ),
        settings=settings | {f"sampler: {key}": in_words(value) for key, value in made.sampler.items()},
        facts=_facts(accepted),
        commands=made.commands,
        sentences=_sentences(accepted),
        remark=_remark(standing),
    )


def _remark(standing: "Standing") -> str:
    """Who hands in the reference images again is first in fidelity; the table says so where he stands."""
    from dreambench.benchmark.metrics import copy_index

    found = standing.overall.get(copy_index.KEY)
    copies = found is not None and isfinite(found.mean) and found.mean > copy_index.FLAG_ABOVE
    return "near-copies of the reference images: read it beside CLIP-T" if copies else ""


def _facts(accepted: "Accepted") -> dict[str, str]:
    made = accepted.submission.provenance
    about = {
        "method": made.method,
        "suite": made.suite,
        "seed": made.seed,
        "started": made.started,
        "base model": made.base_model,
        "git commit": made.git_commit,
    }
    facts = {key: in_words(value) for key, value in about.items() if value is not None}
    for key, value in made.seconds.items():
        facts[f"{key}, worker time"] = (
            duration(value) if isinstance(value, int | float) and _is_time(value) else in_words(value)
        )
    facts |= hardware_in_words(made.hardware)
    facts |= {key: in_words(value) for key, value in made.versions.items()}
    facts |= {f"encoder: {key}": in_words(value) for key, value in made.encoders.items()}
    return facts | {"file": accepted.file, "SHA-256 of the file": accepted.digest}


def _sentences(accepted: "Accepted") -> tuple[str, ...]:
    means = "Means and intervals are made anew from the scores by subject, and the submission's own agree with them."
    if not accepted.n_hashed:
        return (means,)
    prior = f" and {accepted.n_prior:,} prior images" if accepted.n_prior else ""
    images = f"{accepted.n_hashed:,} images{prior} are named by their SHA-256"
    where = "they do not lie beside the submission, so the scores are the submitter's word."
    if accepted.verified:
        where = "they lie beside the submission and are those."
    found = (means, f"{images}; {where}")
    if "pres" in accepted.submission.summary and not accepted.n_prior:
        return (*found, "The prior images that PRES was made with are not named, so PRES is the submitter's word.")
    return found


def _ranked(interval: "Interval", rank: "RankInterval | None") -> "RankedCell":
    from dreambench.reports.leaderboard import RankedCell

    cell = _cell(interval)
    return RankedCell(cell) if rank is None else RankedCell(cell, rank.rank, rank.low, rank.high)


def _cell(interval: "Interval") -> "Cell":
    from dreambench.reports.records import Cell

    values = (value if isfinite(value) else None for value in (interval.mean, interval.low, interval.high))
    return Cell(*values)


def _most_common(values: "Sequence[_T]") -> "_T":
    return Counter(values).most_common(1)[0][0]


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
