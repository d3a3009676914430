"""A plug-in method without a model, installed as strangers' are: as a distribution with an entry point."""

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dreambench.dataset.collection import Dataset

Bench = Callable[..., Result]
#: 3 subjects x 2 prompts x 2 images.
FEW = ("--prompts", "0,20", "--images-per-prompt", "2")

SOURCE = '''
import errno
import os
import sys
import time

import numpy as np
from PIL import Image

from dreambench.baselines.method import Method, Shared, TrainingRecord, Work, image_seed
from dreambench.baselines.settings import MethodSettings
from dreambench.dataset.errors import UserError


class FakeSettings(MethodSettings):
    steps: int = 3
    """Steps that it pretends to train."""
    shade: int = 0
    darker: int = 0
    """Taken from the shade at every step, so that pictures tell how long it trained."""
    group: int = 1
    seconds: float = 0.0
    fail_on: str = ""
    die_on: str = ""
    last_words: str = ""
    """Written on stderr before it dies."""
    full_disk_on: str = ""
    short_on: str = ""
    impossible: bool = False
    trouble_while: str = ""
    """A file: trouble is made, and time taken, only while it exists."""
    size_on: str = ""
    shares: int = 0
    """Parts of what subjects of a kind share, which is noted in shared.txt of the cache; 0: they share nothing."""
    fail_shared: str = ""
    """A kind of subjects: what they share cannot be made."""
    odd_on: str = ""
    odd: str = ""
    """What comes in place of a picture: nothing, grey, small, array, extra, unprepared."""


class Prepared:
    def __init__(self, task, context, settings):
        self.subject, self.context, self.settings = task.subject, context, settings
        self.record = TrainingRecord(losses=(0.5,) * settings.steps, steps=settings.steps, details={"group": settings.group})

    def sample(self, requests):
        settings = self.settings
        side = 48 if settings.size_on == self.subject.id else 64
        trouble = not settings.trouble_while or os.path.exists(settings.trouble_while)
        for place, request in enumerate(requests):
            time.sleep(settings.seconds if trouble else 0)
            if trouble and place == 1:
                if settings.fail_on == self.subject.id:
                    raise RuntimeError("the fake failed as it was told")
                if settings.die_on == self.subject.id:
                    print(settings.last_words, end="", file=sys.stderr, flush=True)
                    os._exit(9)
                if settings.full_disk_on == self.subject.id:
                    raise OSError(errno.ENOSPC, "No space left on device")
                if settings.short_on == self.subject.id:
                    return
            if settings.odd_on == self.subject.id and place == 1 and settings.odd in ODD:
                yield ODD[settings.odd]
                continue
            noise = np.random.default_rng(image_seed(request, seed=self.context.seed)).integers(0, 200, (8, 8, 3))
            shade = settings.shade - settings.darker * settings.steps
            yield Image.fromarray((noise + shade).clip(0, 255).astype("uint8")).resize((side, side), Image.Resampling.BICUBIC)
        if settings.odd_on == self.subject.id and settings.odd == "extra":
            yield Image.new("RGB", (64, 64))


ODD = {
    "nothing": None,
    "grey": Image.new("L", (64, 64)),
    "small": Image.new("RGB", (32, 32)),
    "array": np.zeros((64, 64, 3), dtype="uint8"),
}


class Fake(Method):
    """A plug-in for tests."""

    settings_type = FakeSettings
    has_prior = True

    @property
    def group_size(self):
        return self.settings.group

    def work(self):
        return Work(steps=self.settings.steps)

    def shared(self, subject, sampler):
        return Shared(f"the air of {subject.kind} subjects", self.settings.shares) if self.settings.shares else None

    def make_shared(self, subject, context, *, part):
        self.note(context, "make", subject.kind, part)
        time.sleep(self.settings.seconds)
        context.on_progress("class images", 1, self.settings.shares)
        if self.settings.fail_shared == subject.kind:
            raise RuntimeError("there is none")

    def note(self, context, *words):
        if self.settings.shares:
            os.makedirs(context.cache_dir, exist_ok=True)
            with open(os.path.join(context.cache_dir, "shared.txt"), "a") as file:
                print(os.getpid(), *words, file=file)

    def load(self, context):
        self.note(context, "load")

    def prepare(self, tasks, context):
        for task in tasks:
            self.note(context, "prepare", task.subject.kind)
        if self.settings.odd == "unprepared" and self.settings.odd_on in {task.subject.id for task in tasks}:
            return None
        if self.settings.impossible:
            raise UserError("the fake cannot do that; leave out impossible.")
        for step in range(self.settings.steps):
            context.on_progress("train", step + 1, self.settings.steps)
        return [Prepared(task, context, self.settings) for task in tasks]

    def checkpoints(self, tasks, context, at):
        os.makedirs(context.cache_dir, exist_ok=True)
        with open(os.path.join(context.cache_dir, "trainings.txt"), "a") as file:
            print(*(task.subject.id for task in tasks), *at, file=file)
        for step in at:
            context.on_progress("train", step, at[-1])
            settings = self.settings.model_copy(update={"steps": step})
            yield step, [Prepared(task, context, settings) for task in tasks]
'''


