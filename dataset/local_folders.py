"""Where the photos and what is kept between runs lie on this machine, and whether the network may be used."""

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from dreambench.dataset.errors import UserError
from dreambench.dataset.os_errors import writing

#: Names a local copy of the released dataset.
DATA_VARIABLE: Final = "DREAMBENCH_DATA"
#: Names a cache folder in place of the platform's.
CACHE_VARIABLE: Final = "DREAMBENCH_CACHE"
#: Anything but empty, 0, false, no or off: the network is not used.
OFFLINE_VARIABLE: Final = "DREAMBENCH_OFFLINE"


def cache_root() -> Path:
    """The cache folder: DREAMBENCH_CACHE, else the platform's own place (on Linux ~/.cache/dreambench). May not exist.

    A user of a container may have no home: then it is `temporary_cache`.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return expanded(chosen)
    return _usual_cache() or temporary_cache()


def has_own_cache() -> bool:
    """Whether the platform has a place for this user's caches."""
    return _usual_cache() is not None


def _usual_cache() -> Path | None:
    """The platform's place; None for a user without a home, for whom it would be a folder called "~" right here."""
    import pooch  # type: ignore[import-untyped]

    try:
        folder = Path(pooch.os_cache("dreambench"))
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None


def temporary_cache() -> Path:
    """A cache folder among the temporary files, for this user alone; it is kept as long as the system keeps those.

    Raises:
        UserError: somebody else has made it, or no temporary file can be written.
    """
    owner = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"dreambench-cache{'' if owner is None else f'-{owner}'}"
    with writing(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode) or (owner is not None and (info.st_uid != owner or info.st_mode & 0o022)):
        raise UserError(f"{folder} was made by somebody else; name a cache folder with {CACHE_VARIABLE}.")
    return folder


def expanded(path: Path | str) -> Path:
    """A path with the user's home for its "~"; as it is where there is none."""
    return Path(os.path.expanduser(path))  # noqa: PTH111  # pathlib's raises where there is no home


def local_copy(data: Path | None = None) -> Path | None:
    """The local copy of the released dataset that a person names: `data` (--data), else DREAMBENCH_DATA, else None."""
    if data is not None:
        return expanded(data)
    named = os.environ.get(DATA_VARIABLE)
    return expanded(named) if named else None


def is_offline() -> bool:
    """Does DREAMBENCH_OFFLINE forbid the network?"""
    return os.environ.get(OFFLINE_VARIABLE, "").strip().lower() not in ("", "0", "false", "no", "off")
