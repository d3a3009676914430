"""Protocols in words: every change is told in one sentence, every choice has words, and the commands print them."""

import json
import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dreambench.benchmark.declarations.encoder import EncoderRole
from dreambench.benchmark.declarations.in_words import aspects_of, describe, differences, protocol_in_words
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol, protocol_names

DREAMBENCH = load_protocol("dreambench")


def changed(protocol: Protocol, **values: Any) -> Protocol:
    """The same with other values, checked as those of a file are."""
    return Protocol.model_validate(protocol.record() | values)


def with_encoder(role: str, **values: Any) -> dict[str, Any]:
    """dreambench's encoders, one of them with other values."""
    encoders = DREAMBENCH.record()["encoders"]
    return {"encoders": encoders | {role: encoders[role] | values}}


def with_metric(key: str, **values: Any) -> dict[str, Any]:
    metrics = DREAMBENCH.record()["metrics"]
    return {"metrics": metrics | {key: metrics.get(key, {}) | values}}


#: What a change is about -> the change, and what programs find in the difference.
CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "reference images": ({"references": "first"}, "references"),
    "pooling": ({"pooling": "macro"}, "pooling"),
    "text": ({"text": "without_subject"}, "text"),
    "scale": ({"scale": 100.0}, "scale"),
    "images": ({"images_per_prompt": 2}, "images_per_prompt"),
    "more images": ({"surplus_images": "ignore"}, "surplus_images"),
    "missing images": ({"missing_images": "skip"}, "missing_images"),
    "prior images": ({"prior_images": 3}, "prior_images"),
    "architecture": (with_encoder("dino", architecture="vit_small_patch8_224"), "architecture"),
    "any architecture": (with_encoder("clip", architecture=None), "architecture"),
    "library": (with_encoder("dino", library="transformers"), "library"),
    "output": (with_encoder("dino", output="pooled"), "output"),
    "positions": (with_encoder("dino", positions="resampled"), "positions"),
    "transform": (with_encoder("clip", transform={"resize": 224, "crop": 224}), "transform"),
    "parameter": (with_metric("clip_t", times=2.5), "formula"),
    "other choice": (with_metric("clip_t", below_zero="zero"), "formula"),
    "other encoder": (with_metric("div", encoder="dino"), "encoder"),
    "other formula": (with_metric("pres", formula="image_similarity"), "formula"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_each_change_is_told_in_one_sentence(case: str) -> None:
    values, key = CHANGES[case]
    other = changed(DREAMBENCH, name="other", **values)
    (difference,) = differences(DREAMBENCH, other)
    assert key in difference.first
    assert difference.first != difference.second
    assert re.fullmatch(r"dreambench .+; other .+\.", difference.sentence)
    (back,) = differences(other, DREAMBENCH)
    assert (back.first, back.second) == (difference.second, difference.first)


def test_every_field_of_a_protocol_and_of_an_encoder_is_spoken_of() -> None:
    spoken = {key for aspect in aspects_of(DREAMBENCH) for key in aspect.value}
    assert set(Protocol.model_fields) - {"name", "description", "source", "notes", "encoders", "metrics"} <= spoken
    assert set(EncoderRole.model_fields) - {"weights", "revision"} <= spoken  # where weights lie moves no number
    assert {f"metric {key}" for key in DREAMBENCH.metrics} <= {aspect.about for aspect in aspects_of(DREAMBENCH)}


def test_what_only_one_has_is_told() -> None:
    some = DREAMBENCH.only(["dino"]).model_copy(update={"name": "some"})
    told = [difference.sentence for difference in differences(DREAMBENCH, some)]
    assert "dreambench measures CLIP-T by text similarity with clip; some has no metric clip_t." in told
    assert all(" has no " in sentence for sentence in told)


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_words_are_no_difference(description: str, source: str, notes: list[str]) -> None:
    renamed = changed(DREAMBENCH, name="mine", description=description, source=source, notes=tuple(notes))
    assert differences(renamed, DREAMBENCH) == []


def test_two_lists_of_references_are_told_apart_where_they_differ() -> None:
    kosmos = load_protocol("kosmos-g")
    assert isinstance(kosmos.references, dict)
    other = changed(kosmos, name="other", references=kosmos.references | {"vase": "00"})
    (difference,) = differences(kosmos, other)
    assert difference.sentence == "kosmos-g and other fix other reference images: vase (02 and 00)."


def test_words_on_references_are_as_people_say_them() -> None:
    (difference,) = differences(DREAMBENCH, changed(DREAMBENCH, name="B", references="first"))
    assert difference.sentence == (
        "dreambench compares an image with all reference images of its subject; "
        "B compares an image with the first reference image of its subject only."
    )


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_can_be_told(name: str) -> None:
    protocol = load_protocol(name)
    sentences = describe(protocol)
    assert all(sentence.startswith("It ") and sentence.endswith(".") for sentence in sentences)
    told = protocol_in_words(protocol)
    assert told[0] == protocol.description
    assert set(sentences) | set(protocol.notes) <= set(told)


@pytest.mark.parametrize("key", ["pooling", "text", "missing_images", "surplus_images"])
def test_the_words_know_every_choice(key: str) -> None:
    """A new value of a field must get words."""
    for value in get_args(Protocol.model_fields[key].annotation):
        assert describe(changed(DREAMBENCH, **{key: value}))


@pytest.mark.parametrize("key", ["output", "positions"])
def test_the_words_know_every_choice_of_an_encoder(key: str) -> None:
    for value in get_args(EncoderRole.model_fields[key].annotation):
        assert describe(changed(DREAMBENCH, **with_encoder("dino", **{key: value})))


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
    assert text.count("\n- ") + text.startswith("- ") == len(differences(DREAMBENCH, load_protocol("uno")))
    assert "uno averages over the subjects' means" in " ".join(text.split())
    record = json.loads(bench("diff", "dreambench", "uno", "--json"))
    assert (record["first"], record["second"]) == ("dreambench", "uno")
    assert {"pooling": "macro"} in [each["second"] for each in record["differences"]]
    copy = tmp_path / "copy.toml"
    copy.write_text(bench("show", "uno", "--toml"))
    assert bench("diff", "uno", str(copy)) == "uno and uno differ in nothing that they do.\n"
