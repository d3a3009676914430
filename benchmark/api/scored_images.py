"""The images that `bench score` is pointed at: found, looked at, reported on, and let in or refused."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from dreambench.benchmark.cli.progress import ProgressDisplay
    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.encoders import EmbeddingCache
    from dreambench.benchmark.runs.selection import Selection
    from dreambench.benchmark.scoring.inspection import Inspection
    from dreambench.dataset.collection import Dataset

#: Files open at a time: a picture may take 300 MB.
_READERS: Final = 8


@dataclass(frozen=True)
class ScoredImages:
    """What is scored.

    Attributes:
        images: columns subject, prompt_index, image_index, path.
        priors: columns subject, image_index, path; None for no PRES.
        inspection: what was found against what was expected.
        remarks: lines for below the table.
        prior: where the prior images lie, for summary.json; None for no PRES.
    """

    images: "pd.DataFrame"
    priors: "pd.DataFrame | None"
    inspection: "Inspection"
    remarks: list[str] = field(default_factory=list)
    prior: dict[str, Any] | None = None

    def record(self) -> dict[str, int]:
        """The inspection's numbers, for summary.json."""
        return self.inspection.record()


@contextmanager
def open_cache(*, keeps: bool) -> "Iterator[EmbeddingCache]":
    """The user's cache of embeddings, or one that is gone afterwards: within one scoring nothing is embedded twice."""
    from dreambench.benchmark.encoders import EmbeddingCache
    from dreambench.benchmark.machine.cache import cache_folder

    if keeps:
        yield EmbeddingCache(cache_folder())
        return
    with tempfile.TemporaryDirectory(prefix="dreambench-embeddings-") as folder:
        yield EmbeddingCache(Path(folder))


def run_record(images: Path, dataset: "Dataset") -> dict[str, Any] | None:
    """run.json of a run's folder; None for anyone's images.

    Raises:
        UserError: the run was made for other reference images than those that it would be scored against.
    """
    from dreambench.benchmark.runs.folder import RunFolder, read_run_record

    if not RunFolder(images).run_file.is_file():
        return None
    record = read_run_record(images)
    made_for = record.get("dataset")
    if not isinstance(made_for, dict) or made_for.get("checksum") != dataset.checksum:
        raise UserError(
            f"The run in {images} was made for other reference images (its suite: '{record.get('suite')}') than those of "
            f"'{dataset.name}'; name its suite with --suite."
        )
    return record


