"""What is said of a file that no picture can be read from."""

from pathlib import Path

from dreambench.dataset.errors import UserError


class UnusableImage(UserError):
    """A file that no picture can be read from.

    Attributes:
        path: the file.
        trouble: what is wrong, as the rest of a sentence about it: "does not exist".
        mend: what to do about it, as the rest of a sentence: "check the path".
    """

    def __init__(self, path: Path, trouble: str, mend: str) -> None:
        """`mend` says what to do about it, and ends the sentence."""
        super().__init__(f"{path} {trouble}; {mend}.")
        self.path, self.trouble, self.mend = path, trouble, mend

    def __reduce__(self) -> tuple[type["UnusableImage"], tuple[Path, str, str]]:
        return UnusableImage, (self.path, self.trouble, self.mend)


class UnreadablePixels(ValueError):
    """Pixels that cannot be brought to 8 bits: what is wrong, as the rest of a sentence about the file."""
