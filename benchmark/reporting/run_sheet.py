"""The contact sheet of a run: a few subjects and prompts, evenly spread, to look at before a number is believed."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.dataset.files import atomic_write_bytes

if TYPE_CHECKING:
    from PIL import Image

SUBJECTS: Final = 10
PROMPTS: Final = 6
REFERENCES: Final = 2
#: Pictures wait for the sheet at no more than this many pixels a side; cameras make them thirty times as large.
WAITING: Final = 512
Item = TypeVar("Item")


def run_sheet(plan: RunPlan, folder: RunFolder) -> None:
    """Write sheet.png: at most 10 subjects with 2 references and the first image of at most 6 prompts each."""
    from dreambench.dataset.images import open_image
    from dreambench.reports.contact_sheet import make_contact_sheet

    # Subjects of one kind stand together, so that their common prompts are written once.
    chosen = sorted((plan.dataset.subject(name) for name in spread(plan.selection.subjects, SUBJECTS)), key=lambda s: s.kind)
    columns = spread(plan.selection.prompts, PROMPTS)
    rows: list[list[Image.Image | None]] = []
    captions = []
    for subject in chosen:
        references: list[Image.Image | None] = [
            _small(open_image(path)) for path in plan.dataset.reference_paths(subject)[:REFERENCES]
        ]
        references += [None] * (REFERENCES - len(references))
        texts = {prompt.index: prompt.request for prompt in plan.dataset.prompts(subject)}
        there = set(plan.selection.by_subject[subject.id])
        rows.append(
            [
                *references,
                *(_small(open_image(folder.image(subject.id, index, 0))) if index in there else None for index in columns),
            ]
        )
        captions.append(["reference"] * REFERENCES + [texts[index] if index in there else "" for index in columns])
    sheet = make_contact_sheet(rows, [subject.id for subject in chosen], captions=captions, references=REFERENCES)
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    atomic_write_bytes(folder.sheet_file, buffer.getvalue())


def _small(image: "Image.Image") -> "Image.Image":
    image.thumbnail((WAITING, WAITING))
    return image


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` items, evenly spread from the first to the last."""
    if len(items) <= count:
        return list(items)
    if count == 1:
        return [items[0]]
    return [items[round(index * (len(items) - 1) / (count - 1))] for index in range(count)]
