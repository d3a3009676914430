"""Metrics against a part of the references stand beside the usual ones, which stay what they are."""

import pytest

from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.reference_parts import with_parts
from dreambench.dataset.errors import UserError

PROTOCOL = load_protocol("dreambench")
ENCODERS = {role: f"fingerprint of {role}" for role in PROTOCOL.encoders}


def test_usual_metrics_keep_their_fingerprints_and_places_and_the_new_ones_have_their_own() -> None:
    parts = with_parts(PROTOCOL)
    usual, more = PROTOCOL.fingerprints(ENCODERS), parts.fingerprints(ENCODERS)
    assert {key: more[key] for key in usual} == usual
    assert list(parts.metrics) == [*PROTOCOL.metrics, "dino_seen", "dino_unseen", "clip_i_seen", "clip_i_unseen"]
    assert len(set(more.values())) == len(more)
    assert [info.label for info in parts.infos()][-2:] == ["CLIP-I seen", "CLIP-I unseen"]
    assert with_parts(parts.only(["dino_seen"])).metrics.keys() == {"dino_seen"}


def test_a_protocol_with_parts_is_read_back_from_its_record() -> None:
    parts = with_parts(PROTOCOL)
    assert Protocol.model_validate(parts.record()) == parts


def test_pairs_of_a_part_are_not_counted_so_its_mean_is_over_images() -> None:
    infos = {info.key: info for info in with_parts(PROTOCOL).infos()}
    assert infos["dino"].weigh("pairs") == "pairs"
    assert infos["dino_unseen"].weigh("pairs") == "images"


def test_a_key_that_is_taken_is_named() -> None:
    metrics = {**PROTOCOL.metrics, "dino_seen": PROTOCOL.metrics["dino"].model_copy(update={"label": "mine"})}
    with pytest.raises(UserError, match="no room for the metric 'dino_seen'"):
        with_parts(PROTOCOL.model_copy(update={"metrics": metrics}))
