import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.declarations.suite import load_suite, method_settings, resolved_toml, suite_names
from dreambench.benchmark.declarations.writing import to_toml
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS

MINE = """
name = "mine"
dataset = "{dataset}"
protocol = "miniature"
[model]
source = "mini"
[sampler]
steps = 4
guidance_scale = 2
resolution = 64
[encoders.dino]
weights = "{weights}"
[encoders.clip]
architecture = "ViT-B-32-quickgelu"
weights = "openai"
[methods.dreambooth]
steps = 10
"""


def write(folder, text=MINE, *, dataset="mini", weights="mini"):
    path = folder / "mine.toml"
    path.write_text(text.format(dataset=dataset, weights=weights) if text is MINE else text)
    return path


def test_mini_is_offline_and_names_every_built_in_method():
    assert "mini" in suite_names()
    suite = load_suite("mini")
    assert (suite.dataset, suite.model.source, suite.protocol) == ("mini", "mini", "miniature")
    assert (suite.encoders["dino"].weights, suite.encoders["clip"].weights) == ("mini", "mini")
    assert {"dreambooth", "textual_inversion", "pretrained", "copy_reference"} <= set(suite.methods)


@pytest.mark.parametrize("name", suite_names())
def test_a_resolved_suite_is_a_suite_file_that_gives_the_same_suite(name, tmp_path):
    suite = load_suite(name)
    again = load_suite(write(tmp_path, resolved_toml(suite)))
    assert again.model_copy(update={"methods": {}}) == suite.model_copy(update={"methods": {}})
    for method in suite.methods:
        assert method_settings(again, method) == method_settings(suite, method)
    assert resolved_toml(again) == resolved_toml(suite)


def test_sd15_is_the_papers_protocol():
    """arXiv 2208.12242: lr 5e-6 for Stable Diffusion, about 1,000 iterations, lambda 1; the rest as the field does."""
    suite = load_suite("sd15")
    assert (suite.dataset, suite.protocol) == ("dreambooth", "dreambench")
    assert suite.model.source == "stable-diffusion-v1-5/stable-diffusion-v1-5"
    assert re.fullmatch("[0-9a-f]{40}", suite.model.revision)
    sampler = suite.sampler
    assert (sampler.scheduler, sampler.steps, sampler.guidance_scale, sampler.resolution) == ("pndm", 50, 7.5, 512)
    assert sampler.precision == "bfloat16"
    assert (suite.encoders["dino"].architecture, suite.encoders["dino"].weights) == ("vit_small_patch16_224.dino", "hub")
    assert (suite.encoders["clip"].architecture, suite.encoders["clip"].weights) == ("ViT-B-32-quickgelu", "openai")
    dreambooth = method_settings(suite, "dreambooth")
    assert (dreambooth.steps, dreambooth.learning_rate, dreambooth.prior_loss_weight) == (1000, 5e-6, 1.0)
    assert (dreambooth.train_text_encoder, dreambooth.class_images, dreambooth.batch_size) == (True, 200, 1)


def test_sd15_starts_every_textual_inversion_from_words_that_somebody_chose():
    """27 templates of CLIP's, diffusers' recipe, and no class noun of several tokens left to a rule."""
    inversion = method_settings(load_suite("sd15"), "textual_inversion")
    assert (inversion.steps, inversion.batch_size, inversion.learning_rate) == (3000, 4, 2e-3)
    assert len(set(inversion.templates)) == 27
    nouns = {subject.class_noun for subject in SUBJECTS}
    assert {noun for noun in nouns if " " in noun} == set(inversion.initializers)
    assert all(" " not in word for word in inversion.initializers.values())
    changed = method_settings(load_suite("sd15"), "textual_inversion", ['initializers={ "stuffed animal" = "toy" }'])
    assert changed.initializers == {"stuffed animal": "toy"}


