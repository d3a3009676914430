"""From finished runs to a study: which pairs, which catch trials, which questionnaires."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from dreambench.benchmark.metrics import METRICS, MetricInfo
from dreambench.benchmark.results.report_data import ReportData
from dreambench.benchmark.userstudy.assignment import assign, pairs_for, raters_for, shape_of
from dreambench.benchmark.userstudy.study import CatchTrial, Question, Study, StudyMetric, StudyPair, study_of
from dreambench.dataset.errors import UserError

#: Reference images shown with a question, at most.
SHOWN_REFERENCES: Final = 4
#: Catch trials are made of images in the best quarter by a metric of texts, where there is one: they must show what is asked.
_CLEAREST: Final = 0.25
_MAX_CATCH: Final = 60


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
        UserError: there is one run only, the reference images are not there, or there are too few raters or questions.
    """
    if len(data.runs) < 2:
        raise UserError("A user study compares runs; name two or more.")
    if not data.references:
        raise UserError(f"A user study shows reference images. {' '.join(data.remarks)}")
    rng = np.random.default_rng(seed)
    references = {name: tuple(paths[:SHOWN_REFERENCES]) for name, paths in data.references.items()}
    infos = [info for info in data.runs[0].scores.metrics if info.level == "image"]
    infos = [info for info in infos if all(_has(run.scores.images, info) for run in data.runs)]
    tables = [run.scores.images.set_index(["subject", "prompt_index", "image_index"]).sort_index() for run in data.runs]
    everything = _all_pairs(data, tables, infos, rng)
    n_pairs = len(everything) if raters is None else pairs_for(raters, questions, n_pairs=len(everything))
    shape = shape_of(questions, n_pairs=n_pairs)
    catch = _catch_trials(data, tables, infos, references, rng)
    if not catch:
        raise UserError("No catch trial can be made of one subject; name runs of two subjects or more.")
    questionnaires = assign(
        shape,
        n_pairs=n_pairs,
        raters=raters_for(shape, n_pairs=n_pairs) if raters is None else raters,
        n_catch=len(catch),
        rng=rng,
    )
    pairs = everything[:n_pairs]
    record: dict[str, Any] = {
        "kind": "dreambench user study",
        "format": 1,
        "title": title,
        "seed": seed,
        "made_with": made_with,
        "runs": [run.label for run in data.runs],
        "metrics": [
            StudyMetric(key=info.key, label=info.label, higher_is_better=info.higher_is_better).model_dump() for info in infos
        ],
        "pairs": [pair.model_dump(mode="json") for pair in pairs],
        "catch_trials": [trial.model_dump(mode="json") for trial in catch],
        "questionnaires": [each.model_dump(mode="json") for each in questionnaires],
    }
    files = {
        (number, str(subject), int(prompt), int(index)): Path(str(path))
        for number, table in enumerate(tables)
        for (subject, prompt, index), path in table["path"].items()
    }
    return MadeStudy(study_of(record), references, files)


def _known(value: Any) -> float | None:
    """A number; None for NaN, which is no JSON."""
    return float(value) if math.isfinite(value) else None


def _has(images: pd.DataFrame, info: MetricInfo) -> bool:
    return info.key in images.columns


def _all_pairs(
    data: ReportData, tables: Sequence[pd.DataFrame], infos: Sequence[MetricInfo], rng: np.random.Generator
) -> list[StudyPair]:
    """Every two runs under every subject and prompt, subjects taking turns, so that any first part of it is balanced."""
    prompts = {(prompt.kind, prompt.index): prompt for prompt in data.prompts}
    turns: list[list[StudyPair]] = []
    for subject in data.subjects:
        own: list[StudyPair] = []
        numbers = sorted({int(index) for index in tables[0].loc[[subject.id]].index.get_level_values(1)})
        for index in numbers:
            for first, second in combinations(range(len(tables)), 2):
                both = [set(tables[run].loc[(subject.id, index)].index) for run in (first, second)]
                shared = sorted(both[0] & both[1])
                if not shared:
                    continue
                image = int(shared[int(rng.integers(len(shared)))])
                rows = [tables[run].loc[(subject.id, index, image)] for run in (first, second)]
                values = {info.key: (_known(rows[0][info.key]), _known(rows[1][info.key])) for info in infos}
                own.append(
                    StudyPair(
                        subject=subject.id,
                        prompt_index=index,
                        prompt=prompts[subject.kind, index].text(subject.class_noun),
                        first=first,
                        second=second,
                        image_index=image,
                        metrics=values,
                    )
                )
        turns.append([own[place] for place in rng.permutation(len(own))])
    found: list[StudyPair] = []
    for turn in range(max(map(len, turns))):
        members = [own[turn] for own in turns if turn < len(own)]
        found += [members[place] for place in rng.permutation(len(members))]
    return found


def _catch_trials(
    data: ReportData,
    tables: Sequence[pd.DataFrame],
    infos: Sequence[MetricInfo],
    references: dict[str, tuple[Path, ...]],
    rng: np.random.Generator,
) -> list[CatchTrial]:
    """Copies beside impostors. Impostors of the subject's class come first: with them the prompt has a right answer too."""
    prompts = {(prompt.kind, prompt.index): prompt for prompt in data.prompts}
    clear = [_clear_images(table, infos) for table in tables]
    found: list[CatchTrial] = []
    for is_same_class in (True, False):
        for subject in data.subjects:
            strangers = [
                other.id
                for other in data.subjects
                if other.id != subject.id
                and other.kind == subject.kind
                and (other.class_noun == subject.class_noun) == is_same_class
            ]
            choices = [
                (run, name, index, image)
                for run, images in enumerate(clear)
                for name, index, image in images
                if name in strangers
            ]
            if not choices:
                continue
            run, name, index, image = choices[int(rng.integers(len(choices)))]
            found.append(
                CatchTrial(
                    subject=subject.id,
                    prompt_index=index,
                    prompt=prompts[subject.kind, index].text(subject.class_noun),
                    reference=int(rng.integers(len(references[subject.id]))),
                    impostor=name,
                    run=run,
                    image_index=image,
                    asks_prompt=is_same_class,
                )
            )
        if found:
            break
    if not found and len(data.subjects) > 1:  # one subject of each kind: an impostor of another kind, for the same number
        raise UserError("No catch trial can be made where each kind has one subject; name runs of more subjects.")
    return [found[place] for place in rng.permutation(len(found))][:_MAX_CATCH]


def _clear_images(table: pd.DataFrame, infos: Sequence[MetricInfo]) -> list[tuple[str, int, int]]:
    """A run's images that show best what is asked by its metric of texts; all of them where it has none."""
    of_texts = [info for info in infos if info.formula in METRICS and "texts" in METRICS[info.formula].needs]
    if of_texts:
        values = table[of_texts[0].key] * (1.0 if of_texts[0].higher_is_better else -1.0)
        table = table[values >= values.quantile(1.0 - _CLEAREST)]
    return [(str(subject), int(prompt), int(image)) for subject, prompt, image in table.index]
