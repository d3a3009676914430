"""`score`: images that are already there, a run's or anyone's, under a protocol."""

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.api.naming import naming
from dreambench.benchmark.api.own_suite import expected_by, suite_for, unlike_in_size
from dreambench.benchmark.api.scored_images import open_cache, read_images, run_record
from dreambench.benchmark.declarations.options import from_folder, named_from
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.recorded import DatasetRecord
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.engine.meter import WorkMeter
from dreambench.benchmark.machine.environment import environment
from dreambench.benchmark.machine.resources import choose_device
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.options import ScoreOptions
from dreambench.benchmark.results.own_scores import remember
from dreambench.benchmark.results.summary import SUMMARY_FILE, About, PriorFolder, Summary, read_summary
from dreambench.benchmark.results.tables import is_left_of_a_scoring
from dreambench.benchmark.results.writing import summary_of, write_scores
from dreambench.benchmark.runs.record import RUN_FILE
from dreambench.benchmark.runs.selection import Selection, narrow, whole_selection
from dreambench.benchmark.scoring.evaluate import evaluate
from dreambench.benchmark.scoring.gaps import gaps
from dreambench.benchmark.scoring.tables import SHA256, Scores
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    import pandas as pd

_WRITTEN: Final = (SUMMARY_FILE, "scores.parquet", "subjects.parquet")


@dataclass(frozen=True, eq=False)
class Scored:
    """What scoring gave.

    Attributes:
        summary: means, intervals, yardsticks and how they were made.
        tables: a row an image, and a row a subject.
        folder: where it was written; None where it was not.
        remarks: sentences that belong below the table.
    """

    summary: Summary
    tables: Scores
    folder: Path | None
    remarks: tuple[str, ...]

    @property
    def images(self) -> "pd.DataFrame":
        """A row an image, a column a metric that images have."""
        return self.tables.images

    @property
    def subjects(self) -> "pd.DataFrame":
        """A row a subject, a column a metric."""
        return self.tables.subjects

    def _repr_html_(self) -> str:
        return means_html(self.summary)


