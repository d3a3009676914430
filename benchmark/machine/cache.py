"""Where things are kept that several runs share: class images, by content."""

import os
from pathlib import Path

from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import cache_root


def cache_folder() -> Path:
    """DREAMBENCH_CACHE, or the platform's folder for caches; created if it is not there.

    Raises:
        UserError: it cannot be written.
    """
    folder = cache_root()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The cache folder {folder} cannot be made ({error.strerror}); set DREAMBENCH_CACHE.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"The cache folder {folder} cannot be written; set DREAMBENCH_CACHE to a folder that can.")
    return folder
