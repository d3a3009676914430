"""What a user relies on: the doctor says what is missing and where it was looked for, and its sums are right."""

import json
from pathlib import Path
from typing import Any

import pytest
from checkpoints.stable_diffusion import make_stable_diffusion
from example_plugins import forget, install_example
from typer.testing import CliRunner, Result

from dreambench.baselines.method import Method, MethodSettings
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.methods.pretrained import Pretrained
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.model.cost import ModelCost
from dreambench.baselines.settings import DreamBoothSettings, PretrainedSettings, SamplerSettings, TextualInversionSettings
from dreambench.baselines.work import Work
from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.doctor.demand import LIBRARIES, Extent, RunWork, disk_needed, memory_needed, run_work
from dreambench.benchmark.doctor.estimate import seconds_of
from dreambench.benchmark.doctor.machine import Demand, Machine, examine_disk, examine_memory
from dreambench.benchmark.doctor.speed import Speed

#: Round numbers, to add up by hand.
COST = ModelCost(
    unet_weights=1_000_000_000,
    text_encoder_weights=100_000_000,
    vae_weights=50_000_000,
    unet_flops=1e12,
    encode_flops=1e12,
    decode_flops=2e12,
    unet_activations=400_000_000,
    unet_block_activations=40_000_000,
    decode_activations=250_000_000,
)
SAMPLER = SamplerSettings(scheduler="pndm", steps=50, guidance_scale=7.5, resolution=512, precision="bfloat16")


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """`doctor("--suite", "sd15")`, on a machine without a network, a hub's cache or the photos."""
    for variable in ("DREAMBENCH_DATA", "DREAMBENCH_MODELS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "torch"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["doctor", "--device", "cpu", *arguments])

    return run


def _by_topic(result: Result) -> dict[str, dict[str, Any]]:
    return {finding["topic"]: finding for finding in json.loads(result.stdout)["findings"]}


def test_the_miniature_is_ready_and_its_time_is_measured(doctor: Any) -> None:
    result = doctor("--json", "--method", "pretrained")
    record = json.loads(result.stdout)
    assert result.exit_code == 0
    assert record["ready"]
    assert {finding["state"] for finding in record["findings"]} == {"ready"}
    assert {"device", "memory", "disk", "dataset", "base model", "encoder dino", "encoder clip"} == set(_by_topic(result))
    assert record["estimate"]["basis"] == "measured"
    seconds = record["estimate"]["seconds"]
    assert seconds["train"] == seconds["class images"] == 0
    assert seconds["sample"] > 0


def test_a_suite_that_lacks_everything_is_told_all_of_it_at_once(doctor: Any, tmp_path: Path) -> None:
    result = doctor("--suite", "sd15", "--json")
    assert result.exit_code == 1
    found = _by_topic(result)
    assert not json.loads(result.stdout)["ready"]
    for topic in ("dataset", "base model", "encoder dino", "encoder clip", "encoder lpips"):
        assert found[topic]["state"] == "missing", topic
        assert "\n" not in found[topic]["text"]
    places = found["base model"]["looked_in"]
    assert str(tmp_path / "stable-diffusion-v1-5/stable-diffusion-v1-5") in places
    assert any(str(tmp_path / "hub") in place for place in places)
    assert "HF_HUB_OFFLINE" in found["encoder dino"]["text"]
    assert json.loads(result.stdout)["estimate"]["basis"] == "matmul"


def test_people_read_what_is_missing_and_what_to_do(doctor: Any) -> None:
    result = doctor("--suite", "sd15", "--method", "copy_reference")
    assert result.exit_code == 1
    assert "MISSING   encoder clip" in result.stdout
    assert "bench dataset fetch" in " ".join(result.stdout.split())
    assert "base model" not in result.stdout  # copying needs none
    assert result.stdout.rstrip().endswith("Not ready: something is missing.")
    assert max(len(line) for line in result.stdout.splitlines()) <= 200


def test_a_model_in_the_folder_of_models_is_found_and_a_hole_in_it_named(
    doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_stable_diffusion(tmp_path / "models" / "stable-diffusion-v1-5", variants=("",))
    monkeypatch.setenv("DREAMBENCH_MODELS", str(tmp_path / "models"))
    ready = _by_topic(doctor("--suite", "sd15", "--method", "copy_reference", "--json"))
    assert "base model" not in ready
    (folder / "vae" / "config.json").unlink()
    found = _by_topic(doctor("--suite", "sd15", "--method", "pretrained", "--json"))["base model"]
    assert (found["state"], found["path"]) == ("missing", str(folder / "vae" / "config.json"))


def test_what_a_hub_that_answers_has_is_no_hindrance(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambench.benchmark.encoders.source.hub_problem", lambda: None)
    monkeypatch.setattr("dreambench.benchmark.encoders.source.address_problem", lambda _address: None)
    monkeypatch.setattr("dreambench.benchmark.doctor.base_model.hub_problem", lambda: None)
    found = _by_topic(doctor("--suite", "sd15", "--json"))
    for topic in ("base model", "encoder dino", "encoder clip", "encoder lpips"):
        assert found[topic]["state"] == "fetch"
    assert found["encoder dino"]["source"] == "the hub, timm/vit_small_patch16_224.dino"
    assert found["encoder clip"]["source"] == "the hub, timm/vit_base_patch32_clip_224.openai"


BARE = """
name = "bare"
dataset = "mini"
protocol = "miniature"
[encoders.dino]
weights = "mini"
[encoders.clip]
weights = "mini"
"""


def test_what_the_suite_does_not_declare_is_named(doctor: Any, tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text(BARE)
    result = doctor("--suite", "bare.toml", "--method", "pretrained", "--json")
    assert result.exit_code == 1
    found = _by_topic(result)
    assert found["base model"]["text"] == "pretrained uses it, and the suite bare has no [model]"
    assert found["sampler"]["remedy"] == "add [sampler] to the suite"
    assert json.loads(result.stdout)["estimate"] is None


def test_a_setting_without_a_default_is_missing_until_it_is_given(
    doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugins").mkdir()
    modules = install_example("plugin-method", tmp_path / "plugins")
    monkeypatch.syspath_prepend(str(tmp_path / "plugins"))
    (tmp_path / "bare.toml").write_text(BARE)
    missing = doctor("--suite", "bare.toml", "--method", "collage", "--json")
    assert missing.exit_code == 1
    finding = _by_topic(missing)["settings"]
    assert finding["text"] == "collage needs palette, which has no default"
    assert finding["remedy"].startswith("give --set palette=VALUE")
    given = doctor("--suite", "bare.toml", "--method", "collage", "--set", "palette=colours.png", "--json")
    assert given.exit_code == 0, given.output
    assert "settings" not in _by_topic(given)
    assert "base model" not in _by_topic(given)
    forget(modules)


def test_a_device_that_is_not_there_is_missing(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    found = _by_topic(doctor("--method", "copy_reference", "--device", "cuda:3", "--json"))["device"]
    assert found["state"] == "missing"
    assert "--device cuda:3: this machine has no CUDA GPU that torch can use" in found["text"]
    assert doctor("--device", "cude").exit_code == 2


def test_a_wrong_setting_is_wrong_input(doctor: Any) -> None:
    result = doctor("--set", "stepz=3")
    assert result.exit_code == 2
    assert "did you mean 'steps'" in result.stderr


PROTOCOL = Extent(subjects=30, class_nouns=15, images=3600)


def test_the_work_of_the_papers_protocol() -> None:
    """30 subjects x 1000 steps of 1 + 1 samples, 15 classes x 200 class images, 3,000 + 600 images."""
    work = run_work(DreamBooth(DreamBoothSettings()), COST, PROTOCOL)
    assert (work.class_images, work.train_steps, work.train_rows, work.images) == (3000, 30_000, 2, 3600)
    assert (work.trained_weights, work.passes) == (1_100_000_000, 3.0)
    bare = DreamBooth(DreamBoothSettings(prior_loss_weight=0, train_text_encoder=False))
    alone = run_work(bare, COST, Extent(subjects=1, class_nouns=1, images=1))
    assert (alone.class_images, alone.train_rows, alone.trained_weights) == (0, 1, 1_000_000_000)
    stacked = run_work(TextualInversion(TextualInversionSettings()), COST, PROTOCOL)
    assert (stacked.train_steps, stacked.train_rows, stacked.trained_weights) == (8 * 3000, 16, 0)
    assert run_work(Pretrained(PretrainedSettings()), COST, PROTOCOL) == RunWork(images=3600)
    again = run_work(DreamBooth(DreamBoothSettings(gradient_checkpointing=True)), COST, PROTOCOL)
    assert (again.recomputes, again.passes) == (True, 4.0)


class Adapter(Method[MethodSettings]):
    """A method that trains next to nothing of the text encoder, two subjects at a time."""

    needs_base_model = True
    group_size = 2

    def work(self) -> Work:
        return Work(steps=10, rows=3, passes=2.0, trains=("text_encoder",))

    def prepare(self, tasks: Any, context: Any) -> Any:
        raise NotImplementedError


def test_a_method_of_other_people_is_asked_as_ours_are() -> None:
    work = run_work(Adapter(MethodSettings()), COST, Extent(subjects=5, class_nouns=4, images=7))
    assert work == RunWork(train_steps=30, train_rows=6, images=7, passes=2.0, trained_weights=100_000_000)


def test_memory_by_hand() -> None:
    """float32: weights 4.6 GB, AdamW 8.8, gradients 4.4, and 2 rows x 400 M x 4 bytes x 1.5 of activations: 4.8."""
    one = Extent(subjects=1, class_nouns=1, images=1)
    work = run_work(DreamBooth(DreamBoothSettings()), COST, one)
    needed = memory_needed(COST, work, half=False, batch_size=1, pictures_at_once=1)
    assert needed - LIBRARIES == pytest.approx(4.6e9 + 8.8e9 + 4.4e9 + 4.8e9)
    work = run_work(DreamBooth(DreamBoothSettings(gradient_checkpointing=True)), COST, one)
    half = memory_needed(COST, work, half=True, batch_size=1, pictures_at_once=1)
    assert half - LIBRARIES == pytest.approx(4.6e9 + 8.8e9 + 4.4e9 + 2.0e9 + 2 * 40e6 * 2 * 1.5)


def _machine(memory: int) -> Machine:
    return Machine("cuda:1", "a GPU", memory, memory, 8, None, None)


def test_too_little_memory_is_answered_with_settings_that_fit() -> None:
    demand = Demand(COST, TextualInversion(TextualInversionSettings()), PROTOCOL, SAMPLER)
    plenty = examine_memory(demand, _machine(10**12))
    assert (plenty.state, plenty.remedy) == ("ready", "")
    short = examine_memory(demand, _machine(20 * 10**9))
    assert short.state == "missing"
    assert short.remedy.startswith("--set group_size=1 brings it to about")
    shorter = examine_memory(demand, _machine(13 * 10**9))
    assert "--set group_size=1 --set gradient_checkpointing=true" in shorter.remedy
    assert "even with" in examine_memory(demand, _machine(10**9)).remedy
    singly = Demand(COST, TextualInversion(TextualInversionSettings(group_size=1)), PROTOCOL, SAMPLER)
    assert examine_memory(singly, _machine(13 * 10**9)).remedy.startswith("--set gradient_checkpointing=true brings it to")
    plain = Demand(COST, Adapter(MethodSettings()), PROTOCOL, SAMPLER)
    assert examine_memory(plain, _machine(10**9)).remedy == "use a device with more memory, or end what else uses it"


class Large(Adapter):
    memory_bytes = 7_000_000_000


def test_a_method_that_says_what_a_worker_needs_is_believed() -> None:
    demand = Demand(COST, Large(MethodSettings()), PROTOCOL, SAMPLER)
    assert examine_memory(demand, _machine(8 * 10**9)).state == "ready"
    short = examine_memory(demand, _machine(6 * 10**9))
    assert (short.state, short.text) == ("missing", "needs about 7.0 GB, 6.0 GB are free on the GPU")


class Timed(Adapter):
    group_size = 1

    def work(self) -> Work:
        return Work(class_images=100, steps=1000, rows=2)


def test_time_by_hand() -> None:
    """An image: 51 calls of 10 ms and a second of decoding; encoding costs half of that."""
    demand = Demand(COST, Timed(MethodSettings()), Extent(subjects=1, class_nouns=1, images=200), SAMPLER)
    seconds = seconds_of(demand, Speed(call=0.01, step=0.03, decode=1.0, basis="measured"), workers=2, score_seconds=0.02)
    assert seconds == pytest.approx({"class images": 100 * 2.01 / 2, "train": 30.0 / 2, "sample": 200 * 1.51 / 2, "score": 4.0})


def test_a_full_disk_is_seen_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = disk_needed(512, images=3600)
    assert 1e9 < needed < 4e9  # half a megabyte a picture of 512 px
    free = {"free": needed}
    monkeypatch.setattr("shutil.disk_usage", lambda _place: type("Usage", (), free))
    out = tmp_path / "not" / "yet"
    assert examine_disk(512, images=3600, out=out, fetched=0).state == "ready"
    assert examine_disk(512, images=3600, out=out, fetched=1).state == "missing"
