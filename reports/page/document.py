"""HTML documents that need nothing but themselves: styles and scripts inside, and a policy that forbids everything else.

Shared by every page that this package makes.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

STATIC: Final = Path(__file__).parent / "static"
_UNSAFE_IN_SCRIPT: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def environment(package: str = "dreambench.reports.page") -> "Environment":
    """Jinja2 with autoescape for every template, and with undefined names as errors.

    Args:
        package: whose folder `templates` is read.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@lru_cache
def static_text(*names: str | Path) -> str:
    """Our own style sheets or scripts, one after the other: by name from reports/page/static, or a whole path.

    Raises:
        ValueError: one of them would end the element that it stands in.
    """
    text = "\n".join((STATIC / name).read_text(encoding="utf-8").strip() for name in names) + "\n"
    if "</" in text:
        raise ValueError(f"one of {', '.join(map(str, names))} has '</', which ends the element around it; write it otherwise")
    return text


def script_of(*names: str | Path) -> str:
    """Scripts as one strict function, so that their names are their own."""
    return f'"use strict";\n(() => {{\n{static_text(*names)}}})();\n'


def policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A content security policy: these very styles and scripts, pictures from the page's own folder, and nothing else.

    `file:` lets pictures load where the page is opened from a disk; a page from a server cannot use it.
    """
    rules = {
        "default-src": "'none'",
        "style-src": " ".join(_hash(text) for text in styles) or "'none'",
        "script-src": " ".join(_hash(text) for text in scripts) or "'none'",
        "img-src": "'self' file: data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def json_for_script(value: Mapping[str, Any]) -> "Markup":
    """JSON that can stand inside a script element, whatever its strings hold. Refuses NaN."""
    from markupsafe import Markup

    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Markup("".join(_UNSAFE_IN_SCRIPT.get(letter, letter) for letter in text))


def data_uri(data: bytes, media_type: str) -> str:
    """Bytes as a data: address."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
