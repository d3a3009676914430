"""What `bench dataset show` tells: one record of a dataset, as JSON or as lines to read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dreambench.dataset.collection import RELEASED, Dataset, load_dataset
from dreambench.dataset.credits import Credit
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.kinds import KINDS
from dreambench.dataset.release import absent_images, images_root, load_release, release_folder
from dreambench.dataset.subjects import SUBJECTS, Subject
from dreambench.dataset.words import counted


def describe(name: str, data: Path | None) -> dict[str, Any]:
    """A dataset as JSON. The released one is described by its manifest, so its photos need not be here.

    Raises:
        UserError: there is no such dataset, or `data` is given for another one than the released.
    """
    if name == RELEASED:
        return _released(data)
    if data is not None:
        raise UserError(f"--data names a copy of the dataset '{RELEASED}', not of '{name}'; leave one of them out.")
    return _loaded(load_dataset(name))


def _loaded(dataset: Dataset) -> dict[str, Any]:
    images = {
        subject.id: [
            {"file": f"{subject.id}/{path.name}", "sha256": sha256_file(path)} | dataset.credit(path).model_dump()
            for path in dataset.reference_paths(subject)
        ]
        for subject in dataset.subjects
    }
    return {
        "name": dataset.name,
        "folder": str(dataset.root),
        "here": sum(len(files) for files in images.values()),
        "checksum": dataset.checksum,
        "unread": dataset.unread(),
        "subjects": _subjects(dataset.subjects, images),
        **_prompts(dataset),
    }


def _released(data: Path | None) -> dict[str, Any]:
    release, folder = load_release(), release_folder(data)
    images: dict[str, list[dict[str, Any]]] = {subject.id: [] for subject in SUBJECTS}
    for image in release.images:
        repeats = release.near_duplicates.get(image.name)
        record = {"file": image.name, "sha256": image.sha256, **image.credit.model_dump(), "near_duplicate_of": repeats}
        images[image.subject].append(record)
    here = len(release.images) - len(absent_images(folder))
    origin = {"repository": release.repository, "commit": release.commit, "date": release.date, "citation": release.citation}
    return {
        "name": RELEASED,
        "folder": str(images_root(folder)),
        "here": here,
        "checksum": load_dataset(RELEASED, data=data).checksum if here == len(release.images) else None,
        "release": origin | {"licences": {key: licence.model_dump() for key, licence in release.licences.items()}},
        "subjects": _subjects(SUBJECTS, images),
        **_prompts(Dataset(RELEASED, images_root(folder), SUBJECTS)),
    }


def _subjects(subjects: Sequence[Subject], images: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {
            "subject": subject.id,
            "class_noun": subject.class_noun,
            "kind": subject.kind,
            "references": len(images[subject.id]),
            "images": images[subject.id],
        }
        for subject in subjects
    ]


def _prompts(dataset: Dataset) -> dict[str, Any]:
    """The prompts by kind, and, in the same order, their families."""
    prompts = {kind: dataset.prompts_of(kind) for kind in KINDS if dataset.prompts_of(kind)}
    return {
        "prompts": {kind: [prompt.text("{class noun}") for prompt in found] for kind, found in prompts.items()},
        "families": {kind: [prompt.family for prompt in found] for kind, found in prompts.items()},
        "has_official_prompts": dataset.has_official_prompts,
    }


def lines(record: Mapping[str, Any]) -> Iterator[str]:
    """The record to read: subjects, prompts, then licence and attribution of every image, and where it all is."""
    subjects: Sequence[dict[str, Any]] = record["subjects"]
    keys = ("subject", "class_noun", "kind", "references")
    yield from in_columns([keys, *([str(subject[key]) for key in keys] for subject in subjects)])
    for kind, prompts in record["prompts"].items():
        yield ""
        yield f"prompts for {kind} subjects"
        families = record["families"][kind]
        numbered = [
            (f"{index:>4}", prompt, family) for index, (prompt, family) in enumerate(zip(prompts, families, strict=True))
        ]
        yield from in_columns(numbered)
    images = [image for subject in subjects for image in subject["images"]]
    yield ""
    yield from in_columns([("image", "licence", "by", "from"), *(_credited(image) for image in images)])
    yield ""
    licences = record.get("release", {}).get("licences", {})
    yield from (f"{key}: {licence['name']}, {licence['url']}" for key, licence in licences.items())
    if "release" in record:
        yield f"cite: {record['release']['citation']}"
        yield f"released at {record['release']['repository']}, commit {record['release']['commit']}"
    yield from record.get("unread", ())
    n_live = sum(subject["kind"] == "live" for subject in subjects)
    kinds = f"{counted(len(subjects) - n_live, 'object')}, {n_live} live"
    counts = f"{counted(len(subjects), 'subject')} ({kinds}), {counted(len(images), 'reference image')}"
    yield f"{record['name']}: {counts}"
    if record["here"] == len(images):
        yield f"in {record['folder']}, checksum {record['checksum']}"
    elif record["here"]:
        yield f"{record['here']} of them in {record['folder']}; `bench dataset verify` names the rest"
    else:
        yield f"not in {record['folder']}; `bench dataset fetch` fetches them"


def _credited(image: Mapping[str, Any]) -> tuple[str, str, str, str]:
    credit = Credit.model_validate({key: image[key] for key in Credit.model_fields})
    origin = "; ".join(part for part in (credit.source, credit.note) if part)
    return image["file"], credit.licence or "not told", credit.creator or "not told", origin


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of equal lengths as lines whose columns stand below each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
