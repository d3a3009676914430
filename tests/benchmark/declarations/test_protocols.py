import json
import re
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repository import SHARED
from typer.testing import CliRunner

from dreambench.benchmark.declarations.encoder import EncoderSpec, EncodersSpec
from dreambench.benchmark.declarations.in_words import ASPECTS, describe, differences, protocol_in_words
from dreambench.benchmark.declarations.protocol import Protocol, fingerprint, load_protocol, protocol_names
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.encoders.loading import load_protocols_clip, load_protocols_dino
from dreambench.benchmark.encoders.requirements import refuse_other_architecture
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS

WORDS = {"name", "description", "source", "notes"}
CONDITIONS = {"dino_architecture", "clip_architecture"}
#: For every field that can move a number, another value than dreambench's. `dtype` has one value yet.
CHANGES: dict[str, Any] = {
    "dino": {"resize": 248, "crop": 224},
    "clip": {"resize": 224, "crop": 224},
    "references": "first",
    "pooling": "macro",
    "text": "without_subject",
    "scale": 100.0,
    "clip_t_scale": 2.5,
    "clip_t_below_zero": "zero",
    "images_per_prompt": 2,
    "surplus_images": "ignore",
    "missing_images": "skip",
    "prior_images": 3,
    "div": "dino",
}
PRESETS = tuple(name for name in protocol_names() if name not in ("dreambench", "miniature"))


def changed(protocol: Protocol, **values: Any) -> Protocol:
    """The same with other values, checked as those of a file are."""
    return Protocol.model_validate(protocol.model_dump() | values)


def test_the_built_in_protocols_are_there():
    assert protocol_names() == (
        "custom-diffusion",
        "dreambench",
        "dreambench-plus-v1",
        "kosmos-g",
        "miniature",
        "oft",
        "textual-inversion",
        "uno",
    )


def test_dreambench_is_the_de_facto_protocol():
    protocol = load_protocol("dreambench")
    assert (protocol.dino.resize, protocol.dino.crop, protocol.dino.interpolation) == (256, 224, "bicubic")
    assert protocol.dino.normalisation() == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert (protocol.clip, protocol.references, protocol.text, protocol.scale) == ("own", "all", "without_identifier", 1.0)
    assert (protocol.images_per_prompt, protocol.div, protocol.dtype) == (4, "lpips", "float32")
    assert (protocol.dino_architecture, protocol.clip_architecture) == ("vit_small_patch16_224", "ViT-B-32-quickgelu")


def test_miniature_differs_only_in_size_and_in_what_needs_weights():
    mini, full = load_protocol("miniature"), load_protocol("dreambench")
    same = set(Protocol.model_fields) - WORDS - CONDITIONS - {"dino", "clip", "div", "prior_images"}
    assert [getattr(mini, key) for key in same] == [getattr(full, key) for key in same]
    assert (mini.dino.crop, mini.clip.crop, mini.div, mini.prior_images) == (64, 64, "dino", 8)
    assert (mini.dino_architecture, mini.clip_architecture) == (None, None)


