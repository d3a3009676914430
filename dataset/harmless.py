"""Texts of strangers, made fit for a terminal."""


def harmless(text: str) -> str:
    """A text of several lines whose control characters have become question marks; tabs and ends of lines stay.

    Among them are those that turn the direction of writing, which make a line look like another one.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\n\t" or _is_space(letter) else "?" for letter in text)


def _is_space(letter: str) -> bool:
    """A space of another width, which Python calls unprintable; a line's end of another system is none."""
    return letter.isspace() and letter not in "\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
