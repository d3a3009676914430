"""Where the spread of scores comes from: subjects, prompts, seeds and single images.

The model is that of a nested design with random effects, as in Searle, Casella & McCulloch, "Variance Components" (1992):
image k of subject s under prompt p and seed r scores

    y = mu + S_s + P_sp + R_sr + I_spr + e_sprk

Prompts and seeds are crossed within a subject, since a seed is another training of that subject and shares nothing with the
same seed of another one. The variances are estimated from the mean squares (ANOVA, unbiased before they are cut off at zero),
their intervals by generalised pivots (Weerahandi 1993; Hannig, Iyer & Patterson 2006): every mean square over its expectation
is a chi-square over its degrees of freedom. tests/benchmark/statistics/test_components.py holds their coverage to 92-97%.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.statistics.bootstrap import LEVEL, Interval

Source = Literal["subject", "prompt", "seed", "prompt and seed", "image"]
#: Where spread comes from, in the order of the model.
SOURCES: Final[tuple[Source, ...]] = ("subject", "prompt", "seed", "prompt and seed", "image")
_N_DRAWS: Final = 10_000


@dataclass(frozen=True)
class SpreadOfScores:
    """The spread of one metric over runs of one method that differ in their seed.

    Attributes:
        variances: source -> variance, at least 0, with its interval; a source that the design cannot tell apart is left out:
            with one prompt those of prompts, which the others then hold; with one image a prompt "prompt and seed", which
            "image" then holds.
        between_seeds: half the width of the interval in which the difference of two runs lies that differ in the seed alone: a
            smaller difference between two runs says nothing.
        shape: how many subjects, prompts, seeds and images.
    """

    variances: Mapping[Source, Interval]
    between_seeds: float
    shape: tuple[int, int, int, int]

    def deviation(self, source: Source) -> float:
        """The standard deviation that a source brings; 0 where it is not told apart."""
        return float(np.sqrt(self.variances[source].mean)) if source in self.variances else 0.0


def spread_of_scores(values: NDArray[np.float64], *, level: float = LEVEL, seed: int = 0) -> SpreadOfScores:
    """Take a metric's spread apart.

    Args:
        values: [subjects, prompts, seeds, images] without gaps; two subjects and two seeds at least.
        level: of the intervals.
        seed: of the intervals' draws.

    Raises:
        ValueError: there are too few subjects or seeds, or a value is not finite.
    """
    from scipy.stats import t

    if values.ndim != 4 or values.shape[0] < 2 or values.shape[2] < 2 or 0 in values.shape:
        raise ValueError(f"two subjects and two seeds are needed, not an array of shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("a value is not finite")
    n_subjects, n_prompts, n_seeds, n_images = values.shape
    squares, freedom = _mean_squares(values)
    draws = np.random.default_rng(seed)
    pivots = {
        source: freedom[source] * square / draws.chisquare(freedom[source], _N_DRAWS) for source, square in squares.items()
    }
    tail = (1 - level) / 2
    variances: dict[Source, Interval] = {}
    for source in squares:
        estimate, drawn = (_variance(source, means, values.shape) for means in (squares, pivots))
        low, high = np.quantile(np.maximum(drawn, 0.0), [tail, 1 - tail])
        variances[source] = Interval(max(0.0, float(estimate)), float(low), float(high), n_subjects)
    # Of a seed's mean over all subjects while subjects and prompts stay the same; two seeds' difference has twice the variance.
    own = float(squares["seed"]) / (n_prompts * n_images * n_subjects)
    quantile = float(t.ppf(1 - tail, freedom["seed"]))
    return SpreadOfScores(variances, quantile * float(np.sqrt(2 * own)), (n_subjects, n_prompts, n_seeds, n_images))


def _mean_squares(values: NDArray[np.float64]) -> tuple[dict[Source, NDArray[np.float64]], dict[Source, int]]:
    """The mean square of every source that the design tells apart, and its degrees of freedom."""
    n_subjects, n_prompts, n_seeds, n_images = values.shape
    by_subject = values.mean(axis=(1, 2, 3), keepdims=True)
    by_prompt, by_seed = values.mean(axis=(2, 3), keepdims=True), values.mean(axis=(1, 3), keepdims=True)
    by_both = values.mean(axis=3, keepdims=True)
    parts: dict[Source, tuple[NDArray[np.float64], int, int]] = {
        "subject": (by_subject - by_subject.mean(), n_subjects - 1, n_prompts * n_seeds * n_images),
        "prompt": (by_prompt - by_subject, n_subjects * (n_prompts - 1), n_seeds * n_images),
        "seed": (by_seed - by_subject, n_subjects * (n_seeds - 1), n_prompts * n_images),
        "prompt and seed": (
            by_both - by_prompt - by_seed + by_subject,
            n_subjects * (n_prompts - 1) * (n_seeds - 1),
            n_images,
        ),
        "image": (values - by_both, n_subjects * n_prompts * n_seeds * (n_images - 1), 1),
    }
    if n_images == 1 and n_prompts > 1:  # one image a cell: nothing tells the image from its cell
        parts["image"] = parts["prompt and seed"]
        del parts["prompt and seed"]
    kept = {source: part for source, part in parts.items() if part[1] > 0}
    squares = {source: np.asarray(weight * (effect**2).sum() / free) for source, (effect, free, weight) in kept.items()}
    return squares, {source: free for source, (_, free, _) in kept.items()}


def _variance(source: Source, squares: Mapping[Source, NDArray[np.float64]], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The variance that solves the expected mean squares; not yet cut off at zero."""
    _, n_prompts, n_seeds, n_images = shape
    image = squares.get("image", np.asarray(0.0))
    inner = squares.get("prompt and seed", image)
    prompt, by_seed = squares.get("prompt", inner), squares["seed"]
    match source:
        case "image":
            return image
        case "prompt and seed":
            return (inner - image) / n_images
        case "seed":
            return (by_seed - inner) / (n_prompts * n_images)
        case "prompt":
            return (prompt - inner) / (n_seeds * n_images)
        case "subject":
            return (squares["subject"] - prompt - by_seed + inner) / (n_prompts * n_seeds * n_images)