#: The table of what others do, as the field's code has it: what each preset must say, and nothing else but what is shared.
TABLE: dict[str, dict[str, Any]] = {
    "kosmos-g": {},  # its references are checked one by one below
    "uno": {"pooling": "macro", "clip_t_below_zero": "zero"},
    "custom-diffusion": {"pooling": "macro", "clip_t_scale": 2.5, "clip_t_below_zero": "zero"},
    "oft": {"pooling": "pairs", "surplus_images": "ignore", "clip_architecture": "ViT-L-14-quickgelu"},
    "dreambench-plus-v1": {"references": "first", "scale": 100.0, "dino_architecture": "vit_small_patch8_224"},
    "textual-inversion": {"pooling": "pairs", "text": "without_subject", "dino": "none", "dino_architecture": None},
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_differs_from_the_de_facto_protocol_in_what_its_source_does_and_in_no_more(name):
    preset, shared = load_protocol(name).model_dump(), load_protocol("dreambench").model_dump()
    shared |= {"div": "none", "prior_images": 0} | TABLE[name]  # only the paper has DIV and PRES
    unlike = {key for key in shared if preset[key] != shared[key]} - WORDS
    assert unlike == ({"references"} if name == "kosmos-g" else {"dino"} if name == "oft" else set())


def test_oft_sees_what_the_hugging_face_processor_makes():
    dino = load_protocol("oft").dino
    assert (dino.resize, dino.crop, dino.aspect, dino.interpolation) == (224, 224, "square", "bilinear")


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
    assert differences(load_protocol("dreambench"), protocol)


def test_metrics_are_those_that_the_protocol_defines():
    assert load_protocol("dreambench").metrics[:5] == ("dino", "clip_i", "clip_t", "pres", "div")
    assert load_protocol("kosmos-g").metrics[:3] == ("dino", "clip_i", "clip_t")
    assert not {"pres", "div"} & set(load_protocol("kosmos-g").metrics)
    assert load_protocol("textual-inversion").metrics == ("clip_i", "clip_t")


# ---------------------------------------------------------------- the fingerprint


def test_the_fingerprint_changes_with_everything_that_moves_a_number():
    protocol = load_protocol("dreambench")
    prints = {
        fingerprint(changed(protocol, **{key: value}), "d", "c")
        for key, value in CHANGES.items()
        if key not in ("dino", "clip")
    }
    prints |= {
        fingerprint(protocol, "d", "c"),
        fingerprint(protocol, "d2", "c"),
        fingerprint(protocol, "d", "c2"),
        fingerprint(protocol, "d", "c", "l"),
    }
    assert len(prints) == len(CHANGES) - 2 + 4
    assert all(re.fullmatch("[0-9a-f]{12}", each) for each in prints)
    assert set(Protocol.model_fields) - WORDS - CONDITIONS - {"dtype"} == set(CHANGES)  # a new field must be thought of here


@pytest.mark.parametrize("which", ["dino", "clip"])
def test_another_transform_is_another_fingerprint_and_the_same_one_written_out_is_not(which, tiny_spec, miniature_protocol):
    def of(**changes):
        declared = changed(miniature_protocol, **{which: miniature_protocol.model_dump()[which] | changes})
        return fingerprint(declared, **load_encoders(tiny_spec, declared).fingerprints())

    own = load_encoders(tiny_spec, miniature_protocol)
    mean, std = getattr(own, which).transform.normalisation()
    assert of(mean=mean, std=std) == of()
    prints = {
        of(),
        of(resize=80),
        of(interpolation="bilinear"),
        of(aspect="square"),
        of(mean=(0.1, 0.1, 0.1)),
        of(std=(1, 1, 1)),
    }
    assert len(prints) == 6


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_the_fingerprint_does_not_follow_words(description, source, notes):
    protocol = load_protocol("dreambench")
    renamed = changed(protocol, name="mine", description=description, source=source, notes=tuple(notes))
    assert fingerprint(renamed, "d", "c") == fingerprint(protocol, "d", "c")
    assert differences(renamed, protocol) == []


def test_naming_the_architecture_that_is_used_anyway_moves_no_number():
    protocol = load_protocol("dreambench")
    bare = changed(protocol, dino_architecture=None, clip_architecture=None)
    assert fingerprint(bare, "d", "c") == fingerprint(protocol, "d", "c")


def test_an_encoder_that_the_protocol_does_without_does_not_count():
    without = load_protocol("textual-inversion")
    assert fingerprint(without, "d", "c") == fingerprint(without, None, "c") != fingerprint(without, None, "c2")
    kosmos = load_protocol("kosmos-g")
    assert fingerprint(kosmos, "d", "c", "l") == fingerprint(kosmos, "d", "c")


def test_dino_and_clip_cannot_be_exchanged_unnoticed():
    protocol = load_protocol("miniature")
    assert fingerprint(protocol, "a", "b") != fingerprint(protocol, "b", "a")


def test_no_two_presets_have_one_fingerprint():
    # with encoders that differ where the architectures do
    prints = [
        fingerprint(p, f"{p.dino_architecture}{p.dino}", f"{p.clip_architecture}{p.clip}")
        for p in map(load_protocol, protocol_names())
    ]
    assert len(set(prints)) == len(prints)


# ---------------------------------------------------------------- in words


def test_each_change_of_a_field_is_told_in_one_sentence():
    protocol = load_protocol("dreambench")
    for key, value in (CHANGES | {"dino_architecture": "vit_small_patch8_224", "clip_architecture": "ViT-H-14"}).items():
        other = changed(protocol, name="other", **{key: value})
        (difference,) = differences(protocol, other)
        assert key in difference.first
        assert re.fullmatch(r"dreambench .+; other .+\.", difference.sentence)
        (back,) = differences(other, protocol)
        assert (back.first, back.second) == (difference.second, difference.first)


def test_every_field_is_spoken_of():
    assert {field for aspect in ASPECTS for field in aspect.fields} == set(Protocol.model_fields) - WORDS


def test_two_lists_of_references_are_told_apart_where_they_differ():
    kosmos = load_protocol("kosmos-g")
    other = changed(kosmos, name="other", references=kosmos.references | {"vase": "00"})
    (difference,) = differences(kosmos, other)
    assert difference.sentence == "kosmos-g and other fix other reference images: vase (02 and 00)."


def test_words_on_references_are_as_people_say_them():
    dreambench = load_protocol("dreambench")
    (difference,) = differences(dreambench, changed(dreambench, name="B", references="first"))
    assert difference.sentence == (
        "dreambench compares an image with all reference images of its subject; "
        "B compares an image with the first reference image of its subject only."
    )


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_can_be_told(name):
    protocol = load_protocol(name)
    sentences = describe(protocol)
    assert all(sentence.startswith("It ") and sentence.endswith(".") for sentence in sentences)
    told = protocol_in_words(protocol)
    assert told[0] == protocol.description
    assert set(sentences) | set(protocol.notes) <= set(told)


# ---------------------------------------------------------------- files


def test_a_protocol_of_ones_own_is_read_from_its_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ndiv = "dino"\n[dino]\nresize = 64\ncrop = 64\n')
    assert load_protocol(path).name == "mine"
    assert load_protocol(str(path)).clip == "own"


@pytest.mark.parametrize("name", protocol_names())
def test_a_protocol_written_out_is_the_same_protocol(name, tmp_path):
    from dreambench.benchmark.declarations.writing import to_toml

    path = tmp_path / "copy.toml"
    path.write_text(to_toml(load_protocol(name).model_dump(mode="json")))
    assert load_protocol(path) == load_protocol(name)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('name = "m"\ndiv = "dino"\nreference = "all"\n[dino]\nresize = 64\ncrop = 64\n', "did you mean 'references'"),
        ('name = "m"\ndiv = "dino"\n[dino]\nresize = 64\ncrops = 64\n', r"'dino\.crops'; did you mean 'dino\.crop'"),
        ('name = "m"\ndiv = "dino"\n[dino]\nresize = 64\ncrop = 65\n', "must not be larger"),
        ('name = "m"\n[dino]\nresize = 64\ncrop = 64\n', "the key 'div' is missing"),
        ('name = "m"\ndiv = "ssim"\n[dino]\nresize = 64\ncrop = 64\n', "'div' cannot be 'ssim'"),
        ('name = "m"\ndiv = dino', "not valid TOML"),
        ('name = "m"\ndiv = "dino"\nscale = inf\n[dino]\nresize = 64\ncrop = 64\n', "'scale' cannot be inf"),
        ('name = "m"\ndiv = "dino"\n[dino]\nresize = 64\ncrop = 64\nstd = [nan, 1, 1]\n', "finite"),
        ('name = "m"\ndiv = "none"\n', "the key 'dino' is missing"),
        ('name = "m"\ndino = "none"\ndiv = "dino"\nprior_images = 0\n', 'div = "dino" needs DINO'),
        ('name = "m"\ndino = "none"\ndiv = "none"\n', "PRES needs DINO"),
        (
            'name = "m"\ndino = "none"\ndiv = "none"\nprior_images = 0\ndino_architecture = "x"\n',
            "dino_architecture needs DINO",
        ),
        ('name = "m"\ndino = "none"\ndiv = "none"\nprior_images = 0\n[references]\n', "references names no image"),
        ('name = "m"\ndino = "none"\ndiv = "none"\nprior_images = 0\n[references]\ncan = "../x"\n', "references"),
    ],
)
def test_a_mistake_in_a_protocol_file_is_answered_with_file_and_remedy(tmp_path, text, says):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=says) as refusal:
        load_protocol(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="did you mean 'dreambench'"):
        load_protocol("dreambensh")


