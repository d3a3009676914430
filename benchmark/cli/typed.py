"""The command as a person gave it: what was typed, and what the environment's variables added."""

import sys

import typer

_ENVIRONMENT = "ENVIRONMENT"


def typed_command(context: typer.Context) -> tuple[str, ...]:
    """The command line as the shell split it, with the options that came from DREAMBENCH_... variables at its end.

    Args:
        context: of the command. It is handed over, since newer versions of typer bring a click of their own, in which the
            click that is installed finds no current context.
    """
    return (*sys.argv, *_from_environment(context))


def _from_environment(context: typer.Context) -> list[str]:
    found: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if source is None or source.name != _ENVIRONMENT:
            continue
        value, option = context.params[name], parameter.opts[0]
        if isinstance(value, bool):
            found += [option] if value else [*parameter.secondary_opts[:1]]
        else:
            texts = value if isinstance(value, list | tuple) else [value]
            found += [part for text in texts for part in (option, str(text))]
    return found
