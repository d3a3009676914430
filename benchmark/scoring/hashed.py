"""The files that scores are made from, by content: hashed before they are read, and looked at again when all is done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.scoring.tables import SHA256
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import FileHashes
from dreambench.dataset.images import UnusableImage, require_file

if TYPE_CHECKING:
    import pandas as pd


class ScoredFiles:
    """What images and prior images hold while they are scored.

    Every file is hashed once before anything is computed from it. That it is still the same afterwards is seen by its size,
    times and inode, and where one of them is another, by its content.
    """

    def __init__(self, images: "pd.DataFrame", priors: "pd.DataFrame | None", hashes: FileHashes) -> None:
        """Hash the files.

        Args:
            images: columns subject, prompt_index, image_index, path.
            priors: columns subject, image_index, path; None when there are none.
            hashes: of files that were hashed just now.

        Raises:
            UserError: a file is missing or can be no picture; the message names it.
        """
        self._hashes = hashes
        self._images = images
        self._prior_names = [] if priors is None else _prior_names(priors)
        self._paths = [Path(path) for path in [*images["path"], *([] if priors is None else priors["path"])]]
        self._found = self._read()

    @property
    def images(self) -> "pd.DataFrame":
        """The images with their column SHA256."""
        return self._images.assign(**{SHA256: self._found[: len(self._images)]})

    @property
    def priors(self) -> Mapping[str, str]:
        """ "subject/k.ending" -> SHA-256, for every prior image, in alphabetical order."""
        return dict(sorted(zip(self._prior_names, self._found[len(self._images) :], strict=True)))

    def check(self) -> None:
        """See that they are what they were.

        Raises:
            UserError: one was changed meanwhile; the message names it.
        """
        for path, before, now in zip(self._paths, self._found, self._read(), strict=True):
            if before != now:
                raise UserError(f"{path} was changed while it was being scored; score the images again.")

    def _read(self) -> Sequence[str]:
        for path in self._paths:
            require_file(path)
        try:
            return self._hashes.of_all(self._paths)
        except OSError as error:
            raise UnusableImage(
                Path(str(error.filename)), f"cannot be read ({error.strerror})", "mend its permissions, or restore it"
            ) from error


def prior_name(subject: str, index: int, path: Path) -> str:
    """What a prior image is called where its hash is kept: "subject/k.ending"."""
    return f"{subject}/{index}{path.suffix.lower()}"


def _prior_names(priors: "pd.DataFrame") -> list[str]:
    rows = zip(*(priors[key].tolist() for key in ("subject", "image_index", "path")), strict=True)
    return [prior_name(str(subject), int(index), Path(path)) for subject, index, path in rows]
