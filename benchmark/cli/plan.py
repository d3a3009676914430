"""`bench plan`: which images a suite asks for, for generators that run elsewhere."""

from typing import Annotated

import typer

from dreambench.benchmark.cli.talk import echo, say


def plan(
    suite: Annotated[str, typer.Option(help="A built-in suite, or the path of a TOML file.")] = "mini",
    subjects: Annotated[str | None, typer.Option(help="Only these: dog,can,...")] = None,
    prompts: Annotated[str | None, typer.Option(help="Only these, by number: 0,3,7-9")] = None,
    images_per_prompt: Annotated[
        int | None, typer.Option(help="Images for every prompt; the protocol's number if left out.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="6 subjects x 5 prompts x 4 images of the suite.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same seeds of images.")] = 0,
    hold_out: Annotated[int, typer.Option(help="Keep this many reference images of every subject off the list.")] = 0,
    references: Annotated[int | None, typer.Option(help="List this many reference images of every subject.")] = None,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Print a JSON object for every image.")] = False,
) -> None:
    """List what a suite asks for: subjects, prompts and, with --jsonl, each image's text, references, seed and file name.

    Draw the images anywhere, then `bench score FOLDER --suite SUITE --manifest plan.jsonl` takes the list back.
    """
    from dreambench.benchmark.api.plan import plan as planned_images

    planned = planned_images(
        suite,
        subjects=subjects,
        prompts=prompts,
        images_per_prompt=images_per_prompt,
        quick=quick,
        seed=seed,
        hold_out=hold_out,
        references=references,
    )
    for sentence in planned.remarks:
        say(sentence)
    echo("\n".join(planned.jsonl() if as_jsonl else planned.lines()))
