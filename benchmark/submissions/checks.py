"""Whether a submission agrees with itself and with what is known: each check is a sentence on what is wrong, or nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.submissions.means import mean_of, weights_of
from dreambench.benchmark.submissions.model import PRIOR_FOLDER, Submission
from dreambench.benchmark.submissions.protocol_checks import infos_of, protocol_faults
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.prompts import OFFICIAL_PROMPTS
from dreambench.dataset.subjects import SUBJECT_ID, SUBJECTS

if TYPE_CHECKING:
    from dreambench.dataset.collection import Dataset

#: Scores are packed with this many decimals, so that means made of them may differ by half of the last.
DECIMALS: Final = 8
_TOLERANCE: Final = 1e-6
_IMAGE: Final = re.compile(rf"({SUBJECT_ID})/([0-9]{{2,3}})/[0-9]{{1,6}}\.[a-z]{{3,4}}")
_PRIOR_IMAGE: Final = re.compile(rf"({SUBJECT_ID})/([0-9]{{1,6}})\.[a-z]{{3,4}}")


def fault_of(submission: Submission) -> str | None:
    """The first thing that is wrong with a submission, as a clause; None for nothing."""
    return next(_faults(submission), None)


def _faults(submission: Submission) -> Iterator[str]:
    yield from _metric_faults(submission)
    yield from protocol_faults(submission)
    infos = infos_of(submission)
    yield from _range_faults(submission, infos)
    yield from _mean_faults(submission, infos)
    yield from _dataset_faults(submission)
    yield from _image_faults(submission)
    yield from _prior_faults(submission, infos)


def _metric_faults(submission: Submission) -> Iterator[str]:
    """Every metric has a mean, and every subject an entry for it; nothing has a metric that is not described."""
    described = {info.key for info in submission.metrics}
    tables = {f"its subject {name}": set(subject.scores) for name, subject in submission.subjects.items()}
    tables["its summary"] = set(submission.summary)
    for what, keys in tables.items():
        if keys != described:
            yield f"{what} does not have the metrics that it describes ('{min(keys ^ described)}')"
            return
    for name, means in submission.beside.items():
        if not means.keys() <= described:
            yield f"its yardstick {name} has a metric '{min(means.keys() - described)}' that it does not describe"
            return


def _range_faults(submission: Submission, infos: Sequence[MetricInfo]) -> Iterator[str]:
    for info in infos:
        values = {f"of {name}": subject.scores[info.key] for name, subject in submission.subjects.items()}
        values |= {
            f"of the yardstick {name}": means[info.key].mean for name, means in submission.beside.items() if info.key in means
        }
        for whose, value in values.items():
            if value is not None and not info.low <= value <= info.high:
                yield f"{info.label} {whose} is {value:g}, which no image can have ({info.low:g} to {info.high:g})"
                return


def _mean_faults(submission: Submission, infos: Sequence[MetricInfo]) -> Iterator[str]:
    for info in infos:
        if any(isnan(weight) for weight in weights_of(submission, info).tolist()):
            yield "its protocol pools over pairs, but a subject does not say how many pairs it has"
            return
        stated = submission.summary[info.key].mean
        found = mean_of(submission, info)
        if not abs(stated - found) <= _TOLERANCE * max(1.0, submission.protocol.scale):
            yield f"it states a mean {info.label} of {stated:.4f}, but its subjects' scores give {found:.4f}"
            return


def _dataset_faults(submission: Submission) -> Iterator[str]:
    stated = submission.dataset
    known = _datasets().get(stated.checksum)
    if known is not None and stated.name != known.name:
        yield f"its dataset's checksum is that of '{known.name}', not of '{stated.name}'"
    if known is None and stated.name in {dataset.name for dataset in _datasets().values()}:
        yield f"it names the dataset '{stated.name}', but its checksum is not that dataset's"
    if known is not None and stated.own_prompts:
        yield f"it has prompts of its own on the dataset '{known.name}', whose prompts are the official ones"
    for name, submitted in submission.subjects.items():
        subject = None if known is None else next((subject for subject in known.subjects if subject.id == name), None)
        if known is not None and subject is None:
            yield f"the dataset '{known.name}' has no subject {name}"
        if (
            known is not None
            and subject is not None
            and (submitted.class_noun, submitted.kind) != (subject.class_noun, subject.kind)
        ):
            yield f"the dataset '{known.name}' has {name} as another class noun or kind"
        prompts = stated.own_prompts or OFFICIAL_PROMPTS
        asked = {prompt.index for prompt in prompts if prompt.kind == submitted.kind}
        odd = sorted(set(submitted.prompts) - asked)
        if odd:
            yield f"subject {name} has a prompt {odd[0]}, which is not among the {len(asked)} for its kind, counted from 0"


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


def _prior_faults(submission: Submission, infos: Sequence[MetricInfo]) -> Iterator[str]:
    """Prior images are named for all subjects with a metric of them, as many for each, counted from 0; or for none."""
    if not submission.prior_images:
        return
    indices: dict[str, list[int]] = {}
    for path in submission.prior_images:
        found = _PRIOR_IMAGE.fullmatch(path)
        if found is None:
            yield f"it names a prior image {path[:80]!r}, which is not of the form subject/image.png"
            return
        indices.setdefault(found[1], []).append(int(found[2]))
    of_priors = [info for info in infos if not info.of_prompts]
    labels = " and ".join(info.label for info in of_priors) or "metric of prior images"
    scored = {
        name for name, subject in submission.subjects.items() if any(subject.scores[info.key] is not None for info in of_priors)
    }
    odd = sorted(indices.keys() - scored)
    if odd:
        yield f"it has hashes of prior images of {odd[0]}, for which it has no {labels}"
        return
    most = max(map(len, indices.values()))
    for name in sorted(scored):
        if sorted(indices.get(name, [])) != list(range(most)):
            yield f"it has {labels} of {name}, but not the hashes of its prior images 0 to {most - 1}"
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
