"""Writing TOML, which the standard library only reads: plain values, lists and tables, enough for what is declared here."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(table: Mapping[str, Any]) -> str:
    """Text that `tomllib.loads` reads back as the same table. Keys whose value is None are left out: TOML has no null."""
    return "\n".join(_lines(table, path=())).strip() + "\n"


def _lines(table: Mapping[str, Any], *, path: tuple[str, ...]) -> list[str]:
    plain = {key: value for key, value in table.items() if value is not None and not isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    if path and (lines or not any(isinstance(value, Mapping) for value in table.values())):
        lines = [f"[{'.'.join(map(_key, path))}]", *lines]
    if lines:
        lines.append("")
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += _lines(value, path=(*path, key))
    return lines


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(each)}' for key, each in value.items() if each is not None)} }}"
    raise TypeError(f"TOML cannot hold a {type(value).__name__}")


def _string(text: str) -> str:
    # a JSON string is a TOML basic string, except that TOML wants DEL escaped too
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
