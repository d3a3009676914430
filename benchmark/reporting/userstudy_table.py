"""What people said, as tables, as JSON, and as a paragraph for a methods section."""

from typing import Any, Final

from dreambench.benchmark.reporting.people_table import cell_of, interval_record
from dreambench.benchmark.userstudy.findings import StudyFindings
from dreambench.benchmark.userstudy.study import ASKED, ASKED_LABELS, LEAST_VOTES, Asked
from dreambench.benchmark.userstudy.tally import Preference
from dreambench.dataset.words import counted
from dreambench.reports.cells import Cell, known
from dreambench.reports.escaping import plain_name
from dreambench.reports.published import read_data
from dreambench.reports.text_table import TextCell, TextTable

_PAPER: Final = "DreamBooth paper (arXiv 2208.12242) Table 2"
_MEASURES: Final[dict[Asked, str]] = {"subject": "subject fidelity", "prompt": "prompt fidelity"}


def userstudy_tables(found: StudyFindings) -> tuple[TextTable, ...]:
    """Preferences beside the paper's Table 2, agreement of people, agreement of metrics with people."""
    tables = [
        _preferences(found, pair)
        for pair in sorted({(preference.first, preference.second) for preference in found.preferences})
    ]
    people = TextTable(
        title="How far people agree",
        head=("", "Krippendorff's alpha", "all said the same", "pairs"),
        rows=tuple(
            (
                ASKED_LABELS[agreement.asked],
                Cell(known(agreement.alpha)),
                Cell(known(agreement.unanimous)),
                str(agreement.n_pairs),
            )
            for agreement in found.agreement
        ),
        notes=tuple(_people_notes(found)),
        decimals=2,
    )
    heads = [f"{kind}, {_MEASURES[asked]}" for asked in ASKED for kind in ("Spearman", "AUC")]
    metrics = TextTable(
        title="How far metrics agree with people",
        head=("", *heads),
        rows=tuple(_metric_row(found, key, label) for key, label in found.metric_labels().items()),
        notes=(
            "Spearman: the metric's difference between the two images with people's mean vote. AUC: the chance that the "
            "difference is larger where people prefer the first; .5 is guessing. 95% intervals: bootstrap over subjects.",
        ),
        decimals=2,
    )
    return (*tables, people, *([metrics] if metrics.rows else []))


def methods_paragraph(found: StudyFindings) -> str:
    """What a paper would say of the study."""
    study = found.study
    questions = len(study.questionnaires[0].questions)
    subjects = len({pair.subject for pair in study.pairs})
    sentences = [
        f"{counted(found.n_kept, 'rater')} compared {counted(len(study.pairs), 'pair')} of images of "
        f" {counted(subjects, 'subject')} made by {' and '.join(study.runs)}.",
        f"Each questionnaire had {questions} comparative questions: the reference images, the prompt, and two images in random "
        "order on random sides, with no sign of the method.",
        'We asked "Which image better reproduces the identity (e.g. item type and details) of the reference item?" and '
        '"Which image is best described by this text?", with "Cannot decide" as a third answer.',
        f"{counted(found.n_dropped, 'further rater')} failed catch trials (a copy of a reference image beside an impostor) and "
        f"{'was' if found.n_dropped == 1 else 'were'} left out."
        if found.n_dropped
        else "No rater failed the catch trials.",
        f"Each pair was answered by at least {LEAST_VOTES} people; the outcome is the answer of more than half of them."
        if not found.thin
        else f"Pairs were answered by {found.votes_per_pair:.1f} people on average ({counted(found.thin, 'pair')} by fewer "
        f"than {LEAST_VOTES}); the outcome is the answer of more than half of them.",
    ]
    sentences += [_preference_sentence(found, preference) for preference in found.preferences]
    alphas = [(agreement.asked, agreement.alpha) for agreement in found.agreement if agreement.alpha is not None]
    if alphas:
        told = " and ".join(f"{alpha:.2f} ({_MEASURES[asked]})" for asked, alpha in alphas)
        sentences.append(f"Krippendorff's alpha was {told}.")
    sentences.append("Intervals are 95% and clustered by subject and rater.")
    return " ".join(sentences)


