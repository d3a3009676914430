"""The one reader of JSON and TOML: encodings and bounds, and that nothing reads either without it."""

import ast
import json
import os
import pickle
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import ROOT

from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import (
    MAX_DEPTH,
    MAX_DIGITS,
    NotRead,
    parse_json,
    parse_toml,
    read_json,
    read_text,
    read_toml,
)

MEND = "mend it."
JSON_READ: Callable[[Path], Any] = lambda path: read_json(path, mend=MEND)  # noqa: E731
TOML_READ: Callable[[Path], Any] = lambda path: read_toml(path, mend=MEND)  # noqa: E731
#: As editors and shells write a text: with a mark where there is one.
ENCODED: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with a mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16, small end first": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}


@pytest.mark.parametrize("encoded", ENCODED.values(), ids=ENCODED)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_all_encodings_of_editors_are_read(encoded: Callable[[str], bytes], ending: str, tmp_path: Path) -> None:
    toml, as_json = tmp_path / "a.toml", tmp_path / "a.json"
    toml.write_bytes(encoded(f'name = "Größe 猫"{ending}[table]{ending}steps = 3{ending}'))
    as_json.write_bytes(encoded(f'{{"name": "Größe 猫",{ending} "table": {{"steps": 3}}}}{ending}'))
    expected = {"name": "Größe 猫", "table": {"steps": 3}}
    assert read_toml(toml) == expected
    assert read_json(as_json, mend=MEND) == expected
    assert parse_json(as_json.read_bytes()) == expected


#: Content -> the rest of the sentence about the file.
REFUSED_JSON = {
    "deep lists": ("[" * 100_000, f"has tables or lists nested more than {MAX_DEPTH} deep"),
    "deep tables": ('{"a":' * 100_000, f"has tables or lists nested more than {MAX_DEPTH} deep"),
    "deep and whole": ("[" * 101 + "]" * 101, f"has tables or lists nested more than {MAX_DEPTH} deep"),
    "a long number": ("9" * 6000, f"has a whole number of more than {MAX_DIGITS} digits"),
    "a long number inside": (f'{{"seed": -{"9" * 101}}}', f"has a whole number of more than {MAX_DIGITS} digits"),
    "no JSON": ("{", "is not valid JSON (Expecting property name"),
    "empty": ("", "is not valid JSON ("),
    "not of UTF-8": ("caf\xe9".encode("latin-1"), "is not UTF-8 text (at byte 3)"),
    "half of UTF-16": (b"\xff\xfea", "is not UTF-16 text"),
    "UTF-16 without a mark": ('{"a": 1}'.encode("utf-16-le"), "is not UTF-8 text (it has null characters, as UTF-16 without"),
    "UTF-32": ('{"a": 1}'.encode("utf-32"), "is not UTF-16 text (it has null characters, as UTF-32 has"),
}
REFUSED_TOML = {
    "deep lists": ("a = " + "[" * 100_000, f"has tables or lists nested more than {MAX_DEPTH} deep"),
    "deep tables": ("a = " + "{a=" * 100_000, f"has tables or lists nested more than {MAX_DEPTH} deep"),
    "a deep key": (".".join("a" * 5000) + " = 1", f"has tables or lists nested more than {MAX_DEPTH} deep"),
    "a deep header": (f"[{'.'.join('a' * 5000)}]", f"has tables or lists nested more than {MAX_DEPTH} deep"),
    "a long number": (f"a = {'9' * 6000}", "has a whole number of more than 64 bits"),
    "a large number": (f"a = [{{b = {1 << 63}}}]", "has a whole number of more than 64 bits"),
    "a long hexadecimal number": (f"a = 0x{'f' * 6000}", "has a whole number of more than 64 bits"),
    "no TOML": ("[a", "is not valid TOML (Expected ']'"),
    "not of UTF-8": (b'a = "\xff"', "is not UTF-8 text (at byte 5)"),
    "UTF-16 without a mark": ("a = 1".encode("utf-16-be"), "is not UTF-8 text (it has null characters, as UTF-16 without"),
}


@pytest.mark.parametrize(
    ("read", "content", "clause"),
    [(JSON_READ, *case) for case in REFUSED_JSON.values()] + [(TOML_READ, *case) for case in REFUSED_TOML.values()],
    ids=[f"JSON, {name}" for name in REFUSED_JSON] + [f"TOML, {name}" for name in REFUSED_TOML],
)
def test_what_lies_beyond_a_bound_is_one_sentence(
    read: Callable[[Path], Any], content: str | bytes, clause: str, tmp_path: Path
) -> None:
    path = tmp_path / "theirs"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError) as refused:
        read(path)
    text = str(refused.value)
    assert text.startswith(f"{path} {clause}")
    assert text.endswith(f"; {MEND}")
    assert "\n" not in text


@pytest.mark.parametrize("read", [JSON_READ, TOML_READ], ids=["JSON", "TOML"])
def test_a_file_of_500_megabytes_costs_no_memory(read: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with path.open("wb") as file:
        file.truncate(500_000_000)  # a hole, which takes no room on the disk
    tracemalloc.start()
    with pytest.raises(NotRead, match=r"run\.json is larger than \d+ MB; mend it\."):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("read", [JSON_READ, TOML_READ], ids=["JSON", "TOML"])
def test_what_is_no_file_is_told_apart(read: Callable[[Path], Any], tmp_path: Path) -> None:
    with pytest.raises(NotRead, match="does not exist") as absent:
        read(tmp_path / "none")
    assert absent.value.trouble == "absent"
    with pytest.raises(NotRead, match="is a folder") as folder:
        read(tmp_path)
    assert folder.value.trouble == "unreadable"
    with pytest.raises(NotRead, match=r"cannot be read \(the name or the path is too long\)"):
        read(tmp_path / ("n" * 5000))
    with pytest.raises(NotRead, match="does not exist"):
        read(tmp_path / "a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(NotRead, match="is no regular file"):
        read_json(tmp_path / "run.json", mend=MEND)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(10**99), 10**99) | st.text(), st.lists))
def test_json_within_bounds_is_what_python_reads(value: Any) -> None:
    text = json.dumps(value)
    assert parse_json(text) == json.loads(text)


@given(st.text(alphabet='ab.="[]{}\n#1 ', max_size=200))
def test_no_toml_raises_anything_but_a_refusal(text: str) -> None:
    with suppress(NotRead):
        assert isinstance(parse_toml(text), dict)


def test_a_text_for_another_parser_is_bounded_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    assert read_text(path, mend=MEND, max_bytes=100) == "a,b\n1,2\n"
    with pytest.raises(NotRead, match=r"a\.csv is larger than 0 MB"):
        read_text(path, mend=MEND, max_bytes=5)


def test_a_refusal_comes_back_from_a_worker_process_as_it_was() -> None:
    error = NotRead("beyond", "is larger than 1 MB", where="a.toml", mend=MEND)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.trouble, again.clause) == (str(error), "beyond", "is larger than 1 MB")


#: What parses its own text of a moment ago.
OWN_TEXT = {"benchmark/encoders/libraries/timm_library.py"}


def test_nothing_of_ours_parses_json_or_toml_by_itself() -> None:
    """Another reader would have other bounds, or none."""
    parsers = {("json", "load"), ("json", "loads"), ("tomllib", "load"), ("tomllib", "loads")}
    found = set()
    for folder in ("dataset", "baselines", "benchmark", "reports", "dreambench"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Attribute):
                    continue
                of_module = isinstance(node.value, ast.Name) and (node.value.id, node.attr) in parsers
                if of_module or node.attr == "model_validate_json":
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == {"dataset/reading.py"} | OWN_TEXT
