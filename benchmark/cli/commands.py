"""The command `bench`. Commands import what is heavy (torch, pandas) themselves, so `bench --help` answers at once."""

import importlib.metadata
from typing import Annotated

import typer

from dreambench.benchmark.cli.dataset import dataset_app
from dreambench.benchmark.cli.exits import BenchGroup
from dreambench.benchmark.cli.listing import hooks, layouts_app, methods_app, protocols_app, suites_app
from dreambench.benchmark.cli.metrics import metrics_app
from dreambench.benchmark.cli.study import studies_app, study
from dreambench.benchmark.cli.talk import echo, speak
from dreambench.benchmark.cli.userstudy import userstudy_app

_HELP = """The evaluation suite for subject-driven image generation.

[bold]bench run --method dreambooth --quick[/bold] trains DreamBooth on 6 subjects of the embedded miniature and scores it,
offline, on a CPU. Without --quick it is the whole protocol: 30 subjects x 25 prompts x 4 images.

Results go to stdout, talk to stderr. Exit codes: 0 good, 1 a check said no, 2 your input is wrong, 3 the run is incomplete.
Every option can be set by an environment variable: DREAMBENCH_RUN_METHOD for the --method of `bench run`."""

app = typer.Typer(
    name="bench",
    cls=BenchGroup,
    help=_HELP,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "DREAMBENCH"},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        try:
            version = importlib.metadata.version("dreambench")
        except importlib.metadata.PackageNotFoundError:
            version = "unknown (not installed; pip install . in its folder)"
        echo(f"dreambench {version}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also say what the libraries log, and show tracebacks.")
    ] = False,
) -> None:
    speak("quiet" if quiet else "verbose" if verbose else "usual")


def _add_commands() -> None:
    from dreambench.benchmark.cli.calibrate import calibrate
    from dreambench.benchmark.cli.check import check
    from dreambench.benchmark.cli.compare import compare
    from dreambench.benchmark.cli.doctor import doctor
    from dreambench.benchmark.cli.leaderboard import leaderboard
    from dreambench.benchmark.cli.merge import merge
    from dreambench.benchmark.cli.plan import plan
    from dreambench.benchmark.cli.plot import plot
    from dreambench.benchmark.cli.report import report
    from dreambench.benchmark.cli.run import run
    from dreambench.benchmark.cli.score import score
    from dreambench.benchmark.cli.submit import submit

    app.command(rich_help_panel="Measure")(run)
    app.command(rich_help_panel="Measure")(merge)
    app.command(rich_help_panel="Measure")(score)
    app.command(rich_help_panel="Measure")(study)
    app.command(rich_help_panel="Measure")(calibrate)
    app.command(rich_help_panel="Read")(compare)
    app.command(rich_help_panel="Read")(check)
    app.command(rich_help_panel="Read")(plot)
    app.command(rich_help_panel="Read")(report)
    app.command(rich_help_panel="Publish")(submit)
    app.command(rich_help_panel="Publish")(leaderboard)
    app.command(rich_help_panel="What there is")(doctor)
    app.command(rich_help_panel="What there is")(plan)
    app.command(rich_help_panel="What there is")(hooks)
    app.add_typer(userstudy_app, rich_help_panel="Measure")
    app.add_typer(metrics_app, rich_help_panel="Measure")
    app.add_typer(methods_app, rich_help_panel="What there is")
    app.add_typer(suites_app, rich_help_panel="What there is")
    app.add_typer(protocols_app, rich_help_panel="What there is")
    app.add_typer(layouts_app, rich_help_panel="What there is")
    app.add_typer(studies_app, rich_help_panel="What there is")
    app.add_typer(dataset_app, rich_help_panel="What there is")


_add_commands()