def score(
    images: str | Path,
    *,
    suite: str | Path | None = None,
    protocol: str | Path | None = None,
    metrics: Sequence[str] | None = None,
    subjects: Sequence[str] | None = None,
    prompts: Sequence[int] | None = None,
    images_per_prompt: int | None = None,
    prior: str | Path | None = None,
    pattern: str | None = None,
    layout: str | Path | None = None,
    manifest: str | Path | None = None,
    black: Literal["refuse", "keep"] = "refuse",
    name: str | None = None,
    citation: str | None = None,
    out: str | Path | None = None,
    device: str = "auto",
    cache: Literal["use", "avoid"] = "use",
    listener: Listener | None = None,
) -> Scored:
    """Score images that are already there.

    First it is said what was found against what the protocol expects. Missing, unreadable and all-black images are an error
    unless the protocol says otherwise: a mean over the rest would be another number.

    Args:
        images: a run's folder, or a folder of images.
        suite: whose dataset and encoders: a suite's name or file. A run's folder and a plan's list know their own; for any
            other folder it must be said, since subjects of one name may be photos in one suite and drawings in another.
        protocol: a protocol's name or file; None takes the suite's.
        metrics: only these of the protocol's, by key; what the others need is neither loaded nor checked.
        subjects: only these.
        prompts: only these, by number.
        images_per_prompt: images for every prompt; None takes the protocol's number.
        prior: a folder of prior images, <subject>/<index>.png; None takes a run's own.
        pattern: where an image lies below the folder; None: <subject>/<prompt>/<index>.png or of another ending.
        layout: in place of a pattern, how another code base names its images: a ready layout's name, or a file.
        manifest: in place of a pattern, a CSV file or JSON lines with path, subject, prompt (number or text) and index. The
            list of `dreambench.plan` also says which subjects, prompts and numbers of images are expected.
        black: whether all-black images are refused, or scored as they are.
        name: what tables call the method.
        citation: where the method is published.
        out: a folder to write scores.parquet, subjects.parquet and summary.json into.
        device: "auto", "cpu", "cuda" or one GPU, "cuda:1".
        cache: whether embeddings are taken from and kept in the user's cache.
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: an argument is wrong, or the images are not those that the protocol wants.

    Examples:
        >>> import dreambench
        >>> scored = dreambench.score("my_images", suite="mini", subjects=["dog", "cat"], prompts=[0], metrics=["dino"])
        >>> scored.summary.n_images
        8
        >>> 0.9 < scored.summary.overall["dino"].mean < scored.summary.beside["real_images"]["dino"].mean
        True
        >>> scored.images.groupby("subject")["dino"].size().to_dict()
        {'cat': 4, 'dog': 4}
    """
    images, target = Path(images), None if out is None else Path(out)
    named_by = naming(pattern=pattern, layout=layout, manifest=manifest)
    computed_on = choose_device(device)
    about_method = {"method": _line(name, "--name", 80), "citation": _line(citation, "--citation", 300)}
    with listening(listener) as told, open_cache(keeps=cache == "use") as embeddings:
        told.say("looking for the images")
        planned = named_by.planned()
        the_suite = suite_for(images, suite, planned=planned)
        dataset = the_suite.open_dataset()
        declared = load_protocol(protocol or the_suite.protocol)
        if metrics is not None:
            declared = declared.only(metrics)
        _check_out(target, images)
        record = run_record(images, dataset)
        # Names that do not exist are told from images that are missing.
        whole = whole_selection(dataset, images_per_prompt or declared.images_per_prompt)
        chosen = narrow(
            expected_by(planned, whole, dataset),
            dataset,
            subjects=subjects,
            prompts=prompts,
            images_per_prompt=images_per_prompt,
        )
        the_protocol = declared.model_copy(update={"images_per_prompt": chosen.images_per_prompt})
        found = read_images(  # before the encoders are loaded
            images,
            prior=None if prior is None else Path(prior),
            naming=named_by,
            dataset=dataset,
            protocol=the_protocol,
            chosen=chosen,
            named=(subjects, prompts),
            record=record,
            black=black,
            cache=embeddings,
            listener=told,
        )
        for sentence in dataset.unread(set(found.images["subject"])):
            told.note(sentence)
        remarks = (*found.remarks, *unlike_in_size(found.images["path"].tolist(), the_suite, dataset))
        told.say("loading the encoders")
        encoders = load_encoders(the_suite.encoders, the_protocol, computed_on)
        meter = WorkMeter([], costs=None, workers=1, score_images=len(found.images))
        told.measure(meter)

        def scored(done: int, total: int, seconds: float) -> None:
            with told.lock:
                meter.score(done, total, seconds)

        evaluation = evaluate(
            found.images,
            priors=found.priors,
            dataset=dataset,
            protocol=the_protocol,
            encoders=encoders,
            on_scored=scored,
            cache=embeddings,
            expected=found.inspection.expected.n_images,
        )
        told.measure(None)
        remarks = (*remarks, *gaps(evaluation.scores, images_per_prompt=the_protocol.images_per_prompt))
        if target is not None:
            _refuse_other_pictures(target, evaluation.scores)
    base = target or Path()
    prior_folder = None
    if found.prior_folder is not None:
        prior_folder = PriorFolder(folder=from_folder(found.prior_folder, base), each=the_protocol.prior_images)
    about = About(
        suite=the_suite.name,
        method=about_method["method"] or (record.method if record is not None else None),
        citation=about_method["citation"],
        seed=None if record is None else record.seed,
        settings={} if record is None else record.settings,
        dataset=DatasetRecord.model_validate(dataset.record()),
        images=from_folder(images, base),
        prior=prior_folder,
        options=ScoreOptions(
            suite=named_from(suite, base),
            protocol=named_from(protocol, base),
            metrics=None if metrics is None else tuple(metrics),
            subjects=None if subjects is None else tuple(subjects),
            prompts=None if prompts is None else tuple(prompts),
            images_per_prompt=images_per_prompt,
            prior=None if prior is None else from_folder(Path(prior), base),
            pattern=pattern,
            layout=named_from(layout, base),
            manifest=None if manifest is None else from_folder(Path(manifest).expanduser(), base),
            keep_black=black == "keep",
            name=about_method["method"],
            citation=about_method["citation"],
        ),
        found=found.inspection.record(),
        remarks=remarks,
    )
    summary = summary_of(
        evaluation,
        about=about,
        protocol=the_protocol,
        encoders=encoders.fingerprints(),
        seconds={},
        environment=environment(),
    )
    if target is not None:
        summary = write_scores(target, evaluation.scores, summary, images=images)
        remember(target, images=images, prior=found.prior_folder)
    return Scored(summary, evaluation.scores, target, (*_part_of_the_protocol(summary, whole), *remarks))


