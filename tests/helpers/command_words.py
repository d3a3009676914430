"""Arguments of `bench` that nobody runs, held against the real command line."""

import typer

from dreambench.benchmark.cli.commands import app

END_AT_ONCE = ("--version", "--install-completion", "--show-completion")


def parse(words: list[str]) -> None:
    """Refuse arguments that the command does not have; nothing is done."""
    command = typer.main.get_command(app)
    if words and words[0] in END_AT_ONCE:  # they act while they are parsed
        assert words[0] in [option for parameter in command.params for option in parameter.opts]
        return
    context = command.make_context("bench", words)
    while hasattr(command, "get_command"):  # a group: its own options first, then a command's
        rest = [*getattr(context, "_protected_args", []), *context.args]
        if not rest or rest[0].isupper():  # a command, or VERB for any of them
            return
        found = command.get_command(context, rest[0])
        assert found is not None, f"there is no command {' '.join(words)}"
        command, context = found, found.make_context(rest[0], rest[1:], parent=context)
