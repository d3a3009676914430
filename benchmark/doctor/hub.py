"""Whether the hub answers, and which of its files are in the local cache."""

from functools import cache
from pathlib import Path
from typing import Final

from baselines.model_places import offline_variable

_PATIENCE: Final = 5.0  # seconds


@cache
def hub_problem() -> str | None:
    """Why nothing can be fetched, as a clause; None if the hub answers. Asked once, for at most a few seconds."""
    forbidden = offline_variable()
    if forbidden is not None:
        return f"{forbidden} is set"
    import urllib.error
    import urllib.request

    from huggingface_hub import constants

    try:
        request = urllib.request.Request(constants.ENDPOINT, method="HEAD")
        with urllib.request.urlopen(request, timeout=_PATIENCE):
            return None
    except urllib.error.HTTPError:
        return None  # it answers, if only to refuse this page
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return f"{constants.ENDPOINT} does not answer ({reason})"


def cached_file(repository: str, names: tuple[str, ...]) -> Path | None:
    """The first of a repository's files that the hub's cache has."""
    from huggingface_hub import try_to_load_from_cache

    for name in names:
        found = try_to_load_from_cache(repository, name)
        if isinstance(found, str):
            return Path(found)
    return None
