"""`make_userstudy` and `read_userstudy`: blind pairs for people, and what they said."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dreambench.benchmark.api.counting import Counting
from dreambench.benchmark.api.in_tables import InTables
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.machine.environment import package_version
from dreambench.benchmark.reporting.userstudy_page import questionnaire_pages
from dreambench.benchmark.reporting.userstudy_table import methods_paragraph, userstudy_record, userstudy_tables
from dreambench.benchmark.results.report_data import read_report_data
from dreambench.benchmark.userstudy.findings import StudyFindings, findings
from dreambench.benchmark.userstudy.making import make_study
from dreambench.benchmark.userstudy.study import KEY_FILE, PAGES, Study, read_study
from dreambench.dataset.errors import UserError
from dreambench.reports.userstudy import write_pages

_TITLE = "A comparison of images"


@dataclass(frozen=True, eq=False)
class MadeUserStudy:
    """A study that was written.

    Attributes:
        study: its key.
        folder: where it is.
        pages: the folder that raters' pages are in; the key is not.
    """

    study: Study
    folder: Path
    pages: Path

    @property
    def conclusion(self) -> str:
        """One sentence on what there is."""
        dealt = self.study.questionnaires
        return (
            f"{len(self.study.pairs)} pairs in {len(dealt)} questionnaires of {len(dealt[0].questions)} questions. Give each "
            f"rater one file of {self.pages}; keep {self.folder / KEY_FILE} to yourself."
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadUserStudy(InTables):
    """What people said, as tables.

    Attributes:
        found: the numbers.
        paragraph: the same for a methods section.
    """

    found: StudyFindings
    paragraph: str


def make_userstudy(
    *runs: str | Path,
    out: str | Path,
    questions: int = 25,
    raters: int | None = None,
    seed: int = 0,
    title: str = _TITLE,
    dataset: str | None = None,
    images: Sequence[str | Path] = (),
    listener: Listener | None = None,
) -> MadeUserStudy:
    """Write blind questionnaires that compare runs: one HTML page a rater, and a key that raters do not get.

    Args:
        runs: two runs or more on the same subjects and prompts: their folders, or folders that `score` wrote.
        out: the study's folder, new or empty.
        questions: a questionnaire, catch trials and repeated pairs included.
        raters: how many questionnaires; None makes as many as ask each pair three times. Fewer are asked fewer pairs, so that
            each of these still has three answers.
        seed: of pairs, order and sides.
        title: the pages' heading; it must not name the methods.
        dataset: whose reference images to show; None takes the runs' own dataset.
        images: folders that images lie in, of folders of `score` that were not scored here.
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: the runs cannot be compared, reference images are missing, or the folder cannot be used.
    """
    target = Path(out)
    with listening(listener) as told:
        told.say("reading the runs")
        data = read_report_data([Path(run) for run in runs], dataset=dataset, images=[Path(folder) for folder in images])
        named = [run.label for run in data.runs if run.label.casefold() in title.casefold()]
        if named:
            raise UserError(f"--title names {named[0]}, which raters should not know; call the study otherwise.")
        made = make_study(
            data,
            questions=questions,
            raters=raters,
            seed=seed,
            title=title,
            made_with=f"dreambench {package_version()}",
        )
        for remark in data.remarks:
            told.note(remark)
        meter = Counting(told, "writing questionnaires")
        told.measure(meter)
        pages = write_pages(
            questionnaire_pages(made),
            target,
            key=made.study.model_dump(mode="json"),
            key_file=KEY_FILE,
            pages_folder=PAGES,
            on_progress=meter.count,
        )
        told.measure(None)
    return MadeUserStudy(made.study, target, pages)


def read_userstudy(*answers: str | Path, study: str | Path, seed: int = 0, listener: Listener | None = None) -> ReadUserStudy:
    """Read what raters handed in: preferences beside the paper's, agreement, and how far metrics agree with people.

    Args:
        answers: files that raters handed in, or folders of them.
        study: the folder that `make_userstudy` wrote.
        seed: of the bootstraps.
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: the study's key is missing or changed, no file can be taken, or nobody passed the catch trials.
    """
    with listening(listener) as told:
        told.say("reading the answers")
        found = findings(read_study(Path(study)), [Path(answer) for answer in answers], seed=seed)
        for refused in found.refused:
            told.note(f"refused {refused.file}: {refused.reason}")
    return ReadUserStudy(
        tables=userstudy_tables(found), values=userstudy_record(found), found=found, paragraph=methods_paragraph(found)
    )
