"""The images that `bench score` is pointed at: found, looked at, reported on, and let in or refused."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.naming import Naming
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import EmbeddingCache
from dreambench.benchmark.layouts import find_priors
from dreambench.benchmark.machine.cache import cache_folder
from dreambench.benchmark.machine.environment import usable_cores
from dreambench.benchmark.results.manifest_checks import read_manifests
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.record import RunRecord, read_run_record
from dreambench.benchmark.runs.selection import Selection, asked
from dreambench.benchmark.scoring.completeness import admit, numbered_from_0, refuse_incomplete_priors
from dreambench.benchmark.scoring.inspection import Expected, Inspection, inspect_images, look_at
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.leftovers import temporary_folder
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    import pandas as pd

#: Files open at a time: a picture may take 300 MB.
_READERS: Final = 8


@dataclass(frozen=True)
class ScoredImages:
    """What is scored.

    Attributes:
        images: columns subject, prompt_index, image_index, path.
        priors: columns subject, image_index, path; None where there are none.
        inspection: what was found against what was expected.
        remarks: lines for below the table.
        prior_folder: where the prior images lie; None where there are none.
    """

    images: "pd.DataFrame"
    priors: "pd.DataFrame | None"
    inspection: Inspection
    remarks: list[str] = field(default_factory=list)
    prior_folder: Path | None = None


@contextmanager
def open_cache(*, keeps: bool) -> Iterator[EmbeddingCache]:
    """The user's cache of embeddings, or one that is gone afterwards: within one scoring nothing is embedded twice."""

    if keeps:
        yield EmbeddingCache(cache_folder())
        return
    with temporary_folder("dreambench-embeddings-") as folder:
        yield EmbeddingCache(folder)


def run_record(images: Path, dataset: Dataset) -> RunRecord | None:
    """run.json of a run's folder; None for anyone's images.

    Raises:
        UserError: the run was made for other reference images or prompts than those that it would be scored with.
    """
    if not RunFolder(images).run_file.is_file():
        return None
    record = read_run_record(images)
    if record.dataset.checksum != dataset.checksum:
        raise UserError(
            f"The run in {images} was made for other reference images or prompts (its suite: '{record.suite}') than those "
            f"of '{dataset.name}'; name its suite with --suite."
        )
    return record


def read_images(
    images: Path,
    *,
    prior: Path | None,
    naming: Naming,
    dataset: Dataset,
    protocol: Protocol,
    chosen: Selection,
    named: tuple[Sequence[str] | None, Sequence[int] | None],
    record: RunRecord | None,
    black: Literal["refuse", "keep"],
    cache: EmbeddingCache,
    listener: Listener,
) -> ScoredImages:
    """Find the images, open each, say what there is, and apply the protocol's policies.

    Args:
        images: a run's folder, or anyone's.
        prior: prior images, as --prior names them; None takes a run's own.
        naming: how the images are named.
        dataset: whose subjects are expected.
        protocol: with the number of images a prompt that is wanted.
        chosen: subjects and prompts that are expected, unless a run says that it was to make others.
        named: --subjects and --prompts as they were given; None for one that was not.
        record: a run's run.json; None for anyone's images.
        black: whether all-black images are refused.
        cache: where it is kept which pictures were seen to be whole.
        listener: who hears the report.

    Raises:
        UserError: there are none, or not those that the protocol wants; the message names the first few.
    """

    subjects, prompts = named
    folder = RunFolder(images).images if record is not None else images
    found = naming.find(folder, dataset=dataset, subjects=subjects, prompts=prompts, is_run=record is not None)
    frame, from_one = _numbered_from_zero(found.images, protocol.images_per_prompt)
    if protocol.surplus_images == "error":
        for subject_id in frame["subject"].unique():
            dataset.subject(subject_id)
    made = None if record is None else record.selection
    the_subjects = chosen.subjects if subjects or made is None else made.subjects
    the_prompts = chosen.prompts if prompts or made is None else made.prompts
    expected = Expected(asked(dataset, map(dataset.subject, the_subjects), the_prompts), protocol.images_per_prompt)
    listener.say(f"opening {counted(len(frame), 'image')}")
    inspection = inspect_images(
        frame,
        expected,
        refused=found.refused,
        others=found.others,
        reading=protocol.reading,
        cache=cache,
        threads=min(_READERS, usable_cores()),
    )
    doubtful = {} if found.prompts_named else _in_words(dataset, expected, frame)
    remarks = [*found.remarks, *(["The images are numbered from 1, which is taken for 0."] if from_one else [])]
    for line in [*inspection.lines(), *(f"  {remark}" for remark in remarks)]:
        listener.note(line)
    usable = admit(frame, inspection, protocol, black=black, doubtful=doubtful)
    if doubtful and protocol.missing_images != "error":
        remarks.append(numbered_from_0(doubtful))
    elif doubtful:  # whoever named these prompts may know, so it is told once and not kept
        listener.note(f"  {numbered_from_0(doubtful)}")
    if record is not None:
        _refuse_replaced(images, record, [Path(path) for path in usable["path"]], cache)
    kept = len(inspection.black) if black == "keep" else 0
    remarks += [f"{kept:,} all-black images are scored as they are."] if kept else []
    own = RunFolder(images).prior if record is not None and RunFolder(images).prior.is_dir() else None
    folder_of_priors = own if prior is None else prior
    if folder_of_priors is None or protocol.prior_images == 0:
        return ScoredImages(usable, None, inspection, remarks)
    priors, remark = _read_priors(
        folder_of_priors,
        set(usable["subject"]),
        protocol,
        too_few="refuse" if prior is not None else "leave_out",
        cache=cache,
    )
    if record is not None and priors is not None and folder_of_priors == own:
        _refuse_replaced(images, record, [Path(path) for path in priors["path"]], cache)
    return ScoredImages(usable, priors, inspection, remarks + remark, None if priors is None else folder_of_priors)


