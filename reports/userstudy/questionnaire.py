"""What a questionnaire's page shows. Nothing here says which method made a picture."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PageQuestion:
    """One screen.

    Attributes:
        id: that answers name it by.
        references: pictures of the reference item.
        left: the picture on the left.
        right: the picture on the right.
        text: what the pictures should show.
    """

    id: str
    references: tuple[Path, ...]
    left: Path
    right: Path
    text: str


@dataclass(frozen=True)
class QuestionnairePage:
    """One rater's page.

    Attributes:
        study: the study's id.
        number: the questionnaire's.
        title: the heading.
        questions: in order.
    """

    study: str
    number: int
    title: str
    questions: tuple[PageQuestion, ...]