def means_html(summary: Summary) -> str:
    """A summary's means with their intervals as an HTML table, for notebooks."""
    rows = [(summary.method or "these images", summary.overall), *summary.beside.items()]
    keys = [info.key for info in summary.metrics]
    head = "".join(
        f"<th>{html.escape(info.label)} {'&uarr;' if info.higher_is_better else '&darr;'}</th>" for info in summary.metrics
    )
    lines = []
    for label, means in rows:
        cells = "".join(f"<td>{_cell_html(means, key)}</td>" for key in keys)
        lines.append(f"<tr><th>{html.escape(label)}</th>{cells}</tr>")
    caption = html.escape(
        f"Protocol {summary.protocol.name}, fingerprint {summary.fingerprint}; {counted(summary.n_images, 'image')}."
    )
    return f"<table><caption>{caption}</caption><tr><th></th>{head}</tr>{''.join(lines)}</table>"


def _cell_html(means: object, key: str) -> str:
    entry = means.get(key) if isinstance(means, dict) else None
    if entry is None or entry.mean is None:
        return "-"
    low, high = entry.ci95
    interval = "" if low is None or high is None else f"<br><small>{low:.3f} to {high:.3f}</small>"
    return f"{entry.mean:.3f}{interval}"


def _line(text: str | None, option: str, most: int) -> str | None:
    """A name or citation that fits into a table's cell.

    Raises:
        UserError: it is empty, too long, or not one printable line.
    """
    if text is None:
        return None
    line = " ".join(text.split())
    if not line or len(line) > most or not line.isprintable():
        raise UserError(f"{option} is empty, longer than {most} characters or has some that cannot be printed; give one line.")
    return line


def _part_of_the_protocol(summary: Summary, whole: Selection) -> list[str]:
    """A remark where fewer subjects, prompts or images were scored than there are."""
    counts = (
        (summary.n_subjects, len(whole.subjects), "subjects"),
        (summary.n_prompts, len(whole.prompts), "prompts"),
    )
    parts = [f"{scored} of {there} {noun}" for scored, there, noun in counts if scored < there]
    if summary.n_missing:
        parts.append(f"{counted(summary.n_missing, 'image')} left out of the means")
    return [f"A part of the protocol only: {', '.join(parts)}."] if parts else []


def _check_out(out: Path | None, images: Path) -> None:
    """Refuse to write scores into a run, or over those of other images."""
    if out is None:
        return
    if (out / RUN_FILE).exists():
        raise UserError(f"--out {out} is a run's folder, which is never rewritten; choose another folder.")
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; name a folder.")
    above = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise UserError(f"--out {out} cannot be written; choose another folder.")
    inside = next((folder for folder in out.resolve().parents if (folder / RUN_FILE).exists()), None)
    if inside is not None:
        raise UserError(f"--out {out} lies inside the run {inside}, which is never rewritten; choose another folder.")
    there = [name for name in _WRITTEN if (out / name).exists()]
    if there and not is_left_of_a_scoring(out, images):
        try:
            owner = read_summary(out / SUMMARY_FILE).images
        except UserError:
            owner = None
        if owner is None:
            raise UserError(f"--out {out} holds a {there[0]} that is not of these images; choose another folder.")
        if (out / owner).resolve() != images.resolve():
            raise UserError(f"--out {out} holds the scores of other images ({printable(owner)}); choose another folder.")


def _refuse_other_pictures(out: Path, scores: Scores) -> None:
    """Refuse to write over the scores of other pictures that lay under the same path: one folder was put in another's place.

    Raises:
        UserError: none of the pictures that were scored there is among these.
    """
    try:
        before = read_finished(out).scores().images
    except UserError:
        return  # nothing is there, or nothing that could be believed
    if SHA256 in before.columns and set(before[SHA256]).isdisjoint(scores.images[SHA256]):
        raise UserError(
            f"--out {printable(str(out))} holds the scores of other pictures, none of which is among these; choose another "
            "folder, or delete that one."
        )
