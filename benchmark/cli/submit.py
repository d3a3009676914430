"""`bench submit`: a run as a file for a leaderboard."""

from pathlib import Path
from typing import Annotated

import typer


def submit(
    run: Annotated[
        Path, typer.Argument(help="A run's folder, or a folder that `bench score --out` wrote.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="What the leaderboard calls it.", show_default=False)],
    authors: Annotated[str, typer.Option(help="Who made it.", show_default=False)],
    url: Annotated[str | None, typer.Option(help="Of a paper or of code; https or http.")] = None,
    with_images: Annotated[
        bool, typer.Option("--with-images", help="Also write the images into a ZIP archive beside the file.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The file; NAME.json here if left out.")] = None,
) -> None:
    """Pack a run for a leaderboard: means, scores by subject, protocol, how it was made, the SHA-256 of every image.

    Prior images, which PRES was made with, are hashed too.

    No path and no user's name of this machine goes into the file.
    """
    from dreambench.benchmark.cli.talk import say
    from dreambench.benchmark.results.report_data import read_report_data
    from dreambench.benchmark.submissions import pack, write_images, write_submission
    from dreambench.benchmark.submissions.folder import IMAGES_ENDING

    file = _place(out, name)
    archive = file.with_name(f"{file.stem}{IMAGES_ENDING}")
    data = read_report_data([run])
    submission = pack(data.runs[0], name=name, authors=authors, url=url)
    if with_images:
        archive.parent.mkdir(parents=True, exist_ok=True)
        count = write_images(archive, data.runs[0])
        say(f"{count:,} images are in {archive}.")
    write_submission(file, submission)
    if not with_images and archive.exists():
        say(f"{archive} is there from before; remove it if its images are not those of this run.")
    hashed = f"{len(submission.images):,} images"
    if submission.prior_images:
        hashed += f" and {len(submission.prior_images):,} prior images"
    say(
        f"'{submission.name}': {len(submission.subjects)} subjects, {len(submission.metrics)} metrics, "
        f"{hashed} hashed, "
        f"protocol {submission.protocol.name} ({submission.protocol.fingerprint})."
    )
    if "pres" in submission.summary and not submission.prior_images:
        say(f"{run} does not say where the prior images of its PRES lie, so they are not hashed; score the images again.")
    typer.echo(file)


def _place(out: Path | None, name: str) -> Path:
    """The file to write; one that is there must be a submission."""
    import re

    from dreambench.dataset.errors import UserError

    file = out or Path(f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-') or 'submission'}.json")
    if file.suffix != ".json":
        raise UserError(f"--out {file} must end in .json, which is how a leaderboard finds it.")
    if file.is_dir():
        raise UserError(f"--out {file} is a folder; name a file.")
    if file.exists():
        with file.open("rb") as there:
            if b'"dreambench-submission"' not in there.read(200):
                raise UserError(f"--out {file} is there and is no submission; name another file.")
    return file
