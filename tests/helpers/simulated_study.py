"""User studies without pictures, and raters whose preference, noise and laziness are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.userstudy.answers import Answers, HandedIn, Said
from dreambench.benchmark.userstudy.assignment import assign, raters_for, shape_of
from dreambench.benchmark.userstudy.study import Asked, Question, Questionnaire, Study, study_of

#: What a rater says of what is shown: (question, which of the two questions) -> "left" for the first image or the copy,
#: "right" for the second image or the impostor, as if no sides were swapped.
Mind = Callable[[Question, Asked], Said]
OTHER_SIDE: dict[Said, Said] = {"left": "right", "right": "left", "undecided": "undecided"}
CATCH = {"subject": "s0", "prompt_index": 0, "prompt": "a dog", "reference": 0, "impostor": "s1", "run": 0, "image_index": 0}


def simulated_study(
    *, subjects: int = 6, prompts: int = 10, raters: int | None = None, questions: int = 25, asks_prompt: bool = True
) -> Study:
    """A study of the runs A and B with one metric, whose difference is .01 times the pair's number less half of all."""
    n_pairs = subjects * prompts
    shape = shape_of(questions, n_pairs=n_pairs)
    rng = np.random.default_rng(0)
    count = raters_for(shape, n_pairs=n_pairs) if raters is None else raters
    dealt = assign(shape, n_pairs=n_pairs, raters=count, n_catch=5, rng=rng)
    pairs = [
        {
            "subject": f"s{number % subjects}",
            "prompt_index": number // subjects,
            "prompt": "a dog",
            "first": 0,
            "second": 1,
            "image_index": 0,
            "metrics": {"near": [0.01 * (number - n_pairs / 2), 0.0]},
        }
        for number in range(n_pairs)
    ]
    record: dict[str, Any] = {
        "kind": "dreambench user study",
        "format": 1,
        "title": "t",
        "seed": 0,
        "made_with": "a test",
        "runs": ["A", "B"],
        "metrics": [{"key": "near", "label": "Near", "higher_is_better": True}],
        "pairs": pairs,
        "catch_trials": [CATCH | {"asks_prompt": asks_prompt}] * 5,
        "questionnaires": [each.model_dump(mode="json") for each in dealt],
    }
    return study_of(record)


def answered(study: Study, questionnaire: Questionnaire, mind: Mind, *, rater: int = 0) -> HandedIn:
    """A questionnaire as a rater of that mind hands it in."""

    def shown(question: Question, asked: Asked) -> Said:
        said = mind(question, asked)
        return OTHER_SIDE[said] if question.swapped else said

    answers = [
        {"question": question.id, "seconds": 1.0, "subject": shown(question, "subject"), "prompt": shown(question, "prompt")}
        for question in questionnaire.questions
    ]
    record = {
        "kind": "dreambench user study answers",
        "format": 1,
        "study": study.id,
        "questionnaire": questionnaire.number,
        "rater": f"{rater:016x}",
        "answers": answers,
    }
    return HandedIn(f"{rater}.json", Answers.model_validate(record))


def attentive(prefers: Mind, *, slips: float = 0.0, rng: np.random.Generator | None = None) -> Mind:
    """A rater who gets catch trials right but for some slips, and says of pairs what `prefers` says."""

    def mind(question: Question, asked: Asked) -> Said:
        if rng is not None and rng.random() < slips:
            return ("left", "right", "undecided")[int(rng.integers(3))]
        if question.shows == "catch":
            return "left" if asked == "subject" else "right"
        return prefers(question, asked)

    return mind


def utilities(
    rng: np.random.Generator, subject: NDArray[np.int64], raters: int, *, mean: float, spread: tuple[float, float, float]
) -> NDArray[np.float64]:
    """[pairs, raters]: how much each rater likes the first image better, in units of logistic noise.

    Args:
        rng: of all draws.
        subject: [pairs].
        raters: how many.
        mean: over everything.
        spread: standard deviations over subjects, over pairs and over raters.
    """
    by_subject, by_pair, by_rater = spread
    size = (len(subject), raters)
    fixed = mean + by_subject * rng.normal(size=subject.max() + 1)[subject] + by_pair * rng.normal(size=len(subject))
    return fixed[:, None] + by_rater * rng.normal(size=raters)[None] + rng.logistic(size=size)
