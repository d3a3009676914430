"""What a user relies on: a plain function is a method, told apart by its source, and loaded for nobody else's results."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, version
from pathlib import Path

import pytest
from PIL import Image
from repository import ROOT

from dreambench.baselines import registry
from dreambench.baselines.generators.function import FunctionFailed
from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask, image_seed
from dreambench.baselines.registry import (
    build_method,
    describe_method,
    method_class,
    method_names,
    method_plugin,
    settings_class,
)
from dreambench.baselines.settings import MethodSettings
from dreambench.baselines.testing import check_method
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import OFFICIAL_PROMPTS

Tasks = Callable[[str], SubjectTask]
EXAMPLE = f"{ROOT / 'examples' / 'ten_line_method.py'}:draw"
CALLS = """
from PIL import Image
calls = []
def draw(references, prompt, seed):
    calls.append((len(references), references[0].mode, prompt, seed))
    references[0].putpixel((0, 0), (1, 2, 3))
    return Image.new("RGB", (8, 8))
def fails(references, prompt, seed):
    raise KeyError("no such\\ncolour")
def short(references, prompt):
    pass
number = 3
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.py"
    path.write_text(CALLS)
    return path


def drawn(name: str, task: SubjectTask, folder: Path) -> list[Image.Image]:
    import torch

    context = MethodContext(device=torch.device("cpu"), seed=7, cache_dir=folder)
    prompts = [prompt for prompt in OFFICIAL_PROMPTS if prompt.kind == task.subject.kind and prompt.index in (1, 20)]
    (subject,) = build_method(name, MethodSettings()).prepare([task], context)
    return list(subject.sample([ImageRequest(task.subject, prompt, 0) for prompt in prompts]))


def test_the_example_has_ten_lines_and_keeps_the_contract() -> None:
    check_method(method_class(EXAMPLE))
    source = Path(EXAMPLE.rpartition(":")[0]).read_text()
    assert len([line for line in source.splitlines() if line.strip()]) <= 10
    assert describe_method(EXAMPLE) == "A reference image in other colours."


@pytest.mark.parametrize("name", ["mine.py:draw", "mine:draw"])
def test_a_function_gets_the_references_the_prompt_and_the_images_own_seed(file: Path, make_task: Tasks, name: str) -> None:
    task = make_task("dog2")
    before = task.references[0].tobytes()
    images = drawn(name, task, file.parent)
    assert [image.size for image in images] == [(8, 8)] * 2
    calls = sys.modules[type(build_method(name, MethodSettings())).function.__module__].calls  # type: ignore[attr-defined]
    prompts = [prompt for prompt in OFFICIAL_PROMPTS if prompt.kind == "live" and prompt.index in (1, 20)]
    seeds = [image_seed(ImageRequest(task.subject, prompt, 0), seed=7) for prompt in prompts]
    expected = [(3, "RGB", "a dog in the snow", seeds[0]), (3, "RGB", "a red dog", seeds[1])]
    assert calls[-2:] == expected
    assert task.references[0].tobytes() == before  # it drew on a copy


def test_a_changed_function_is_another_method_and_is_loaded_anew(file: Path, make_task: Tasks) -> None:
    before = method_plugin("mine.py:draw")
    assert before == method_plugin("mine:draw")
    assert before is not None
    assert before.startswith("mine.py sha256 ")
    assert drawn("mine.py:draw", make_task("dog2"), file.parent)[0].size == (8, 8)
    file.write_text(CALLS.replace("(8, 8)", "(4, 4)"))
    assert method_plugin("mine.py:draw") != before
    assert drawn("mine.py:draw", make_task("dog2"), file.parent)[0].size == (4, 4)


def test_a_function_of_an_installed_package_has_its_version_too() -> None:
    found = method_plugin("PIL.ImageOps:mirror")
    assert found is not None
    assert found.lower().startswith(f"pillow {version('pillow')}, imageops.py sha256 ")


def test_a_name_in_other_peoples_results_runs_nothing(tmp_path: Path) -> None:
    """A leaderboard asks for the settings of whatever method a submission names."""
    evil = tmp_path / "evil.py"
    evil.write_text("raise SystemExit('run')")
    assert settings_class(f"{evil}:draw") is MethodSettings
    assert method_plugin(f"{evil}:draw")
    assert not [name for name in method_names() if ":" in name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.py:draw", "There is no file nowhere.py"),
        ("no_such_module:draw", "There is no module 'no_such_module'"),
        ("mine.py:drow", "mine.py has no function 'drow'; did you mean 'draw'"),
        ("mine.py:number", "is neither a function nor a class"),
        ("mine.py:short", r"cannot be called with \(references, prompt, seed\)"),
        ("mine.py:", "names no function; write file.py:function"),
        ("broken.py:draw", "cannot be loaded from .*broken.py .ZeroDivisionError"),
    ],
)
def test_what_is_no_function_is_one_sentence(file: Path, name: str, said: str) -> None:
    file.with_name("broken.py").write_text("1 / 0")
    with pytest.raises(UserError, match=said) as refusal:
        method_class(name)
    assert "\n" not in str(refusal.value)


def test_a_function_that_raises_is_told_with_subject_and_prompt(file: Path, make_task: Tasks) -> None:
    said = r'mine\.py:fails raised KeyError for dog2, prompt 1 \("a dog in the snow"\), image 0: '
    with pytest.raises(FunctionFailed, match=said) as failure:
        drawn("mine.py:fails", make_task("dog2"), file.parent)
    assert "\n" not in str(failure.value)


def test_an_entry_point_may_be_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("mirror", "PIL.ImageOps:mirror", registry.GROUP)
    taken = EntryPoint("mine", f"{__name__}:draw", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda **_: [taken])
    monkeypatch.setitem(sys.modules, __name__, sys.modules[drawn.__module__])
    assert describe_method("mine") == "Draws nothing."
    check_method(method_class("mine"))
    monkeypatch.setattr(registry, "entry_points", lambda **_: [entry])
    with pytest.raises(UserError, match=r"mirror.* cannot be called with"):
        method_class("mirror")


def draw(references: list[Image.Image], prompt: str, seed: int) -> Image.Image:
    """Draws nothing."""
    return Image.new("RGB", (16, 16), (seed % 256, 0, 0))
