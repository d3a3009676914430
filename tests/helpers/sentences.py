"""What a person reads who gave wrong input: one sentence, and nothing else but talk."""

from pathlib import Path

from typer.testing import CliRunner

from dreambench.benchmark.cli.commands import app

MOST_CHARACTERS = 500


def is_one_sentence(text: str) -> bool:
    """It ends, stands on one line, can be read at one go and shows nothing of the program's inside."""
    inside = ("Traceback", "went wrong", "NoneType", "object at 0x", "pydantic", "ModelSpec")
    return (
        text.endswith((".", "?"))
        and text.isprintable()
        and len(text) <= MOST_CHARACTERS
        and not any(words in text for words in inside)
    )


def refusal(*arguments: str | Path, code: int = 2) -> str:
    """Run `bench`, check that it refuses with one sentence, prints no result and exits with the code; the sentence."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    sentences = [line for line in result.stderr.splitlines() if line.startswith("bench: ")]
    assert len(sentences) == 1, result.stderr
    assert result.stderr.splitlines()[-1] == sentences[0]  # nothing comes after it
    sentence = sentences[0].removeprefix("bench: ")
    assert is_one_sentence(sentence), sentence
    return sentence
