"""The command as a person gave it: what was typed, and what the environment's variables added."""

import sys

import click
from click.core import ParameterSource


def typed_command() -> tuple[str, ...]:
    """The command line as the shell split it, with the options that came from DREAMBENCH_... variables at its end."""
    context = click.get_current_context(silent=True)
    return tuple(sys.argv) if context is None else (*sys.argv, *_from_environment(context))


def _from_environment(context: click.Context) -> list[str]:
    found: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.ENVIRONMENT:
            continue
        value, option = context.params[name], parameter.opts[0]
        if isinstance(value, bool):
            found += [option] if value else [*parameter.secondary_opts[:1]]
        else:
            texts = value if isinstance(value, list | tuple) else [value]
            found += [part for text in texts for part in (option, str(text))]
    return found
