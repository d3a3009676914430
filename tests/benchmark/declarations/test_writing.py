"""Declared things as TOML: what is written is read back, with what each key means above it."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from dreambench.benchmark.declarations.writing import field_comments, to_toml

KEYS = st.text(min_size=1, max_size=8).filter(lambda text: all(ord(letter) < 0xD800 for letter in text))
SCALARS = st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | KEYS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
TABLES = st.recursive(
    st.dictionaries(KEYS, VALUES, max_size=4), lambda inner: st.dictionaries(KEYS, inner | VALUES, max_size=3), max_leaves=8
)


@given(TABLES)
def test_what_is_written_is_read_back(table: dict[str, object]) -> None:
    assert tomllib.loads(to_toml(table)) == table


def test_what_is_none_is_left_out() -> None:
    assert tomllib.loads(to_toml({"a": None, "b": {"c": None, "d": 1}})) == {"b": {"d": 1}}


class Inner(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    steps: int = 3
    """How many
    steps."""


class Outer(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    name: str = "x"
    """What it is called."""
    inner: Inner = Inner()
    bare: int = 1


def test_docstrings_become_comments_above_their_keys() -> None:
    comments = field_comments(Outer)
    assert comments == {"name": "What it is called.", "inner.steps": "How many steps."}
    text = to_toml(Outer().model_dump(), comments=comments)
    assert text.splitlines() == [
        "# What it is called.",
        'name = "x"',
        "bare = 1",
        "",
        "[inner]",
        "# How many steps.",
        "steps = 3",
    ]
