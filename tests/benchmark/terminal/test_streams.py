"""Consoles of any encoding, and names of strangers: plain signs where others cannot be shown, and nothing that acts."""

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT
from speed.scored_runs import made_up_scores, write_scored

from dreambench.benchmark.api.progress import ProgressDisplay
from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.cli.talk import complain, echo
from dreambench.benchmark.terminal.streams import make_streams_safe
from dreambench.dataset.harmless import harmless
from dreambench.reports.console import make_console

ENCODINGS = ("cp1252", "latin-1", "ascii", "cp437", "gbk", "shift_jis")
SMALL: dict[str, Any] = {"subjects": 6, "prompts": (0, 3), "images": 2}
#: A command, and the exit code that it has on any console.
COMMANDS = (
    (("--help",), 0),
    (("run", "--help"), 0),
    (("compare", "a", "b"), 0),
    (("compare", "a", "b", "--published", "--per", "kind"), 0),
    (("compare", "a", "b", "--format", "markdown"), 0),
    (("compare", "a", "b", "--format", "latex"), 0),
    (("check", "a", "--baseline", "a.json", "--write-baseline", "--metrics", "dino"), 0),
    (("check", "b", "--baseline", "a.json"), 0),
    (("suites",), 0),
    (("suites", "show", "mini"), 0),
    (("protocols", "show", "miniature"), 0),
    (("methods", "show", "dreambooth"), 0),
    (("dataset", "show", "mini"), 0),
    (("compare", "a", "größe → 猫"), 2),
    (("suites", "show", "größe → 猫"), 2),
)


class Streams:
    """Stdout and stderr that keep their bytes."""

    def __init__(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.encoding, self.kept = encoding, {}
        for name in ("stdout", "stderr"):
            self.kept[name] = io.BytesIO()
            monkeypatch.setattr(sys, name, io.TextIOWrapper(self.kept[name], encoding=encoding, write_through=True))
        make_streams_safe()

    def text(self, name: str) -> str:
        return self.kept[name].getvalue().decode(self.encoding)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(list(words), prog_name="bench")
    return int(ended.value.code or 0)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name, seed in (("a", 1), ("b", 2)):
        write_scored(tmp_path / name, made_up_scores(seed=seed, **SMALL), method=f"größe → 猫 {name}…")
    return tmp_path


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.usefixtures("runs")
def test_every_command_ends_as_on_any_console(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, code in COMMANDS:
        streams = Streams(encoding, monkeypatch)
        assert run(*words) == code, (words, streams.text("stderr"))
        assert (streams.text("stderr") + streams.text("stdout")).strip(), words


@pytest.mark.usefixtures("runs")
def test_a_table_keeps_its_numbers_and_loses_its_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams("utf-8", monkeypatch)
    assert run("compare", "a", "b") == 0
    plain = Streams("ascii", monkeypatch)
    assert run("compare", "a", "b") == 0
    assert "größe → 猫" in streams.text("stdout")
    assert "grosse -> ?" in plain.text("stdout")

    def figures(text: str) -> list[str]:
        return [word.strip("¹²*+≈~") for word in text.split() if word[0].isdigit() and "." in word]

    assert figures(streams.text("stdout")) == figures(plain.text("stdout")) != []


@pytest.mark.usefixtures("runs")
def test_json_is_whole_on_any_console(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams("ascii", monkeypatch)
    assert run("compare", "a", "b", "--format", "json") == 0
    assert "größe → 猫 a…" in str(json.loads(streams.text("stdout")))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_progress_is_shown_on_any_console(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams(encoding, monkeypatch)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with ProgressDisplay() as display:
        display.say("größe → 猫 …")
        display.note("größe → 猫 ✓")
    assert "->" in streams.text("stderr") or "→" in streams.text("stderr")


def test_a_file_name_that_is_no_text_can_be_shown_in_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams("utf-8", monkeypatch)
    complain(os.fsdecode(b"caf\xe9.png is no picture"))
    assert streams.text("stderr") == "bench: caf?.png is no picture\n"


def test_without_a_console_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    make_streams_safe()
    assert sys.stdout is None
    assert sys.stderr is None


NASTY = "a\x1b[31mb\x1b]0;title\x07c\rd\x08e\u202ef\x9bg\u2028h"


def test_names_of_strangers_do_nothing_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Streams("utf-8", monkeypatch)
    echo(NASTY)
    complain(NASTY)
    make_console(width=200).print(NASTY, markup=False)
    with ProgressDisplay() as display:
        display.say(NASTY)
        display.note(NASTY)
    for text in (streams.text("stdout"), streams.text("stderr")):
        assert text.replace("\n", "").isprintable(), ascii(text)
    assert "a?[31mb" in streams.text("stdout")


def test_tabs_lines_and_wide_spaces_stay() -> None:
    assert harmless("a\tb\nc\u3000d\u00a0e 猫é") == "a\tb\nc\u3000d\u00a0e 猫é"


def test_a_key_of_a_suite_does_nothing_to_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "suite.toml"
    path.write_text('name = "a"\n"\\u001b[2J\\u202e" = 1\n', encoding="utf-8")
    streams = Streams("utf-8", monkeypatch)
    assert run("suites", "show", str(path)) == 2
    assert streams.text("stderr").rstrip("\n").isprintable()


def test_everything_is_printed_by_one_function_and_on_consoles_of_one_kind() -> None:
    found = set()
    for folder in ("dataset", "baselines", "benchmark", "reports"):
        for path in (ROOT / folder).rglob("*.py"):
            if "miniature" in path.parts:  # the workshop that made the shipped models
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                printed = isinstance(node, ast.Attribute) and ast.unparse(node) in ("typer.echo", "typer.secho", "click.echo")
                console = isinstance(node, ast.Call) and ast.unparse(node.func) in ("Console", "print")
                if printed or console:
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == set()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.usefixtures("runs")
def test_the_command_itself_on_a_console_of_another_encoding(encoding: str, runs: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "dreambench", "compare", "a", "größe → 猫"]
    result = subprocess.run(command, cwd=runs, env=environment, capture_output=True, check=False)
    assert result.returncode == 2
    assert "gr" in result.stderr.decode(encoding)
