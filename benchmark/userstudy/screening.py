"""Who paid attention: catch trials have a right answer, and pairs that are shown again should be answered as before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.benchmark.userstudy.answers import Answers, HandedIn, Said
from dreambench.benchmark.userstudy.study import ASKED, Asked, Question, Study

#: One wrong answer in six is let pass: a slip, or a picture that says less than was meant. "Cannot decide" is wrong there.
_SLIPS: Final = 6


@dataclass(frozen=True)
class Attention:
    """How a rater did on what has a right answer.

    Attributes:
        file: where the answers came in.
        rater: the id that the page made up.
        right: catch answers that were right.
        asked: catch answers in all.
        same: repeated answers that were as before.
        repeated: repeated answers in all.
    """

    file: str
    rater: str
    right: int
    asked: int
    same: int
    repeated: int

    @property
    def passed(self) -> bool:
        """Whether the answers count: at most one wrong in six."""
        return self.asked - self.right <= self.asked // _SLIPS


def screened(handed_in: Sequence[HandedIn], study: Study) -> tuple[tuple[HandedIn, Attention], ...]:
    """Every rater's attention."""
    return tuple((answered, _attention(answered, study)) for answered in handed_in)


def first_or_second(said: Said, question: Question) -> Said:
    """An answer with the sides undone: "left" is the pair's first image (the copy), "right" its second (the impostor)."""
    if said == "undecided" or not question.swapped:
        return said
    return "right" if said == "left" else "left"


def _attention(handed_in: HandedIn, study: Study) -> Attention:
    answers = handed_in.answers
    questionnaire = study.questionnaire(answers.questionnaire)
    questions = questionnaire.questions if questionnaire is not None else ()
    right = asked = same = repeated = 0
    first = {question.number: question for question in questions if question.shows == "pair"}
    for question in questions:
        for ask in ASKED:
            if question.shows == "catch":
                wanted = _wanted(question, study, ask)
                asked += wanted is not None
                right += wanted is not None and _said(answers, question, ask) == wanted
            elif question.shows == "repeat":
                repeated += 1
                same += _said(answers, question, ask) == _said(answers, first[question.number], ask)
    return Attention(handed_in.file, answers.rater, right, asked, same, repeated)


def _wanted(question: Question, study: Study, ask: Asked) -> Said | None:
    """The copy has the subject, the impostor of its class has the prompt."""
    if ask == "subject":
        return "left"
    return "right" if study.catch_trials[question.number].asks_prompt else None


def _said(answers: Answers, question: Question, ask: Asked) -> Said:
    return first_or_second(answers.by_question()[question.id].to(ask), question)