# ---------------------------------------------------------------- the architecture


def test_an_encoder_of_another_architecture_is_refused():
    refuse_other_architecture("DINO", None, "vit_tiny_patch16_224", protocol="p")
    refuse_other_architecture("DINO", "vit_small_patch16_224", "vit_small_patch16_224.dino", protocol="p")
    refuse_other_architecture("CLIP", "ViT-B-32-quickgelu", "ViT-B-32-quickgelu", protocol="p")
    for which, required, found in (
        ("DINO", "vit_small_patch16_224", "vit_small_patch8_224"),
        ("CLIP", "ViT-B-32-quickgelu", "ViT-B-32"),  # the wrong activation
        ("CLIP", "ViT-L-14-quickgelu", "ViT-H-14"),
        ("DINO", "vit_small_patch16_224", None),
    ):
        with pytest.raises(UserError, match=rf"'p' is defined for {which} {required}, but the suite's {which} is") as refusal:
            refuse_other_architecture(which, required, found, protocol="p")
        assert f"[encoders.{which.lower()}]" in str(refusal.value)


def test_the_miniatures_encoders_go_with_the_miniatures_protocol_alone():
    mini = EncodersSpec(dino=EncoderSpec(weights="mini"), clip=EncoderSpec(weights="mini"))
    with pytest.raises(UserError, match="defined for DINO vit_small_patch16_224, but the suite's DINO is the miniature's"):
        load_encoders(mini, load_protocol("dreambench"))
    with pytest.raises(UserError, match="defined for CLIP ViT-B-32-quickgelu, but the suite's CLIP is the miniature's"):
        load_protocols_clip(mini, load_protocol("textual-inversion"))
    assert load_protocols_dino(mini, load_protocol("textual-inversion")) is None


