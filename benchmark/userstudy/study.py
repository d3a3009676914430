"""The key of a user study: which question shows what. Raters do not get it; without it their answers mean nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.reading import NotRead, read_json

#: The key's file, and what it says it is.
KEY_FILE: Final = "study.json"
KIND: Final = "dreambench user study"
FORMAT: Final = 1
#: The folder of the pages that raters get.
PAGES: Final = "questionnaires"
#: Each pair is asked of so many people at least, as in the paper.
LEAST_VOTES: Final = 3

Asked = Literal["subject", "prompt"]
#: The paper's two questions: whose identity, and whose text.
ASKED: Final[tuple[Asked, ...]] = ("subject", "prompt")
ASKED_LABELS: Final[dict[Asked, str]] = {"subject": "Subject fidelity", "prompt": "Prompt fidelity"}
Shows = Literal["pair", "repeat", "catch"]
Side = Literal["left", "right"]


class _Recorded(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class StudyMetric(_Recorded):
    """A metric that all runs of the study share."""

    key: str
    label: str
    higher_is_better: bool


class StudyPair(_Recorded):
    """Two runs' images of one subject for one prompt."""

    subject: str
    prompt_index: int
    prompt: str
    first: int
    """Number of the run whose image is the first."""
    second: int
    """Number of the other run."""
    image_index: int
    """Which image of the prompt, in both runs."""
    metrics: dict[str, tuple[FiniteFloat | None, FiniteFloat | None]]
    """Metric's key -> the first and the second image's value."""


class CatchTrial(_Recorded):
    """A copy of a reference image of the subject beside an impostor: another subject's image for the same prompt.

    The copy is right about the subject. The impostor is right about the prompt, where it has the subject's class noun.
    """

    subject: str
    prompt_index: int
    prompt: str
    reference: int
    """Which of the subject's reference images is copied."""
    impostor: str
    """The other subject."""
    run: int
    """Whose image of it."""
    image_index: int
    asks_prompt: bool
    """Whether the prompt has a right answer too."""


class Question(_Recorded):
    """One screen of a questionnaire."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{10}$")]
    shows: Shows
    number: int
    """Of the pair, or of the catch trial."""
    swapped: bool
    """Whether the second image (the impostor, in a catch trial) stands on the left."""


class Questionnaire(_Recorded):
    """What one rater answers."""

    number: int
    questions: tuple[Question, ...]


class Study(_Recorded):
    """A whole study."""

    kind: Literal["dreambench user study"] = KIND
    format: Literal[1] = FORMAT
    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    """A hash of all the rest; pages and answers carry it."""
    title: str
    seed: int
    made_with: str
    runs: tuple[str, ...]
    """What tables call the runs."""
    metrics: tuple[StudyMetric, ...]
    pairs: tuple[StudyPair, ...]
    catch_trials: tuple[CatchTrial, ...]
    questionnaires: tuple[Questionnaire, ...]

    def questionnaire(self, number: int) -> Questionnaire | None:
        """One by its number."""
        return next((questionnaire for questionnaire in self.questionnaires if questionnaire.number == number), None)


def study_of(record: Mapping[str, Any]) -> Study:
    """A study with its id, from all of its other fields as JSON values."""
    return Study.model_validate({**record, "id": sha256_json(dict(record))[:16]})


def read_study(folder: Path) -> Study:
    """Read the key in a study's folder.

    Raises:
        UserError: it is not there, broken, or was changed.
    """
    path = folder / KEY_FILE
    if not path.is_file():
        raise UserError(f"{folder} has no {KEY_FILE}; give the folder that `bench userstudy make --out` wrote.")
    try:
        study = Study.model_validate(read_json(path, mend="restore it."))
    except (NotRead, ValidationError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.clause
        raise UserError(
            f"{path} is no key of a user study ({why}); give the folder that `bench userstudy make` wrote."
        ) from error
    rest = study.model_dump(mode="json", exclude={"id"})
    if study_of(rest).id != study.id:
        raise UserError(f"{path} was changed after the study was made; restore it, or its answers cannot be told apart.")
    return study
