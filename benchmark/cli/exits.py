"""Exit codes, and the one place where exceptions become a sentence on stderr and a code."""

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup

from dreambench.benchmark.cli.talk import complain, is_verbose
from dreambench.dataset.errors import IncompleteRun, UserError

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
        except Exception as error:
            if type(error).__module__.startswith("typer"):  # Exit, Abort and usage errors are its own
                raise
            if isinstance(error, BrokenPipeError):  # the reader has seen enough (`bench ... | head`)
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise typer.Exit(CLOSED_PIPE) from None
            from dreambench.benchmark.engine.failures import is_disk_full

            if is_disk_full(error):
                complain("The disk is full; free some space, then give the same command again.")
                raise typer.Exit(INCOMPLETE) from None
            if isinstance(error, PermissionError) and error.filename is not None:
                complain(f"{error.filename} may not be used ({error.strerror}); mend its permissions.")
                raise typer.Exit(WRONG_INPUT) from None
            if is_verbose():
                sys.stderr.write("".join(traceback.format_exception(error)))
            from dreambench.benchmark.runs.log import unexpected

            complain(unexpected(error, _log_folder()))
            raise typer.Exit(INTERNAL) from None


def _log_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="bench-"))
