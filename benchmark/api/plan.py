"""`plan`: which images a suite asks for, a line each, for generators that run elsewhere."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.runs.reference_choice import ReferenceChoice
from dreambench.benchmark.runs.selection import narrow, parse_names, parse_prompts, quick_selection, whole_selection
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlannedImage:
    """One image to draw.

    Attributes:
        path: how its file is to be named, below a folder of your choice.
        subject: the subject's id.
        prompt: the prompt's number in the list for the subject's kind, from 0.
        index: among the images of the prompt, from 0.
        seed: for the image's start noise; the one that `dreambench.run` takes.
        class_noun: what the subject is called.
        text: the prompt with the class noun and without an identifier: "a dog in the jungle".
        template: the prompt with `{0}` for an identifier and `{1}` for the class noun.
        references: paths of the subject's reference images that may be seen, absolute.
        suite: the suite's name.
    """

    path: str
    subject: str
    prompt: int
    index: int
    seed: int
    class_noun: str
    text: str
    template: str
    references: tuple[str, ...]
    suite: str


@dataclass(frozen=True)
class DrawingPlan:
    """All images that are asked for, in the order of subjects, prompts and indices.

    Attributes:
        images: what is to be drawn.
        remarks: sentences to know before: what looks like a reference image and is none.
    """

    images: tuple[PlannedImage, ...]
    remarks: tuple[str, ...] = ()

    def jsonl(self) -> Iterator[str]:
        """JSON lines, which `dreambench.score(..., manifest=FILE)` takes back when the images are drawn."""
        return (json.dumps(asdict(image)) for image in self.images)

    def frame(self) -> "pd.DataFrame":
        """A row an image; the columns are `PlannedImage`'s attributes."""
        import pandas as pd

        return pd.DataFrame([asdict(image) for image in self.images])

    def lines(self) -> Iterator[str]:
        """What is asked of each subject, to read."""
        prompts = list(dict.fromkeys((image.subject, image.prompt, image.text) for image in self.images))
        width = max(len(subject) for subject, _, _ in prompts)
        yield from (f"{subject.ljust(width)}  {number:>3}  {text}" for subject, number, text in prompts)
        subjects = counted(len({image.subject for image in self.images}), "subject")
        yield f"{subjects}, {counted(len(prompts), 'prompt')} in all, {counted(len(self.images), 'image')}"


def plan(
    suite: str | Path = "mini",
    *,
    subjects: str | Sequence[str] | None = None,
    prompts: str | Sequence[int] | None = None,
    images_per_prompt: int | None = None,
    quick: bool = False,
    seed: int = 0,
    hold_out: int = 0,
    references: int | None = None,
) -> DrawingPlan:
    """The images that a suite asks for.

    Draw them with any generator, name the files as `path` says, and score the folder:
    `dreambench.score("my_images", suite=..., manifest="plan.jsonl")`.

    Args:
        suite: a built-in suite's name, or the path of a TOML file.
        subjects: only these, by id; also "dog,can". None takes all.
        prompts: only these, by number; also "0,3,20-24". None takes all.
        images_per_prompt: images for every prompt; None takes the protocol's number.
        quick: only 6 subjects x 5 prompts x 4 images.
        seed: the same seed gives the same seeds of images.
        hold_out: reference images of every subject that are kept back, and not listed; those that `run` keeps back.
        references: reference images of every subject that are listed; None for all that are not kept back.

    Raises:
        UserError: there is no such suite, subject or prompt, the reference images are not here, or a subject has too few.

    Example:
        >>> import dreambench
        >>> planned = dreambench.plan(subjects=["dog"], prompts=[0], images_per_prompt=2)
        >>> [(image.path, image.text) for image in planned.images]
        [('dog/00/0.png', 'a dog in the jungle'), ('dog/00/1.png', 'a dog in the jungle')]
    """
    from dreambench.baselines.method import ImageRequest, image_seed

    choice = ReferenceChoice(hold_out, references)
    the_suite = load_suite(suite)
    dataset = the_suite.open_dataset()
    whole = whole_selection(dataset, load_protocol(the_suite.protocol).images_per_prompt)
    selection = narrow(
        quick_selection(dataset) if quick else whole,
        dataset,
        subjects=parse_names(subjects, "--subjects") if isinstance(subjects, str) else subjects,
        prompts=parse_prompts(prompts) if isinstance(prompts, str) else prompts,
        images_per_prompt=images_per_prompt,
    )
    planned = []
    for subject_id, numbers in selection.by_subject.items():
        subject = dataset.subject(subject_id)
        seen = tuple(str(path.resolve()) for path in choice.parts(dataset, subject, seed=seed)["seen"])
        by_number = {prompt.index: prompt for prompt in dataset.prompts(subject)}
        for prompt in (by_number[number] for number in numbers):
            planned += [
                PlannedImage(
                    path=f"{subject_id}/{prompt.index:02d}/{index}.png",
                    subject=subject_id,
                    prompt=prompt.index,
                    index=index,
                    seed=image_seed(ImageRequest(subject, prompt, index), seed=seed),
                    class_noun=subject.class_noun,
                    text=prompt.text(subject.class_noun),
                    template=prompt.template,
                    references=seen,
                    suite=the_suite.name,
                )
                for index in range(selection.images_per_prompt)
            ]
    return DrawingPlan(tuple(planned), remarks=tuple(dataset.unread(selection.subjects)))