def read_images(
    images: Path,
    prior: Path | None,
    pattern: str,
    *,
    dataset: "Dataset",
    protocol: "Protocol",
    chosen: "Selection",
    named: tuple[tuple[str, ...] | None, tuple[int, ...] | None],
    record: dict[str, Any] | None,
    black: Literal["refuse", "keep"],
    cache: "EmbeddingCache",
    display: "ProgressDisplay",
) -> ScoredImages:
    """Find the images, open each, say what there is, and apply the protocol's policies.

    Args:
        images: a run's folder, or anyone's.
        prior: prior images, as --prior names them; None takes a run's own.
        pattern: of the images' names.
        dataset: whose subjects are expected.
        protocol: with the number of images a prompt that is wanted.
        chosen: subjects and prompts that are expected, unless a run says that it was to make others.
        named: --subjects and --prompts as they were given; None for one that was not.
        record: a run's run.json; None for anyone's images.
        black: whether all-black images are refused.
        cache: where it is kept which pictures were seen to be whole.
        display: where the report goes.

    Raises:
        UserError: there are none, or not those that the protocol wants; the message names the first few.
    """
    from dreambench.benchmark.machine.environment import usable_cores
    from dreambench.benchmark.results.priors import prior_record
    from dreambench.benchmark.runs.folder import RunFolder
    from dreambench.benchmark.scoring.completeness import admit
    from dreambench.benchmark.scoring.inspection import Expected, inspect_images
    from dreambench.benchmark.scoring.layout import find_images

    subjects, prompts = named
    folder = RunFolder(images).images if record is not None else images
    found = find_images(folder, pattern, subjects=subjects, prompts=prompts)
    frame, from_one = _numbered_from_zero(found.images, protocol.images_per_prompt)
    if protocol.surplus_images == "error":
        for subject_id in frame["subject"].unique():
            dataset.subject(subject_id)
    recorded_subjects, recorded_prompts = (_recorded(record, key) for key in ("subjects", "prompts"))
    expected = Expected(
        subjects=chosen.subjects if subjects else tuple(map(str, recorded_subjects or chosen.subjects)),
        prompts=chosen.prompts if prompts else tuple(map(int, recorded_prompts or chosen.prompts)),
        images_per_prompt=protocol.images_per_prompt,
    )
    display.say(f"opening {len(frame):,} images")
    inspection = inspect_images(
        frame, expected, refused=found.refused, others=found.others, cache=cache, threads=min(_READERS, usable_cores())
    )
    for line in [*inspection.lines(), *(["  They are numbered from 1, which is taken for 0."] if from_one else [])]:
        display.note(line)
    usable = admit(frame, inspection, protocol, black=black)
    kept = len(inspection.black) if black == "keep" else 0
    remarks = [f"{kept:,} all-black images are scored as they are."] if kept else []
    priors, remark = _find_priors(images, prior, set(usable["subject"]), protocol, is_run=record is not None, cache=cache)
    place = None if priors is None else prior_record(images, prior, each=protocol.prior_images)
    return ScoredImages(usable, priors, inspection, remarks + remark, place)


def _find_priors(
    images: Path,
    prior: Path | None,
    subjects: set[str],
    protocol: "Protocol",
    *,
    is_run: bool,
    cache: "EmbeddingCache",
) -> "tuple[pd.DataFrame | None, list[str]]":
    """The prior images, and a remark where a run's own are too few for this protocol (it was made under another one)."""
    from dreambench.benchmark.machine.environment import usable_cores
    from dreambench.benchmark.runs.folder import RunFolder
    from dreambench.benchmark.scoring.completeness import refuse_incomplete_priors
    from dreambench.benchmark.scoring.inspection import look_at
    from dreambench.benchmark.scoring.layout import find_priors

    own = RunFolder(images).prior
    place = own if prior is None and is_run and own.is_dir() else prior
    if place is None or protocol.prior_images == 0:
        return None, []
    found = find_priors(place, subjects=subjects)
    if found.refused:
        name, why = found.refused[0]
        raise UserError(f"{place / name} {why}; put the image itself there, or remove it.")
    priors = found.images[found.images["image_index"] < protocol.prior_images].reset_index(drop=True)
    try:
        refuse_incomplete_priors(priors, prior_images=protocol.prior_images, subjects=sorted(subjects))
    except UserError:
        if prior is not None:
            raise
        wanted = f"the protocol wants {protocol.prior_images} prior images a subject, and {place} has fewer"
        return None, [f"PRES is left out: {wanted}."]
    paths = [Path(path) for path in priors["path"]]
    for path, seen in zip(paths, look_at(paths, cache=cache, threads=min(_READERS, usable_cores())), strict=True):
        if seen not in ("fine", "black"):
            raise UserError(f"{path} {seen}; replace or remove it.")
    return priors, []


def _numbered_from_zero(images: "pd.DataFrame", images_per_prompt: int) -> "tuple[pd.DataFrame, bool]":
    """Images that someone numbers 1 to n, as 0 to n - 1."""
    indices = images["image_index"]
    if images.empty or indices.min() != 1 or indices.max() != images_per_prompt:
        return images, False
    return images.assign(image_index=indices - 1), True


def _recorded(record: dict[str, Any] | None, key: str) -> list[Any] | None:
    """What a run was to make, so that images that it lacks are missed; None where nothing says it."""
    selection = (record or {}).get("selection")
    values = selection.get(key) if isinstance(selection, dict) else None
    return values if isinstance(values, list) else None
