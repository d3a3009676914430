"""The folder in which a page of the docs runs: with what the page needs, a `bench`, and a `pip` that harms nothing."""

import importlib
import itertools
import os
import shlex
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from doc_pages import Block, Page
from filelock import FileLock
from PIL import Image
from repository import ROOT
from typer.testing import CliRunner

from dreambench.benchmark.cli.commands import app
from dreambench.dataset.collection import load_dataset

#: Seconds that one command may take.
_LONGEST: Final = 900
#: Six subjects as in a quick run, two of them live: the fewest that carry a test.
_SUBJECTS: Final = ("dog", "cat", "can", "teapot", "clock", "vase")
_PROMPTS: Final = (0, 3)
#: Finished runs that pages may need, by the folder's name: small ones, made once for all pages.
_SMALL: Final = ("--subjects", "dog,cat,can,teapot,clock,vase", "--prompts", "0,3", "--images-per-prompt", "2")
_RUNS: Final[dict[str, tuple[str, ...]]] = {
    "runs/mini-dreambooth-seed0": ("dreambooth", "--set", "steps=2", "--set", "class_images=4"),
    "runs/mini-textual_inversion-seed0": ("textual_inversion", "--set", "steps=2"),
}


class DocFolder:
    """Runs a page's blocks, one after the other.

    Python blocks run in this process, in one namespace. Lines of bash blocks are whole commands, each beginning in the folder:
    a plain `bench ...` runs in this process, where torch is loaded already, any other line in a shell.
    """

    def __init__(self, root: Path, *, shared: Path) -> None:
        """Make the folder.

        Args:
            root: new and empty.
            shared: a folder for finished runs and embeddings that all pages share, also those of other processes.
        """
        self.root, self._shared = root, shared
        self.packages = root / ".packages"
        self._names: dict[str, Any] = {"__name__": "__main__"}
        for folder in (self.packages, root / ".home", root / ".bin"):
            folder.mkdir()
        # A page's `pip install` goes into a folder of its own, from what is here: nothing is fetched, no environment changes.
        offline = f'-m pip "$1" --quiet --no-compile --no-deps --no-index --no-build-isolation --target "{self.packages}"'
        _write_command(root / ".bin" / "bench", f'exec "{sys.executable}" -m dreambench "$@"')
        _write_command(root / ".bin" / "python", f'exec "{sys.executable}" "$@"')
        _write_command(root / ".bin" / "pip", f'exec "{sys.executable}" {offline} "${{@:2}}"')

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Work in the folder, with its commands and packages and no settings of this machine, until the block's end."""
        before = set(sys.modules)
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("DREAMBENCH_")]:
                patch.delenv(name)
            patch.chdir(self.root)
            patch.syspath_prepend(str(self.packages))
            patch.setenv("PATH", str(self.root / ".bin"), prepend=os.pathsep)
            patch.setenv("PYTHONPATH", str(self.packages), prepend=os.pathsep)
            patch.setenv("HOME", str(self.root / ".home"))
            patch.setenv("MPLCONFIGDIR", str(self._shared / "matplotlib"))
            patch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            patch.setenv("COLUMNS", "120")
            patch.setenv("DREAMBENCH_CACHE", str(self._shared / "cache"))
            patch.setenv("DREAMBENCH_RUN_ENGINE", "inline")  # worker processes would load torch again
            yield
        for name in set(sys.modules) - before:  # the page's own modules; another page has others of the same name
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(self.root)):
                del sys.modules[name]

    def bring(self, page: Page) -> None:
        """Put there what the page needs: "my_images", a finished run, or a file or folder of the repository."""
        for name in page.needs:
            if name == "my_images":
                write_images(self.root / name, subjects=_SUBJECTS, prompts=_PROMPTS)
            elif name in _RUNS:
                shutil.copytree(self._finished_run(name), self.root / name)
            elif (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, self.root / name)

    def run(self, page: Page, block: Block) -> None:
        """Run a block or write its file.

        Raises:
            AssertionError: a command ended with another exit code than it should; with what it said.
        """
        if block.file is not None:
            target = self.root / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.language == "bash":
            lines = commands_of(block.text)
            for number, line in enumerate(lines, start=1):
                code, said = _run_line(line)
                expected = block.exit_code if number == len(lines) else 0
                assert code == expected, f"{page.path.name}:{block.line}: {line}\nended with {code}\n{said}"
        elif block.language == "python":
            # Lines are counted as on the page, so that a traceback points there.
            source = "\n" * (block.line - 1) + block.text
            exec(compile(source, str(page.path), "exec"), self._names)

    def _finished_run(self, name: str) -> Path:
        """A finished run, made by whoever needs it first."""
        method, *options = _RUNS[name]
        folder = self._shared / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._shared / f"{Path(name).name}.lock"):
            if not (folder / "summary.json").is_file():
                code, said = _run_line(
                    shlex.join(["bench", "run", "--method", method, *_SMALL, *options, "--out", str(folder)])
                )
                assert code == 0, said
        return folder


def commands_of(text: str) -> list[str]:
    """The commands of a bash block, a line each; comments and empty lines are left out."""
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    for line in found:
        assert line.split()[0] not in ("cd", "export", "source", "for", "if"), f"of no effect, since lines stand alone: {line}"
    return found


def plain_words(line: str) -> list[str] | None:
    """The words of a command that needs no shell; None for one with a pipe, a redirection, a variable or a pattern."""
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    words = list(reader)
    special = any(not set(word) - set("|&;<>()") for word in words) or any(mark in line for mark in "$`*?~")
    return None if special else words


def _run_line(line: str) -> tuple[int, str]:
    """Run a command in the working directory: its exit code, and what it said."""
    words = plain_words(line)
    if words is not None and words[0] == "bench":
        importlib.invalidate_caches()  # a line before may have installed something
        result = CliRunner().invoke(app, words[1:])
        trouble = result.exception
        trace = "" if trouble is None or isinstance(trouble, SystemExit) else "".join(traceback.format_exception(trouble))
        return result.exit_code, result.output + trace
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    return done.returncode, done.stdout


def write_images(folder: Path, *, subjects: Sequence[str], prompts: Sequence[int], side: int = 48) -> None:
    """Four images of some subjects for each prompt: the subjects' own reference images, smaller and not in the middle.

    Args:
        folder: new.
        subjects: of the miniature.
        prompts: by number.
        side: of the smaller pictures, of 64 pixels; images with another one are another method's.
    """
    dataset = load_dataset("mini")
    for subject in subjects:
        pictures = itertools.cycle(dataset.references(dataset.subject(subject)))
        for prompt in prompts:
            (folder / subject / f"{prompt:02d}").mkdir(parents=True)
            for index in range(4):
                picture = next(pictures)
                canvas = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
                canvas.paste(picture.resize((side, side)), (2 * index, 8 + prompt))
                canvas.save(folder / subject / f"{prompt:02d}" / f"{index}.png")


def _write_command(path: Path, line: str) -> None:
    path.write_text(f"#!/usr/bin/env bash\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
