"""The sets are open: an encoder, metrics, a method and a dataset of one's own, without touching a file of ours.

Each goes the whole way: run, score, compare, report, check, submit and leaderboard.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.results.finished import read_finished

METRIC = '''
"""How bright an image is: the mean of its pixels, 0 to 1."""

import numpy as np

from dreambench.benchmark.metrics import Metric
from dreambench.dataset.images import open_image


class Brightness(Metric):
    """The mean of an image's pixels."""

    name = "brightness"
    measures = "exposure: mean of the pixels"
    usual_label = "Bright"
    level = "image"
    higher_is_better = True
    bounds = (0.0, 1.0)
    needs = frozenset({"files"})
    needs_encoder = False

    def scores(self, features):
        return np.array([np.asarray(open_image(file)).mean() / 255 for file in features.files])
'''

METHOD = '''
"""Paints the mean colour of the references, whatever is asked: a method without a base model."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from dreambench.baselines.method import TrainingRecord
from dreambench.baselines.settings import MethodSettings


class PaintSettings(MethodSettings):
    """Paints a colour."""

    size: int
    """Side of the images in pixels."""


@dataclass
class Painted:
    subject: object
    record: TrainingRecord
    colour: np.ndarray
    size: int

    def sample(self, requests):
        for request in requests:
            rows = np.arange(self.size)[:, None, None] * (request.image_index + 1) % 17
            yield Image.fromarray(np.clip(self.colour + rows + np.zeros((1, self.size, 1)), 0, 255).astype("uint8"))


class Paint:
    name = "paint"
    settings_type = PaintSettings
    needs_base_model = False
    has_prior = False
    group_size = 1

    def __init__(self, settings):
        self.settings = settings

    def prepare(self, tasks, context):
        colours = [np.mean([np.asarray(image).mean((0, 1)) for image in task.references], 0) for task in tasks]
        size = self.settings.size
        return [Painted(task.subject, TrainingRecord(), colour, size) for task, colour in zip(tasks, colours)]
'''

PROTOCOL = """
name = "my-protocol"
images_per_prompt = 2

[encoders.my_vit]
library = "timm"
output = "cls"
transform = { resize = 64, crop = 64 }

[metrics.my_similarity]
formula = "image_similarity"
encoder = "my_vit"
label = "My ViT"

[metrics.brightness]
formula = "brightness"
"""

PROMPTS = """
[[object]]
prompt = "a {identifier} {class_noun} on the moon"
family = "recontextualisation"
[[object]]
prompt = "a {identifier} {class_noun} under water"
family = "recontextualisation"
[[object]]
prompt = "a {identifier} {class_noun} seen from above"
family = "view"
[[object]]
prompt = "a {identifier} {class_noun} seen from behind"
family = "view"
[[object]]
prompt = "a painting of a {identifier} {class_noun}"
family = "style"
[[object]]
prompt = "a golden {identifier} {class_noun}"
family = "property"
[[object]]
prompt = "a {identifier} {class_noun} in a bag"
"""


def lines_of(source: str) -> int:
    """Lines of a plug-in's module that are not empty."""
    return len([line for line in source.splitlines() if line.strip()])


