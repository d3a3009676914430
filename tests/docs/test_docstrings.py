"""The examples in the docstrings of the public verbs run as they stand there."""

import doctest
import inspect
from pathlib import Path

import pytest
from doc_folder import write_images

import dreambench

#: Public names whose docstring has examples.
SHOWN = ("check", "compare", "leaderboard", "load_protocol", "open_run", "plan", "run", "score", "submit")


def examples(name: str) -> doctest.DocTest | None:
    """A public name's examples, None without any."""
    thing = getattr(dreambench, name)
    if not callable(thing):
        return None
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(thing) or "", {}, name, None, None)
    return test if test.examples else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the docstrings say is there: `my_images`, and two folders of scores, `mine` and `theirs`."""
    root = tmp_path_factory.mktemp("docstrings")
    write_images(root / "my_images", subjects=("dog", "cat", "can", "teapot", "clock", "vase"), prompts=(0,))
    write_images(root / "their_images", subjects=("dog", "cat", "can", "teapot", "clock", "vase"), prompts=(0,), side=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBENCH_CACHE", str(root / "cache"))
        for images, name, out in (("my_images", "Mine", "mine"), ("their_images", "Theirs", "theirs")):
            found = sorted(path.name for path in (root / images).iterdir())
            dreambench.score(
                root / images, suite="mini", subjects=found, prompts=[0], metrics=["dino"], name=name, out=root / out
            )
    return root


@pytest.mark.parametrize("name", SHOWN)
def test_a_docstrings_examples_run(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(folder / "cache"))
    test = examples(name)
    assert test is not None, f"{name} has no example"
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
    assert not result.failed, "".join(said)


def test_no_example_is_left_out() -> None:
    assert {name for name in dreambench.__all__ if examples(name)} == set(SHOWN)
