"""`submit`: a run as a file for a leaderboard."""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.results.images import NO_HASHES
from dreambench.benchmark.results.report_data import read_report_data
from dreambench.benchmark.submissions import (
    Submission,
    Training,
    archive_of,
    check_hub,
    pack,
    send,
    write_images,
    write_submission,
)
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted

#: Stands near the beginning of every submission.
_MARK = b'"dreambench-submission"'


@dataclass(frozen=True, eq=False)
class Submitted:
    """A submission that was written.

    Attributes:
        submission: what it says.
        file: where it is.
        archive: where its images are; None where they were not asked for.
        remarks: sentences that its sender should read.
        sent: address of the pull request that was opened; None where it was not sent.
    """

    submission: Submission
    file: Path
    archive: Path | None
    remarks: tuple[str, ...]
    sent: str | None = None

    @property
    def conclusion(self) -> str:
        """One sentence on what was packed."""
        packed = self.submission
        hashed = counted(len(packed.images), "image")
        if packed.prior_images:
            hashed += f" and {counted(len(packed.prior_images), 'prior image')}"
        covered = f"{counted(len(packed.subjects), 'subject')}, {counted(len(packed.metrics), 'metric')}"
        return f"'{packed.name}': {covered}, {hashed} hashed, protocol {packed.protocol.name} ({packed.protocol.fingerprint})."


def submit(
    run: str | Path,
    *,
    name: str,
    authors: str,
    url: str | None = None,
    base_model: str | None = None,
    training: Training | None = None,
    yardstick: bool = False,
    with_images: bool = False,
    images: str | Path | None = None,
    prior: str | Path | None = None,
    out: str | Path | None = None,
    hub: str | None = None,
    listener: Listener | None = None,
) -> Submitted:
    """Pack a run for a leaderboard: means, scores by subject, protocol, how it was made, the SHA-256 of every image.

    No path and no user's name of this machine goes into the file.

    Args:
        run: a run's folder, or one that `score` wrote.
        name: what the leaderboard calls it.
        authors: who made the method or ran it.
        url: of a paper or of code; http or https.
        base_model: what the images are drawn with; None takes what the run has recorded.
        training: "tuned" if something is trained for each subject, else "zero-shot"; None takes what the run has recorded.
        yardstick: it is there to be compared with, not to win; it gets no rank. The built-in yardsticks say so themselves.
        with_images: also write the images into a ZIP archive beside the file, where a leaderboard verifies them.
        images: where the images lie, of a folder of `score` that was not scored here; None: where it says.
        prior: where the prior images lie, likewise.
        out: the file; None takes NAME.json in the working directory. An earlier submission there is replaced.
        hub: "OWNER/NAME" of a dataset repository of the Hugging Face Hub: also send it there, as a pull request. The hub's own
            client holds the token (`hf auth login`, or HF_TOKEN).
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: an argument cannot be used, or the run lacks what a submission needs; or the hub did not take it.

    Examples:
        >>> import dreambench
        >>> submitted = dreambench.submit("mine", name="My method", authors="Me", out="submissions/mine.json")
        >>> submitted.conclusion
        "'My method': 6 subjects, 1 metric, 24 images hashed, protocol miniature (...)."
    """
    file = _file(None if out is None else Path(out), name)
    archive = archive_of(file)
    of_priors_in = None if prior is None else Path(prior)
    if hub is not None:
        check_hub(hub)
    with listening(listener) as told:
        told.say("reading the images")
        data = read_report_data([Path(run)], images=() if images is None else (Path(images),))
        (reported,) = data.runs
        submission = pack(
            reported,
            name=name,
            authors=authors,
            url=url,
            base_model=base_model,
            training=training,
            yardstick=yardstick,
            today=datetime.date.today(),
            prior=of_priors_in,
        )
        remarks = [NO_HASHES.format(run=run)] if reported.hashes is None else []
        if with_images:
            told.say("writing the images")
            n_written = write_images(archive, reported, submission, prior=of_priors_in)
            remarks.append(f"{counted(n_written, 'image')} {'is' if n_written == 1 else 'are'} in {archive}.")
        write_submission(file, submission)
        sent = None
        if hub is not None:
            told.say("sending it")
            sent = send([file, archive] if with_images else [file], hub, title=f"Submission: {submission.name}")
    if not with_images and archive.exists():
        remarks.append(f"{archive} is there from before; remove it if its images are not those of this run.")
    if submission.is_yardstick and not yardstick:
        remarks.append(f"{submission.provenance.method} is a yardstick: a leaderboard shows it apart and gives it no rank.")
    of_priors = [info.label for info in submission.metrics if not info.of_prompts]
    if of_priors and not submission.prior_images:
        remarks.append(
            f"{run} does not say where the prior images of its {' and '.join(of_priors)} lie, so they are not hashed; score "
            "the images again."
        )
    return Submitted(submission, file, archive if with_images else None, tuple(remarks), sent)


def _file(out: Path | None, name: str) -> Path:
    """The file to write; one that is there must be a submission."""
    file = out or Path(f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-') or 'submission'}.json")
    if file.suffix != ".json":
        raise UserError(f"--out {file} must end in .json, which is how a leaderboard finds it.")
    if file.is_dir():
        raise UserError(f"--out {file} is a folder; name a file.")
    if file.exists():
        with file.open("rb") as there:
            if _MARK not in there.read(200):
                raise UserError(f"--out {file} is there and is no submission; name another file.")
    return file
