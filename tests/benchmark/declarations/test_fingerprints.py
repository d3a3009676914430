"""Fingerprints: pinned, moved by what moves a number, and by nothing else."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_plugin import Install

from dreambench.benchmark.declarations.encoder import EncoderRole
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol, protocol_names
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.metrics.image_similarity import ImageSimilarity

#: Of every metric, and of the whole, with each encoder's role in place of its hash. A number here may only change together
#: with the scores that it stands for: whoever changes one cuts all earlier results off.
PINNED: dict[str, dict[str, str]] = {
    "custom-diffusion": {
        "dino": "73b3e99bb9fe",
        "clip_i": "68fbe1f88045",
        "clip_t": "71a3a807d223",
        "identification": "ad815e52e298",
        "copy_index": "38e6eb6a336f",
        "whole": "19e19952b93f",
    },
    "dreambench": {
        "dino": "754f49ad67c9",
        "clip_i": "a440655175ad",
        "clip_t": "f1523c0305ba",
        "pres": "3d08cc4adfd6",
        "div": "a7e8689d37b5",
        "identification": "4beb1cfb33c9",
        "copy_index": "cf75aeb837e8",
        "whole": "c6083b0479ce",
    },
    "dreambench-plus-v1": {
        "dino": "45b724e075e0",
        "clip_i": "d43d80fbfb7e",
        "clip_t": "aed102077971",
        "identification": "7c13b78127b0",
        "copy_index": "4fcf50468718",
        "whole": "cb6a393cc178",
    },
    "kosmos-g": {
        "dino": "48222f970bb3",
        "clip_i": "77437177a3d8",
        "clip_t": "506c1cab3f59",
        "identification": "c5c350d910b0",
        "copy_index": "24dae137c9f2",
        "whole": "7ea3fe889273",
    },
    "mini-panel": {
        "dino": "754f49ad67c9",
        "dino_small": "ff0a8f347129",
        "clip_i": "a440655175ad",
        "clip_t": "f1523c0305ba",
        "pres": "e83473fb98c0",
        "div": "56ddc02d2f8f",
        "identification": "4beb1cfb33c9",
        "copy_index": "cf75aeb837e8",
        "whole": "31b332cedf7e",
    },
    "miniature": {
        "dino": "754f49ad67c9",
        "clip_i": "a440655175ad",
        "clip_t": "f1523c0305ba",
        "pres": "e83473fb98c0",
        "div": "56ddc02d2f8f",
        "identification": "4beb1cfb33c9",
        "copy_index": "cf75aeb837e8",
        "whole": "e6a885053da8",
    },
    "oft": {
        "dino": "23edde31d8cd",
        "clip_i": "2b3c045fb064",
        "clip_t": "63f026a2107d",
        "identification": "ca5c2c6b9125",
        "copy_index": "b0aee691b332",
        "whole": "f38d5d8f5e35",
    },
    "panel": {
        "dino": "754f49ad67c9",
        "dinov2": "75455e70b6e7",
        "siglip2_i": "3e3414d6c821",
        "clip_i": "a440655175ad",
        "clip_l14_i": "9ba488563499",
        "siglip2_t": "86cfd7e7ba2f",
        "clip_t": "f1523c0305ba",
        "clip_l14_t": "755f879bb40f",
        "whole": "b522ec5cc49a",
    },
    "textual-inversion": {
        "clip_i": "b832c5a31f58",
        "clip_t": "89fe53dd2089",
        "whole": "f21c55f45819",
    },
    "uno": {
        "dino": "73b3e99bb9fe",
        "clip_i": "68fbe1f88045",
        "clip_t": "d8f53ee10c03",
        "identification": "ad815e52e298",
        "copy_index": "38e6eb6a336f",
        "whole": "1035c5995212",
    },
}
#: A role's name for its encoder's hash.
ROLES = {"dino": "dino", "clip": "clip", "lpips": "lpips"}
ALL = {"dino", "clip_i", "clip_t", "pres", "div", "identification", "copy_index"}
ON_PROMPTS = ALL - {"pres"}
#: Another value of every field of the protocol "dreambench" that can move a number -> the metrics whose numbers it moves.
MOVES: list[tuple[str, Any, set[str]]] = [
    ("reading", "convert_rgb", ALL),
    ("reading", "turned_on_white", ALL),
    ("references", "first", {"dino", "clip_i", "pres"}),
    ("references", {"can": "01"}, {"dino", "clip_i", "pres"}),
    ("pooling", "macro", {"dino", "clip_i", "clip_t", "identification", "copy_index"}),
    ("pooling", "pairs", {"dino", "clip_i"}),
    ("text", "without_subject", {"clip_t"}),
    ("scale", 100.0, {"dino", "clip_i", "clip_t", "pres"}),
    ("images_per_prompt", 2, ON_PROMPTS),
    ("surplus_images", "ignore", ON_PROMPTS),
    ("missing_images", "skip", ON_PROMPTS),
    ("prior_images", 3, {"pres"}),
]
WORDS = {"name", "description", "source", "notes"}


def changed(protocol: Protocol, **values: Any) -> Protocol:
    """The same with other values, checked as those of a file are."""
    return Protocol.model_validate(protocol.record() | values)


def moved(one: Protocol, other: Protocol, **encoders: str) -> set[str]:
    """The metrics whose fingerprints differ."""
    first, second = one.fingerprints(ROLES), other.fingerprints(ROLES | encoders)
    assert first.keys() == second.keys()
    assert (one.fingerprint(ROLES) == other.fingerprint(ROLES | encoders)) == (first == second)
    return {key for key in first if first[key] != second[key]}


@pytest.fixture(scope="module")
def dreambench() -> Protocol:
    return load_protocol("dreambench")


@pytest.mark.parametrize("name", PINNED)
def test_the_protocols_have_the_fingerprints_that_they_had(name: str) -> None:
    protocol = load_protocol(name)
    roles = {role: role for role in protocol.encoders}
    assert protocol.fingerprints(roles) | {"whole": protocol.fingerprint(roles)} == PINNED[name]


def test_every_built_in_protocol_is_pinned() -> None:
    assert set(PINNED) == set(protocol_names())


def test_a_fingerprint_is_twelve_hex_digits_and_no_two_metrics_of_a_protocol_share_one(dreambench: Protocol) -> None:
    prints = dreambench.fingerprints(ROLES)
    assert len(set(prints.values())) == len(prints) == 7
    assert all(re.fullmatch("[0-9a-f]{12}", each) for each in [*prints.values(), dreambench.fingerprint(ROLES)])
    assert {info.key: info.fingerprint for info in dreambench.infos(ROLES)} == prints
    assert {info.fingerprint for info in dreambench.infos()} == {""}


def test_protocols_share_the_metrics_that_they_make_in_the_same_way() -> None:
    """UNO's script is Custom Diffusion's but for the factor of CLIP-T."""
    one, other = (load_protocol(name).fingerprints(ROLES) for name in ("custom-diffusion", "uno"))
    assert {key for key in other if one[key] == other[key]} == {"dino", "clip_i", "identification", "copy_index"}


@pytest.mark.parametrize(("field", "value", "metrics"), MOVES, ids=[f"{field} {value}" for field, value, _ in MOVES])
def test_a_field_moves_the_metrics_that_it_concerns_and_no_others(
    dreambench: Protocol, field: str, value: Any, metrics: set[str]
) -> None:
    assert moved(dreambench, changed(dreambench, **{field: value})) == metrics


def test_every_field_that_can_move_a_number_is_thought_of() -> None:
    fields = {field for field, _, _ in MOVES}
    assert fields == set(Protocol.model_fields) - WORDS - {"encoders", "metrics", "dtype"}  # dtype has one value yet


@pytest.mark.parametrize(
    ("role", "metrics"),
    [("dino", {"dino", "pres", "identification", "copy_index"}), ("clip", {"clip_i", "clip_t"}), ("lpips", {"div"})],
)
def test_an_encoder_moves_the_metrics_that_are_measured_with_it(dreambench: Protocol, role: str, metrics: set[str]) -> None:
    assert moved(dreambench, dreambench, **{role: "other"}) == metrics


def test_a_metrics_own_parameters_move_it_alone(dreambench: Protocol) -> None:
    def with_clip_t(**values: Any) -> Protocol:
        metrics = dreambench.record()["metrics"]
        return changed(dreambench, metrics=metrics | {"clip_t": metrics["clip_t"] | values})

    assert moved(dreambench, with_clip_t(times=2.5)) == moved(dreambench, with_clip_t(below_zero="zero")) == {"clip_t"}
    assert moved(dreambench, with_clip_t(times=1.0, below_zero="keep")) == set()  # neutral values written out


@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_words_move_nothing(description: str, source: str, notes: list[str]) -> None:
    protocol = load_protocol("dreambench")
    assert moved(protocol, changed(protocol, name="mine", description=description, source=source, notes=tuple(notes))) == set()


def test_labels_tolerances_and_the_order_of_metrics_move_nothing(dreambench: Protocol) -> None:
    metrics = dreambench.record()["metrics"]
    called = {key: values | {"label": f"my {key}", "tolerance": 0.5} for key, values in reversed(metrics.items())}
    other = changed(dreambench, metrics=called)
    assert list(other.metrics) == list(reversed(metrics))
    assert moved(dreambench, other) == set()


def test_what_a_protocol_asks_of_its_encoders_shows_in_their_own_hashes(dreambench: Protocol) -> None:
    """To name the architecture that is used anyway moves no number."""
    bare = changed(dreambench, encoders={"dino": {}, "clip": {}, "lpips": {}})
    assert moved(dreambench, bare) == set()
    more = changed(dreambench, encoders=dreambench.record()["encoders"] | {"unused": {}})
    assert moved(dreambench, more) == set()
    assert dreambench.fingerprint(ROLES) == dreambench.fingerprint(ROLES | {"unused": "x"})


def test_encoders_cannot_be_exchanged_unnoticed() -> None:
    protocol = load_protocol("miniature")
    assert protocol.fingerprint({"dino": "a", "clip": "b"}) != protocol.fingerprint({"dino": "b", "clip": "a"})


def test_no_two_protocols_have_one_fingerprint() -> None:
    """With encoders that differ where architecture or pictures do."""
    prints = []
    for name in PINNED:
        protocol = load_protocol(name)
        prints.append(protocol.fingerprint({role: encoder.model_dump_json() for role, encoder in protocol.encoders.items()}))
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("role", ["dino", "clip"])
def test_another_transform_is_another_fingerprint_and_the_same_one_written_out_is_not(role, tiny_spec, miniature_protocol):
    def of(**values):
        encoders = miniature_protocol.model_dump()["encoders"]
        encoders[role]["transform"] |= values
        declared = changed(miniature_protocol, encoders=encoders)
        return declared.fingerprint(load_encoders(tiny_spec, declared).fingerprints())

    mean, std = load_encoders(tiny_spec, miniature_protocol).embedding[role].transform.normalisation()
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


# ---------------------------------------------------------------- what comes later


class LaterRole(EncoderRole):
    """An encoder of a later version, which can be asked for more."""

    precision: str = "float32"


class LaterSimilarity(ImageSimilarity):
    """A formula that got a parameter."""

    sharpness: float = 1.0


class LaterProtocol(Protocol):
    """A protocol of a later version."""

    seeds: int = 1
    encoders: dict[str, LaterRole]  # type: ignore[assignment]


def test_a_field_that_comes_later_moves_nothing_at_its_neutral_value(dreambench: Protocol) -> None:
    later = LaterProtocol.model_validate(dreambench.record())
    assert (later.seeds, later.encoders["dino"].precision) == (1, "float32")
    assert moved(dreambench, later) == set()

    def with_dino(metric: ImageSimilarity) -> Protocol:
        return dreambench.model_copy(update={"metrics": dreambench.metrics | {"dino": metric}})

    old = dreambench.metrics["dino"].model_dump(exclude_defaults=True)
    assert moved(dreambench, with_dino(LaterSimilarity(**old))) == set()
    assert moved(dreambench, with_dino(LaterSimilarity(**old, sharpness=2.0))) == {"dino"}


def test_a_plug_ins_version_moves_its_metrics_alone(metric_plugin: Install, dreambench: Protocol) -> None:
    metric_plugin(version="1.0")
    metrics = dreambench.record()["metrics"] | {"near": {"formula": "nearest", "encoder": "dino"}}
    protocol = changed(dreambench, metrics=metrics)
    first = protocol.fingerprints(ROLES)
    metric_plugin(version="1.1")
    second = protocol.fingerprints(ROLES)
    assert {key for key in first if first[key] != second[key]} == {"near"}


# ---------------------------------------------------------------- some of the metrics


def test_some_metrics_of_a_protocol_are_made_as_they_are_in_the_whole(dreambench: Protocol) -> None:
    some = dreambench.only(["clip_t", "dino"])
    assert list(some.metrics) == ["dino", "clip_t"]
    assert (list(some.encoders), some.prior_images) == (["dino", "clip"], 0)
    whole = dreambench.fingerprints(ROLES)
    assert some.fingerprints(ROLES) == {key: whole[key] for key in ("dino", "clip_t")}
    assert some.fingerprint(ROLES) != dreambench.fingerprint(ROLES)
    pres = dreambench.only(["pres"])
    assert (list(pres.encoders), pres.prior_images, pres.fingerprints(ROLES)) == (["dino"], 20, {"pres": whole["pres"]})


def test_a_protocol_measures_as_another_whatever_it_is_called(dreambench: Protocol) -> None:
    assert dreambench.measures_as(changed(dreambench, name="mine", notes=("mine",)))
    assert not dreambench.measures_as(changed(dreambench, scale=2.0))
    assert not dreambench.measures_as(dreambench.only(["dino"]))
    other = dreambench.record()["encoders"]
    assert not dreambench.measures_as(changed(dreambench, encoders=other | {"clip": {}}))  # any CLIP is not B/32
