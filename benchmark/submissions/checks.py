"""Whether a submission agrees with itself and with what is known: each check is a sentence on what is wrong, or nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.submissions.means import infos_of, mean_of, weights_of
from dreambench.benchmark.submissions.model import PRIOR_FOLDER, Submission
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.subjects import SUBJECTS

if TYPE_CHECKING:
    from dreambench.dataset.collection import Dataset

#: Scores are packed with this many decimals, so that means made of them may differ by half of the last.
DECIMALS: Final = 8
_TOLERANCE: Final = 1e-6
_SLACK: Final = 1e-4  # a cosine in float32 may lie this little beyond 1
_IMAGE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)/([0-9]{2,3})/[0-9]{1,6}\.[a-z]{3,4}")
_PRIOR_IMAGE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)/([0-9]{1,6})\.[a-z]{3,4}")
_KNOWN_DATASETS: Final = ("mini", "dreambooth")


def fault_of(submission: Submission) -> str | None:
    """The first thing that is wrong with a submission, as a clause; None for nothing."""
    return next(_faults(submission), None)


def _faults(submission: Submission) -> Iterator[str]:
    yield from _metric_faults(submission)
    yield from _range_faults(submission)
    yield from _mean_faults(submission)
    yield from _dataset_faults(submission)
    yield from _image_faults(submission)
    yield from _prior_faults(submission)


def _metric_faults(submission: Submission) -> Iterator[str]:
    for name, subject in submission.subjects.items():
        if set(subject.scores) != set(submission.summary):
            odd = sorted(set(subject.scores) ^ set(submission.summary))[0]
            yield f"its summary and its subject {name} do not have the same metrics ('{odd}')"
            return


def _range_faults(submission: Submission) -> Iterator[str]:
    for info in infos_of(submission):
        low, high = _bounds(submission, info.key)
        for name, subject in submission.subjects.items():
            value = subject.scores[info.key]  # type: ignore[index]
            if value is not None and not low <= value <= high:
                yield f"{info.label} of {name} is {value:g}, which no image can have ({low:g} to {high:g})"
                return


def _bounds(submission: Submission, key: str) -> tuple[float, float]:
    """Between what a metric lies: a cosine, a share, or a distance of two images (LPIPS's is no larger than 2 in practice)."""
    scale = submission.protocol.scale
    if key in ("identification", "copy_index"):
        return -_SLACK, 1.0 + _SLACK
    if key == "div":
        return -_SLACK, 2.0 + _SLACK
    reach = (1.0 + _SLACK) * scale * (submission.protocol.clip_t_scale if key == "clip_t" else 1.0)
    return -reach, reach


def _mean_faults(submission: Submission) -> Iterator[str]:
    for info in infos_of(submission):
        if any(isnan(weight) for weight in weights_of(submission, info).tolist()):
            yield "its protocol pools over pairs, but a subject does not say how many pairs it has"
            return
        stated = submission.summary[info.key].mean  # type: ignore[index]
        found = mean_of(submission, info)
        if not abs(stated - found) <= _TOLERANCE * max(1.0, submission.protocol.scale):
            yield f"it states a mean {info.label} of {stated:.4f}, but its subjects' scores give {found:.4f}"
            return


def _dataset_faults(submission: Submission) -> Iterator[str]:
    known = _datasets().get(submission.dataset.checksum)
    if known is None:
        if submission.dataset.name in _KNOWN_DATASETS:
            yield f"it names the dataset '{submission.dataset.name}', but its checksum is not that dataset's"
        return
    if submission.dataset.name != known.name:
        yield f"its dataset's checksum is that of '{known.name}', not of '{submission.dataset.name}'"
    subjects = {subject.id: subject for subject in known.subjects}
    for subject_id, submitted in submission.subjects.items():
        subject = subjects.get(subject_id)
        if subject is None:
            yield f"the dataset '{known.name}' has no subject {subject_id}"
        elif (submitted.class_noun, submitted.kind) != (subject.class_noun, subject.kind):
            yield f"the dataset '{known.name}' has {subject_id} as another class noun or kind"
        elif submitted.prompts[-1] >= len(known.prompts(subject)):
            n_prompts = len(known.prompts(subject))
            yield f"subject {subject_id} has a prompt {submitted.prompts[-1]}; there are {n_prompts}, counted from 0"


def _image_faults(submission: Submission) -> Iterator[str]:
    counts: Counter[tuple[str, int]] = Counter()
    for path in submission.images:
        found = _IMAGE.fullmatch(path)
        if found is None:
            yield f"it names an image {path[:80]!r}, which is not of the form subject/prompt/image.png"
            return
        counts[found[1], int(found[2])] += 1
    for name, subject in submission.subjects.items():
        own = sum(counts.pop((name, prompt), 0) for prompt in subject.prompts)
        if own != subject.n_images:
            yield f"it has hashes of {own} images of {name}, but scores of {subject.n_images}"
            return
    if counts:
        name, prompt = next(iter(counts))
        yield f"it has hashes of images of {name} under prompt {prompt}, for which it has no scores"


def _prior_faults(submission: Submission) -> Iterator[str]:
    """Prior images are named for all subjects with a PRES, as many for each, counted from 0; or for none."""
    if not submission.prior_images:
        return
    indices: dict[str, list[int]] = {}
    for path in submission.prior_images:
        found = _PRIOR_IMAGE.fullmatch(path)
        if found is None:
            yield f"it names a prior image {path[:80]!r}, which is not of the form subject/image.png"
            return
        indices.setdefault(found[1], []).append(int(found[2]))
    with_pres = {name for name, subject in submission.subjects.items() if subject.scores.get("pres") is not None}
    odd = sorted(indices.keys() - with_pres)
    if odd:
        yield f"it has hashes of prior images of {odd[0]}, for which it has no PRES"
        return
    each = max(map(len, indices.values()))
    for name in sorted(with_pres):
        if sorted(indices.get(name, [])) != list(range(each)):
            yield f"it has a PRES of {name}, but not the hashes of its prior images 0 to {each - 1}"
            return
    if len(submission.files) != len(submission.images) + len(submission.prior_images):
        yield f"its subject '{PRIOR_FOLDER}' has images that would lie where its prior images do"


@cache
def _datasets() -> Mapping[str, "Dataset"]:
    """The datasets that the package knows, by checksum; the photos need not be on this machine, so their own is not asked."""
    from dreambench.dataset.collection import RELEASED, Dataset, load_dataset
    from dreambench.dataset.release import load_release

    hashes: dict[str, list[str]] = {}
    for image in sorted(load_release().images, key=lambda image: image.path):
        hashes.setdefault(image.subject, []).append(image.sha256)
    photos = sha256_json([[s.id, s.class_noun, s.kind, sha256_json(hashes[s.id])] for s in SUBJECTS])
    mini = load_dataset("mini")
    return {mini.checksum: mini, photos: Dataset(RELEASED, Path(), SUBJECTS)}
