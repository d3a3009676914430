"""Which metric puts drawn pictures into the order that is known to be right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.scoring.score import score
from dreambench.benchmark.statistics import Interval, bootstrap_interval
from dreambench.benchmark.validation.ladders import LADDERS, Asks, DrawnSet, LadderKind, draw_set, scene_prompts
from dreambench.dataset.collection import MINIATURE_FOLDER, Dataset
from dreambench.dataset.errors import UserError

Verdict = Literal["right", "mostly", "blind", "wrong"]
#: A metric is right about a ladder where the interval of its share lies above this; half is what guessing gets.
RIGHT: Final = 0.9
GUESSING: Final = 0.5
#: Sets a subject: different prompts, poses and look-alikes.
SETS: Final = 3


@dataclass(frozen=True)
class KnownOrder:
    """One metric on one kind of ladder.

    Attributes:
        metric: its key.
        label: what tables call it.
        ladder: the kind's name.
        share: of all pairs of rungs, the part that the metric puts in the right order, ties counting half; mean over subjects
            with its 95% interval.
        means: rung -> the metric's mean, best rung first.
    """

    metric: str
    label: str
    ladder: str
    share: Interval
    means: dict[str, float]

    @property
    def verdict(self) -> Verdict:
        """ "right" above .9, "mostly" above half, "blind" where half is within the interval, "wrong" below it."""
        if self.share.low > RIGHT:
            return "right"
        if self.share.low > GUESSING:
            return "mostly"
        return "wrong" if self.share.high < GUESSING else "blind"


@dataclass(frozen=True, eq=False)
class KnownOrders:
    """All metrics on all ladders.

    Attributes:
        protocol: its name.
        fingerprint: its fingerprint.
        n_subjects: drawn.
        n_pictures: drawn.
        orders: a metric appears only on ladders that ask what it measures.
    """

    protocol: str
    fingerprint: str
    n_subjects: int
    n_pictures: int
    orders: tuple[KnownOrder, ...]

    @property
    def ladders(self) -> tuple[str, ...]:
        """The kinds, in order."""
        there = {order.ladder for order in self.orders}
        return tuple(kind.name for kind in LADDERS if kind.name in there)

    @property
    def labels(self) -> dict[str, str]:
        """Metric's key -> label, in the protocol's order."""
        return {order.metric: order.label for order in self.orders}

    def order(self, metric: str, ladder: str) -> KnownOrder | None:
        """A metric on a ladder; None where it is not asked."""
        return next((order for order in self.orders if order.metric == metric and order.ladder == ladder), None)


def askable(protocol: Protocol) -> dict[str, Asks]:
    """The metrics that a picture's order can be asked of: key -> what it measures.

    Those that every picture has a value of and whose higher values are better: of the subject where they look at reference
    images, of the prompt where they look at texts.
    """
    found: dict[str, Asks] = {}
    for key, metric in protocol.metrics.items():
        if metric.level == "image" and metric.higher_is_better and "priors" not in metric.needs:
            if metric.needs & {"references", "all_references", "gallery"}:
                found[key] = "subject"
            elif "texts" in metric.needs:
                found[key] = "prompt"
    return found


def draw_sets(dataset: Dataset, *, seed: int, subjects: Sequence[str] | None = None) -> list[DrawnSet]:
    """Draw all ladders: three sets a subject, each under a prompt of its own.

    Raises:
        UserError: the dataset is not the drawn one.
    """
    if dataset.root.resolve() != MINIATURE_FOLDER.resolve():
        raise UserError(
            f"The truth is known for drawn subjects alone, and the dataset '{dataset.name}' is not drawn; use --suite mini."
        )
    found = []
    for subject in dataset.subjects:
        if subjects is not None and subject.id not in subjects:
            continue
        prompts = [prompt for prompt in scene_prompts(dataset.prompts(subject)) if prompt.index < _shared(dataset)]
        order = np.random.default_rng([seed, 1]).permutation(len(prompts))[: 2 * SETS]
        for number in range(SETS):
            asked, other = prompts[order[number]], prompts[order[SETS + number]]
            found.append(draw_set(subject.id, asked, other, number=number, seed=seed))
    return found


def score_sets(
    sets: Sequence[DrawnSet],
    folder: Path,
    *,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    on_progress: Callable[[int, int], None] | None = None,
) -> KnownOrders:
    """Score the pictures and say how often each metric has them in the right order.

    Args:
        sets: drawn; each subject under the same prompts.
        folder: an empty one for the pictures.
        dataset: whose reference images.
        protocol: with nothing but metrics that `askable` names, and as many images a prompt as a set has pictures.
        encoders: loaded for it.
        on_progress: told (done, total) in image files.
    """
    rows = []
    for drawn in sets:
        for number, picture in enumerate(drawn.pictures):
            path = folder / f"{drawn.subject}-{drawn.prompt.index}-{number}.png"
            picture.save(path)
            rows.append((drawn.subject, drawn.prompt.index, number, str(path)))
    images = pd.DataFrame(rows, columns=["subject", "prompt_index", "image_index", "path"])
    scored = score(images, priors=None, dataset=dataset, protocol=protocol, encoders=encoders, on_progress=on_progress)
    by_picture = scored.images.set_index(["subject", "prompt_index", "image_index"])
    asks = askable(protocol)
    orders = [
        _known_order(by_picture[info.key], info.key, info.label, kind, sets)
        for kind in LADDERS
        for info in scored.metrics
        if asks[info.key] == kind.asks
    ]
    fingerprint = protocol.fingerprint(encoders.fingerprints())
    return KnownOrders(protocol.name, fingerprint, len({set.subject for set in sets}), len(rows), tuple(orders))


def _known_order(values: "pd.Series[float]", key: str, label: str, kind: LadderKind, sets: Sequence[DrawnSet]) -> KnownOrder:
    by_rung = np.array(
        [[float(values[drawn.subject, drawn.prompt.index, number]) for number in drawn.ladders[kind]] for drawn in sets]
    )
    above, below = np.triu_indices(by_rung.shape[1], k=1)
    steps = by_rung[:, above] - by_rung[:, below]
    right = ((steps > 0) + 0.5 * (steps == 0)).mean(axis=1)
    subjects = np.array([drawn.subject for drawn in sets])
    share = bootstrap_interval([float(right[subjects == name].mean()) for name in np.unique(subjects)])
    return KnownOrder(key, label, kind.name, share, dict(zip(kind.rungs, by_rung.mean(axis=0).tolist(), strict=True)))


def _shared(dataset: Dataset) -> int:
    """Prompts below this number are the same scenes for every kind: scoring wants all subjects under the same numbers."""
    lists = [dataset.prompts_of(kind) for kind in dataset.kinds]
    number = 0
    for prompts in zip(*lists, strict=False):
        if len({prompt.template for prompt in prompts}) > 1:
            break
        number += 1
    return number
