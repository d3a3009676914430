"""`bench merge`: put the parts of a run together, and score it."""

from pathlib import Path
from typing import Annotated

import typer


def merge(
    context: typer.Context,
    parts: Annotated[list[Path], typer.Argument(help="The folders of `bench run --shard I/N`, all N.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The whole run's folder.")],
    device: Annotated[str, typer.Option(help="Where it is scored: auto, cpu, cuda or cuda:1.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Put the parts of a run together and score it: the same images and scores as of a run that was never divided.

    Parts of different runs, missing subjects and images that were changed are refused. The same command again goes on.
    """
    from dreambench.benchmark.api.merge import merge as merge_parts
    from dreambench.benchmark.cli.results import print_json, print_results, seconds_remark
    from dreambench.benchmark.cli.run import terminate_as_interrupt
    from dreambench.benchmark.cli.talk import progress
    from dreambench.benchmark.cli.typed import typed_command
    from dreambench.benchmark.results.floor import FLOOR_METHOD, find_floor

    with terminate_as_interrupt(), progress() as listener:
        merged = merge_parts(*parts, out=out, device=device, listener=listener, command=typed_command(context))
    summary, record = merged.summary, merged.record
    floor = None if record is None or record.method == FLOOR_METHOD else find_floor(record, beside=merged.folder)
    means = None if floor is None else floor.metrics
    if as_json:
        print_json(summary, folder=merged.folder, floor=means)
        return
    remarks = [*summary.remarks, seconds_remark(summary), "" if floor is None else f"pretrained: {floor.origin}."]
    title = f"{summary.method} on the suite {summary.suite}, seed {summary.seed}"
    print_results(summary, title=title, folder=merged.folder, floor=means, remarks=[text for text in remarks if text])
