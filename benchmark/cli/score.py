"""`bench score`: score images that are already there, a run's or anyone's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.runs.selection import Selection
    from dataset.collection import Dataset

_PATTERN: Final = "{subject}/{prompt}/{index}.{ext}"


def score(
    images: Annotated[Path, typer.Argument(help="A run's folder, or a folder of images.", show_default=False)],
    suite: Annotated[str, typer.Option(help="Whose dataset and encoders: a suite's name or file.")] = "mini",
    protocol: Annotated[str | None, typer.Option(help="A protocol's name or file; the suite's if left out.")] = None,
    subjects: Annotated[str | None, typer.Option(help="Only these: dog,can,...")] = None,
    prompts: Annotated[str | None, typer.Option(help="Only these of 0 to 24: 0,3,20-24")] = None,
    images_per_prompt: Annotated[
        int | None, typer.Option(help="Images for every prompt; the protocol's number if left out.")
    ] = None,
    prior: Annotated[Path | None, typer.Option(help="Prior images, <subject>/<index>.png, for PRES.")] = None,
    pattern: Annotated[str, typer.Option(help="Where an image lies below the folder.")] = _PATTERN,
    out: Annotated[Path | None, typer.Option(help="Write scores.parquet, subjects.parquet and summary.json here.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Score images that are already there; print their table and, with --out, write the scores.

    Every subject needs every prompt and every image: a mean over fewer would be another number.
    """
    from benchmark.cli.choices import choose
    from benchmark.cli.preparation import load_fingerprinted
    from benchmark.cli.progress import ProgressDisplay
    from benchmark.cli.results import print_json, print_results
    from benchmark.completeness import refuse_incomplete_images
    from benchmark.engine.meter import WorkMeter
    from benchmark.engine.resources import choose_device
    from benchmark.protocols import load_protocol
    from benchmark.runs.environment import environment
    from benchmark.runs.evaluate import evaluate, summary_record, without_nan, write_scores
    from benchmark.runs.selection import narrow, parse_names, parse_prompts, whole_selection
    from benchmark.suites import load_suite
    from dataset.collection import load_dataset

    place = choose_device(choose(device, ("auto", "cpu", "cuda"), "--device"))
    with ProgressDisplay() as display:
        display.say("looking for the images")
        the_suite = load_suite(suite)
        dataset = load_dataset(the_suite.dataset)
        declared = load_protocol(protocol or the_suite.protocol)
        _check_out(out, images)
        record = _run_record(images, dataset)
        # Names that do not exist are told from images that are missing.
        whole = whole_selection(dataset, images_per_prompt or declared.images_per_prompt)
        named, indices = parse_names(subjects, "--subjects"), parse_prompts(prompts)
        chosen = narrow(whole, dataset, subjects=named, prompts=indices, images_per_prompt=images_per_prompt)
        found, priors = _find(images, prior, pattern, named, indices, is_run=record is not None)
        refuse_incomplete_images(  # before the encoders are loaded
            found,
            images_per_prompt=chosen.images_per_prompt,
            subjects=chosen.subjects if named else _recorded(record, "subjects"),
            prompt_indices=chosen.prompts if indices else _recorded(record, "prompts"),
        )
        the_protocol = declared.model_copy(update={"images_per_prompt": chosen.images_per_prompt})
        display.say("loading the encoders")
        fingerprint, encoders = load_fingerprinted(the_suite, the_protocol, place)
        meter = WorkMeter([], workers=1, score_images=len(found))
        display.measure(meter)

        def scored(done: int, total: int, seconds: float) -> None:
            with display.lock:
                meter.score(done, total, seconds)

        evaluation = evaluate(found, priors, dataset=dataset, protocol=the_protocol, encoders=encoders, on_scored=scored)
        summary = without_nan(
            summary_record(
                evaluation,
                protocol=the_protocol,
                fingerprint=fingerprint,
                about={key: (record or {}).get(key) for key in ("method", "seed", "settings")}
                | {"suite": the_suite.name, "dataset": dataset.record(), "images": str(images)},
                seconds={},
                environment=environment(),
            )
        )
        if out is not None:
            write_scores(out, evaluation.scores, summary)
    if as_json:
        print_json(summary, folder=out, floor=None)
    else:
        print_results(summary, title=f"{images}", folder=out, floor=None, remarks=_part_of_the_protocol(summary, whole))


def _run_record(images: Path, dataset: "Dataset") -> dict[str, Any] | None:
    """run.json of a run's folder; None for anyone's images.

    Raises:
        UserError: the run was made for other reference images than those that it would be scored against.
    """
    from benchmark.runs.folder import RunFolder, read_run_record
    from dataset.errors import UserError

    if not RunFolder(images).run_file.is_file():
        return None
    record = read_run_record(images)
    made_for = record.get("dataset")
    if not isinstance(made_for, dict) or made_for.get("checksum") != dataset.checksum:
        raise UserError(
            f"The run in {images} was made for other reference images (its suite: '{record.get('suite')}') than those of "
            f"'{dataset.name}'; name its suite with --suite."
        )
    return record


def _recorded(record: dict[str, Any] | None, key: str) -> list[Any] | None:
    """What a run was to make, so that images that it lacks are missed; None where nothing says it."""
    selection = (record or {}).get("selection")
    values = selection.get(key) if isinstance(selection, dict) else None
    return values if isinstance(values, list) else None


def _find(
    images: Path,
    prior: Path | None,
    pattern: str,
    subjects: tuple[str, ...] | None,
    prompts: tuple[int, ...] | None,
    *,
    is_run: bool,
) -> "tuple[pd.DataFrame, pd.DataFrame | None]":
    """The images and prior images to score; a run's lie where runs keep them."""
    from benchmark.runs.folder import RunFolder
    from benchmark.runs.layout import find_images, find_priors

    folder = RunFolder(images)
    found = find_images(folder.images if is_run else images, pattern, subjects=subjects, prompts=prompts)
    place = folder.prior if prior is None and is_run and folder.prior.is_dir() else prior
    return found, None if place is None else find_priors(place, subjects=set(found["subject"]))


def _part_of_the_protocol(summary: dict[str, Any], whole: "Selection") -> list[str]:
    """A remark where fewer subjects or prompts were scored than there are."""
    parts = [
        f"{summary[key]} of {len(there)} {name}"
        for key, there, name in (("n_subjects", whole.subjects, "subjects"), ("n_prompts", whole.prompts, "prompts"))
        if summary[key] < len(there)
    ]
    return [f"A part of the protocol only: {', '.join(parts)}."] if parts else []


def _check_out(out: Path | None, images: Path) -> None:
    """Refuse to write scores into a run, or over those of other images."""
    import json
    import os

    from dataset.errors import UserError

    if out is None:
        return
    if (out / "run.json").exists():
        raise UserError(f"--out {out} is a run's folder, which is never rewritten; choose another folder.")
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; name a folder.")
    above = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise UserError(f"--out {out} cannot be written; choose another folder.")
    path = out / "summary.json"
    if path.is_file():
        try:
            owner = json.loads(path.read_text(encoding="utf-8")).get("images")
        except (OSError, ValueError, AttributeError):
            owner = None
        if owner != str(images):
            raise UserError(f"--out {out} holds the scores of other images ({owner}); choose another folder.")
