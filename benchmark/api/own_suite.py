"""What images are scored by: the named suite or their own, a run's or a plan's; and whether they look like another one's."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from dreambench.benchmark.declarations.suite import Suite, load_suite, suite_names
from dreambench.benchmark.layouts import Planned
from dreambench.benchmark.layouts.walk import check_folder
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.record import read_run_record
from dreambench.benchmark.runs.selection import Selection, narrow
from dreambench.dataset.collection import Dataset
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import open_image
from dreambench.dataset.worlds import world_of

#: Pictures with more than so many times the pixels on their short side are far larger than a suite's.
_FAR_LARGER: Final = 2
#: And far smaller with less than this part of them. Photos are often made as small as 224 pixels for a comparison, so a half is
#: not far; the miniature's drawings are an eighth of the photo suites' pictures.
_FAR_SMALLER: Final = 1 / 4
#: So many pictures show the size of all.
_LOOKED_AT: Final = 12


def suite_for(images: Path, suite: str | Path | None, *, planned: Planned | None = None) -> Suite:
    """The suite of a run's folder or of a plan's list, or the one that is named for it.

    Args:
        images: a run's folder, or anyone's.
        suite: as it was named; None takes a run's or a plan's own, if it is built in. A file that a stranger's run names is
            not opened.
        planned: what `bench plan` asked for, where the images come with its list.

    Raises:
        UserError: it must be named, and the message says which suites there are; it is another dataset's than the plan's; or
            the folder is not there.
    """
    if suite is not None:
        the_suite = load_suite(suite)
        if planned is not None:
            _refuse_another_dataset(the_suite, planned)
        return the_suite
    check_folder(images)
    where = printable(str(images))
    if RunFolder(images).run_file.is_file():
        name = read_run_record(images).suite
        if name in suite_names():
            return load_suite(name)
        raise UserError(f"The run in {where} was made with the suite '{printable(name)}'; give its .toml file with --suite.")
    if planned is not None:
        if planned.suite in suite_names():
            return load_suite(planned.suite)
        raise UserError(
            f"{printable(str(planned.file))} is a plan of the suite '{printable(planned.suite)}'; give its .toml file with "
            "--suite."
        )
    choices = ", ".join(f"{name} ({_world(name)})" for name in suite_names())
    raise UserError(
        f"{where} is no run's folder, so --suite must say whose subjects its images show: {choices}, or the path of a suite's "
        ".toml file."
    )


def expected_by(planned: Planned | None, whole: Selection, dataset: Dataset) -> Selection:
    """The images that are expected where nobody names others: all, or those of a plan.

    Raises:
        UserError: a plan has a subject or a prompt that the dataset has not.
    """
    if planned is None:
        return whole
    return narrow(
        whole,
        dataset,
        subjects=planned.subjects,
        prompts=planned.prompts,
        images_per_prompt=planned.images_per_prompt,
    )


def unlike_in_size(paths: Sequence[str], suite: Suite, dataset: Dataset) -> list[str]:
    """A remark where pictures are far larger or smaller than a suite's: they may show another suite's subjects.

    Args:
        paths: of the pictures, one or more, all readable.
        suite: that they are scored by; without a sampler its reference images tell the size.
        dataset: the suite's.
    """
    if suite.sampler is not None:
        usual = float(suite.sampler.resolution)
    else:
        usual = _side(dataset.reference_paths(dataset.subjects[0]))
    side = _side([Path(path) for path in paths[:: max(1, len(paths) // _LOOKED_AT)]])
    if _FAR_SMALLER * usual <= side <= _FAR_LARGER * usual:
        return []
    return [
        f"The pictures have {side:.0f} pixels on their short side, those of the suite '{suite.name}' {usual:.0f}: if they show "
        "another suite's subjects, these scores mean nothing."
    ]


def _refuse_another_dataset(suite: Suite, planned: Planned) -> None:
    """Subjects of one name are photos in one dataset and drawings in another."""
    if planned.suite in suite_names() and load_suite(planned.suite).dataset != suite.dataset:
        raise UserError(
            f"{printable(str(planned.file))} is a plan of the suite '{planned.suite}' ({_world(planned.suite)}), whose "
            f"subjects are not those of the suite '{suite.name}'; leave --suite out, or plan anew."
        )


def _side(paths: Sequence[Path]) -> float:
    """The usual short side of some pictures."""
    return median(min(open_image(path).size) for path in paths)


def _world(suite: str) -> str:
    """What a built-in suite's subjects are."""
    return world_of(load_suite(suite).dataset)
