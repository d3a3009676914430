"""From ranked submissions to the plain records that the leaderboard's pages take."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, Final, TypeVar

from dreambench.benchmark.machine.environment import package_version
from dreambench.benchmark.reporting.trade_off import trade_off_plot, yardstick_cells
from dreambench.benchmark.reporting.wording import duration, hardware_in_words, in_words
from dreambench.benchmark.statistics import Interval
from dreambench.benchmark.submissions import Accepted, Apart, Board, Refusal, Standing
from dreambench.dataset.words import counted, counted_range
from dreambench.dataset.worlds import world_of
from dreambench.reports.cells import Cell, column_of, known
from dreambench.reports.leaderboard import BoardPage, Entry, Leaderboard, RankedCell, Thumbnail
from dreambench.reports.page import PageProtocol
from dreambench.reports.published import published_rows

Thumbnails = Callable[[Accepted], tuple[Thumbnail, ...]]
_T = TypeVar("_T")
_APART: Final[Mapping[Apart, str]] = {
    "yardstick": "a yardstick",
    "copies": "near-copies of the reference images",
}
#: So many of those with the same images are listed.
_SAME_LISTED: Final = 10
#: Seconds above which a stranger's time is shown as it is.
_LONGEST: Final = 1e9


def leaderboard_page(
    boards: Sequence[Board],
    refused: Sequence[Refusal],
    *,
    title: str,
    published: bool,
    thumbnails: Thumbnails = lambda accepted: (),
) -> Leaderboard:
    """The pages' records.

    Args:
        boards: in the order to show.
        refused: files and reasons.
        title: the heading.
        published: whether rows from the literature stand below.
        thumbnails: a submission's small pictures.
    """
    seen: Counter[str] = Counter()
    pages = []
    for board in boards:
        seen[board.key.fingerprint] += 1
        pages.append(_board(board, seen[board.key.fingerprint], thumbnails))
    return Leaderboard(
        title=title,
        boards=tuple(_told_apart(pages)),
        published=published_rows() if published else (),
        refused=tuple(refused),
        made_with=f"dreambench {package_version()}",
    )


def _board(board: Board, number: int, thumbnails: Thumbnails) -> BoardPage:
    submissions = [standing.accepted.submission for standing in board.members]
    protocol = _most_common([submission.protocol.name for submission in submissions])
    dataset = _most_common([submission.dataset.name for submission in submissions])
    words = _most_common([submission.protocol.in_words for submission in submissions if submission.protocol.in_words] or [()])
    prompts = counted_range({len(prompts) for _, prompts in board.key.prompts}, "prompt")
    images = counted_range({submission.n_images for submission in submissions}, "image")
    scope = f"{counted(len(board.key.prompts), 'subject')}, {prompts} each, {images}"
    own_prompts = _most_common([submission.dataset.own_prompts for submission in submissions])
    return BoardPage(
        slug=board.key.fingerprint if number == 1 else f"{board.key.fingerprint}-{number}",
        title=f"{protocol} on {dataset}{_world(dataset)}",
        protocol=PageProtocol(protocol, board.key.fingerprint, words),
        dataset=f"{dataset}, checksum {board.key.dataset[:12]}",
        scope=scope,
        columns=tuple(column_of(info) for info in board.infos),
        entries=tuple(_entry(standing, thumbnails) for standing in board.standings),
        apart=tuple(_entry(standing, thumbnails) for standing in board.apart),
        beside=yardstick_cells(board),
        own_prompts=tuple(
            f"{prompt.kind} {prompt.index}: {prompt.text('[class noun]', identifier='[V]')}" for prompt in own_prompts
        ),
        plot=trade_off_plot(board, scope=f"{scope}. Protocol {protocol}, fingerprint {board.key.fingerprint}."),
    )


def _world(dataset: str) -> str:
    """ " (drawn miniature)" or " (photos)"; nothing for a dataset of someone's own, whose name says it."""
    world = world_of(dataset)
    return f" ({world})" if world in ("photos", "drawn miniature") else ""


def _told_apart(pages: Sequence[BoardPage]) -> list[BoardPage]:
    """Boards of one protocol and dataset with their scope in the title and, where that is one too, their number."""
    titles = Counter(page.title for page in pages)
    named = [replace(page, title=f"{page.title}, {page.scope}") if titles[page.title] > 1 else page for page in pages]
    titles = Counter(page.title for page in named)
    return [replace(page, title=f"{page.title} ({page.slug})") if titles[page.title] > 1 else page for page in named]


