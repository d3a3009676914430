"""What libraries warn of and log is for who develops with them: it is not shown, unless with --verbose."""

import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import Final

#: Read by the libraries when they are loaded, here and in worker processes.
_VARIABLES: Final = {
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "DIFFUSERS_VERBOSITY": "error",
    "HF_HUB_VERBOSITY": "error",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}
_LOGGERS: Final = ("matplotlib", "timm", "open_clip", "torch", "py.warnings", "root")
_set_here: list[str] = []


def hush(tell: Callable[[str], None]) -> None:
    """Keep libraries silent, and give what this package logs to `tell`. To be called before they are loaded.

    Worker processes and multiprocessing's resource tracker take over Python's options for warnings, so these change too.
    """
    warnings.simplefilter("ignore")
    sys.warnoptions[:] = ["ignore"]
    for name, value in _VARIABLES.items():
        if name not in os.environ:
            os.environ[name] = value
            _set_here.append(name)
    for name in _LOGGERS:
        logging.getLogger(None if name == "root" else name).setLevel(logging.ERROR)
    ours = logging.getLogger("dreambench")
    ours.setLevel(logging.WARNING)
    ours.propagate = False
    ours.addHandler(_Telling(tell))


def unhush() -> None:
    """Let libraries say what they like again."""
    for name in _set_here:
        os.environ.pop(name, None)
    _set_here.clear()
    for name in _LOGGERS:
        logging.getLogger(None if name == "root" else name).setLevel(logging.INFO)
    sys.warnoptions[:] = ["default"]
    warnings.simplefilter("default")


class _Telling(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(self.format(record))
