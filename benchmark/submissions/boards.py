"""Boards: the submissions that may be ranked against each other, and their ranks metric by metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dreambench.benchmark.metrics import MetricInfo, metric_infos
from dreambench.benchmark.statistics import Interval, RankInterval, rank_intervals
from dreambench.benchmark.submissions.folder import Accepted
from dreambench.benchmark.submissions.means import SEED, intervals_of, kinds_of, values_of, weights_of
from dreambench.benchmark.submissions.model import Submission


@dataclass(frozen=True, order=True)
class BoardKey:
    """What submissions of one board share: all that moves numbers, besides the method.

    Attributes:
        fingerprint: of the protocol.
        dataset: checksum of the reference images.
        reading: how numbers are pooled and scaled, as the submissions say; the fingerprint covers it where they are honest.
        prompts: (kind/subject, its prompts), in alphabetical order of the subjects.
    """

    fingerprint: str
    dataset: str
    reading: tuple[str, float, str]
    prompts: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Standing:
    """A submission on its board.

    Attributes:
        accepted: the submission.
        overall: metric key -> mean and interval over all subjects.
        per_kind: kind -> the same over its subjects.
        ranks: metric key -> rank with its interval.
    """

    accepted: Accepted
    overall: Mapping[str, Interval]
    per_kind: Mapping[str, Mapping[str, Interval]]
    ranks: Mapping[str, RankInterval]


@dataclass(frozen=True)
class Board:
    """Submissions under one protocol, on one dataset's same subjects and prompts; the best in the first metric first."""

    key: BoardKey
    infos: tuple[MetricInfo, ...]
    standings: tuple[Standing, ...]


def boards_of(accepted: Sequence[Accepted]) -> tuple[Board, ...]:
    """Submissions by board, the board with the most of them first."""
    groups: dict[BoardKey, list[Accepted]] = {}
    for each in accepted:
        groups.setdefault(_key(each.submission), []).append(each)
    boards = [_board(key, members) for key, members in groups.items()]
    return tuple(sorted(boards, key=lambda board: (-len(board.standings), -len(board.key.prompts), board.key)))


def _key(submission: Submission) -> BoardKey:
    protocol = submission.protocol
    prompts = tuple(
        (f"{submission.subjects[name].kind}/{name}", submission.subjects[name].prompts) for name in sorted(submission.subjects)
    )
    reading = (protocol.pooling, protocol.scale, protocol.divergence)
    return BoardKey(protocol.fingerprint, submission.dataset.checksum, reading, prompts)


def _board(key: BoardKey, members: Sequence[Accepted]) -> Board:
    submissions = [each.submission for each in members]
    present = {metric for submission in submissions for metric in submission.summary}
    infos = tuple(info for info in metric_infos(submissions[0].protocol.divergence) if info.key in present)
    ranks: dict[str, list[RankInterval | None]] = {
        info.key: rank_intervals(
            np.array([values_of(each, info.key) for each in submissions]),
            np.array([weights_of(each, info) for each in submissions]),
            higher_is_better=info.higher_is_better,
            seed=SEED,
        )
        for info in infos
    }
    overall = {info.key: intervals_of(submissions, info) for info in infos}
    per_kind = {
        kind: {info.key: intervals_of(submissions, info, kind=kind) for info in infos} for kind in kinds_of(submissions[0])
    }
    standings = [
        Standing(
            each,
            {metric: found[place] for metric, found in overall.items()},
            {kind: {metric: found[place] for metric, found in part.items()} for kind, part in per_kind.items()},
            {metric: rank for metric, found in ranks.items() if (rank := found[place]) is not None},
        )
        for place, each in enumerate(members)
    ]
    first = infos[0].key
    last = len(members) + 1

    def order(standing: Standing) -> tuple[int, str]:
        rank = standing.ranks.get(first)
        return (last if rank is None else rank.rank, standing.accepted.submission.name.casefold())

    return Board(key, infos, tuple(sorted(standings, key=order)))
