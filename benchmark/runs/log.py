"""errors.log: tracebacks that a person does not want to read, kept for whoever mends the fault."""

import logging
import traceback
from pathlib import Path
from typing import Final

LOG_FILE: Final = "errors.log"


def unexpected(error: BaseException, folder: Path) -> str:
    """Append an exception's traceback to the log in a folder, and say so in a sentence."""
    trace = "".join(traceback.format_exception(error))
    what = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    return f"Something went wrong that should not ({what}); {append_log(trace, folder)}"


def append_log(text: str, folder: Path) -> str:
    """Append a text to the log in a folder; returns a clause that says where it is.

    Where the folder cannot be written, the text goes to the logger "dreambench", which writes on stderr unless a program
    has set it up otherwise.
    """
    log = folder / LOG_FILE
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write(text.rstrip() + "\n\n")
    except OSError:
        logging.getLogger("dreambench").error(text)
        return "the details stand above."
    return f"the details are in {log}."
