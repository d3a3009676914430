"""Where the photos and what is kept between runs lie on this machine, and whether the network may be used."""

import os
from pathlib import Path
from typing import Final

#: Names a local copy of the released dataset.
DATA_VARIABLE: Final = "DREAMBENCH_DATA"
#: Names a cache folder in place of the platform's.
CACHE_VARIABLE: Final = "DREAMBENCH_CACHE"
#: Anything but empty, 0, false, no or off: the network is not used.
OFFLINE_VARIABLE: Final = "DREAMBENCH_OFFLINE"


def cache_root() -> Path:
    """The cache folder: DREAMBENCH_CACHE, else the platform's own place (on Linux ~/.cache/dreambench). May not exist."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    import pooch  # type: ignore[import-untyped]

    return Path(pooch.os_cache("dreambench"))


def local_copy(data: Path | None = None) -> Path | None:
    """The local copy of the released dataset that a person names: `data` (--data), else DREAMBENCH_DATA, else None."""
    if data is not None:
        return data.expanduser()
    named = os.environ.get(DATA_VARIABLE)
    return Path(named).expanduser() if named else None


def is_offline() -> bool:
    """Does DREAMBENCH_OFFLINE forbid the network?"""
    return os.environ.get(OFFLINE_VARIABLE, "").strip().lower() not in ("", "0", "false", "no", "off")
