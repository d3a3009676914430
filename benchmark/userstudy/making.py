"""From finished runs to a study: which pairs, which catch trials, which questionnaires."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np

from dreambench.benchmark.metrics import METRICS, MetricInfo
from dreambench.benchmark.results.report_data import ReportData, ReportedRun
from dreambench.benchmark.userstudy.assignment import assign, pairs_for, raters_for, shape_of
from dreambench.benchmark.userstudy.catching import catch_trials
from dreambench.benchmark.userstudy.study import FORMAT, KIND, Question, Study, StudyMetric, StudyPair, study_of
from dreambench.dataset.errors import UserError

#: Reference images shown with a question, at most.
SHOWN_REFERENCES: Final = 4
#: Catch trials are made of images in the best quarter by a metric of texts, where there is one: they must show what is asked.
_CLEAREST: Final = 0.25


#: An image of a run: subject, prompt's number, image's number.
ImageName = tuple[str, int, int]


@dataclass(frozen=True, eq=False)
class _RunImages:
    """A run's images by name: files, and the values of each metric."""

    files: dict[ImageName, Path]
    values: dict[str, dict[ImageName, float | None]]


@dataclass(frozen=True, eq=False)
class MadeStudy:
    """A study and where its pictures lie.

    Attributes:
        study: the key.
        references: subject -> the reference images that are shown.
        images: (run, subject, prompt's number, image's number) -> its file.
    """

    study: Study
    references: dict[str, tuple[Path, ...]]
    images: dict[tuple[int, str, int, int], Path]

    def sides(self, question: Question) -> tuple[Path, Path]:
        """What stands on the left and on the right."""
        if question.shows == "catch":
            trial = self.study.catch_trials[question.number]
            copy = self.references[trial.subject][trial.reference]
            pair = copy, self.images[trial.run, trial.impostor, trial.prompt_index, trial.image_index]
        else:
            shown = self.study.pairs[question.number]
            about = (shown.subject, shown.prompt_index, shown.image_index)
            pair = self.images[shown.first, *about], self.images[shown.second, *about]
        return (pair[1], pair[0]) if question.swapped else pair


def make_study(data: ReportData, *, questions: int, raters: int | None, seed: int, title: str, made_with: str) -> MadeStudy:
    """Choose pairs, catch trials and questionnaires.

    Args:
        data: two runs or more on the same subjects and prompts, with their reference images.
        questions: a questionnaire, repeats and catch trials included.
        raters: questionnaires; None makes as many as ask each pair three times. Fewer raters are asked fewer pairs.
        seed: of all choices.
        title: the page's heading.
        made_with: "dreambench 0.2.0".

    Raises:
        UserError: there is one run only, the reference images are not there, or raters, questions or subjects are too few.
    """
    if len(data.runs) < 2:
        raise UserError("A user study compares runs; name two or more.")
    if not data.references:
        raise UserError(f"A user study shows reference images. {' '.join(data.remarks)}")
    rng = np.random.default_rng(seed)
    references = {name: tuple(paths[:SHOWN_REFERENCES]) for name, paths in data.references.items()}
    infos = _shared_metrics(data)
    runs = [_run_images(run, infos) for run in data.runs]
    everything = _all_pairs(data, runs, rng)
    n_pairs = len(everything) if raters is None else pairs_for(raters, questions, n_pairs=len(everything))
    shape = shape_of(questions, n_pairs=n_pairs)
    catch = catch_trials(data, _clear_images(runs, infos), references, rng)
    questionnaires = assign(
        shape,
        n_pairs=n_pairs,
        raters=raters_for(shape, n_pairs=n_pairs) if raters is None else raters,
        n_catch=len(catch),
        rng=rng,
    )
    metrics = [StudyMetric(key=info.key, label=info.label, higher_is_better=info.higher_is_better) for info in infos]
    record: dict[str, Any] = {
        "kind": KIND,
        "format": FORMAT,
        "title": title,
        "seed": seed,
        "made_with": made_with,
        "runs": [run.label for run in data.runs],
        "metrics": [metric.model_dump(mode="json") for metric in metrics],
        "pairs": [pair.model_dump(mode="json") for pair in everything[:n_pairs]],
        "catch_trials": [trial.model_dump(mode="json") for trial in catch],
        "questionnaires": [questionnaire.model_dump(mode="json") for questionnaire in questionnaires],
    }
    files = {(number, *name): file for number, run in enumerate(runs) for name, file in run.files.items()}
    return MadeStudy(study_of(record), references, files)


