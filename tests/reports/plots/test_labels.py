"""Names from strangers: printable, short enough, still apart; and places beside points that cover nothing."""

import re
from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from dreambench.reports.plots.grid import compact, edges, slots
from dreambench.reports.plots.labels import file_stem, plain, short_names, shorten, text_width, wrapped
from dreambench.reports.plots.scales import spanning


class Examples:
    names: ClassVar = st.text(max_size=60)


@settings(max_examples=60, deadline=None)
@given(Examples.names)
def test_a_plain_name_is_one_printable_line(name: str) -> None:
    text = plain(name)
    assert text
    assert text.isprintable()
    assert plain(text) == text


def test_what_could_mislead_or_break_is_taken_out() -> None:
    assert plain("\u202eevil\u202c") == "evil"
    assert plain("two\nlines\x00 \x1b[31m") == "two lines [31m"
    assert plain("e\u0301") == "\u00e9"  # an accent that belongs to its letter stays
    assert plain("z" + "̸" * 50) == "z"
    assert plain(" \t ") == "(no name)"
    assert plain("方") == "□"
    assert len(plain("x" * 10_000_000)) < 500


@settings(max_examples=60, deadline=None)
@given(Examples.names, st.floats(20.0, 200.0))
def test_a_shortened_name_fits_and_keeps_both_ends(name: str, room: float) -> None:
    text = shorten(name, room)
    assert text_width(text, 8.0) <= room
    whole = plain(name)
    if text != whole:
        start, end = text.split("…", 1) if "…" not in whole else (text[:1], text[-1:])
        assert whole.startswith(start.rstrip("…"))
        assert whole.endswith(end.lstrip("…"))


@settings(max_examples=40, deadline=None)
@given(st.lists(Examples.names, min_size=1, max_size=12))
def test_shortened_names_are_apart_even_where_the_names_are_not(names: list[str]) -> None:
    short = short_names(names, 70.0)
    assert len(short) == len(names)
    assert len(set(short)) == len(short)


def test_names_that_differ_in_the_middle_get_numbers() -> None:
    first, second = short_names(["run-" + "x" * 90 + k + "y" * 90 + "-end" for k in "ab"], 80.0)
    assert first.endswith(" (1)")
    assert second.endswith(" (2)")
    assert max(text_width(first, 8.0), text_width(second, 8.0)) <= 80.0


def test_text_is_wrapped_at_spaces_and_cut_when_it_does_not_fit() -> None:
    rows = wrapped("one two three four five six", 60.0, size=8.0, lines=9)
    assert " ".join(rows) == "one two three four five six"
    assert len(rows) > 1
    assert all(text_width(row, 8.0) <= 60.0 for row in rows)
    (cut,) = wrapped("word " * 50, 100.0, size=12.0, weight="bold", lines=1)
    assert "…" in cut
    assert text_width(cut, 12.0, weight="bold") <= 100.0
    assert wrapped("keep 30\u00a0subjects together", 62.0, size=8.0, lines=5)[1].startswith("30\u00a0subjects")


@settings(max_examples=60, deadline=None)
@given(Examples.names)
def test_a_files_stem_is_safe_everywhere(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,40}", file_stem(name))


def test_requests_become_short() -> None:
    assert compact("wearing a black top hat and a monocle") == "wearing black top hat and monocle"
    assert compact("") == "(nothing)"
    assert compact("with a tree and autumn leaves in the background") == "with tree and autumn leaves"


def test_gaps_stand_where_groups_change() -> None:
    groups = ["a", "a", "b", "c", "c"]
    places = edges(groups, gap=0.5)
    assert places == [0, 1, 2, 2.5, 3.5, 4.0, 5.0, 6.0]
    assert [(places[s], places[s + 1]) for s in slots(groups)] == [(0, 1), (1, 2), (2.5, 3.5), (4.0, 5.0), (5.0, 6.0)]


def test_limits_hold_all_finite_values() -> None:
    low, high = spanning([0.2, 0.6, float("nan"), float("inf")], room=0.1)
    assert (round(low, 9), round(high, 9)) == (0.16, 0.64)
    assert spanning([]) == (0.0, 1.0)
    low, high = spanning([0.5, 0.5])
    assert low < 0.5 < high
