"""Boards: the submissions that may be ranked against each other, their ranks metric by metric, and what stands apart."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.statistics import Interval, RankInterval, rank_intervals
from dreambench.benchmark.submissions.apart import Apart, why_apart
from dreambench.benchmark.submissions.folder import Accepted
from dreambench.benchmark.submissions.means import SEED, intervals_of, kinds_of, values_of, weights_of
from dreambench.benchmark.submissions.model import Submission, SubmittedMean

#: Yardsticks of two machines agree to so many decimals.
_AGREED_DECIMALS: Final = 4


@dataclass(frozen=True, order=True)
class BoardKey:
    """What submissions of one board share: all that moves numbers, besides the method.

    Attributes:
        fingerprint: of the protocol.
        dataset: checksum of the reference images, and of prompts that are not the official ones.
        reading: how numbers are pooled and scaled, as the submissions say; the fingerprint covers it where they are honest.
        prompts: (kind/subject, its prompts), in alphabetical order of the subjects.
    """

    fingerprint: str
    dataset: str
    reading: tuple[str, float]
    prompts: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Standing:
    """A submission on its board.

    Attributes:
        accepted: the submission.
        overall: metric key -> mean and interval over all subjects.
        per_kind: kind -> the same over its subjects.
        ranks: metric key -> rank with its interval; empty for one that stands apart.
        apart: why it has no rank; None for one that has.
        same_images: names of all on the board with the very same images, its own among them; empty where it is alone.
    """

    accepted: Accepted
    overall: Mapping[str, Interval]
    per_kind: Mapping[str, Mapping[str, Interval]]
    ranks: Mapping[str, RankInterval]
    apart: Apart | None
    same_images: tuple[str, ...]


@dataclass(frozen=True)
class Board:
    """Submissions under one protocol, on one dataset's same subjects and prompts.

    Attributes:
        key: what they share.
        infos: the metrics that one of them has, in the order of tables.
        standings: those with ranks, the best in the first metric first.
        apart: those without, in alphabetical order of their names.
        beside: yardstick -> metric key -> mean, of the packaged yardsticks; as most of the submissions have them.
    """

    key: BoardKey
    infos: tuple[MetricInfo, ...]
    standings: tuple[Standing, ...]
    apart: tuple[Standing, ...]
    beside: Mapping[str, Mapping[str, SubmittedMean]]

    @property
    def members(self) -> tuple[Standing, ...]:
        """All submissions of the board."""
        return (*self.standings, *self.apart)


def boards_of(accepted: Sequence[Accepted]) -> tuple[Board, ...]:
    """Submissions by board, the board with the most of them first.

    Submissions that describe a metric of one fingerprint in different ways, which the honest cannot, are on different boards.
    """
    groups: dict[BoardKey, list[tuple[dict[str, MetricInfo], list[Accepted]]]] = {}
    for found in accepted:
        same_key = groups.setdefault(_key(found.submission), [])
        group = next((group for group in same_key if _agree(group[0], found.infos)), None)
        if group is None:
            group = ({}, [])
            same_key.append(group)
        group[0].update({info.key: info for info in found.infos if info.key not in group[0]})
        group[1].append(found)
    boards = [_board(key, members) for key, same_key in groups.items() for _, members in same_key]
    return tuple(sorted(boards, key=lambda board: (-len(board.members), -len(board.key.prompts), board.key)))


def _key(submission: Submission) -> BoardKey:
    protocol = submission.protocol
    prompts = tuple(
        (f"{submission.subjects[name].kind}/{name}", submission.subjects[name].prompts) for name in sorted(submission.subjects)
    )
    return BoardKey(protocol.fingerprint, submission.dataset.checksum, (protocol.pooling, protocol.scale), prompts)


def _agree(known: Mapping[str, MetricInfo], infos: Iterable[MetricInfo]) -> bool:
    """Whether metrics are read as those of the same key that are known: how they are averaged, and which way is up."""
    return all(_read_as(known[info.key]) == _read_as(info) for info in infos if info.key in known)


def _read_as(info: MetricInfo) -> tuple[object, ...]:
    return info.formula, info.fingerprint, info.level, info.averages, info.of_prompts, info.higher_is_better


def _board(key: BoardKey, members: Sequence[Accepted]) -> Board:
    submissions = [member.submission for member in members]
    infos = _infos(members)
    overall = {info.key: intervals_of(submissions, info) for info in infos}
    per_kind = {
        kind: {info.key: intervals_of(submissions, info, kind=kind) for info in infos} for kind in kinds_of(submissions[0])
    }
    means = [{metric: found[index] for metric, found in overall.items()} for index in range(len(members))]
    apart = [why_apart(member, own) for member, own in zip(members, means, strict=True)]
    ranks = _ranks(submissions, infos, [why is None for why in apart])
    same = _same_images(members)
    found = [
        Standing(
            member,
            means[index],
            {kind: {metric: values[index] for metric, values in part.items()} for kind, part in per_kind.items()},
            {metric: rank for metric, by_member in ranks.items() if (rank := by_member.get(index)) is not None},
            apart[index],
            same[index],
        )
        for index, member in enumerate(members)
    ]
    first = infos[0].key
    last = len(members) + 1

    def order(standing: Standing) -> tuple[int, str]:
        rank = standing.ranks.get(first)
        return (last if rank is None else rank.rank, standing.accepted.submission.name.casefold())

    ordered = sorted(found, key=order)
    return Board(
        key,
        infos,
        tuple(standing for standing in ordered if standing.apart is None),
        tuple(standing for standing in ordered if standing.apart is not None),
        _beside(submissions),
    )


def _infos(members: Sequence[Accepted]) -> tuple[MetricInfo, ...]:
    """The metrics of all members, in the order and the words of the one that has most of them and was checked."""
    found: dict[str, MetricInfo] = {}
    for member in sorted(members, key=lambda member: (not member.protocol_checked, -len(member.infos))):
        for info in member.infos:
            found.setdefault(info.key, info)
    return tuple(found.values())


def _ranks(
    submissions: Sequence[Submission], infos: Sequence[MetricInfo], has_rank: Sequence[bool]
) -> dict[str, dict[int, RankInterval | None]]:
    """Metric's key -> index among the submissions -> rank among those that have one."""
    indices = [index for index, ranked in enumerate(has_rank) if ranked]
    if not indices:
        return {}
    found = {}
    for info in infos:
        ranks = rank_intervals(
            np.array([values_of(submissions[index], info.key) for index in indices]),
            np.array([weights_of(submissions[index], info) for index in indices]),
            higher_is_better=info.higher_is_better,
            seed=SEED,
        )
        found[info.key] = dict(zip(indices, ranks, strict=True))
    return found


def _same_images(members: Sequence[Accepted]) -> list[tuple[str, ...]]:
    """For each member the names of all with its images."""
    by_digest: dict[str, list[str]] = {}
    for member in members:
        by_digest.setdefault(member.images_digest, []).append(member.submission.name)
    groups = {digest: tuple(names) if len(names) > 1 else () for digest, names in by_digest.items()}
    return [groups[member.images_digest] for member in members]


def _beside(submissions: Sequence[Submission]) -> dict[str, dict[str, SubmittedMean]]:
    """The yardsticks as most submissions have them: they are made of the reference images alone, so honest ones agree."""
    votes: dict[tuple[str, str], Counter[float]] = {}
    means: dict[tuple[str, str, float], SubmittedMean] = {}
    for submission in submissions:
        for name, beside in submission.beside.items():
            for metric, mean in beside.items():
                value = round(mean.mean, _AGREED_DECIMALS)
                votes.setdefault((name, metric), Counter())[value] += 1
                means.setdefault((name, metric, value), mean)
    found: dict[str, dict[str, SubmittedMean]] = {}
    for (name, metric), counted in votes.items():
        found.setdefault(name, {})[metric] = means[name, metric, counted.most_common(1)[0][0]]
    return found
