"""Options with few possible values."""

from collections.abc import Sequence
from typing import TypeVar

from dreambench.dataset.errors import UserError
from dreambench.dataset.words import did_you_mean

Choice = TypeVar("Choice", bound=str)


def choose(text: str, choices: Sequence[Choice], option: str) -> Choice:
    """The choice that was written, or a sentence that names the nearest one.

    Raises:
        UserError: it is none of them.
    """
    for choice in choices:
        if choice == text:
            return choice
    hint = did_you_mean(text, choices, otherwise=f"give one of {', '.join(choices)}.")
    raise UserError(f"{option} cannot be '{text}'; {hint}")


def positive(text: str, option: str, *, also: str) -> int | None:
    """A whole number above 0, or None for the word `also` ("auto").

    Raises:
        UserError: it is neither.
    """
    if text == also:
        return None
    if text.isdecimal() and 0 < int(text) <= 100_000:
        return int(text)
    raise UserError(f"{option} cannot be '{text}'; give a number above 0, or {also}.")


def seed_numbers(text: str) -> tuple[int, ...]:
    """The seeds of "0,1,2".

    Raises:
        UserError: it is something else.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and len(part) < 20 for part in parts) or len(set(parts)) < len(parts):
        raise UserError(f"--seeds cannot be '{text}'; give different numbers separated by commas, such as 0,1,2.")
    return tuple(map(int, parts))
