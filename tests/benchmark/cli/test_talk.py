"""How much the command line says, and that every option can come from the environment."""

import pytest
from typer.testing import CliRunner

from dreambench.benchmark.cli.commands import app


def invoke(*words: str) -> tuple[str, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_quiet_says_nothing_beside_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, talk = invoke("calibrate", "--suite", "mini", "--protocol", "miniature", "--json")
    assert "looking for the real images" in talk
    quiet, silence = invoke("--quiet", "calibrate", "--suite", "mini", "--protocol", "miniature", "--json")
    assert silence == ""
    assert quiet == usual


def test_errors_are_said_however_quiet() -> None:
    result = CliRunner().invoke(app, ["--quiet", "calibrate", "--suite", "nonesuch"])
    assert result.exit_code == 2
    assert "nonesuch" in result.stderr


def test_where_no_hook_is_installed_the_list_is_empty_and_a_sentence_says_what_goes_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dreambench.benchmark.api.hooks.registry.entry_points", lambda **_: ())
    listed, said = invoke("hooks")
    assert listed == ""
    assert "None is installed" in said
    assert invoke("--quiet", "hooks") == ("", "")
    assert invoke("hooks", "--json")[0].strip() == "{}"


def test_an_option_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBENCH_METHODS_SHOW_SUITE", "mini-photos")
    assert "mini-photos" in invoke("methods", "show", "dreambooth")[0]


def test_completion_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    assert "bench" in invoke("--show-completion", "bash")[0]
