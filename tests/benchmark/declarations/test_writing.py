"""Declared things as TOML: what is written is read back, with what each key means above it."""

import tomllib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from dreambench.benchmark.declarations.suite import explained_toml, load_suite, resolved_toml
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
    comments = field_comments(Outer())
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


class Table(BaseModel):
    inners: dict[str, Inner] = {"a": Inner(), "b": Inner()}


def test_of_a_table_of_models_the_first_is_explained() -> None:
    assert field_comments(Table(), prefix="t.") == {"t.inners.a.steps": "How many steps."}


def test_the_shown_suite_explains_every_setting_of_its_methods_and_reads_back() -> None:
    suite = load_suite("mini")
    text = explained_toml(suite)
    assert tomllib.loads(text) == tomllib.loads(resolved_toml(suite))
    methods = text[text.index("[methods.dreambooth]") : text.index("[methods.pretrained]")]
    keys = [line for line in methods.splitlines() if " = " in line and not line.startswith("#")]
    explained = [line for before, line in pairwise(methods.splitlines()) if " = " in line and before.startswith("#")]
    assert len(keys) > 20
    assert [line for line in keys if line not in explained] == []