def _refuse_replaced(root: Path, record: RunRecord, paths: Sequence[Path], cache: EmbeddingCache) -> None:
    """Refuse pictures that a run's units did not make: their scores would carry the run's method, seed and settings.

    Raises:
        UserError: the manifest of a unit has another hash for one; the message names it.
    """
    manifests = read_manifests(root, record.selection.subjects)
    made = {root / name: digest for manifest in manifests.values() for name, digest in manifest.files().items()}
    for path in paths:
        digest, found = made.get(path), cache.content_of(path)
        if digest is not None and digest != found:
            raise UserError(
                f"{path} is not the picture that the run in {root} made (SHA-256 {digest[:12]}, now {found[:12]}); give the "
                f"same `bench run` command again to make it anew, or score {RunFolder(root).images} as a folder of images."
            )


def _in_words(dataset: Dataset, expected: Expected, frame: "pd.DataFrame") -> dict[int, str]:
    """What is asked under the numbers of the prompts that images are of, as the first subject that has them is asked it."""
    found = sorted({int(number) for number in frame["prompt_index"]})
    lists = [dataset.prompts(dataset.subject(name)) for name in expected.by_subject]
    asked_of = {prompt.index: prompt.request for prompts in reversed(lists) for prompt in prompts}
    return {number: asked_of[number] for number in found if number in asked_of}


def _read_priors(
    folder: Path,
    subjects: set[str],
    protocol: Protocol,
    *,
    too_few: Literal["refuse", "leave_out"],
    cache: EmbeddingCache,
) -> "tuple[pd.DataFrame | None, list[str]]":
    """The prior images, and a remark where a run's own are too few for this protocol (it was made under another one)."""
    found = find_priors(folder, subjects=subjects)
    if found.refused:
        name, why = found.refused[0]
        raise UserError(f"{folder / name} {why}; put the image itself there, or remove it.")
    priors = found.images[found.images["image_index"] < protocol.prior_images].reset_index(drop=True)
    try:
        refuse_incomplete_priors(priors, prior_images=protocol.prior_images, subjects=sorted(subjects))
    except UserError:
        if too_few == "refuse":
            raise
        needing = [info.label for info in protocol.infos() if "priors" in protocol.metrics[info.key].needs]
        wanted = f"the protocol wants {protocol.prior_images} prior images a subject, and {folder} has fewer"
        return None, [f"{', '.join(needing)} {'is' if len(needing) == 1 else 'are'} left out: {wanted}."]
    paths = [Path(path) for path in priors["path"]]
    looks = look_at(paths, reading=protocol.reading, cache=cache, threads=min(_READERS, usable_cores()))
    for path, look in zip(paths, looks, strict=True):
        if look.trouble is not None:
            raise UserError(f"{path} {look.trouble}; replace or remove it.")
    return priors, []


def _numbered_from_zero(images: "pd.DataFrame", images_per_prompt: int) -> "tuple[pd.DataFrame, bool]":
    """Images that someone numbers 1 to n, as 0 to n - 1."""
    indices = images["image_index"]
    if images.empty or indices.min() != 1 or indices.max() != images_per_prompt:
        return images, False
    return images.assign(image_index=indices - 1), True
