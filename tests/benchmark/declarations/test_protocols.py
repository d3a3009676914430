"""The built-in protocols say what their sources do, and a protocol of one's own is read, or answered with what is wrong."""

from pathlib import Path
from typing import Any

import pytest
from metric_plugin import Install
from repository import SHARED

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.in_words import differences
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol, protocol_names
from dreambench.benchmark.declarations.writing import to_toml
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.encoders.requirements import refuse_other_architecture
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS

WORDS = {"name", "description", "source", "notes"}
DREAMBENCH = load_protocol("dreambench")
#: What others do, as their code has it.
PRESETS = ("custom-diffusion", "dreambench-plus-v1", "kosmos-g", "oft", "textual-inversion", "uno")


def test_the_built_in_protocols_are_there():
    assert set(protocol_names()) >= {"dreambench", "miniature", *PRESETS}


def test_dreambench_is_the_de_facto_protocol():
    dino, clip, lpips = (DREAMBENCH.encoders[role] for role in ("dino", "clip", "lpips"))
    assert (dino.library, dino.architecture) == ("timm", "vit_small_patch16_224.dino")
    assert (dino.output, dino.positions) == ("cls", "fixed")
    assert (dino.transform.resize, dino.transform.crop, dino.transform.interpolation) == (256, 224, "bicubic")
    assert dino.transform.normalisation() == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert (clip.library, clip.architecture, clip.transform) == ("open_clip", "ViT-B-32-quickgelu", "own")
    assert (lpips.library, lpips.architecture) == ("lpips", "alex")
    assert (DREAMBENCH.references, DREAMBENCH.pooling, DREAMBENCH.text, DREAMBENCH.scale) == (
        "all",
        "micro",
        "without_identifier",
        1.0,
    )
    assert (DREAMBENCH.images_per_prompt, DREAMBENCH.prior_images, DREAMBENCH.dtype) == (4, 20, "float32")


def test_the_papers_metrics_come_first_and_a_diversity_that_is_not_lpips_says_so():
    ours = ["Subj. ID", "Copy"]
    assert [info.label for info in DREAMBENCH.infos()] == ["DINO", "CLIP-I", "CLIP-T", "PRES", "DIV", *ours]
    mini = load_protocol("miniature")
    assert [info.label for info in mini.infos()] == ["DINO", "CLIP-I", "CLIP-T", "PRES", "DIV (DINO)", *ours]
    assert [info.key for info in mini.infos() if not info.higher_is_better] == ["pres", "copy_index"]
    assert [(info.key, info.formula, info.encoder) for info in DREAMBENCH.infos()] == [
        ("dino", "image_similarity", "dino"),
        ("clip_i", "image_similarity", "clip"),
        ("clip_t", "text_similarity", "clip"),
        ("pres", "prior_similarity", "dino"),
        ("div", "diversity", "lpips"),
        ("identification", "subject_identification", "dino"),
        ("copy_index", "copy_index", "dino"),
    ]


def test_miniature_differs_only_in_size_and_in_what_needs_weights():
    mini = load_protocol("miniature")
    same = set(Protocol.model_fields) - WORDS - {"encoders", "metrics", "prior_images"}
    assert [getattr(mini, key) for key in same] == [getattr(DREAMBENCH, key) for key in same]
    assert mini.prior_images == 8
    assert {role: encoder.transform.crop for role, encoder in mini.encoders.items()} == {"dino": 64, "clip": 64}
    assert {encoder.architecture for encoder in mini.encoders.values()} == {None}
    others = {key: metric for key, metric in DREAMBENCH.metrics.items() if key != "div"}
    assert {key: metric for key, metric in mini.metrics.items() if key != "div"} == others
    assert (mini.metrics["div"].formula, mini.metrics["div"].encoder) == ("diversity", "dino")


