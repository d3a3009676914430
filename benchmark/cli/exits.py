"""Exit codes, and the one place where exceptions become a sentence on stderr and a code."""

import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup

from dreambench.benchmark.cli.talk import complain, is_verbose
from dreambench.benchmark.terminal.interruption import INTERRUPTED, Terminated, exit_code
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.os_errors import in_words, no_fault_of_ours

GATE_SAID_NO: Final = 1
WRONG_INPUT: Final = 2
INCOMPLETE: Final = 3
#: EX_SOFTWARE of sysexits.h: a fault of ours. Not 1 to 3, which scripts act upon.
INTERNAL: Final = 70
#: What a shell reports for a program that SIGPIPE ends.
CLOSED_PIPE: Final = 141


class BenchGroup(TyperGroup):
    """The command group that turns what commands raise into exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            complain(str(error))
            raise typer.Exit(WRONG_INPUT) from None
        except IncompleteRun as error:
            if is_verbose() and error.__cause__ is not None:
                sys.stderr.write("".join(traceback.format_exception(error.__cause__)))
            complain(str(error))
            raise typer.Exit(INCOMPLETE) from None
        except KeyboardInterrupt as error:
            complain(INTERRUPTED)
            raise typer.Exit(exit_code(signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT)) from None
        except Exception as error:
            if type(error).__module__.startswith("typer"):  # Exit, Abort and usage errors are its own
                raise
            if isinstance(error, BrokenPipeError):  # the reader has seen enough (`bench ... | head`)
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise typer.Exit(CLOSED_PIPE) from None
            if is_verbose():
                sys.stderr.write("".join(traceback.format_exception(error)))
            of_system = no_fault_of_ours(error)
            if of_system is not None:
                told = in_words(of_system)
                complain(str(told))
                raise typer.Exit(INCOMPLETE if isinstance(told, IncompleteRun) else WRONG_INPUT) from None
            from dreambench.benchmark.runs.log import unexpected

            complain(unexpected(error, _log_folder()))
            raise typer.Exit(INTERNAL) from None


def _log_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="bench-"))
    except OSError:
        return Path.cwd()
