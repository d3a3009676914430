"""`bench dataset fetch`, `verify`, `show` and `describe`: the photos to measure on, or anyone's own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreambench.benchmark.cli.exits import GATE_SAID_NO
from dreambench.benchmark.cli.talk import echo, progress, say
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    from dreambench.dataset.verification import Verification

dataset_app = typer.Typer(
    name="dataset", help="Fetch, verify, show or describe the reference images.", no_args_is_help=True, rich_markup_mode="rich"
)
_Name = Annotated[
    str, typer.Argument(help='"dreambooth" (the 30 photo subjects), "mini" (the drawn ones), or a folder of your own.')
]
_Data = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="The copy of the released dataset, in place of DREAMBENCH_DATA or the cache."),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataset_app.command()
def fetch(
    data: _Data = None,
    offline: Annotated[bool, typer.Option("--offline", help="Use no network (or set DREAMBENCH_OFFLINE=1).")] = False,
    mirror: Annotated[
        str | None, typer.Option(metavar="URL", help="Fetch from another address with the same files below it.")
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Fetch the released DreamBooth dataset: 158 photos of 30 subjects, 112 MB, from its pinned commit.

    They go into the cache, or the folder that --data or DREAMBENCH_DATA names. Files that are there are checked and not
    fetched again, so an interrupted fetch goes on where it stopped.
    """
    from dreambench.benchmark.cli.dataset_fetch import ShownFetch
    from dreambench.dataset.errors import IncompleteRun
    from dreambench.dataset.fetching import fetch_release
    from dreambench.dataset.local_folders import is_offline, local_copy
    from dreambench.dataset.release import load_release, release_folder

    own = local_copy(data)
    with progress() as listener:
        listener.say("looking at what is there")
        try:
            fetched = fetch_release(
                release_folder(data),
                changed="replace" if own is None else "refuse",
                network="forbid" if offline or is_offline() else "use",
                mirror=mirror,
                listener=ShownFetch(listener),
            )
        except KeyboardInterrupt:
            raise IncompleteRun("Interrupted; what has arrived stays, and the same command fetches the others.") from None
    n_images = len(load_release().images)
    if as_json:
        record = {"folder": str(fetched.folder), "fetched": fetched.files, "bytes": fetched.bytes, "already": fetched.already}
        echo(json.dumps(record, indent=2))
        return
    came = f"{counted(fetched.files, 'file')} fetched, {fetched.bytes / 1e6:.1f} MB" if fetched.files else "nothing to fetch"
    echo(f"dreambooth: all {n_images} images are in {fetched.folder} ({came})")
    if fetched.files:
        say("Photos by their makers, under CC BY 4.0 or the Unsplash licence: `bench dataset show` names both for each image.")


@dataset_app.command()
def verify(
    name: _Name = "dreambooth",
    data: _Data = None,
    min_references: Annotated[
        int, typer.Option(min=1, metavar="N", help="A subject of your own with fewer reference images is a problem.")
    ] = 1,
    as_json: _AsJson = False,
) -> None:
    """Name every missing, changed and extra file. Exit code 1 when there is one.

    The photos are compared with the manifest that ships with dreambench, a folder with the manifest.json beside its subjects.
    Without one, every image is opened.
    """
    verification = _verify(name, data, min_references)
    problems = verification.problems
    if as_json:
        record = {
            "name": name,
            "folder": str(verification.root),
            "compared_with": verification.compared,
            "images": verification.images,
            "problems": [problem.record() for problem in problems],
        }
        echo(json.dumps(record, indent=2))
    else:
        for problem in problems:
            echo(problem.sentence)
        how = f"as in {verification.compared}" if verification.compared else "readable; no manifest to compare with"
        if not problems:
            are = "is" if verification.images == 1 else "are"
            echo(f"{name}: {counted(verification.images, 'image')} in {verification.root} {are} whole ({how})")
        else:
            right = f"{counted(verification.images, 'image')} {'is' if verification.images == 1 else 'are'} right"
            say(f"{name} in {verification.root}: {counted(len(problems), 'problem')}, {right}")
    if problems:
        raise typer.Exit(GATE_SAID_NO)


@dataset_app.command()
def show(
    name: _Name = "dreambooth",
    data: _Data = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw every reference image on a contact sheet, .png or .jpg.")
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """List subjects, class nouns, kinds, prompts, and the licence and attribution of every image."""
    from dreambench.benchmark.reporting.dataset_sheet import check_sheet_file, write_dataset_sheet
    from dreambench.dataset.description import describe, lines

    if sheet is not None:
        check_sheet_file(sheet)
    record = describe(name, data)
    if sheet is not None:
        from dreambench.dataset.collection import load_dataset

        write_dataset_sheet(load_dataset(name, data=data), sheet)
    echo(json.dumps(record, indent=2) if as_json else "\n".join(lines(record)))
    if sheet is not None:
        say(f"the contact sheet is {sheet}")


@dataset_app.command()
def describe(
    folder: Annotated[Path, typer.Argument(help="A dataset of your own: a folder of images for each subject.")],
    suite: Annotated[str, typer.Option(help="Whose CLIP looks at the images: a suite's name or file.")] = "mini",
    write: Annotated[bool, typer.Option("--write", help="Add what is missing to the folder's subjects.toml.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write that subjects.toml to another file, to look at first.")
    ] = None,
    as_json: _AsJson = False,
) -> None:
    """Suggest a class noun and a kind for each of your subjects that has none.

    The class noun is the one of a few hundred everyday nouns whose text is nearest to the subject's images. Look at the margin
    over the second one, and at the pictures, before you believe it: it stands in every prompt.
    """
    from dreambench.benchmark.api.describe import describe as suggest
    from dreambench.dataset.errors import UserError
    from dreambench.dataset.files import atomic_write_text

    if write and out is not None:
        raise UserError("--write and --out do not go together; leave one of them out.")
    if out is not None and (out.exists() or not out.absolute().parent.is_dir()):
        raise UserError(f"--out {out} cannot be written: it must be a new file in a folder that is there.")
    with progress() as listener:
        found = suggest(folder, suite=suite, say=listener.say)
    echo(json.dumps(found.record(), indent=2) if as_json else "\n".join(found.lines()))
    if not found.subjects:
        return
    if write:
        say(f"written to {found.write()}; look at every line of it")
    elif out is not None:
        atomic_write_text(out, found.toml())
        say(f"written to {out}; look at every line of it")
    else:
        say("nothing is written; --write adds it to the folder's subjects.toml")


def _verify(name: str, data: Path | None, min_references: int) -> "Verification":
    from dreambench.dataset.collection import RELEASED, how_to_get_it, load_dataset, looked_in
    from dreambench.dataset.errors import UserError
    from dreambench.dataset.release import release_folder
    from dreambench.dataset.verification import verify_dataset, verify_release

    if name != RELEASED:
        if data is not None:
            raise UserError(f"--data names a copy of the dataset '{RELEASED}', not of '{name}'; leave one of them out.")
        return verify_dataset(load_dataset(name), min_references=min_references)
    folder = release_folder(data)
    if not folder.is_dir():
        raise UserError(f"There is nothing to verify in {looked_in(folder, data)}; {how_to_get_it()}")
    return verify_release(folder)
