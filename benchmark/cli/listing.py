"""`bench methods`, `suites`, `protocols` and `layouts`: what there is, and with `show NAME` what is in it."""

import json
import shutil
import textwrap
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from dreambench.benchmark.cli.talk import echo, say

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Name = Annotated[str, typer.Argument(help="Its name, or the path of a TOML file.")]

methods_app = typer.Typer(name="methods", help="List the methods, or show one's settings.", rich_markup_mode="rich")
suites_app = typer.Typer(name="suites", help="List the built-in suites, or show one resolved.", rich_markup_mode="rich")
protocols_app = typer.Typer(
    name="protocols", help="List the built-in protocols, show one, or say how two differ.", rich_markup_mode="rich"
)

layouts_app = typer.Typer(name="layouts", help="List how other code bases name images, or show one.", rich_markup_mode="rich")


@methods_app.callback(invoke_without_command=True)
def _methods(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List the methods, or show one's settings."""
    if ctx.invoked_subcommand is None:
        from dreambench.baselines.registry import method_names

        print_list({name: _description(name) for name in method_names()}, as_json)


@methods_app.command("show")
def _methods_show(
    name: Annotated[str, typer.Argument(help="The method's name.")],
    suite: Annotated[str, typer.Option(help="Show the settings it has in this suite.")] = "mini",
    as_json: _AsJson = False,
) -> None:
    """Show a method's settings in a suite: what --set may change, what each means, and what must be set."""
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.benchmark.reporting.method_card import method_card

    card = method_card(name, load_suite(suite))
    if as_json:
        _print_json(card.record())
    else:
        echo(card.text())


@suites_app.callback(invoke_without_command=True)
def _suites(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List the built-in suites, or show one resolved."""
    if ctx.invoked_subcommand is None:
        from dreambench.benchmark.declarations.suite import load_suite, suite_names

        print_list({name: load_suite(name).description for name in suite_names()}, as_json)


@suites_app.command("show")
def _suites_show(name: _Name, as_json: _AsJson = False) -> None:
    """Print a suite with every default written out, as a TOML file to start from."""
    from dreambench.benchmark.declarations.suite import explained_toml, load_suite, resolved_toml
    from dreambench.dataset.reading import parse_toml

    suite = load_suite(name)
    if as_json:
        _print_json(parse_toml(resolved_toml(suite)))
    else:
        echo(explained_toml(suite), nl=False)


@protocols_app.callback(invoke_without_command=True)
def _protocols(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List the built-in protocols, show one, or say how two differ."""
    if ctx.invoked_subcommand is None:
        from dreambench.benchmark.declarations.protocol import load_protocol, protocol_names

        print_list({name: load_protocol(name).description for name in protocol_names()}, as_json)


@protocols_app.command("show")
def _protocols_show(
    name: _Name,
    as_toml: Annotated[
        bool, typer.Option("--toml", help="Print it as a TOML file with every default written out, to start from.")
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Say in words what a protocol does and where it departs from its source."""
    from dreambench.benchmark.declarations.in_words import describe
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.writing import field_comments, to_toml

    protocol = load_protocol(name)
    if as_json:
        _print_json(protocol.model_dump(mode="json"))
    elif as_toml:
        echo(to_toml(protocol.model_dump(mode="json"), comments=field_comments(protocol)), nl=False)
    else:
        head = [protocol.name, protocol.description, f"Source: {protocol.source}" if protocol.source else ""]
        _print_wrapped("", [line for line in head if line], bullet="")
        _print_wrapped("\nWhat it does", describe(protocol))
        _print_wrapped("\nTo know", protocol.notes)


@protocols_app.command("diff")
def _protocols_diff(
    first: Annotated[str, typer.Argument(help="A protocol's name, or the path of a TOML file.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    as_json: _AsJson = False,
) -> None:
    """Say in words what two protocols do differently."""
    from dreambench.benchmark.declarations.in_words import differences
    from dreambench.benchmark.declarations.protocol import load_protocol

    one, other = load_protocol(first), load_protocol(second)
    found = differences(one, other)
    if as_json:
        names = {"first": one.name, "second": other.name}
        _print_json({**names, "differences": [vars(difference) for difference in found]})
    elif found:
        _print_wrapped("", [difference.sentence for difference in found])
    else:
        echo(f"{one.name} and {other.name} differ in nothing that they do.")


@layouts_app.callback(invoke_without_command=True)
def _layouts(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List how other code bases name images (`bench score --layout NAME`), or show one."""
    if ctx.invoked_subcommand is None:
        from dreambench.benchmark.layouts import layout_names, load_layout

        print_list({name: load_layout(name).description for name in layout_names()}, as_json)


@layouts_app.command("show")
def _layouts_show(name: _Name, as_json: _AsJson = False) -> None:
    """Say how a code base names images, where that is written, and what to know before scoring them."""
    from dreambench.benchmark.layouts import load_layout

    layout = load_layout(name)
    if as_json:
        _print_json(layout.model_dump(mode="json"))
    else:
        head = [layout.name, layout.description, f"Source: {layout.source}" if layout.source else ""]
        _print_wrapped("", [line for line in head if line], bullet="")
        _print_wrapped("\nPatterns", layout.patterns)
        _print_wrapped("\nTo know", layout.notes)


def hooks(as_json: _AsJson = False) -> None:
    """List the hooks that are installed, for `bench run --hook NAME`."""
    from dreambench.benchmark.api.hooks.registry import describe_hook, hook_names

    names = hook_names()
    if not names:
        say("None is installed. A function of your own needs no installing: --hook file.py:function; docs/hooks.md has more.")
    print_list({name: describe_hook(name) for name in names}, as_json)


def print_list(entries: dict[str, str], as_json: bool) -> None:
    """Names with a line about each, or JSON."""
    if as_json:
        _print_json(entries)
        return
    width = max((len(name) for name in entries), default=0)
    for name, text in entries.items():
        echo(f"{name.ljust(width)}  {' '.join(text.split())}".rstrip())


def _print_wrapped(heading: str, lines: Sequence[str], *, bullet: str = "- ") -> None:
    """A heading and its lines, wrapped to the terminal (to 100 columns elsewhere); nothing where there are no lines."""
    if not lines:
        return
    if heading.strip():
        echo(heading)
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    for line in lines:
        echo(textwrap.fill(line, width, initial_indent=bullet, subsequent_indent=" " * len(bullet)))


def _print_json(value: Any) -> None:
    echo(json.dumps(value, indent=2))


def _description(name: str) -> str:
    """A method's description, or why it has none: a broken plug-in must not hide the others."""
    from dreambench.baselines.registry import describe_method
    from dreambench.dataset.errors import UserError

    try:
        return describe_method(name)
    except UserError as error:
        return str(error)
