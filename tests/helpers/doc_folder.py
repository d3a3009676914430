"""The folder in which a page of the docs runs: with what the page needs, a `bench`, and a `pip` that harms nothing."""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from doc_pages import Block, Page
from filelock import FileLock
from PIL import Image
from repository import ROOT

from dreambench.dataset.collection import load_dataset

#: Seconds that one block may take.
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

    Bash blocks run in a shell of their own, each beginning in the folder; python blocks run in this process, in one namespace.
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

    def environment(self) -> dict[str, str]:
        """Of the page's commands."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DREAMBENCH_")}
        paths = [str(self.packages), *filter(None, [os.environ.get("PYTHONPATH")])]
        return kept | {
            "PATH": f"{self.root / '.bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(paths),
            "DREAMBENCH_CACHE": str(self._shared / "cache"),
            "HOME": str(self.root / ".home"),
            "MPLCONFIGDIR": str(self._shared / "matplotlib"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "COLUMNS": "120",
        }

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
            self._run_shell(page, block)
        elif block.language == "python":
            # Lines are counted as on the page, so that a traceback points there.
            source = "\n" * (block.line - 1) + block.text
            exec(compile(source, str(page.path), "exec"), self._names)

    def _run_shell(self, page: Page, block: Block) -> None:
        done = subprocess.run(
            ["bash", "-exc", f"set -o pipefail\n{block.text}"],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        assert done.returncode == block.exit_code, f"{page.path.name}:{block.line} ended with {done.returncode}\n{done.stdout}"

    def _finished_run(self, name: str) -> Path:
        """A finished run, made by whoever needs it first."""
        method, *options = _RUNS[name]
        folder = self._shared / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._shared / f"{Path(name).name}.lock"):
            if not (folder / "summary.json").is_file():
                command = ["run", "--method", method, *_SMALL, *options, "--out", str(folder), "--workers", "1"]
                done = subprocess.run(
                    [sys.executable, "-m", "dreambench", *command],
                    cwd=self._shared,
                    env=self.environment(),
                    capture_output=True,
                    text=True,
                    timeout=_LONGEST,
                    check=False,
                )
                assert done.returncode == 0, done.stderr
        return folder


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
