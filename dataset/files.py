"""Files that are either whole or absent: written aside, flushed, then renamed into place."""

import json
import os
import secrets
from pathlib import Path
from typing import Any


def atomic_write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that no reader, and no crash, ever sees half of it. Creates the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with aside.open("xb") as file:  # not mkstemp, which would keep the finished file from everyone but its owner
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def atomic_write_text(path: Path, text: str) -> None:
    """`atomic_write_bytes` for UTF-8 text."""
    atomic_write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically, indented and with a final newline. Refuses NaN, which is not JSON."""
    atomic_write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")
