"""Finding images on disk by the pattern of their file names, in a run's folder or anyone's."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from dreambench.benchmark.layouts.beside import read_beside
from dreambench.benchmark.layouts.found import Found, image_table
from dreambench.benchmark.layouts.labels import Label, Reading, found_from
from dreambench.benchmark.layouts.layout import Beside
from dreambench.benchmark.layouts.pattern import PRIOR_PATTERN, Pattern, prior_pattern
from dreambench.benchmark.layouts.prompt_texts import PromptTexts
from dreambench.benchmark.layouts.unlike import why_none_fits
from dreambench.benchmark.layouts.walk import check_folder, entries, is_linked_folder, no_image
from dreambench.dataset.collection import Dataset
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import IMAGE_SUFFIXES, OTHER_SUFFIXES

Fields = Mapping[str, str]


def find_images(
    folder: Path,
    patterns: Sequence[Pattern],
    *,
    dataset: Dataset,
    subjects: Collection[str] | None = None,
    prompts: Collection[int] | None = None,
    one_subject: str | None = None,
    beside: Beside | None = None,
    is_run: bool = False,
) -> Found:
    """Image files below a folder.

    Links to folders are not followed, and a link to a file counts only if the file lies below the folder too: a folder from
    a stranger must not make us read, and name, what else lies on this machine.

    Args:
        folder: searched with all its subfolders, hidden ones left out.
        patterns: of paths below it; the first one that any file fits counts.
        dataset: whose subjects and prompts they are.
        subjects: leave out others; None takes all.
        prompts: leave out others, counted from 0; None takes all.
        one_subject: whose images they are where names do not tell it.
        beside: the JSON file that lies beside each image.
        is_run: whether prompts are numbered as a run's are, from 0.

    Raises:
        UserError: there is no such folder, nothing matches, a prompt's text is unknown, or one image is there twice.
    """
    root, seen = check_folder(folder), list(entries(folder))
    names = [path.relative_to(folder).as_posix() for path in seen]
    pattern = next((one for one in patterns if any(one.fields_of(name) for name in names)), patterns[0])
    texts = PromptTexts(dataset)
    fitting, others = _fitting(pattern, list(zip(seen, names, strict=True)), _reader(pattern, dataset, texts, subjects))
    wanted = [found for found in fitting if subjects is None or found[2].get("subject") in {None, *subjects}]
    refused, whole = _sound(wanted, root)
    reading = Reading(prompts_named="prompt" not in pattern.fields or is_run, numbers_sort="seed" in pattern.fields)
    last, remarks = _last_step(whole)
    if "item" in pattern.fields:
        labels = read_beside(last, dataset=dataset, texts=texts, beside=beside, subjects=subjects)
    else:
        labels = [_label(path, name, fields, dataset, texts, one_subject) for path, name, fields in last]
    found = found_from(labels, reading, dataset=dataset, prompts=prompts, refused=refused, others=others, remarks=remarks)
    if found.images.empty and not found.refused:
        left_out = fitting[0][1] if fitting else None
        raise why_none_fits(folder, patterns, seen, left_out=left_out, dataset=dataset, subjects=subjects)
    return found


def find_priors(folder: Path, *, subjects: Collection[str] | None = None) -> Found:
    """Prior images, <folder>/<subject>/<index>.png: columns subject, image_index, path, sorted. Errors as `find_images`."""
    if not folder.is_dir():
        raise UserError(f"There is no folder {printable(str(folder))} of prior images; check --prior, or leave it out.")
    root, pattern = check_folder(folder), prior_pattern()
    named = [(path, path.relative_to(folder).as_posix()) for path in entries(folder)]
    fitting, others = _fitting(pattern, named, pattern.fields_of)
    wanted = [found for found in fitting if subjects is None or found[2]["subject"] in subjects]
    refused, whole = _sound(wanted, root)
    rows = [
        {"subject": fields["subject"], "image_index": int(fields["index"]), "path": str(path), "where": printable(str(path))}
        for path, _, fields in whole
    ]
    if not rows and not refused:
        raise UserError(f"No prior image below {printable(str(folder))} has a name like {PRIOR_PATTERN}; check --prior.")
    return Found(image_table(rows, ("subject", "image_index")), tuple(refused), tuple(others))


def _fitting(
    pattern: Pattern, named: Sequence[tuple[Path, str]], read: Callable[[str], Fields | None]
) -> tuple[list[tuple[Path, str, Fields]], list[str]]:
    """The files that a pattern describes, with their fields; and the names of other pictures and of linked folders."""
    fitting: list[tuple[Path, str, Fields]] = []
    others: list[str] = []
    for path, name in named:
        fields = read(name)
        if fields is not None and not is_linked_folder(path):
            fitting.append((path, name, fields))
        elif is_linked_folder(path):
            others.append(f"{printable(name)} (a link to a folder)")
        elif path.suffix.lower() in IMAGE_SUFFIXES | OTHER_SUFFIXES:
            others.append(printable(name))
    return fitting, others


def _reader(
    pattern: Pattern, dataset: Dataset, texts: PromptTexts, subjects: Collection[str] | None
) -> Callable[[str], Fields | None]:
    """How a name is split into fields.

    Where a subject and a prompt's text stand side by side, "backpack_dog_a_backpack_in_the_snow" can be cut in several places:
    the one counts that gives a subject and a prompt that there are.
    """
    if not {"subject", "prompt_text"} <= pattern.fields:
        return pattern.fields_of
    by_subject = {
        subject.id: pattern.relaxed(subject=subject.id)
        for subject in dataset.subjects
        if subjects is None or subject.id in subjects
    }

    known = {subject.id: subject for subject in dataset.subjects}

    def is_known(fields: Fields) -> bool:
        subject = known.get(fields["subject"])
        return subject is not None and texts.find(fields["prompt_text"], subject) is not None

    def read(name: str) -> Fields | None:
        first = pattern.fields_of(name)
        if first is None or is_known(first):
            return first
        for subject_id in sorted((one for one in by_subject if one in name), key=len, reverse=True):
            match = by_subject[subject_id].fullmatch(name)
            if match is not None and is_known(match.groupdict()):
                return match.groupdict()
        return first

    return read


def _sound(
    fitting: Sequence[tuple[Path, str, Fields]], root: Path
) -> tuple[list[tuple[str, str]], list[tuple[Path, str, Fields]]]:
    """What cannot be an image, with the reason; and the rest."""
    refused: list[tuple[str, str]] = []
    whole: list[tuple[Path, str, Fields]] = []
    for path, name, fields in fitting:
        why = no_image(path, root) if name.isprintable() else "has a name with characters that cannot be printed"
        if why is not None:
            refused.append((printable(name), why))
        else:
            whole.append((path, name, fields))
    return refused, whole


def _last_step(
    fitting: Sequence[tuple[Path, str, Fields]],
) -> tuple[Sequence[tuple[Path, str, Fields]], tuple[str, ...]]:
    """The images of the last step that any was sampled at, and a remark where there are several."""
    steps = sorted({int(fields["step"]) for _, _, fields in fitting if "step" in fields})
    if len(steps) < 2:
        return fitting, ()
    last = [found for found in fitting if int(found[2]["step"]) == steps[-1]]
    return last, (f"Of {len(steps)} steps, {steps[0]} to {steps[-1]}, the images of the last are scored.",)


def _label(path: Path, name: str, fields: Fields, dataset: Dataset, texts: PromptTexts, only: str | None) -> Label:
    """What a name says of its image."""
    subject_id = fields.get("subject") or only or ""
    if "prompt_text" in fields:
        prompt = texts.require(fields["prompt_text"], dataset.subject(subject_id), where=printable(name))
    else:
        prompt = int(fields["prompt"]) if "prompt" in fields else int(fields["prompt_from_1"]) - 1
    if prompt < 0:
        raise UserError(f"{printable(name)} is of prompt 0, but {{prompt_from_1}} counts from 1; write {{prompt}} instead.")
    number = int(fields.get("index") or fields.get("seed") or 0)
    if "index_from_1" in fields:
        number = int(fields["index_from_1"]) - 1
        if number < 0:
            raise UserError(f"{printable(name)} has the index 0, but {{index_from_1}} counts from 1; write {{index}}.")
    return Label(subject_id, prompt, number, path, printable(str(path)))