def _shared_metrics(data: ReportData) -> list[MetricInfo]:
    """The metrics that every image of every run has."""
    first = [info for info in data.runs[0].scores.metrics if info.level == "image"]
    return [info for info in first if all(info.key in run.scores.images.columns for run in data.runs)]


def _run_images(run: ReportedRun, infos: Sequence[MetricInfo]) -> _RunImages:
    table = run.scores.images
    columns = (table[name].tolist() for name in ("subject", "prompt_index", "image_index"))
    names = [(str(subject), int(prompt), int(image)) for subject, prompt, image in zip(*columns, strict=True)]
    files = {name: Path(str(path)) for name, path in zip(names, table["path"].tolist(), strict=True)}
    values = {info.key: dict(zip(names, map(_known, table[info.key].tolist()), strict=True)) for info in infos}
    return _RunImages(files, values)


def _known(value: Any) -> float | None:
    """A number; None for NaN, which is no JSON."""
    return float(value) if math.isfinite(value) else None


def _all_pairs(data: ReportData, runs: Sequence[_RunImages], rng: np.random.Generator) -> list[StudyPair]:
    """Every two runs under every subject and prompt, subjects taking turns, so that any first part of it is balanced."""
    there = [_by_cell(run) for run in runs]
    turns: list[list[StudyPair]] = []
    for subject in data.subjects:
        own: list[StudyPair] = []
        for prompt in data.prompts:
            for first, second in combinations(range(len(runs)), 2):
                cell = (subject.id, prompt.index)
                shared = sorted(there[first].get(cell, set()) & there[second].get(cell, set()))
                if prompt.kind != subject.kind or not shared:
                    continue
                name = (*cell, shared[int(rng.integers(len(shared)))])
                own.append(
                    StudyPair(
                        subject=subject.id,
                        prompt_index=prompt.index,
                        prompt=prompt.text(subject.class_noun),
                        first=first,
                        second=second,
                        image_index=name[2],
                        metrics={
                            key: (runs[first].values[key][name], runs[second].values[key][name]) for key in runs[0].values
                        },
                    )
                )
        turns.append([own[index] for index in rng.permutation(len(own))])
    found: list[StudyPair] = []
    for turn in range(max(map(len, turns))):
        members = [own[turn] for own in turns if turn < len(own)]
        found += [members[index] for index in rng.permutation(len(members))]
    return found


def _by_cell(run: _RunImages) -> dict[tuple[str, int], set[int]]:
    """(subject, prompt's number) -> the numbers of its images."""
    found: dict[tuple[str, int], set[int]] = {}
    for subject, prompt, image in run.files:
        found.setdefault((subject, prompt), set()).add(image)
    return found


def _clear_images(runs: Sequence[_RunImages], infos: Sequence[MetricInfo]) -> list[list[ImageName]]:
    """Each run's images that show best what is asked, by its metric of texts; all of them where it has none."""
    of_texts = [info for info in infos if info.formula in METRICS and "texts" in METRICS[info.formula].needs]
    if not of_texts:
        return [sorted(run.files) for run in runs]
    key, sign = of_texts[0].key, 1.0 if of_texts[0].higher_is_better else -1.0
    found = []
    for run in runs:
        values = {name: sign * value for name, value in run.values[key].items() if value is not None}
        least = float(np.quantile(list(values.values()), 1.0 - _CLEAREST)) if values else 0.0
        found.append(sorted(name for name, value in values.items() if value >= least))
    return found
