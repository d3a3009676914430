"""Where things are kept that several runs share: class images, by content."""

import functools
import logging
import os
from pathlib import Path

from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import CACHE_VARIABLE, cache_root, has_own_cache, temporary_cache


def cache_folder() -> Path:
    """DREAMBENCH_CACHE, or the platform's folder for caches; created if it is not there.

    Where there is no home, or its folder for caches cannot be written, a temporary one serves, and a line says so once.

    Raises:
        UserError: the folder that DREAMBENCH_CACHE names cannot be written.
    """
    folder = cache_root()
    if os.environ.get(CACHE_VARIABLE):
        return _made(folder)
    try:
        made = _made(folder)
    except UserError:
        made = temporary_cache()
        _say_once(made, f"The cache folder {folder} cannot be written")
    else:
        if not has_own_cache():
            _say_once(made, "There is no home folder for a cache")
    return made


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The cache folder {folder} cannot be made ({error.strerror}); set DREAMBENCH_CACHE.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"The cache folder {folder} cannot be written; set DREAMBENCH_CACHE to a folder that can.")
    return folder


@functools.cache
def _say_once(folder: Path, why: str) -> None:
    """The logger "dreambench" writes on stderr unless a program has set it up otherwise."""
    logging.getLogger("dreambench").warning("%s; %s serves for now. Set %s to keep one.", why, folder, CACHE_VARIABLE)
