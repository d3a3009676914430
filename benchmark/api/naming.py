"""How a person says what the images of a folder are: by a pattern, a ready layout, or a manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dreambench.benchmark.layouts import (
    IMAGE_PATTERN,
    Found,
    Layout,
    Planned,
    find_images,
    find_listed,
    load_layout,
    planned_in,
)
from dreambench.benchmark.layouts.pattern import parse_pattern
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded


@dataclass(frozen=True)
class Naming:
    """How images are named: one of the three, or none for how a run names them.

    Attributes:
        pattern: of the images' names.
        layout: a ready layout.
        manifest: a file that lists them.
    """

    pattern: str | None = None
    layout: Layout | None = None
    manifest: Path | None = None

    def planned(self) -> Planned | None:
        """What `bench plan` asked for, where its list is the manifest."""
        return None if self.manifest is None else planned_in(self.manifest)

    def find(
        self,
        folder: Path,
        *,
        dataset: Dataset,
        subjects: Sequence[str] | None,
        prompts: Sequence[int] | None,
        is_run: bool,
    ) -> Found:
        """The images below a folder; arguments and errors as `find_images` has them."""
        if self.manifest is not None:
            return find_listed(folder, self.manifest, dataset=dataset, subjects=subjects, prompts=prompts)
        texts = self.layout.patterns if self.layout is not None else (IMAGE_PATTERN if self.pattern is None else self.pattern,)
        only = list(dict.fromkeys(subjects or [subject.id for subject in dataset.subjects]))
        patterns = [parse_pattern(text, one_subject=len(only) == 1) for text in texts]
        return find_images(
            folder,
            patterns,
            dataset=dataset,
            subjects=subjects,
            prompts=prompts,
            one_subject=only[0] if len(only) == 1 else None,
            beside=None if self.layout is None else self.layout.beside,
            is_run=is_run and self.pattern is None and self.layout is None,
        )


def naming(*, pattern: str | None, layout: str | Path | None, manifest: str | Path | None) -> Naming:
    """What a person said.

    Raises:
        UserError: more than one of them is given, or there is no such layout.
    """
    ways = (("--pattern", pattern), ("--layout", layout), ("--manifest", manifest))
    given = [option for option, value in ways if value is not None]
    if len(given) > 1:
        raise UserError(f"{given[0]} and {given[1]} both say how images are named; give one of them.")
    return Naming(
        pattern,
        None if layout is None else load_layout(layout),
        None if manifest is None else expanded(manifest),
    )
