"""`bench plot`: what runs say, as pictures."""

from pathlib import Path
from typing import Annotated

import typer


def plot(
    runs: Annotated[
        list[Path], typer.Argument(help="One or more folders with scores.", show_default=False, metavar="RUN RUN ...")
    ],
    out: Annotated[Path, typer.Option(help="The folder for the pictures; made if it is not there.", show_default=False)],
    form: Annotated[str, typer.Option("--format", help="png, svg or pdf.")] = "png",
    only: Annotated[
        list[str] | None, typer.Option(help="One plot, or one kind of plot, by name; may be given again.", show_default=False)
    ] = None,
    theme: Annotated[str, typer.Option(help="light or dark.")] = "light",
    device: Annotated[str, typer.Option(help="Where DINO embeds images for the embedding map: auto, cpu or cuda.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print names, questions and files as JSON.")] = False,
) -> None:
    """Draw runs: fidelity against prompt following, subjects, heat maps, distributions, correlations, a map, costs.

    Prints the files. Runs under different protocols, or with different subjects or prompts, are refused.
    """
    import json

    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.talk import say
    from dreambench.benchmark.machine.resources import choose_device
    from dreambench.benchmark.reporting.plot_data import plot_data
    from dreambench.benchmark.results.comparison import check_same_dataset, check_same_protocol
    from dreambench.benchmark.results.finished import read_finished
    from dreambench.dataset.errors import UserError
    from dreambench.dataset.files import atomic_write_bytes
    from dreambench.reports.plots import FAMILIES, PLOT_FORMATS, THEME_NAMES, PlotFormat, ThemeName, plots_for, render

    place = choose_device(choose(device, ("auto", "cpu", "cuda"), "--device"))
    chosen: PlotFormat = choose(form, PLOT_FORMATS, "--format")
    colours: ThemeName = choose(theme, THEME_NAMES, "--theme")
    families = [choose(name.split("-")[0], tuple(FAMILIES), "--only") for name in only or FAMILIES]
    _check_out(out)
    if len({folder.resolve() for folder in runs}) != len(runs):
        raise UserError("A run is named twice; name each folder once.")
    finished = [read_finished(folder) for folder in runs]
    check_same_protocol(finished)
    check_same_dataset(finished)
    mapped = "embedding_map" in families
    data = plot_data(finished, with_embeddings=mapped, device=place)
    found = plots_for(data, families)
    for family, reason in found.left_out.items():
        say(f"{family} is left out: {reason}")
    wanted = [each for each in found.plots if only is None or each.name in only or each.family in only]
    for name in only or ():
        if name not in FAMILIES and name not in [each.name for each in wanted]:
            there = ", ".join(each.name for each in found.plots if each.family == name.split("-")[0])
            raise UserError(f"There is no plot '{name}' of these runs; give one of {there or ', '.join(FAMILIES)}.")
    records = []
    for each in wanted:
        path = out / f"{each.name}.{chosen}"
        atomic_write_bytes(path, render(each, data, form=chosen, theme=colours))
        records.append({"name": each.name, "question": each.question, "caption": each.caption, "file": str(path)})
        if not as_json:
            typer.echo(path)
    if as_json:
        typer.echo(json.dumps({"plots": records, "left_out": dict(found.left_out)}, indent=2))
    if not wanted:
        raise UserError(f"Nothing could be drawn: {' '.join(found.left_out.values())}")


def _check_out(out: Path) -> None:
    """Refuse to write into a run's folder or where a file stands."""
    from dreambench.dataset.errors import UserError

    if (out / "run.json").exists():
        raise UserError(f"--out {out} is a run's folder, which is never rewritten; choose another folder.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UserError(f"--out {out} is a file, or lies below one; name a folder.") from None
