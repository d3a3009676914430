"""Which of a subject's reference images a method sees, and which are kept back from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreambench.benchmark.metrics.features import PARTS, Part
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.subjects import Subject
from dreambench.dataset.words import counted


@dataclass(frozen=True)
class ReferenceChoice:
    """How many reference images of every subject a method sees.

    A subject's images are put in an order that depends on the run's seed, the subject and the files' names alone. The first
    ones are seen, the last ones are kept back. So one image more adds to what was seen, and what is kept back stays the same
    whatever is seen.

    Attributes:
        hold_out: images that are kept back; 0 with `references` keeps back all that are not seen.
        references: images that are seen; None: all that are not kept back. Those that are neither are left aside.
    """

    hold_out: int = 0
    references: int | None = None

    def __post_init__(self) -> None:
        if self.hold_out < 0:
            raise UserError(f"--hold-out is {self.hold_out}; give the number of reference images to keep back, 0 or more.")
        if self.references is not None and self.references < 1:
            raise UserError(f"--references is {self.references}; give the number of reference images to train on, 1 or more.")

    @property
    def is_usual(self) -> bool:
        """Whether methods see all reference images."""
        return self.hold_out == 0 and self.references is None

    def parts(self, dataset: Dataset, subject: Subject, *, seed: int) -> Mapping[Part, tuple[Path, ...]]:
        """The reference images that are seen and those that are not ("unseen"), each in the dataset's order.

        Args:
            dataset: whose reference images.
            subject: one of its.
            seed: of the run.

        Raises:
            UserError: the subject has too few images for one to be seen and one to be kept back.
        """
        paths = tuple(dataset.reference_paths(subject))
        if self.is_usual:
            return {"seen": paths, "unseen": ()}
        n_unseen = self.hold_out or max(1, len(paths) - (self.references or 0))
        n_seen = len(paths) - n_unseen if self.references is None else self.references
        if n_seen < 1 or n_seen + n_unseen > len(paths):
            raise UserError(
                f"The subject '{subject.id}' has {counted(len(paths), 'reference image')}, too few to show the method "
                f"{max(1, n_seen)} and keep {n_unseen} back; make --hold-out or --references smaller, or leave the subject out "
                "with --subjects."
            )
        shuffled = sorted(paths, key=lambda path: sha256_json(["reference images", seed, subject.id, path.name]))
        chosen = {"seen": shuffled[:n_seen], "unseen": shuffled[-n_unseen:]}
        return {part: tuple(path for path in paths if path in chosen[part]) for part in PARTS}


#: Methods see all.
ALL_REFERENCES: Final = ReferenceChoice()