def userstudy_record(found: StudyFindings) -> dict[str, Any]:
    """All of it as JSON values."""
    runs = found.study.runs
    return {
        "study": found.study.id,
        "runs": list(runs),
        "n_pairs": len(found.study.pairs),
        "raters": [
            {
                "file": rater.file,
                "rater": rater.rater,
                "passed": rater.passed,
                "catch_right": rater.right,
                "catch_asked": rater.asked,
                "repeats_same": rater.same,
                "repeats_asked": rater.repeated,
            }
            for rater in found.attention
        ],
        "refused": [{"file": refusal.file, "reason": refusal.reason} for refusal in found.refused],
        "pairs_with_few_votes": found.thin,
        "preferences": [
            {
                "question": preference.asked,
                "first": runs[preference.first],
                "second": runs[preference.second],
                "n_votes": preference.n_votes,
                "first_preferred": interval_record(preference.wins),
                "second_preferred": interval_record(preference.losses),
                "undecided": interval_record(preference.undecided),
            }
            for preference in found.preferences
        ],
        "published": [{"source": _PAPER, "row": row, **dict(values)} for row, values in _published().items()],
        "agreement": [
            {
                "question": agreement.asked,
                "krippendorff_alpha": known(agreement.alpha),
                "unanimous": known(agreement.unanimous),
                "n_pairs": agreement.n_pairs,
            }
            for agreement in found.agreement
        ],
        "metrics": [
            {
                "metric": metric.metric.key,
                "label": metric.metric.label,
                "question": metric.asked,
                "spearman": interval_record(metric.spearman),
                "auc": interval_record(metric.auc),
            }
            for metric in found.metrics
        ],
        "paragraph": methods_paragraph(found),
    }


def _preferences(found: StudyFindings, pair: tuple[int, int]) -> TextTable:
    """One pair of runs in the form of the paper's Table 2."""
    ours = {preference.asked: preference for preference in found.preferences if (preference.first, preference.second) == pair}
    first, second = (plain_name(found.study.runs[number]) for number in pair)
    rows: list[tuple[TextCell, ...]] = [
        (first, *(cell_of(ours[asked].wins) for asked in ASKED)),
        (second, *(cell_of(ours[asked].losses) for asked in ASKED)),
        ("undecided", *(cell_of(ours[asked].undecided) for asked in ASKED)),
    ]
    n_pairs, n_votes = ours["subject"].wins.n, ours["subject"].n_votes
    return TextTable(
        title="User preference: shares of pairs by majority",
        head=("", *(ASKED_LABELS[asked] for asked in ASKED)),
        rows=tuple(rows),
        apart=tuple((f"published: {row}", *(Cell(value[asked]) for asked in ASKED)) for row, value in _published().items()),
        notes=(
            f"{counted(n_pairs, 'pair')}, {counted(n_votes, 'answer')} to each question, {counted(found.n_kept, 'rater')}. 95% "
            "intervals clustered by subject and rater. undecided: no answer has more than half of a pair's votes, or most "
            f"could not decide. Published: {_PAPER}, 72 users, on the photos.",
        ),
        decimals=2,
    )


def _people_notes(found: StudyFindings) -> list[str]:
    notes = [
        f"Left out: {rater.file} (rater {rater.rater}), {rater.right} of {rater.asked} catch answers right."
        for rater in found.attention
        if not rater.passed
    ]
    kept = [rater for rater in found.attention if rater.passed]
    repeated = sum(rater.repeated for rater in kept)
    if repeated:
        same = sum(rater.same for rater in kept) / repeated
        notes.append(f"Shown a pair again, people said the same in {same:.2f} of {repeated} answers.")
    if found.thin:
        notes.append(
            f"{counted(found.thin, 'pair')} of {len(found.study.pairs)} {'has' if found.thin == 1 else 'have'} fewer than "
            f"{LEAST_VOTES} votes, {found.unasked} none: hand in more answers, or read the shares with care."
        )
    if found.lacks_krippendorff:
        notes.append('No alpha: the library krippendorff is not installed; pip install "dreambench[userstudy]".')
    return notes


def _metric_row(found: StudyFindings, key: str, label: str) -> tuple[TextCell, ...]:
    cells: list[TextCell] = []
    for asked in ASKED:
        (agreement,) = (metric for metric in found.metrics if metric.metric.key == key and metric.asked == asked)
        cells += [cell_of(agreement.spearman), cell_of(agreement.auc)]
    return (plain_name(label), *cells)


def _preference_sentence(found: StudyFindings, preference: Preference) -> str:
    first, second = (found.study.runs[number] for number in (preference.first, preference.second))
    low, high = (_percent(value) for value in (preference.wins.low, preference.wins.high))
    return (
        f"For {_MEASURES[preference.asked]}, {first} was preferred in {_percent(preference.wins.mean)} of the pairs "
        f"[{low}, {high}], {second} in {_percent(preference.losses.mean)}; "
        f"{_percent(preference.undecided.mean)} were undecided."
    )


def _percent(value: float) -> str:
    return "-" if known(value) is None else f"{100 * value:.0f}%"


def _published() -> dict[str, dict[Asked, float]]:
    """The paper's Table 2: row -> share by question."""
    rows: dict[str, dict[Asked, float]] = {}
    for record in read_data("paper_tables.csv"):
        if record["source"] == _PAPER:
            asked: Asked = "subject" if record["measure"].endswith(_MEASURES["subject"]) else "prompt"
            rows.setdefault(record["setting"], {})[asked] = float(record["value"])
    return rows
