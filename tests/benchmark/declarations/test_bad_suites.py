"""Suites and protocols that are broken, unknown or ask for what is not there: every command that reads one says so alike."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sentences import is_one_sentence, refusal
from typer.testing import CliRunner

from dreambench.baselines.model.files.contents import MINIATURE
from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite, resolved_toml
from dreambench.benchmark.declarations.writing import to_toml

DEEP = "a = " + "[" * 5000
#: (what is replaced in the suite "mini", by what), or the whole text
Broken = str | tuple[str, str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands run in an empty folder, and no network is at hand."""
    for variable in ("DREAMBENCH_DATA", "DREAMBENCH_MODELS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DREAMBENCH_OFFLINE", "1")
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


def write(text: Broken, whole: str) -> Path:
    path = Path("mine.toml")
    if isinstance(text, tuple):
        assert text[0] in whole
        text = whole.replace(*text, 1)
    path.write_text(text)
    return path


def suite(text: Broken) -> Path:
    return write(text, resolved_toml(load_suite("mini")))


SUITES: dict[str, tuple[Broken, str]] = {
    "broken": ("name = \n", "mine.toml is not valid TOML (Invalid value (at line 1, column 8)); mend it."),
    "deep": (DEEP, "mine.toml has tables or lists nested more than 100 deep; mend it"),
    "empty": ("", "mine.toml: the key 'name' is missing; add it."),
    "unknown key": (("[sampler]", "[sampler]\nstep = 3"), "no key 'sampler.step'; did you mean 'sampler.steps'?"),
    "value for a table": (
        ("protocol =", 'encoders = "mini"\nprotocol ='),
        "mine.toml is not valid TOML (Cannot overwrite a value (at line",
    ),
    "no table": (
        'name = "a"\ndataset = "mini"\nprotocol = "miniature"\nmodel = "mini"\n',
        "'model' cannot be 'mini': it is a table; write [model] and its keys below.",
    ),
    "activation that is none": (
        ("[encoders.clip]", '[encoders.clip]\nactivation = "relu"'),
        "'encoders.clip.activation' cannot be 'relu': input should be 'gelu' or 'quick_gelu'.",
    ),
}


@pytest.mark.parametrize("case", sorted(SUITES))
def test_a_suite_that_cannot_be_read_is_refused_by_every_command(case: str) -> None:
    text, words = SUITES[case]
    path = suite(text)
    for command in (
        ("suites", "show", path),
        ("doctor", "--suite", path),
        ("calibrate", "--suite", path),
        ("score", ".", "--suite", path),
        ("run", "--method", "pretrained", "--suite", path),
    ):
        assert words in refusal(*command)
    assert [each.name for each in Path().iterdir() if each.name != "cache"] == ["mine.toml"]


def test_settings_that_are_no_table_are_told_so() -> None:
    head = resolved_toml(load_suite("mini")).partition("[methods")[0]
    text = f"{head}\n[methods]\ndreambooth = 3\n"
    assert "'methods.dreambooth' cannot be 3: it is a table; write [methods.dreambooth]" in refusal(
        "suites", "show", suite(text)
    )


@pytest.mark.parametrize("command", [("doctor",), ("calibrate",), ("score", "."), ("run", "--method", "pretrained")])
def test_what_a_suite_names_and_nobody_knows_is_answered_with_the_nearest(command: tuple[str, ...]) -> None:
    assert "There is no suite 'sd51'; did you mean 'sd15'?" in refusal(*command, "--suite", "sd51")
    unknown = suite(('protocol = "miniature"', 'protocol = "miniatur"'))
    assert "There is no protocol 'miniatur'; did you mean 'miniature'?" in refusal(*command, "--suite", unknown)
    if command != ("doctor",):  # which reports it beside the rest
        absent = suite(('dataset = "mini"', 'dataset = "./gone"'))
        assert "gone'; give 'mini', 'dreambooth' or the path of a folder." in refusal(*command, "--suite", absent)


def renamed(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_suffix(".bin"))


def resized(folder: Path) -> None:
    path = folder / "unet" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"cross_attention_dim": 2 * config["cross_attention_dim"]}))


def rewritten(name: str, content: bytes) -> Callable[[Path], None]:
    def rewrite(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return rewrite


def truncated(folder: Path) -> None:
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])


MODELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone": (shutil.rmtree, 'model; give "mini", a diffusers folder, or a hub id such as owner/name.'),
    "weights missing": (lambda folder: (folder / "unet/diffusion_pytorch_model.safetensors").unlink(), "is missing"),
    "pickle weights": (renamed, "unet/diffusion_pytorch_model.safetensors is missing"),
    "truncated weights": (truncated, "diffusion_pytorch_model.safetensors cannot be read (Error while deserializing header"),
    "weights that are a web page": (
        rewritten("unet/diffusion_pytorch_model.safetensors", b"<html>" * 99),
        "unet/diffusion_pytorch_model.safetensors cannot be read (Error while deserializing header",
    ),
    "weights of another size": (resized, "unet cannot be read (Cannot load because down_blocks"),
    "broken scheduler": (rewritten("scheduler/scheduler_config.json", b"[]"), "scheduler_config.json holds no settings"),
    "broken tokenizer": (rewritten("tokenizer/tokenizer.json", b"{"), "tokenizer cannot be read (Expecting property name"),
}


@pytest.mark.parametrize("case", sorted(MODELS))
def test_a_base_model_that_is_damaged_is_named_by_doctor_and_is_not_loaded(case: str) -> None:
    """What stops a run must stop doctor from saying that all is ready."""
    change, words = MODELS[case]
    shutil.copytree(MINIATURE, "model")
    change(Path("model"))
    path = suite(('source = "mini"', 'source = "./model"'))
    result = CliRunner().invoke(app, ["doctor", "--suite", str(path), "--method", "pretrained", "--device", "cpu", "--json"])
    assert result.exit_code == 1, result.output
    record = json.loads(result.stdout)
    (finding,) = [each for each in record["findings"] if each["topic"] == "base model"]
    assert finding["state"] == "missing"
    assert words in finding["text"]
    assert finding["remedy"] or is_one_sentence(finding["text"])
    run = ("run", "--method", "pretrained", "--subjects", "can", "--prompts", "0", "--images-per-prompt", "1", "--workers", "1")
    if case in ("gone", "weights missing", "pickle weights"):  # the rest: test_base_model.py
        assert words in refusal(*run, "--suite", path, "--device", "cpu")


PROTOCOLS: dict[str, tuple[Broken, str]] = {
    "broken": ("name =", "mine.toml is not valid TOML (Invalid value (at end of document)); mend it."),
    "deep": (DEEP, "mine.toml has tables or lists nested more than 100 deep; mend it"),
    "unknown field": (("scale = 1.0", "scale = 1.0\nscal = 2"), "mine.toml: there is no key 'scal'; did you mean 'scale'?"),
    "unknown choice": (('pooling = "micro"', 'pooling = "mean"'), "'pooling' cannot be 'mean': input should be 'micro'"),
}


@pytest.mark.parametrize("case", sorted(PROTOCOLS))
def test_a_protocol_file_that_cannot_be_read_is_refused_by_every_command(case: str) -> None:
    text, words = PROTOCOLS[case]
    path = write(text, to_toml(load_protocol("miniature").model_dump(mode="json")))
    for command in (
        ("protocols", "show", path),
        ("protocols", "diff", "dreambench", path),
        ("calibrate", "--protocol", path),
        ("score", ".", "--suite", "mini", "--protocol", path),
    ):
        assert words in refusal(*command)


def test_a_protocol_that_nobody_knows_is_answered_with_the_nearest() -> None:
    for command in (("show", "dreambnch"), ("diff", "oft", "dreambnch")):
        assert "There is no protocol 'dreambnch'; did you mean 'dreambench'?" in refusal("protocols", *command)
    assert "There is no protocol 'gone.toml'; known are custom-diffusion" in refusal("protocols", "show", "gone.toml")
    assert "no protocol 'dreambnch'; did you mean" in refusal("calibrate", "--protocol", "dreambnch")


def test_calibrate_refuses_a_protocol_that_was_asked_for_and_cannot_be_run() -> None:
    assert "for dino vit_small_patch16_224.dino, but the suite's dino is the miniature's; name the right one" in refusal(
        "calibrate", "--protocol", "dreambench", "--device", "cpu"
    )
    twin = write(("scale = 1.0", "scale = 2.0"), to_toml(load_protocol("miniature").model_dump(mode="json")))
    assert "Two of the protocols have the same name" in refusal("calibrate", "--protocol", "miniature", "--protocol", twin)


def test_doctor_lists_bad_data_and_refuses_bad_options() -> None:
    path = suite(('dataset = "mini"', 'dataset = "./gone"'))
    result = CliRunner().invoke(
        app, ["doctor", "--suite", str(path), "--method", "copy_reference", "--device", "cpu", "--json"]
    )
    assert result.exit_code == 1
    (finding,) = [each for each in json.loads(result.stdout)["findings"] if each["topic"] == "dataset"]
    assert finding["state"] == "missing"
    assert is_one_sentence(finding["text"])
    assert "did you mean 'dreambooth'?" in refusal("doctor", "--method", "dremboth")
    assert "there is no key 'stps'; did you mean 'steps'?" in refusal("doctor", "--set", "stps=3")
