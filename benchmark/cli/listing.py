"""`bench methods`, `bench suites` and `bench protocols`: what there is, and with `show NAME` what is in it."""

import json
from typing import Annotated, Any, Final

import typer

_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Name = Annotated[str, typer.Argument(help="Its name, or the path of a TOML file.")]

#: Their own modules say more, but to read those would load torch. A plug-in is described by its settings' docstring.
_METHODS: Final = {
    "copy_reference": "The cheat: returns the reference images, whatever the prompt.",
    "dreambooth": "Fine-tunes the model on the subject, holding the class with its own samples (Ruiz et al. 2023).",
    "pretrained": "The floor: the base model without training, prompted with the class noun.",
    "textual_inversion": "Learns a word for the subject, with the model frozen (Gal et al. 2022).",
}

methods_app = typer.Typer(name="methods", help="List the methods, or show one's settings.", rich_markup_mode="rich")
suites_app = typer.Typer(name="suites", help="List the built-in suites, or show one resolved.", rich_markup_mode="rich")
protocols_app = typer.Typer(name="protocols", help="List the built-in protocols, or show one.", rich_markup_mode="rich")


@methods_app.callback(invoke_without_command=True)
def _methods(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List the methods, or show one's settings."""
    if ctx.invoked_subcommand is None:
        from baselines.registry import method_names

        _print_list({name: _METHODS.get(name) or _of_plug_in(name) for name in method_names()}, as_json)


@methods_app.command("show")
def _methods_show(
    name: Annotated[str, typer.Argument(help="The method's name.")],
    suite: Annotated[str, typer.Option(help="Show the settings it has in this suite.")] = "mini",
    as_json: _AsJson = False,
) -> None:
    """Show a method's settings in a suite: what --set may change."""
    from benchmark.suites import load_suite, method_settings
    from benchmark.toml_text import to_toml

    settings = method_settings(load_suite(suite), name)
    values = settings.model_dump(mode="json")
    if as_json:
        _print_json(values)
        return
    unset = [key for key, value in values.items() if value is None]
    typer.echo(f"# {name} in the suite {suite}; change a setting with --set KEY=VALUE")
    text = to_toml(values).strip()
    typer.echo("\n".join([*([text] if text else ["# nothing can be set"]), *(f"# {key}: chosen by rule" for key in unset)]))


@suites_app.callback(invoke_without_command=True)
def _suites(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List the built-in suites, or show one resolved."""
    if ctx.invoked_subcommand is None:
        from benchmark.suites import load_suite, suite_names

        _print_list({name: load_suite(name).description for name in suite_names()}, as_json)


@suites_app.command("show")
def _suites_show(name: _Name, as_json: _AsJson = False) -> None:
    """Print a suite with every default written out, as a TOML file to start from."""
    import tomllib

    from benchmark.suites import load_suite, resolved_toml

    text = resolved_toml(load_suite(name))
    if as_json:
        _print_json(tomllib.loads(text))
    else:
        typer.echo(text, nl=False)


@protocols_app.callback(invoke_without_command=True)
def _protocols(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List the built-in protocols, or show one."""
    if ctx.invoked_subcommand is None:
        from benchmark.protocols import load_protocol, protocol_names

        _print_list({name: load_protocol(name).description for name in protocol_names()}, as_json)


@protocols_app.command("show")
def _protocols_show(name: _Name, as_json: _AsJson = False) -> None:
    """Print a protocol with every default written out, as a TOML file to start from."""
    from benchmark.protocols import load_protocol
    from benchmark.toml_text import to_toml

    values = load_protocol(name).model_dump(mode="json")
    if as_json:
        _print_json(values)
    else:
        typer.echo(to_toml(values), nl=False)


def _print_list(entries: dict[str, str], as_json: bool) -> None:
    if as_json:
        _print_json(entries)
        return
    width = max((len(name) for name in entries), default=0)
    for name, text in entries.items():
        typer.echo(f"{name.ljust(width)}  {' '.join(text.split())}".rstrip())


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2))


def _of_plug_in(name: str) -> str:
    """A plug-in's description, or why it has none: a broken one must not hide the others."""
    from baselines.registry import settings_class
    from dataset.errors import UserError

    try:
        return _first_line(settings_class(name).__doc__)
    except UserError as error:
        return str(error)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