#: Preset -> in what it differs from dreambench beside its metrics and encoders; kosmos-g's references are checked one by one.
FIELDS: dict[str, dict[str, Any]] = {
    "kosmos-g": {"reading": "convert_rgb"},
    "uno": {"reading": "convert_rgb", "pooling": "macro"},
    "custom-diffusion": {"reading": "convert_rgb", "pooling": "macro"},
    "oft": {"reading": "convert_rgb", "pooling": "pairs", "surplus_images": "ignore"},
    "dreambench-plus-v1": {"reading": "turned_on_white", "references": "first", "scale": 100.0},
    "textual-inversion": {"reading": "convert_rgb", "pooling": "pairs", "text": "without_subject"},
}
#: Preset -> role -> in what its declaration differs.
ENCODERS: dict[str, dict[str, Any]] = {
    "oft": {
        "clip": {"architecture": "ViT-L-14-quickgelu"},
        "dino": {"transform": {"resize": 224, "crop": 224, "aspect": "square", "interpolation": "bilinear"}},
    },
    "dreambench-plus-v1": {"dino": {"architecture": "vit_small_patch8_224.dino"}},
}
#: Preset -> metric -> its parameters.
PARAMETERS = {
    "uno": {"clip_t": {"below_zero": "zero"}},
    "custom-diffusion": {"clip_t": {"times": 2.5, "below_zero": "zero"}},
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_differs_from_the_de_facto_protocol_in_what_its_source_does_and_in_no_more(name):
    preset = load_protocol(name)
    shared = DREAMBENCH.model_dump(exclude={"encoders", "metrics"}) | {"prior_images": 0} | FIELDS[name]  # PRES is the paper's
    mine = preset.model_dump(exclude={"encoders", "metrics"})
    assert {key for key in shared if mine[key] != shared[key]} - WORDS == ({"references"} if name == "kosmos-g" else set())
    for role, encoder in preset.encoders.items():
        expected = DREAMBENCH.encoders[role].model_dump()
        for key, value in ENCODERS.get(name, {}).get(role, {}).items():
            expected[key] = expected[key] | value if isinstance(value, dict) else value
        assert encoder.model_dump() == expected
    for key, metric in preset.metrics.items():
        assert metric.parameters() == PARAMETERS.get(name, {}).get(key, {})
        assert (metric.formula, metric.encoder) == (DREAMBENCH.metrics[key].formula, DREAMBENCH.metrics[key].encoder)
    wanted = {"clip_i", "clip_t"} if name == "textual-inversion" else set(DREAMBENCH.metrics) - {"pres", "div"}
    assert set(preset.metrics) == wanted


def test_kosmos_g_fixes_one_photo_of_each_of_the_30_subjects():
    references = load_protocol("kosmos-g").references
    assert set(references) == {subject.id for subject in SUBJECTS}
    assert (references["backpack"], references["dog3"], references["dog5"], references["vase"]) == ("02", "05", "00", "02")
    assert sum(int(name) for name in references.values()) == 67  # summed over the 30 lines of their script


PHOTOS = SHARED / "dreambooth" / "dataset"


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the DreamBooth photos are not beside this checkout")
def test_kosmos_gs_photos_are_there():
    assert all((PHOTOS / subject / f"{name}.jpg").is_file() for subject, name in load_protocol("kosmos-g").references.items())


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_names_its_source_and_spells_out_what_to_know(name):
    protocol = load_protocol(name)
    assert "arXiv" in protocol.source
    assert "github.com/" in protocol.source
    assert len(protocol.notes) >= 3
    for sentence in protocol.notes:
        assert sentence.endswith((".", '."', ".)", '"in the snow".'))
        assert "\n" not in sentence
    assert differences(DREAMBENCH, protocol)


# ---------------------------------------------------------------- files

HEAD = 'name = "m"\n'
EYE = "[encoders.eye]\n"
SEES = '[metrics.sees]\nformula = "image_similarity"\nencoder = "eye"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_a_protocol_of_ones_own_is_read_from_its_file(tmp_path):
    path = write(tmp_path, HEAD + EYE + SEES)
    protocol = load_protocol(path)
    assert protocol == load_protocol(str(path))
    assert (protocol.name, protocol.encoders["eye"].transform, protocol.metrics["sees"].encoder) == ("m", "own", "eye")
    assert (protocol.infos()[0].label, protocol.references, protocol.prior_images) == ("sees", "all", 0)


def test_a_plug_ins_formula_is_declared_as_a_built_in_one(tmp_path, metric_plugin: Install):
    metric_plugin()
    near = '[metrics.near]\nformula = "nearest"\nencoder = "eye"\npower = 2\n[metrics.many]\nformula = "count"\n'
    protocol = load_protocol(write(tmp_path, HEAD + EYE + SEES + near))
    assert [info.label for info in protocol.infos()] == ["sees", "Nearest", "many"]
    assert protocol.metrics["near"].power == 2
    assert Protocol.model_validate(protocol.record()) == protocol


@pytest.mark.parametrize("name", protocol_names())
def test_a_protocol_written_out_is_the_same_protocol(name, tmp_path):
    protocol = load_protocol(name)
    assert load_protocol(write(tmp_path, to_toml(protocol.model_dump(mode="json")))) == protocol
    assert Protocol.model_validate(protocol.record()) == protocol  # what is neutral left out


#: A protocol's text -> what is said of it.
MISTAKES = {
    "unknown key": (HEAD + 'reference = "all"\n' + EYE + SEES, "there is no key 'reference'; did you mean 'references'?"),
    "unknown key of an encoder": (
        HEAD + '[encoders.eye]\narchitectur = "x"\n' + SEES,
        "there is no key 'encoders.eye.architectur'; did you mean 'encoders.eye.architecture'?",
    ),
    "unknown key of a transform": (
        HEAD + "[encoders.eye.transform]\nresize = 64\ncrops = 64\n" + SEES,
        "there is no key 'encoders.eye.transform.crops'; did you mean 'encoders.eye.transform.crop'?",
    ),
    "unknown key of a metric": (
        HEAD + EYE + SEES + "lable = 'x'\n",
        "[metrics.sees] has no key 'lable'; did you mean 'label'?",
    ),
    "crop larger": (HEAD + "[encoders.eye.transform]\nresize = 64\ncrop = 65\n" + SEES, "must not be larger"),
    "no metrics": (HEAD + EYE, "the key 'metrics' is missing; add it."),
    "empty metrics": (HEAD + EYE + "[metrics]\n", "'metrics' cannot be {}: it declares no metric; write [metrics.KEY]"),
    "no encoders": (HEAD + SEES, "[metrics.sees] needs the encoder 'eye'; declare it: [encoders.eye]."),
    "metrics that are no table": (HEAD + "metrics = 3\n" + EYE, "it is a table: write [metrics.KEY] and its formula below"),
    "metric that is no table": (HEAD + EYE + "[metrics]\nsees = 3\n", '[metrics.sees] needs formula = "..."'),
    "unknown formula": (
        HEAD + EYE + SEES.replace("image_s", "image_"),
        "[metrics.sees]: There is no formula 'image_imilarity' for metrics; did you mean 'image_similarity'?",
    ),
    "unknown encoder": (
        HEAD + "[encoders.eyes]\n" + SEES,
        "[metrics.sees] needs the encoder 'eye'; did you mean 'eyes'?",
    ),
    "metric without an encoder": (
        HEAD + EYE + '[metrics.sees]\nformula = "diversity"\n',
        '[metrics.sees] needs encoder = "ROLE"',
    ),
    "priors that nobody makes": (
        HEAD + EYE + SEES + '[metrics.pres]\nformula = "prior_similarity"\nencoder = "eye"\n',
        "[metrics.pres] needs prior images; set prior_images above 0, or remove the metric",
    ),
    "two of one label": (
        HEAD + EYE + SEES + SEES.replace("[metrics.sees]", "[metrics.again]") + 'label = "sees"\n',
        "[metrics.again] and [metrics.sees] are both called 'sees'; give one a label",
    ),
    "a column's name": (
        HEAD + EYE + SEES.replace("[metrics.sees]", "[metrics.prompt]"),
        "[metrics.prompt] cannot be called so",
    ),
    "a capital": (HEAD + EYE + SEES.replace("[metrics.sees]", "[metrics.Sees]"), "[metrics.Sees] cannot be called so"),
    "odd letters": (HEAD + EYE + SEES.replace("[metrics.sees]", '[metrics."s/t"]'), "[metrics.s/t] cannot be called so"),
    "a key too long": (HEAD + EYE + SEES.replace("sees", "s" * 41), "cannot be called so"),
    "a digit first": (HEAD + EYE + SEES.replace("[metrics.sees]", "[metrics.2nd]"), "[metrics.2nd] cannot be called so"),
    "role with odd letters": (HEAD + '[encoders."The Eye"]\n' + SEES, "The Eye"),
    "no TOML": (HEAD + "scale = one", "not valid TOML"),
    "infinite scale": (HEAD + "scale = inf\n" + EYE + SEES, "'scale' cannot be inf"),
    "std that is none": (
        HEAD + "[encoders.eye.transform]\nresize = 64\ncrop = 64\nstd = [nan, 1, 1]\n" + SEES,
        "finite",
    ),
    "references to nothing": (HEAD + "references = {}\n" + EYE + SEES, "references names no image"),
    "references elsewhere": (HEAD + 'references = { can = "../x" }\n' + EYE + SEES, "references"),
    "unknown pooling": (HEAD + 'pooling = "mean"\n' + EYE + SEES, "'pooling' cannot be 'mean'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_protocol_file_is_answered_with_file_and_remedy(tmp_path, case):
    text, says = MISTAKES[case]
    path = write(tmp_path, text)
    with pytest.raises(UserError) as refusal:
        load_protocol(path)
    assert says in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith((".", "?"))
    assert "?." not in str(refusal.value)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="did you mean 'dreambench'"):
        load_protocol("dreambensh")


# ---------------------------------------------------------------- the architecture


def test_an_encoder_of_another_architecture_is_refused():
    for role, required, found in (
        ("dino", None, "vit_tiny_patch16_224"),
        ("dino", "vit_small_patch16_224", "vit_small_patch16_224.dino"),
        ("dino", "vit_small_patch16_224.dino", "vit_small_patch16_224"),
        ("clip", "ViT-B-32-quickgelu", "ViT-B-32-quickgelu"),
    ):
        refuse_other_architecture(role, required, found, protocol="p")
    for role, required, found in (
        ("dino", "vit_small_patch16_224", "vit_small_patch8_224"),
        ("dino", "vit_small_patch16_224.dino", "vit_small_patch16_224.augreg_in1k"),
        ("clip", "ViT-B-32-quickgelu", "ViT-B-32"),  # the wrong activation
        ("clip", "ViT-L-14-quickgelu", "ViT-H-14"),
        ("dino", "vit_small_patch16_224", None),
    ):
        with pytest.raises(UserError, match=rf"'p' is defined for {role} {required}, but the suite's {role} is") as refusal:
            refuse_other_architecture(role, required, found, protocol="p")
        assert f"[encoders.{role}]" in str(refusal.value)


def test_the_miniatures_encoders_go_with_the_miniatures_protocol_alone():
    mini = {role: EncoderSpec(weights="mini") for role in ("dino", "clip")}
    with pytest.raises(UserError, match=r"for dino vit_small_patch16_224\.dino, but the suite's dino is the miniature's"):
        load_encoders(mini, DREAMBENCH)
    with pytest.raises(UserError, match="defined for clip ViT-B-32-quickgelu, but the suite's clip is the miniature's"):
        load_encoders(mini, load_protocol("textual-inversion"))


def test_a_folder_of_weights_is_looked_into(tiny_spec, miniature_protocol):
    def wanting(role, architecture):
        encoders = miniature_protocol.record()["encoders"]
        encoders[role]["architecture"] = architecture
        return Protocol.model_validate(miniature_protocol.record() | {"encoders": encoders})

    with pytest.raises(UserError, match="defined for dino vit_small_patch16_224, but the suite's dino is"):
        load_encoders(tiny_spec, wanting("dino", "vit_small_patch16_224"))
    with pytest.raises(UserError, match="defined for clip ViT-B-32-quickgelu, but the suite's clip is"):
        load_encoders(tiny_spec, wanting("clip", "ViT-B-32-quickgelu"))


def test_an_encoder_that_no_metric_uses_is_not_asked_for(tiny_spec):
    """dreambench's LPIPS has weights of its own; without DIV nobody looks for them."""
    alone = load_protocol("miniature").only(["clip_t"])
    assert set(load_encoders({"clip": tiny_spec["clip"]}, alone).fingerprints()) == {"clip"}