def write_plugin(folder: Path) -> Path:
    """Write the distribution into a folder that can be put on sys.path or PYTHONPATH."""
    (folder / "fake_dreambench_method.py").write_text(SOURCE)
    info = folder / "fake_dreambench-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-dreambench\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dreambench.methods]\nfake = fake_dreambench_method:Fake\n")
    return folder


def write_suite(path: Path, *, dataset: Path | str, dino: Path, clip: Path) -> Path:
    """Write a suite file with encoders from folders; its method `fake` has its defaults."""
    path.write_text(
        f'name = "{path.stem}"\ndataset = "{dataset}"\nprotocol = "miniature"\n'
        '[model]\nsource = "mini"\n'
        "[sampler]\nsteps = 2\nguidance_scale = 1.0\nresolution = 64\n"
        f'[encoders.dino]\nweights = "{dino}"\n[encoders.clip]\nweights = "{clip}"\n'
    )
    return path


def forget_plugin() -> None:
    """Let the next test import its own copy."""
    sys.modules.pop("fake_dreambench_method", None)


def declared(dataset: Dataset) -> Path:
    """The dataset's folder; its subjects are declared, as a user's own must be."""
    lines = [f'[{s.id}]\nclass_noun = "{s.class_noun}"\nkind = "{s.kind}"\n' for s in dataset.subjects]
    (dataset.root / "subjects.toml").write_text("".join(lines))
    return dataset.root


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory, squares: Dataset, tiny_encoder_folders: dict[str, Path]) -> Path:
    """A suite file: three subjects of coloured squares, tiny encoders."""
    return write_suite(
        tmp_path_factory.mktemp("suite") / "tiny.toml",
        dataset=declared(squares),
        dino=tiny_encoder_folders["dino"],
        clip=tiny_encoder_folders["clip"],
    )


@pytest.fixture
def bench(tmp_path: Path, suite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """`bench("--prompts", "0,1", ...)` runs the fake method in an empty working directory, in this process."""
    from dreambench.benchmark.cli.commands import app

    place = tmp_path / "plugin"
    place.mkdir()
    monkeypatch.syspath_prepend(str(write_plugin(place)))
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str, method: str = "fake", command: str = "run") -> Result:
        # Worker processes have tests of their own: starting them would take most of the time here.
        inline = ["--device", "cpu", "--engine", "inline"]
        chosen = ["--method", method, "--suite", str(suite), *inline] if command == "run" else []
        return CliRunner().invoke(app, [command, *chosen, *arguments])

    yield invoke
    forget_plugin()


def files_of(folder: Path) -> dict[str, str]:
    """Path -> hash of every file that is not hidden."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
