"""The images as the page's script reads them: columns of small whole numbers, and files named by them.

No file's name comes from a subject's or method's name, which strangers choose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from dreambench.reports.page.contents import PageImage, PagePrompt, ReportPage
from dreambench.reports.page.thumbnails import PictureJob

_DIGITS = 4


@dataclass(frozen=True)
class Catalogue:
    """Pictures to copy, and the script's data.

    Attributes:
        jobs: references first, then generated images in the order of `data["images"]`.
        n_references: how many of the jobs are references.
        data: JSON values; `with_large` completes them.
    """

    jobs: list[PictureJob]
    n_references: int
    data: dict[str, Any]

    def with_large(self, large: set[int]) -> dict[str, Any]:
        """The data with the places of pictures that have a large copy, as `copy_pictures` returns them."""
        subjects, index = [], 0
        for subject in self.data["subjects"]:
            count = subject["references"]
            subjects.append({**subject, "large": [int(index + number in large) for number in range(count)]})
            index += count
        marks = [int(index in large) for index in range(self.n_references, len(self.jobs))]
        return {**self.data, "subjects": subjects, "images": {**self.data["images"], "large": marks}}


def build_catalogue(page: ReportPage) -> Catalogue:
    """Number subjects and runs, and name the files: images/references/<subject>-<k>, images/<run>/<subject>-<prompt>-<k>.

    Raises:
        ValueError: an image's subject is not among the page's.
    """
    places = {subject.id: position for position, subject in enumerate(page.subjects)}
    jobs = [
        PictureJob(path, _target("references", f"{places[subject.id]}-{index}"))
        for subject in page.subjects
        for index, path in enumerate(subject.references)
    ]
    n_references = len(jobs)
    keys = [column.column.key for column in page.columns if column.has_image_scores]
    columns: dict[str, list[Any]] = {name: [] for name in ("run", "subject", "prompt", "index", *keys)}
    texts: dict[str, str] = {}
    for number, run in enumerate(page.runs):
        for image in sorted(
            run.images, key=lambda picture: (places.get(picture.subject, -1), picture.prompt_index, picture.image_index)
        ):
            if image.subject not in places:
                raise ValueError(f"an image is of the subject {image.subject!r}, which is not among the page's")
            subject = places[image.subject]
            jobs.append(PictureJob(image.path, _target(str(number), f"{subject}-{image.prompt_index}-{image.image_index}")))
            texts[f"{subject}-{image.prompt_index}"] = image.prompt
            _append(columns, number, subject, image, keys)
    data = {
        "runs": [run.label for run in page.runs],
        "metrics": [
            {
                "key": column.column.key,
                "label": column.column.label,
                "up": column.column.higher_is_better,
                "decimals": page.table.blocks[0].decimals([column.column])[column.column.key],
            }
            for column in page.columns
            if column.has_image_scores
        ],
        "subjects": [
            {"id": subject.id, "noun": subject.class_noun, "kind": subject.kind, "references": len(subject.references)}
            for subject in page.subjects
        ],
        "requests": _requests(page.prompts),
        "texts": texts,
        "images": columns,
    }
    return Catalogue(jobs, n_references, data)


def _append(columns: dict[str, list[Any]], run: int, subject: int, image: PageImage, keys: Sequence[str]) -> None:
    columns["run"].append(run)
    columns["subject"].append(subject)
    columns["prompt"].append(image.prompt_index)
    columns["index"].append(image.image_index)
    for key in keys:
        value = image.scores.get(key)
        columns[key].append(None if value is None else round(value, _DIGITS))


def _requests(prompts: Sequence[PagePrompt]) -> list[dict[str, Any]]:
    """Requests as the filter lists them: one that several kinds share stands once."""
    requests: dict[tuple[str, str], list[str]] = {}
    for prompt in prompts:
        requests.setdefault((prompt.family, prompt.request), []).append(f"{prompt.kind}-{prompt.index}")
    return [{"family": family, "request": request, "prompts": keys} for (family, request), keys in requests.items()]


def _target(folder: str, stem: str) -> PurePosixPath:
    return PurePosixPath("images", folder, stem)
