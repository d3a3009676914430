"""The user study's pages: one HTML file a questionnaire, with its pictures inside, that needs no server."""

from dreambench.reports.userstudy.questionnaire import PageQuestion, QuestionnairePage
from dreambench.reports.userstudy.render import write_pages

__all__ = ["PageQuestion", "QuestionnairePage", "write_pages"]
