"""Empty pictures with names, and what is found among them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from dreambench.benchmark.api.naming import naming
from dreambench.benchmark.layouts import Found
from dreambench.dataset.collection import Dataset, load_dataset

Key = tuple[str, int, int]


def touch(folder: Path, *names: str) -> Path:
    """Pictures of those names below a folder; a name without an image's ending is a file of text."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".png", ".jpg", ".gif"):
            Image.new("RGB", (2, 2)).save(path)
        else:
            path.write_text("text")
    return folder


def find(
    folder: Path,
    pattern: str | None = None,
    *,
    layout: str | Path | None = None,
    manifest: Path | None = None,
    dataset: Dataset | None = None,
    subjects: Sequence[str] | None = None,
    prompts: Sequence[int] | None = None,
) -> Found:
    """What `bench score` finds in a folder, of the miniature where no dataset is named."""
    named = naming(pattern=pattern, layout=layout, manifest=manifest)
    options: dict[str, Any] = {"dataset": dataset or load_dataset("mini"), "subjects": subjects, "prompts": prompts}
    return named.find(folder, is_run=False, **options)


def keys(found: Found) -> list[Key]:
    """(subject, prompt, index) of all images."""
    rows = found.images[["subject", "prompt_index", "image_index"]].itertuples(index=False, name=None)
    return [(str(subject), int(prompt), int(index)) for subject, prompt, index in rows]
