"""Which subjects, prompts and images a run covers: the whole protocol, the quick one, or what a person names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.benchmark.declarations.ranges import ranges
from dreambench.benchmark.runs.quick import quick_prompts
from dreambench.benchmark.runs.record import SelectionRecord
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject

#: `--quick`: 4 objects and 2 live subjects, chosen for 6 different class nouns.
QUICK_OBJECTS: Final = ("backpack_dog", "can", "robot_toy", "teapot")
QUICK_LIVE: Final = ("cat", "dog")
QUICK_IMAGES_PER_PROMPT: Final = 4
#: More images than this for one prompt is a slip of the keyboard.
MAX_IMAGES_PER_PROMPT: Final = 10_000


@dataclass(frozen=True)
class Selection:
    """The part of the protocol that a run covers.

    Attributes:
        by_subject: subject id -> indices into the prompt list of its kind, ascending; subjects in the dataset's order. A
            number that one kind's list has and another's lacks is there for the subjects of the first alone.
        images_per_prompt: generated images for every prompt, 1 or more.
    """

    by_subject: Mapping[str, tuple[int, ...]]
    images_per_prompt: int

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subject ids, in the dataset's order."""
        return tuple(self.by_subject)

    @property
    def prompts(self) -> tuple[int, ...]:
        """The numbers of the prompts that any subject is asked, ascending."""
        return tuple(sorted({index for indices in self.by_subject.values() for index in indices}))

    @property
    def n_images(self) -> int:
        """Generated images in all, prior images not counted."""
        return sum(map(len, self.by_subject.values())) * self.images_per_prompt

    def record(self) -> SelectionRecord:
        """The selection as run.json holds it."""
        return SelectionRecord(subjects=self.subjects, prompts=self.prompts, images_per_prompt=self.images_per_prompt)


def whole_selection(dataset: Dataset, images_per_prompt: int) -> Selection:
    """Every subject and every prompt."""
    return Selection(asked(dataset, dataset.subjects, all_prompts(dataset)), images_per_prompt)


def quick_selection(dataset: Dataset) -> Selection:
    """6 subjects (4 objects, 2 live) x 5 prompts x 4 images; a dataset without the usual six gives its first ones."""
    chosen = [*_quick_subjects(dataset, "object", QUICK_OBJECTS), *_quick_subjects(dataset, "live", QUICK_LIVE)]
    subjects = _in_order(dataset, [subject.id for subject in chosen])
    return Selection(asked(dataset, subjects, quick_prompts(dataset)), QUICK_IMAGES_PER_PROMPT)


def narrow(
    selection: Selection,
    dataset: Dataset,
    *,
    subjects: Sequence[str] | None = None,
    prompts: Sequence[int] | None = None,
    images_per_prompt: int | None = None,
) -> Selection:
    """The selection with what a person named in place of its own part.

    Raises:
        UserError: an unknown subject, a prompt that is not in the lists or that a named subject is not asked, or a count of
            images that makes no sense.
    """
    chosen = _in_order(dataset, selection.subjects if subjects is None else [dataset.subject(name).id for name in subjects])
    indices = selection.prompts if prompts is None else tuple(sorted(set(prompts)))
    known = all_prompts(dataset)
    for index in indices:
        if index not in known:
            raise UserError(f"There is no prompt {index} in --prompts; prompts are numbered {known[0]} to {known[-1]}.")
    count = selection.images_per_prompt if images_per_prompt is None else images_per_prompt
    if not 1 <= count <= MAX_IMAGES_PER_PROMPT:
        raise UserError(f"--images-per-prompt is {count}; give a number from 1 to {MAX_IMAGES_PER_PROMPT}.")
    if not chosen or not indices:
        raise UserError("Nothing is selected to run; name at least one subject in --subjects and one prompt in --prompts.")
    by_subject = asked(dataset, chosen, indices)
    lacking = [subject for subject in chosen if subject.id not in by_subject]
    if lacking and subjects is not None:
        own = dataset.prompts(lacking[0])
        numbered = f"numbered {ranges([prompt.index for prompt in own])}" if own else "not for its class noun"
        raise UserError(
            f"The subject '{lacking[0].id}' has none of the prompts that are selected: those for {lacking[0].kind} subjects "
            f"are {numbered}; name others in --prompts, or leave it out of --subjects."
        )
    return Selection(by_subject, count)


def asked(dataset: Dataset, subjects: Iterable[Subject], indices: Iterable[int]) -> dict[str, tuple[int, ...]]:
    """Subject id -> those of some prompts' numbers that its kind's list has, ascending; a subject without any is left out."""
    wanted = set(indices)
    found = {
        subject.id: tuple(prompt.index for prompt in dataset.prompts(subject) if prompt.index in wanted) for subject in subjects
    }
    return {name: prompts for name, prompts in found.items() if prompts}


def parse_names(text: str | None, option: str) -> tuple[str, ...] | None:
    """Split "dog,can" into names; None stays None (the option was not given)."""
    if text is None:
        return None
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise UserError(f"{option} is empty; give names separated by commas, or leave it out.")
    return names


def parse_prompts(text: str | None) -> tuple[int, ...] | None:
    """Parse "0,3,10-12" into indices; None stays None.

    Raises:
        UserError: a part is neither a number nor a range FROM-TO.
    """
    names = parse_names(text, "--prompts")
    if names is None:
        return None
    indices: list[int] = []
    for name in names:
        first, dash, last = name.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(name) > 9:
            raise UserError(f"'{name}' in --prompts is not a prompt's number; give numbers such as 0,3,7 or a range 10-14.")
        indices.extend(range(int(first), min(int(last or first), 10_000) + 1))
    if not indices:
        raise UserError(f"--prompts {text} names no prompt; a range goes from the smaller number to the larger.")
    return tuple(indices)


def all_prompts(dataset: Dataset) -> tuple[int, ...]:
    """The numbers of the prompts that any subject of a dataset may be asked, ascending."""
    return tuple(range(max(len(dataset.prompts_of(kind)) for kind in dataset.kinds)))


def _in_order(dataset: Dataset, names: Iterable[str]) -> list[Subject]:
    wanted = set(names)
    return [subject for subject in dataset.subjects if subject.id in wanted]


def _quick_subjects(dataset: Dataset, kind: str, usual: Sequence[str]) -> list[Subject]:
    of_kind = [subject for subject in dataset.subjects if subject.kind == kind]
    preferred = [subject for name in usual for subject in of_kind if subject.id == name]
    others = [subject for subject in of_kind if subject not in preferred]
    return (preferred + others)[: len(usual)]
