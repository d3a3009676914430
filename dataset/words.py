"""Small pieces of sentences that every room needs: what may have been meant, and how many there are."""

import difflib
from collections.abc import Collection, Iterable
from typing import Final

#: How alike two names must be, 0 to 1, for one to be offered in place of the other.
_ALIKE: Final = 0.5


def nearest(name: str, known: Iterable[str], *, alike: float = _ALIKE) -> str | None:
    """The known name that is most like another; capitals do not count. None where nothing is like it."""
    names: dict[str, str] = {}
    for other in known:
        names.setdefault(other.casefold(), other)
    near = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=alike)
    return names[near[0]] if near else None


def did_you_mean(
    name: str, known: Iterable[str], *, prefix: str = "", otherwise: str | None = None, alike: float = _ALIKE
) -> str:
    """The end of a refusal of a name: "did you mean 'steps'?".

    Args:
        name: as it was written.
        known: names that there are.
        prefix: stands before the name that is offered, such as a table's: "sampler.".
        otherwise: what is said, up to its full stop, where nothing is near; None: the known names.
        alike: how much two names must have in common, 0 to 1.
    """
    names = list(known)
    near = nearest(name, names, alike=alike)
    if near is not None:
        return f"did you mean '{prefix}{near}'?"
    if otherwise is not None:
        return otherwise
    if not names:
        return "nothing can be set here."
    return f"known are {', '.join(prefix + other for other in names)}."


def counted(number: int, noun: str) -> str:
    """ "1 subject", "30 subjects", "3,000 images"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def counted_range(numbers: Collection[int], noun: str) -> str:
    """ "16 images" where all numbers are one, "8 to 16 images" where they are not.

    Args:
        numbers: one or more.
        noun: as `counted` takes it.
    """
    least, most = min(numbers), max(numbers)
    return counted(most, noun) if least == most else f"{least:,} to {counted(most, noun)}"


def shortened(text: str, most: int) -> str:
    """A text of at most `most` characters; what is cut ends in three dots."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
