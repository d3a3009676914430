"""Is one method better than another? A paired permutation test whose unit of exchange is the subject."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

N_PERMUTATIONS: Final = 10_000
_EXACT_UP_TO: Final = 13  # subjects: 2**13 = 8192 sign patterns are fewer than the random ones
_MAX_SIGNS: Final = 4_000_000  # signs held at once: 32 MB
_MAX_KEPT: Final = 1_000_000  # patterns up to this size are kept for the next test of as many subjects: 8 MB each
_TIE: Final = 1e-12  # relative: two sums of the same numbers in another order count as equal


@dataclass(frozen=True)
class PairedTest:
    """The outcome of `paired_permutation_test`.

    Attributes:
        difference: mean over subjects of the subject's mean difference.
        p_value: two-sided; at least 1 / 2**(n - 1) for n subjects, however large the difference.
        n_subjects: the units that were exchanged.
        n_cells: (subject, prompt) cells that went into the subjects' means.
        exact: True if every sign pattern was tried, False if they were drawn at random.
    """

    difference: float
    p_value: float
    n_subjects: int
    n_cells: int
    exact: bool


def paired_permutation_test(
    differences: ArrayLike, subjects: Sequence[str], *, n_permutations: int = N_PERMUTATIONS, seed: int = 0
) -> PairedTest:
    """Paired two-sided permutation test of "the two methods are interchangeable on every subject".

    A cell is one subject under one prompt, its value the difference of the two methods' means over that cell's images.
    Under the null hypothesis the two methods' labels may be swapped within a subject; a swap changes the sign of *all*
    cells of that subject together. Cells are not swapped one by one: those of one subject share its reference images
    and one training run, so they rise and fall together, and treating them as 25 independent witnesses would call
    noise significant. Nothing is exchanged between subjects. The statistic is the mean over subjects of the subject's
    mean difference (prompts weigh alike within a subject, subjects alike in the whole).

    Up to 13 subjects all 2**n sign patterns are enumerated; beyond that they are drawn, and the observed one is counted
    among them, which keeps the test valid (Phipson & Smyth 2010, arXiv 1603.05766).

    Args:
        differences: [cells], method A minus method B; cells that are NaN are left out.
        subjects: [cells], whose cell each is.
        n_permutations: random sign patterns where not all can be tried.
        seed: of those patterns.
    """
    values = np.asarray(differences, dtype=np.float64)
    owners = np.asarray(subjects, dtype=np.str_)
    if values.ndim != 1 or values.shape != owners.shape:
        raise ValueError(f"differences and subjects must be vectors of one length, not {values.shape} and {owners.shape}")
    present = np.isfinite(values)
    values, owners = values[present], owners[present]
    if len(values) == 0:
        return PairedTest(float("nan"), float("nan"), 0, 0, True)
    _, group = np.unique(owners, return_inverse=True)
    means = np.bincount(group, weights=values) / np.bincount(group)
    n = len(means)
    return PairedTest(
        difference=float(means.mean()),
        p_value=sign_flip_p_value(means, n_permutations=n_permutations, seed=seed),
        n_subjects=n,
        n_cells=len(values),
        exact=n <= _EXACT_UP_TO,
    )


def sign_flip_p_value(means: NDArray[np.float64], *, n_permutations: int = N_PERMUTATIONS, seed: int = 0) -> float:
    """The two-sided p-value of `paired_permutation_test`, for [n] mean differences of subjects; NaN for none."""
    n = len(means)
    if n == 0:
        return float("nan")
    threshold = abs(means.sum()) - _TIE * np.abs(means).sum()
    if n <= _EXACT_UP_TO:
        return float((np.abs(_all_signs(n) @ means) >= threshold).mean())
    if n * n_permutations <= _MAX_KEPT:
        blocks: Iterator[NDArray[np.float64]] = iter([_kept_signs(n, n_permutations, seed)])
    else:
        blocks = _drawn_signs(n, n_permutations, seed)
    extreme = sum(int((np.abs(signs @ means) >= threshold).sum()) for signs in blocks)
    return (extreme + 1) / (n_permutations + 1)


def least_p_value(n: int, *, n_permutations: int = N_PERMUTATIONS) -> float:
    """The smallest p-value that n subjects can give, however large the difference; 1 for none."""
    if n <= _EXACT_UP_TO:
        return min(1.0, 2.0 ** (1 - n))
    return 1.0 / (n_permutations + 1)


@lru_cache(maxsize=4)
def _all_signs(n: int) -> NDArray[np.float64]:
    """[2**n, n] of -1 and 1: every way to swap or keep."""
    patterns = np.arange(2**n)[:, None] >> np.arange(n)[None, :]
    signs = np.where(patterns & 1 == 1, 1.0, -1.0)
    signs.setflags(write=False)
    return signs


@lru_cache(maxsize=4)
def _kept_signs(n: int, n_permutations: int, seed: int) -> NDArray[np.float64]:
    """A table of two hundred methods asks for the same patterns over and over: drawing them is most of a test's time."""
    signs = np.concatenate(list(_drawn_signs(n, n_permutations, seed)))
    signs.setflags(write=False)
    return signs


def _drawn_signs(n: int, n_permutations: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """[permutations, n] of -1 and 1, in blocks."""
    generator = np.random.default_rng(seed)
    block = max(1, _MAX_SIGNS // n)
    for start in range(0, n_permutations, block):
        bits = generator.integers(0, 2, size=(min(block, n_permutations - start), n))
        yield bits.astype(np.float64) * 2.0 - 1.0
