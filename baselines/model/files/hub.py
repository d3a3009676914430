"""Whether the network can give anything now: one short question, before clients that repeat theirs for minutes.

Without a network huggingface_hub asks for each file six times, up to a minute each, and then for the next file.
"""

import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from dreambench.dataset.local_folders import OFFLINE_VARIABLE, is_offline

_PATIENCE_VARIABLE: Final = "HF_HUB_ETAG_TIMEOUT"
_PATIENCE: Final = 8.0  # seconds; several round trips by satellite
_PAUSE: Final = 1.0  # seconds; a network that has just come up fails once
_MAX_WORDS: Final = 160


def offline_variable() -> str | None:
    """The name of the environment variable that forbids the network; None where it may be used."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE"
    return OFFLINE_VARIABLE if is_offline() else None


def hub_problem() -> str | None:
    """Why the hub can give nothing, as a clause; None if it answers, whatever it says.

    It is asked once a process, with the hub's own client and so through the proxies that the download would take. The answer
    is waited for HF_HUB_ETAG_TIMEOUT seconds, 8 if that is not set; a very slow network may need more.
    """
    from huggingface_hub import constants

    forbidden = offline_variable()
    return f"{forbidden} is set" if forbidden else _problem(constants.ENDPOINT, _ask_hub)


def address_problem(address: str) -> str | None:
    """Why an address outside the hub can give nothing, as a clause; None if it answers. Asked as `hub_problem` is."""
    forbidden = offline_variable()
    return f"{forbidden} is set" if forbidden else _problem(address, _ask_address)


def hub_cache() -> Path:
    """The folder in which the hub's client keeps what it fetched."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def has_files_of(repository: str) -> bool:
    """Whether the hub's cache holds any whole file of a repository, of whatever revision."""
    from huggingface_hub.file_download import repo_folder_name

    snapshots = hub_cache() / repo_folder_name(repo_id=repository, repo_type="model") / "snapshots"
    return any(path.is_file() for path in snapshots.rglob("*"))


def without_hub() -> str:
    """What a person can do where the hub is out of reach, whatever they need of it; the end of a sentence."""
    brought = "bring another machine's cache of the hub here"
    return brought if offline_variable() else f"{brought} and set HF_HUB_OFFLINE=1"


def first_line(error: BaseException) -> str:
    """The first line of what a library said, short enough for one sentence."""
    lines = str(error).strip().splitlines()
    text = lines[0].strip().rstrip(".:") if lines else type(error).__name__
    return text if len(text) <= _MAX_WORDS else f"{text[: _MAX_WORDS - 3]}..."


@cache
def _problem(address: str, ask: Callable[[str, float], None]) -> str | None:
    """Ask twice at most, in a thread: a client's timeout leaves out the look-up of the name, which can hang by itself."""
    from huggingface_hub import constants

    patience = float(constants.HF_HUB_ETAG_TIMEOUT) if os.environ.get(_PATIENCE_VARIABLE) else _PATIENCE
    said: SimpleQueue[str | None] = SimpleQueue()

    def asking() -> None:
        why: str | None = None
        for pause in (_PAUSE, 0.0):
            try:
                ask(address, patience)
            except Exception as error:  # each client has its own kinds; all mean that there is no answer
                why = first_line(error)
                time.sleep(pause)
            else:
                why = None
                break
        said.put(why)

    Thread(target=asking, daemon=True, name="asking whether there is a network").start()
    try:
        problem = said.get(timeout=patience)
    except Empty:
        problem = f"waited {patience:g} s; a slow network may need a higher {_PATIENCE_VARIABLE}"
    return None if problem is None else f"{address} does not answer ({problem})"


def _ask_hub(address: str, patience: float) -> None:
    from huggingface_hub import get_session

    get_session().head(address, timeout=patience)


def _ask_address(address: str, patience: float) -> None:
    """With the standard library's client, as torch.hub downloads."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=patience):
            pass
    except urllib.error.HTTPError:
        pass  # it answers, if only to refuse
