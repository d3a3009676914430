"""`bench score`: score images that are already there, a run's or anyone's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from dreambench.benchmark.runs.selection import Selection

_PATTERN: Final = "{subject}/{prompt}/{index}.{ext}"
_WRITTEN: Final = ("summary.json", "scores.parquet", "subjects.parquet")
_WHAT: Final = "What is scored"
_HOW: Final = "How it is done (changes no result)"


def score(
    images: Annotated[Path, typer.Argument(help="A run's folder, or a folder of images.", show_default=False)],
    suite: Annotated[
        str, typer.Option(help="Whose dataset and encoders: a suite's name or file.", rich_help_panel=_WHAT)
    ] = "mini",
    protocol: Annotated[
        str | None, typer.Option(help="A protocol's name or file; the suite's if left out.", rich_help_panel=_WHAT)
    ] = None,
    subjects: Annotated[str | None, typer.Option(help="Only these: dog,can,...", rich_help_panel=_WHAT)] = None,
    prompts: Annotated[str | None, typer.Option(help="Only these of 0 to 24: 0,3,20-24", rich_help_panel=_WHAT)] = None,
    images_per_prompt: Annotated[
        int | None, typer.Option(help="Images for every prompt; the protocol's number if left out.", rich_help_panel=_WHAT)
    ] = None,
    prior: Annotated[
        Path | None, typer.Option(help="Prior images, <subject>/<index>.png, for PRES.", rich_help_panel=_WHAT)
    ] = None,
    pattern: Annotated[str, typer.Option(help="Where an image lies below the folder.", rich_help_panel=_WHAT)] = _PATTERN,
    keep_black: Annotated[
        bool, typer.Option("--keep-black", help="Score all-black images as they are.", rich_help_panel=_WHAT)
    ] = False,
    name: Annotated[
        str | None, typer.Option(metavar="METHOD", help="What tables call the method.", rich_help_panel=_WHAT)
    ] = None,
    citation: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Where the method is published, for tables.", rich_help_panel=_WHAT)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write scores.parquet, subjects.parquet and summary.json here.", rich_help_panel=_HOW),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.", rich_help_panel=_HOW)] = "auto",
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Embed every image anew, and keep no embedding.", rich_help_panel=_HOW)
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.", rich_help_panel=_HOW)] = False,
) -> None:
    """Score images that are already there; print their table and, with --out, write the scores.

    First it says what it found against what the protocol expects. Missing, unreadable and all-black images are an error
    unless the protocol says otherwise: a mean over the rest would be another number.
    """
    from dreambench.benchmark.api.preparation import load_fingerprinted
    from dreambench.benchmark.api.scored_images import open_cache, read_images, run_record
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.progress import ProgressDisplay
    from dreambench.benchmark.cli.results import print_json, print_results
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.benchmark.engine.meter import WorkMeter
    from dreambench.benchmark.machine.environment import environment
    from dreambench.benchmark.machine.resources import choose_device
    from dreambench.benchmark.results.priors import PRIOR_KEY
    from dreambench.benchmark.runs.selection import narrow, parse_names, parse_prompts, whole_selection
    from dreambench.benchmark.scoring.evaluate import evaluate, summary_record, without_nan, write_scores
    from dreambench.dataset.collection import load_dataset

    place = choose_device(choose(device, ("auto", "cpu", "cuda"), "--device"))
    about = {"method": _line(name, "--name", 80), "citation": _line(citation, "--citation", 300)}
    with ProgressDisplay() as display, open_cache(keeps=not no_cache) as cache:
        display.say("looking for the images")
        the_suite = load_suite(suite)
        dataset = load_dataset(the_suite.dataset)
        declared = load_protocol(protocol or the_suite.protocol)
        _check_out(out, images)
        record = run_record(images, dataset)
        # Names that do not exist are told from images that are missing.
        whole = whole_selection(dataset, images_per_prompt or declared.images_per_prompt)
        named, indices = parse_names(subjects, "--subjects"), parse_prompts(prompts)
        chosen = narrow(whole, dataset, subjects=named, prompts=indices, images_per_prompt=images_per_prompt)
        the_protocol = declared.model_copy(update={"images_per_prompt": chosen.images_per_prompt})
        found = read_images(  # before the encoders are loaded
            images,
            prior,
            pattern,
            dataset=dataset,
            protocol=the_protocol,
            chosen=chosen,
            named=(named, indices),
            record=record,
            black="keep" if keep_black else "refuse",
            cache=cache,
            display=display,
        )
        display.say("loading the encoders")
        fingerprint, encoders = load_fingerprinted(the_suite, the_protocol, place)
        meter = WorkMeter([], workers=1, score_images=len(found.images))
        display.measure(meter)

        def scored(done: int, total: int, seconds: float) -> None:
            with display.lock:
                meter.score(done, total, seconds)

        evaluation = evaluate(
            found.images,
            found.priors,
            dataset=dataset,
            protocol=the_protocol,
            encoders=encoders,
            on_scored=scored,
            cache=cache,
        )
        recorded = {key: (record or {}).get(key) for key in ("method", "seed", "settings")}
        summary = without_nan(
            summary_record(
                evaluation,
                protocol=the_protocol,
                fingerprint=fingerprint,
                about=recorded
                | {key: value for key, value in about.items() if value is not None}
                | {"suite": the_suite.name, "dataset": dataset.record(), "images": str(images), "found": found.record()}
                | {PRIOR_KEY: found.prior},
                seconds={},
                environment=environment(),
            )
        )
        if out is not None:
            write_scores(out, evaluation.scores, summary)
    if as_json:
        print_json(summary, folder=out, floor=None)
    else:
        remarks = [*_part_of_the_protocol(summary, whole), *found.remarks]
        print_results(summary, title=about["method"] or f"{images}", folder=out, floor=None, remarks=remarks)


def _line(text: str | None, option: str, most: int) -> str | None:
    """A name or citation that fits into a table's cell.

    Raises:
        UserError: it is empty, too long, or not one printable line.
    """
    from dreambench.dataset.errors import UserError

    if text is None:
        return None
    line = " ".join(text.split())
    if not line or len(line) > most or not line.isprintable():
        raise UserError(f"{option} is empty, longer than {most} characters or has some that cannot be printed; give one line.")
    return line


def _part_of_the_protocol(summary: dict[str, Any], whole: "Selection") -> list[str]:
    """A remark where fewer subjects, prompts or images were scored than there are."""
    parts = [
        f"{summary[key]} of {len(there)} {name}"
        for key, there, name in (("n_subjects", whole.subjects, "subjects"), ("n_prompts", whole.prompts, "prompts"))
        if summary[key] < len(there)
    ]
    if summary.get("n_missing"):
        parts.append(f"{summary['n_missing']:,} images left out of the means")
    return [f"A part of the protocol only: {', '.join(parts)}."] if parts else []


def _check_out(out: Path | None, images: Path) -> None:
    """Refuse to write scores into a run, or over those of other images."""
    import json
    import os

    from dreambench.dataset.declared import printable
    from dreambench.dataset.errors import UserError

    if out is None:
        return
    if (out / "run.json").exists():
        raise UserError(f"--out {out} is a run's folder, which is never rewritten; choose another folder.")
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; name a folder.")
    above = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise UserError(f"--out {out} cannot be written; choose another folder.")
    inside = next((folder for folder in out.resolve().parents if (folder / "run.json").exists()), None)
    if inside is not None:
        raise UserError(f"--out {out} lies inside the run {inside}, which is never rewritten; choose another folder.")
    there = [name for name in _WRITTEN if (out / name).exists()]
    if there:
        try:
            owner = json.loads((out / "summary.json").read_text(encoding="utf-8")).get("images")
        except (OSError, ValueError, AttributeError):
            owner = None
        if owner is None:
            raise UserError(f"--out {out} holds a {there[0]} that is not of these images; choose another folder.")
        if owner != str(images):
            raise UserError(f"--out {out} holds the scores of other images ({printable(str(owner))}); choose another folder.")