def test_a_folder_of_weights_is_looked_into(tiny_spec, miniature_protocol):
    small = changed(miniature_protocol, dino_architecture="vit_small_patch16_224")
    with pytest.raises(UserError, match="defined for DINO vit_small_patch16_224, but the suite's DINO is"):
        load_encoders(tiny_spec, small)
    with pytest.raises(UserError, match="defined for CLIP ViT-B-32-quickgelu, but the suite's CLIP is"):
        load_encoders(tiny_spec, changed(miniature_protocol, clip_architecture="ViT-B-32-quickgelu"))


# ---------------------------------------------------------------- the commands


def bench(*arguments: str) -> str:
    from dreambench.benchmark.cli.commands import app

    result = CliRunner().invoke(app, ["protocols", *arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_protocols_show_tells_and_with_toml_writes(tmp_path):
    told = " ".join(bench("show", "kosmos-g").split())
    assert "one fixed reference image" in told
    assert "arXiv 2310.02992" in told
    path = tmp_path / "mine.toml"
    path.write_text(bench("show", "kosmos-g", "--toml"))
    assert load_protocol(path) == load_protocol("kosmos-g")
    assert json.loads(bench("show", str(path), "--json"))["references"]["vase"] == "02"


def test_protocols_diff_says_each_difference_in_a_line_of_its_own(tmp_path):
    text = bench("diff", "dreambench", "uno")
    assert text.count("\n- ") + text.startswith("- ") == len(differences(load_protocol("dreambench"), load_protocol("uno")))
    assert "uno averages over the subjects' means" in " ".join(text.split())
    record = json.loads(bench("diff", "dreambench", "uno", "--json"))
    assert (record["first"], record["second"]) == ("dreambench", "uno")
    assert {"pooling": "macro"} in [each["second"] for each in record["differences"]]
    copy = tmp_path / "copy.toml"
    copy.write_text(bench("show", "uno", "--toml"))
    assert bench("diff", "uno", str(copy)) == "uno and uno differ in nothing that they do.\n"


def test_the_words_know_every_choice():
    """A new value of a field must get words."""
    protocol = load_protocol("dreambench")
    for key in ("pooling", "text", "missing_images", "surplus_images", "clip_t_below_zero"):
        for value in get_args(Protocol.model_fields[key].annotation):
            assert describe(changed(protocol, **{key: value}))
