"""From a study to the pages that raters get."""

from dreambench.benchmark.userstudy.making import MadeStudy
from dreambench.benchmark.userstudy.study import Question, Questionnaire
from dreambench.reports.userstudy import PageQuestion, QuestionnairePage


def questionnaire_pages(made: MadeStudy) -> tuple[QuestionnairePage, ...]:
    """A page a questionnaire."""
    return tuple(_page(made, questionnaire) for questionnaire in made.study.questionnaires)


def _page(made: MadeStudy, questionnaire: Questionnaire) -> QuestionnairePage:
    questions = tuple(_question(made, question) for question in questionnaire.questions)
    return QuestionnairePage(made.study.id, questionnaire.number, made.study.title, questions)


def _question(made: MadeStudy, question: Question) -> PageQuestion:
    study = made.study
    about = study.catch_trials[question.number] if question.shows == "catch" else study.pairs[question.number]
    left, right = made.sides(question)
    return PageQuestion(question.id, made.references[about.subject], left, right, about.prompt)
