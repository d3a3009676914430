"""Which subjects, prompts and images a run covers: the whole protocol, the quick one, or what a person names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError

#: `--quick`: 4 objects and 2 live subjects, chosen for 6 different class nouns.
QUICK_OBJECTS: Final = ("backpack_dog", "can", "robot_toy", "teapot")
QUICK_LIVE: Final = ("cat", "dog")
#: `--quick`: jungle, beach, mountain; 13 is "floating on top of water" for objects and "a black top hat and a monocle" for
#: live subjects; 20 is "a red ...": every family of prompts is there.
QUICK_PROMPTS: Final = (0, 2, 7, 13, 20)
QUICK_IMAGES_PER_PROMPT: Final = 4
#: More images than this for one prompt is a slip of the keyboard.
MAX_IMAGES_PER_PROMPT: Final = 10_000


@dataclass(frozen=True)
class Selection:
    """The part of the protocol that a run covers.

    Attributes:
        subjects: subject ids, in the dataset's order.
        prompts: indices into the prompt list of each subject's kind, ascending.
        images_per_prompt: generated images for every prompt, 1 or more.
    """

    subjects: tuple[str, ...]
    prompts: tuple[int, ...]
    images_per_prompt: int

    @property
    def n_images(self) -> int:
        """Generated images in all, prior images not counted."""
        return len(self.subjects) * len(self.prompts) * self.images_per_prompt

    def record(self) -> dict[str, object]:
        """The selection as JSON."""
        return {"subjects": list(self.subjects), "prompts": list(self.prompts), "images_per_prompt": self.images_per_prompt}


def whole_selection(dataset: Dataset, images_per_prompt: int) -> Selection:
    """Every subject and every prompt."""
    return Selection(tuple(subject.id for subject in dataset.subjects), _all_prompts(dataset), images_per_prompt)


def quick_selection(dataset: Dataset) -> Selection:
    """6 subjects (4 objects, 2 live) x 5 prompts x 4 images; a dataset without the usual six gives its first ones."""
    chosen = [*_quick_subjects(dataset, "object", QUICK_OBJECTS), *_quick_subjects(dataset, "live", QUICK_LIVE)]
    return Selection(_in_order(dataset, chosen), QUICK_PROMPTS, QUICK_IMAGES_PER_PROMPT)


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
        UserError: an unknown subject, a prompt that is not in the lists, or a count of images that makes no sense.
    """
    chosen = selection.subjects if subjects is None else _in_order(dataset, [dataset.subject(name).id for name in subjects])
    indices = selection.prompts if prompts is None else tuple(sorted(set(prompts)))
    known = _all_prompts(dataset)
    for index in indices:
        if index not in known:
            raise UserError(f"There is no prompt {index} in --prompts; prompts are numbered {known[0]} to {known[-1]}.")
    count = selection.images_per_prompt if images_per_prompt is None else images_per_prompt
    if not 1 <= count <= MAX_IMAGES_PER_PROMPT:
        raise UserError(f"--images-per-prompt is {count}; give a number from 1 to {MAX_IMAGES_PER_PROMPT}.")
    if not chosen or not indices:
        raise UserError("Nothing is selected to run; name at least one subject in --subjects and one prompt in --prompts.")
    return Selection(chosen, indices, count)


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
            raise UserError(f"'{name}' in --prompts is not a prompt's number; give numbers such as 0,3,24 or a range 10-14.")
        indices.extend(range(int(first), min(int(last or first), 10_000) + 1))
    if not indices:
        raise UserError(f"--prompts {text} names no prompt; a range goes from the smaller number to the larger.")
    return tuple(indices)


def _all_prompts(dataset: Dataset) -> tuple[int, ...]:
    return tuple(sorted({prompt.index for subject in dataset.subjects for prompt in dataset.prompts(subject)}))


def _in_order(dataset: Dataset, names: Sequence[str]) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(subject.id for subject in dataset.subjects if subject.id in wanted)


def _quick_subjects(dataset: Dataset, kind: str, usual: Sequence[str]) -> list[str]:
    of_kind = [subject.id for subject in dataset.subjects if subject.kind == kind]
    preferred = [name for name in usual if name in of_kind]
    others = [name for name in of_kind if name not in preferred]
    return (preferred + others)[: len(usual)]