@pytest.fixture
def world(tmp_path: Path, random_image: Callable[..., Image.Image], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything of one's own: plug-ins, weights, a dataset with prompts, a protocol, a suite."""
    import timm
    import torch
    from safetensors.torch import save_file

    plugins = tmp_path / "plugins"
    info = plugins / "my_plugins-1.0.dist-info"
    info.mkdir(parents=True)
    (plugins / "my_metric.py").write_text(METRIC)
    (plugins / "my_method.py").write_text(METHOD)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-plugins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[dreambench.metrics]\nbrightness = my_metric:Brightness\n[dreambench.methods]\npaint = my_method:Paint\n"
    )
    monkeypatch.syspath_prepend(str(plugins))
    torch.manual_seed(0)
    vit = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0, img_size=64)
    (tmp_path / "vit").mkdir()
    save_file(vit.state_dict(), tmp_path / "vit" / "model.safetensors")
    arguments = {"architecture": "vit_tiny_patch16_224", "num_classes": 0, "model_args": {"img_size": 64}}
    (tmp_path / "vit" / "config.json").write_text(json.dumps(arguments | {"pretrained_cfg": {"input_size": [3, 64, 64]}}))
    for number, name in enumerate(("lamp", "desk_lamp", "kettle")):
        (tmp_path / "things" / name).mkdir(parents=True)
        for index in range(3):
            random_image(10 * number + index).save(tmp_path / "things" / name / f"{index}.png")
    nouns = {"lamp": "lamp", "desk_lamp": "lamp", "kettle": "kettle"}
    (tmp_path / "things" / "subjects.toml").write_text(
        "".join(f'[{name}]\nclass_noun = "{noun}"\nkind = "object"\n' for name, noun in nouns.items())
    )
    (tmp_path / "things" / "prompts.toml").write_text(PROMPTS)
    (tmp_path / "my-protocol.toml").write_text(PROTOCOL)
    (tmp_path / "my-suite.toml").write_text(
        'name = "my-suite"\ndataset = "./things"\nprotocol = "./my-protocol.toml"\n[encoders.my_vit]\nweights = "./vit"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path


def bench(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result


def test_an_encoder_metrics_a_method_and_a_dataset_of_ones_own_go_the_whole_way(world: Path) -> None:
    assert lines_of(METRIC) <= 40
    assert lines_of(METHOD) <= 60
    for seed, size in (("0", "64"), ("1", "64")):
        paint = ["run", "--method", "paint", "--suite", "my-suite.toml", "--set", f"size={size}", "--device", "cpu"]
        bench(*paint, "--seed", seed, "--out", f"run{seed}", "--workers", "1")
    run = read_finished(Path("run0"))
    assert [info.label for info in run.metrics] == ["My ViT", "Bright"]
    assert run.summary.n_images == 3 * 7 * 2
    assert run.record is not None
    assert run.record.base_model is None
    assert run.record.sampler is None

    # What the table says is what the files hold, computed here in another way.
    table = pd.read_parquet("run0/scores.parquet")
    bright = [np.asarray(Image.open(Path("run0") / path).convert("RGB")).mean() / 255 for path in table["path"]]
    assert table["brightness"].to_numpy() == pytest.approx(np.array(bright))

    bench("score", "run0", "--suite", "my-suite.toml", "--out", "scored", "--name", "Again")
    again = read_finished(Path("scored"))
    assert {key: mean.mean for key, mean in again.summary.overall.items()} == {
        key: mean.mean for key, mean in run.summary.overall.items()
    }
    assert again.summary.beside["impostor"]["my_similarity"].n == 2  # the kettle has no other of its class

    compared = json.loads(bench("compare", "run0", "scored", "--per", "family", "--format", "json").stdout)
    assert [column["key"] for column in compared["columns"]] == ["my_similarity", "brightness"]
    assert {"view", "style"} <= {block["part"].rstrip("s") for block in compared["blocks"]}

    page = Path(bench("report", "run0", "scored", "--out", "page").stdout.strip().splitlines()[-1]).read_text()
    assert "My ViT" in page
    assert "Bright" in page
    assert "on the moon" in page

    bench("check", "run0", "--baseline", "base.json", "--write-baseline", "--metrics", "brightness")
    refused = bench("check", "run1", "--baseline", "base.json", code=2)  # three subjects carry no test
    assert "3 subjects" in refused.stderr

    for name, folder in (("One", "run0"), ("Two", "run1")):
        bench("submit", folder, "--name", name, "--authors", "We", "--out", f"submissions/{name}.json", "--with-images")
    bench("leaderboard", "submissions", "--out", "board")
    board = "".join(path.read_text() for path in Path("board").rglob("*.html"))
    assert "My ViT" in board
    assert "Bright" in board


def test_a_setting_without_a_default_must_be_set(world: Path) -> None:
    refused = bench("run", "--method", "paint", "--suite", "my-suite.toml", code=2)
    assert "size" in refused.stderr
    assert "size" in bench("methods", "show", "paint", "--suite", "my-suite.toml").stdout
