"""Every command of `bench` that writes, in a folder of its own, small enough to be given a thousand times."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from forked_bench import Call, bench
from repository import ROOT
from run_fakes import write_plugin
from scored_folders import make_it_a_run, write_folder, write_pictures

from dreambench.dataset.collection import MINIATURE_FOLDER

#: 2 subjects x 1 prompt x 2 images of the miniature.
FEW = ("--suite", "mini", "--subjects", "can,dog", "--prompts", "0", "--images-per-prompt", "2")
COPIES = ("run", "--method", "copy_reference", *FEW, "--engine", "inline")
STUDY = """
name = "shades"
question = "What does a shade change?"
method = "fake"
metrics = ["dino", "clip_t"]
axis = "shade"

[[variants]]
name = "light"
settings = { shade = 50 }

[[variants]]
name = "dark"
settings = { shade = 0 }
"""


@dataclass(frozen=True)
class Scenario:
    """A command, and what lies in its folder before it.

    Attributes:
        words: what follows `bench`.
        material: what is laid into the working directory, by name.
        before: commands that were given there already, whose output this one replaces or goes on with.
        code: the exit code without any fault.
        images: of a folder of `bench score`, the folder of its images.
        long: left out of the short test.
    """

    words: Sequence[str]
    material: Sequence[str] = ()
    before: Sequence[Sequence[str]] = ()
    code: int = 0
    images: str | None = None
    long: bool = False


#: Runs with made-up scores.
_BOTH = ("alpha", "beta")
#: Folders of pictures: images to score, a dataset whose class nouns are known, one whose are not.
_FOLDERS = {"pictures": "{}/00", "own": "{}", "unnamed": "my_{}"}
_SUBMIT = ("submit", "alpha", "--name", "Alpha", "--authors", "A", "--with-images", "--out", "board/alpha.json")
_SCORE = ("score", "pictures", *FEW, "--out", "scored")
_MAKE = ("userstudy", "make", "alpha", "beta", "--questions", "6", "--raters", "3", "--out", "asked")
_SHORT = ("--set", "steps=2", "--set", "class_images=2", "--set", "batch_size=1", "--images-per-prompt", "1")
_STUDY = ("study", "shades.toml", *FEW, "--engine", "inline")
_BASELINE = ("check", "alpha", "--baseline", "base.json", "--write-baseline")
SCENARIOS: Mapping[str, Scenario] = {
    "run": Scenario((*COPIES, "--out", "new"), before=[(*COPIES, "--seed", "1", "--out", "other")]),  # so the cache is warm
    "run, reused": Scenario((*COPIES, "--reuse", "other", "--out", "new"), before=[(*COPIES, "--out", "other")]),
    "run, a shard": Scenario((*COPIES, "--shard", "1/2", "--out", "new"), long=True),
    "run, checkpoints": Scenario(
        ("run", "--method", "fake", *FEW, "--engine", "inline", "--checkpoints", "1,2", "--out", "new"), long=True
    ),
    "run, pretrained": Scenario(
        ("run", "--method", "pretrained", *FEW, "--subjects", "can", "--engine", "inline", "--out", "new"), long=True
    ),
    "run, dreambooth": Scenario(
        ("run", "--method", "dreambooth", *FEW, "--subjects", "can", "--engine", "inline", *_SHORT, "--out", "new"), long=True
    ),
    "merge": Scenario(
        ("merge", "one", "two", "--out", "whole"),
        before=[
            (*COPIES, "--seed", "1", "--out", "other"),  # so the cache is warm
            *((*COPIES, "--shard", f"{number}/2", "--out", folder) for number, folder in enumerate(("one", "two"), start=1)),
        ],
    ),
    "score": Scenario(_SCORE, ("pictures",), images="pictures", long=True),
    "score again": Scenario((*_SCORE, "--name", "theirs"), ("pictures",), [_SCORE], images="pictures"),
    "report": Scenario(("report", *_BOTH, "--no-plots", "--out", "page"), _BOTH, long=True),
    "report again": Scenario(
        ("report", *_BOTH, "--no-plots", "--out", "page"), _BOTH, [("report", "alpha", "--no-plots", "--out", "page")]
    ),
    "report with plots": Scenario(("report", *_BOTH, "--out", "page"), _BOTH, long=True),
    "compare": Scenario(("compare", *_BOTH, "--format", "markdown", "--out", "table.md"), (*_BOTH, "table.md")),
    "baseline": Scenario((*_BASELINE, "--metrics", "dino"), _BOTH, [_BASELINE]),
    "check": Scenario(
        ("check", "shipped", "--baseline", "base.json", "--junit", "j/junit.xml", "--markdown", "m.md"),
        ("shipped",),
        [("check", "shipped", "--baseline", "base.json", "--write-baseline")],
    ),
    "submit": Scenario(_SUBMIT, ("alpha",), long=True),
    "submit again": Scenario((*_SUBMIT, "--url", "https://example.org"), ("alpha",), [_SUBMIT]),
    "leaderboard": Scenario(("leaderboard", "board", "--out", "pages"), ("alpha",), [_SUBMIT], long=True),
    "leaderboard again": Scenario(
        ("leaderboard", "board", "--title", "New", "--out", "pages"),
        ("alpha",),
        [_SUBMIT, ("leaderboard", "board", "--out", "pages")],
    ),
    "plot": Scenario(("plot", *_BOTH, "--out", "plots", "--only", "subject_dots"), _BOTH),
    "plot all again": Scenario(("plot", *_BOTH, "--out", "plots"), _BOTH, [("plot", "beta", "--out", "plots")], long=True),
    "userstudy make": Scenario(_MAKE, _BOTH),
    "calibrate": Scenario(("calibrate", "--suite", "mini"), long=True),
    "study": Scenario((*_STUDY, "--out", "studied"), ("shades.toml",), [(*_STUDY, "--out", "elsewhere/studied")]),
    "dataset show": Scenario(("dataset", "show", "own", "--sheet", "sheet.png"), ("own", "sheet.png")),
    "dataset describe": Scenario(("dataset", "describe", "unnamed", "--write"), ("unnamed",)),
    "metrics validate": Scenario(
        ("metrics", "validate", "--doses", "--suite", "mini", "--subjects", "can,dog", "--format", "csv"), long=True
    ),
}


class Workshop:
    """Where scenarios are played: one folder, laid out anew for each, so that every path is the same each time.

    Args:
        root: an empty folder.
        scenarios: by name.
    """

    def __init__(self, root: Path, scenarios: Mapping[str, Scenario] = SCENARIOS) -> None:
        self.root, self._scenarios = root, scenarios
        self.box, self.cwd = root / "box", root / "box" / "work"
        self._material, self._laid, self._plugin = root / "material", root / "laid", root / "plugin"
        self._plugin.mkdir()
        write_plugin(self._plugin)
        self._material.mkdir()

    @property
    def cache(self) -> Path:
        """The cache that commands use; it begins with what every run has embedded and drawn already."""
        return self.box / "cache"

    def give(self, words: Sequence[str], *first: Callable[[], None]) -> tuple[int, str]:
        """Give a command in the box."""
        return bench(self.call(words, *first))

    def call(self, words: Sequence[str], *first: Callable[[], None]) -> Call:
        """The command, as it is given in the box."""
        environment = {"DREAMBENCH_CACHE": str(self.cache), "TMPDIR": str(self.box / "tmp"), "HOME": str(self.box / "home")}
        return Call(words, self.cwd, self.root / "log", environment, (self._plugin,), first)

    def lay(self, name: str) -> None:
        """Lay a scenario's folder out as it is before its command."""
        scenario, ready = self._scenarios[name], self._laid / name
        if not ready.exists():
            material = {entry: self._made(entry) for entry in scenario.material}
            self._empty()
            for entry, source in material.items():
                _copy(source, self.cwd / entry)
            for words in scenario.before:
                self._must(words)
            shutil.copytree(self.box, ready)
        self._empty()
        shutil.rmtree(self.box)
        shutil.copytree(ready, self.box)

    def _empty(self) -> None:
        shutil.rmtree(self.box, ignore_errors=True)
        for folder in (self.cwd, self.box / "tmp", self.box / "home"):
            folder.mkdir(parents=True)
        if (self._material / "cache").exists():
            shutil.copytree(self._material / "cache", self.cache)

    def _must(self, words: Sequence[str]) -> None:
        code, said = self.give(words)
        assert code == 0, said

    def _made(self, name: str) -> Path:
        """A piece of material, made when it is first asked for."""
        target = self._material / name
        if target.exists():
            return target
        if name in _BOTH:
            with mock.patch.dict(os.environ, {"DREAMBENCH_CACHE": str(self._material / "cache")}):
                write_pictures(self.root / name, seed=_BOTH.index(name))
                write_folder(target, self.root / name, method=name, seed=_BOTH.index(name))
                make_it_a_run(target, self.root / name, steps=1)
        elif name == "shipped":
            shutil.copytree(ROOT / "benchmark" / "data" / "reference_runs" / "mini" / "pretrained", target)
        elif name in _FOLDERS:
            for subject in ("can", "dog"):
                folder = target / _FOLDERS[name].format(subject)
                folder.mkdir(parents=True)
                for number in range(2):
                    shutil.copy(MINIATURE_FOLDER / subject / f"0{number}.png", folder / f"{number}.png")
        else:
            target.write_text(STUDY if name.endswith(".toml") else "an earlier one")
        return target


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
