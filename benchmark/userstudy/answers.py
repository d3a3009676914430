"""Raters' answers: small JSON files from strangers, each taken whole or refused by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dreambench.benchmark.userstudy.study import Asked, Study
from dreambench.dataset.declared import dotted, printable
from dreambench.dataset.reading import NotRead, read_json

_MAX_BYTES: Final = 1_000_000

Said = Literal["left", "right", "undecided"]


class _FromStrangers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(_FromStrangers):
    """What a rater said to one question, and in how many seconds."""

    question: Annotated[str, Field(pattern="^[0-9a-f]{10}$")]
    subject: Said
    prompt: Said
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    def to(self, asked: Asked) -> Said:
        """The answer to one of the two questions."""
        return self.subject if asked == "subject" else self.prompt


class Answers(_FromStrangers):
    """A questionnaire, answered."""

    kind: Literal["dreambench user study answers"]
    format: Literal[1]
    study: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    questionnaire: int
    rater: Annotated[str, Field(pattern="^[0-9a-f]{8,32}$")]
    answers: tuple[Answer, ...]

    def by_question(self) -> dict[str, Answer]:
        """Question's id -> answer."""
        return {answer.question: answer for answer in self.answers}


@dataclass(frozen=True)
class RefusedAnswers:
    """A file that was not taken, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class HandedIn:
    """Answers that were taken, and the file that they came in."""

    file: str
    answers: Answers


def read_answers(paths: Sequence[Path], study: Study) -> tuple[tuple[HandedIn, ...], tuple[RefusedAnswers, ...]]:
    """Read answers; a folder stands for the JSON files in it.

    Refused by name: what is no answers' file, is of another study, lacks an answer, has one to a question that was not asked,
    or is of a rater who is already in.
    """
    taken: list[HandedIn] = []
    refused: list[RefusedAnswers] = []
    raters: dict[tuple[str, int], str] = {}
    for path in _files(paths):
        name = printable(str(path))
        found = _read(path, study)
        if isinstance(found, str):
            refused.append(RefusedAnswers(name, found))
        elif (found.rater, found.questionnaire) in raters:
            refused.append(RefusedAnswers(name, f"the same rater's answers are in {raters[found.rater, found.questionnaire]}"))
        else:
            raters[found.rater, found.questionnaire] = name
            taken.append(HandedIn(name, found))
    return tuple(taken), tuple(refused)


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.json")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _read(path: Path, study: Study) -> Answers | str:  # noqa: PLR0911 - one reason after the other
    """The answers, or what is wrong with the file."""
    try:
        answers = Answers.model_validate(read_json(path, mend="leave it out.", max_bytes=_MAX_BYTES))
    except ValidationError as error:
        first = error.errors()[0]
        where = dotted(first["loc"])
        return printable(f"it is no answers' file ({where}: {first['msg']})")[:300]
    except NotRead as error:
        return printable(f"it {error.clause}")[:300]
    if answers.study != study.id:
        return f"it is of another study ({answers.study}, not {study.id})"
    questionnaire = study.questionnaire(answers.questionnaire)
    if questionnaire is None:
        return f"the study has no questionnaire {answers.questionnaire}"
    asked = [question.id for question in questionnaire.questions]
    said = [answer.question for answer in answers.answers]
    if len(set(said)) < len(said):
        return "it answers a question twice"
    if set(said) - set(asked):
        return f"it answers a question that questionnaire {answers.questionnaire} does not ask"
    if lacking := len(set(asked) - set(said)):
        return f"{lacking} of {len(asked)} answers are missing: the questionnaire was not finished"
    return answers
