"""`bench dataset show` and `bench dataset verify`: what is measured on, and whether it is whole."""

import json
from typing import Annotated

import typer

dataset_app = typer.Typer(name="dataset", help="Show or verify a dataset.", no_args_is_help=True, rich_markup_mode="rich")
_Name = Annotated[str, typer.Argument(help='"mini", "dreambooth", or a folder laid out like the released dataset.')]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataset_app.command()
def show(name: _Name = "mini", as_json: _AsJson = False) -> None:
    """List a dataset's subjects with their class nouns, kinds and numbers of reference images."""
    from dataset.collection import load_dataset
    from dataset.prompts import prompts_for

    dataset = load_dataset(name)
    subjects = [
        {"subject": s.id, "class_noun": s.class_noun, "kind": s.kind, "references": len(dataset.reference_paths(s))}
        for s in dataset.subjects
    ]
    if as_json:
        prompts = {kind: [prompt.text("{class noun}") for prompt in prompts_for(kind)] for kind in ("object", "live")}
        record = {"name": dataset.name, "checksum": dataset.checksum, "subjects": subjects, "prompts": prompts}
        typer.echo(json.dumps(record, indent=2))
        return
    widths = {key: max(len(key), *(len(str(row[key])) for row in subjects)) for key in subjects[0]}
    typer.echo("  ".join(key.ljust(width) for key, width in widths.items()).rstrip())
    for row in subjects:
        typer.echo("  ".join(str(row[key]).ljust(width) for key, width in widths.items()).rstrip())
    typer.echo(f"\n{dataset.name}: {len(subjects)} subjects, checksum {dataset.checksum}")


@dataset_app.command()
def verify(name: _Name = "mini", as_json: _AsJson = False) -> None:
    """Open every reference image and, where a manifest.json lies beside them (as in the shipped dataset), compare hashes.

    Exit code 1 when something is missing, changed or unreadable.
    """
    from benchmark.runs.verification import verify_dataset
    from dataset.collection import load_dataset

    dataset = load_dataset(name)
    problems, n_images = verify_dataset(dataset)
    if as_json:
        record = {"name": dataset.name, "images": n_images, "checksum": None if problems else dataset.checksum}
        typer.echo(json.dumps(record | {"problems": problems}, indent=2))
    else:
        for problem in problems:
            typer.echo(problem)
        if not problems:
            typer.echo(
                f"{dataset.name}: {n_images} images of {len(dataset.subjects)} subjects are whole ({dataset.checksum[:12]})"
            )
    if problems:
        raise typer.Exit(1)