def _entry(standing: Standing, thumbnails: Thumbnails) -> Entry:
    accepted = standing.accepted
    submission, made = accepted.submission, accepted.submission.provenance
    name = re.sub("[^a-z0-9]+", "-", submission.name.lower()).strip("-")[:40]
    settings = {key: in_words(value) for key, value in made.settings.items()}
    same = [other for other in standing.same_images if other != submission.name]
    return Entry(
        slug=f"{name or 'method'}-{accepted.digest[:10]}",
        name=submission.name,
        authors=submission.authors,
        url=submission.url,
        method=made.method,
        suite=made.suite or "",
        base_model=submission.base_model or "",
        training=submission.training or "",
        day="" if submission.day is None else submission.day.isoformat(),
        cells={key: RankedCell(_cell(interval), standing.ranks.get(key)) for key, interval in standing.overall.items()},
        per_kind={kind: {key: _cell(interval) for key, interval in found.items()} for kind, found in standing.per_kind.items()},
        subjects=dict(sorted(submission.subjects.items())),
        settings=settings | {f"sampler: {key}": in_words(value) for key, value in made.sampler.items()},
        facts=_facts(accepted),
        commands=made.commands,
        sentences=(*_sentences(accepted), *made.remarks),
        apart="" if standing.apart is None else _APART[standing.apart],
        same_images=tuple(same[:_SAME_LISTED]),
        n_same_images=len(same),
        thumbnails=thumbnails(accepted),
    )


def _facts(accepted: Accepted) -> dict[str, str]:
    submission, made = accepted.submission, accepted.submission.provenance
    about = {
        "method": made.method,
        "citation": made.citation,
        "suite": made.suite,
        "seed": made.seed,
        "started": made.started,
        "base model's hash": made.base_model,
        "git commit": made.git_commit,
    }
    facts = {key: in_words(value) for key, value in about.items() if value is not None}
    facts |= dict(made.plugins)
    facts |= {f"{key}, worker time": _time_in_words(value) for key, value in made.seconds.items()}
    facts |= hardware_in_words(made.hardware)
    facts |= {key: in_words(value) for key, value in made.versions.items()}
    facts |= {f"encoder {role}": print_ or "none" for role, print_ in submission.protocol.encoders.items()}
    return facts | {"file": accepted.file, "SHA-256 of the file": accepted.digest}


def _sentences(accepted: Accepted) -> tuple[str, ...]:
    """What was checked of a submission, and what is its sender's word."""
    found = ["Means and intervals are made anew from the scores by subject, and the submission's own agree with them."]
    if accepted.protocol_checked:
        found.append("Its metrics and its fingerprint are those of the protocol that it carries.")
    else:
        found.append("Its protocol is not carried, or has formulas that are not installed here, so it is not checked.")
    if not accepted.n_hashed:
        return tuple(found)
    images = counted(accepted.n_hashed, "image")
    if accepted.n_prior:
        images += f" and {counted(accepted.n_prior, 'prior image')}"
    where = (
        "the archive beside it holds exactly these."
        if accepted.archive is not None
        else "no archive with them lies beside it, so the scores are the submitter's word."
    )
    found.append(f"The submission has the SHA-256 of {images}; {where}")
    if accepted.n_repeated:
        found.append(f"{_repeated_in_words(accepted.n_repeated)} the same file as another image of this submission.")
    of_priors = [info.label for info in accepted.infos if not info.of_prompts]
    if of_priors and not accepted.n_prior:
        labels = " and ".join(of_priors)
        verb = "is" if len(of_priors) == 1 else "are"
        found.append(f"The prior images of {labels} are not named, so {labels} {verb} the submitter's word.")
    return tuple(found)


def _repeated_in_words(number: int) -> str:
    return f"{counted(number, 'image')} {'is' if number == 1 else 'are'}"


def _cell(interval: Interval) -> Cell:
    return Cell(known(interval.mean), known(interval.low), known(interval.high))


def _most_common(values: Sequence[_T]) -> _T:
    return Counter(values).most_common(1)[0][0]


def _time_in_words(value: Any) -> str:
    """A recorded time; whatever else a stranger wrote there, as it is."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return duration(value) if is_number and 0 <= value < _LONGEST else in_words(value)