def test_the_command_line_comes_before_the_suite_and_the_suite_before_the_defaults(tmp_path):
    suite = load_suite(write(tmp_path))
    default = type(method_settings(suite, "dreambooth"))()
    settings = method_settings(suite, "dreambooth", ["learning_rate=1e-4", "identifier=sks"])
    assert (settings.steps, settings.learning_rate, settings.identifier) == (10, 1e-4, "sks")
    assert settings.prior_loss_weight == default.prior_loss_weight
    assert method_settings(suite, "dreambooth", ["steps=20"]).steps == 20
    assert method_settings(suite, "dreambooth", ["train_text_encoder=false"]).train_text_encoder is False
    assert method_settings(suite, "dreambooth", ['identifier="a = b"']).identifier == "a = b"
    assert method_settings(suite, "textual_inversion") == type(method_settings(suite, "textual_inversion"))()


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("step=3", "'step'; did you mean 'steps'"),
        ("steps=many", "'steps' cannot be 'many'"),
        ("steps=-1", "'steps' cannot be -1"),
        ("steps=3\nbatch_size = 9", "'steps' cannot be"),
        ("steps", "write --set KEY=VALUE"),
        ("=3", "write --set KEY=VALUE"),
        (f"steps={'9' * 6000}", "--set 'steps' has a whole number of more than 64 bits; give a smaller value"),
        (f"steps={'[' * 100_000}", "--set 'steps' has tables or lists nested more than 100 deep; give a smaller value"),
        (f"steps={'{a=' * 100_000}", "--set 'steps' has tables or lists nested more than 100 deep; give a smaller value"),
    ],
)
def test_a_wrong_override_is_answered_with_a_remedy(override, says):
    with pytest.raises(UserError, match=says) as refusal:
        method_settings(load_suite("mini"), "dreambooth", [override])
    assert "\n" not in str(refusal.value)


def test_unknown_methods_and_suites_are_answered_with_the_nearest(tmp_path):
    with pytest.raises(UserError, match="dreambooth"):
        method_settings(load_suite("mini"), "dreamboth")
    with pytest.raises(UserError, match="did you mean 'mini'"):
        load_suite("mini2")
    with pytest.raises(UserError, match=r"path of its \.toml file"):
        load_suite(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[sampler]", "[sampler]\nstep = 3"), r"'sampler\.step'; did you mean 'sampler\.steps'"),
        (
            ("[encoders.dino]", "[encoders.dino]\narch = 'x'"),
            r"'encoders\.dino\.arch'; did you mean 'encoders\.dino\.architecture'",
        ),
        (("protocol =", "protocl = 'x'\nprotocol ="), "'protocl'; did you mean 'protocol'"),
        (("steps = 10", "step = 10"), r"\[methods\.dreambooth\]: there is no key 'step'; did you mean 'steps'"),
        (("methods.dreambooth", "methods.dreamboth"), "dreambooth"),
        (('name = "mine"', 'name = "../mine"'), "'name' cannot be"),
        (("steps = 4\n", ""), r"the key 'sampler\.steps' is missing"),
    ],
)
def test_a_mistake_in_a_suite_file_is_answered_with_file_and_remedy(tmp_path, change, says):
    path = write(tmp_path, MINE.format(dataset="mini", weights="mini").replace(*change))
    with pytest.raises(UserError, match=says) as refusal:
        load_suite(path)
    assert "\n" not in str(refusal.value)


def test_paths_in_a_suite_file_are_relative_to_it(tmp_path, monkeypatch):
    (tmp_path / "suites" / "photos").mkdir(parents=True)
    (tmp_path / "suites" / "dino.safetensors").touch()
    (tmp_path / "suites" / "mini").mkdir()  # a folder does not take a built-in's name
    path = write(tmp_path / "suites", dataset="./photos", weights="dino.safetensors")
    monkeypatch.chdir(tmp_path)
    suite = load_suite(path)
    assert suite.dataset == str(tmp_path / "suites" / "photos")
    assert suite.encoders["dino"].weights == str(tmp_path / "suites" / "dino.safetensors")
    assert (suite.model.source, suite.encoders["clip"].weights) == ("mini", "openai")


def test_a_hub_id_stays_a_hub_id(tmp_path):
    text = MINE.format(dataset="mini", weights="mini").replace('source = "mini"', 'source = "owner/name"')
    assert load_suite(write(tmp_path, text)).model.source == "owner/name"


values = st.recursive(
    st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
tables = st.recursive(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values, max_size=3),
    lambda inner: st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), values | inner, max_size=3),
    max_leaves=4,
)


@given(tables)
def test_written_toml_reads_back_the_same(table):
    assert tomllib.loads(to_toml(table)) == table
