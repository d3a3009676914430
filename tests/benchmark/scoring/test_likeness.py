"""Subject identification and the copy index in the tables: over all subjects, beside the anchors, in old runs, in words."""

import numpy as np
import pandas as pd
import pytest

from dreambench.benchmark.declarations.protocol import NONE
from dreambench.benchmark.encoders import EmbeddingCache, Encoders
from dreambench.benchmark.scoring.copying import Copying, copying_remark, find_copying
from dreambench.benchmark.scoring.evaluate import evaluate, summary_record
from dreambench.benchmark.scoring.likeness import dino_gallery, gallery_in
from dreambench.benchmark.scoring.references import embed_references
from dreambench.benchmark.scoring.score import score
from dreambench.benchmark.scoring.summary import summarise
from dreambench.benchmark.scoring.tables import Scores, image_table, subject_table
from dreambench.benchmark.scoring.yardsticks import anchor_scores
from dreambench.dataset.images import open_image

PROMPTS = (0, 12)
BOTH = ["identification", "copy_index"]


def handed_in(squares, subject_ids, *, of=None):
    """The reference images of a subject (or of another one) as its generated images, two a prompt."""
    rows = []
    for name in subject_ids:
        paths = squares.reference_paths(squares.subject(of or name))
        for prompt in PROMPTS:
            for index in range(2):
                rows.append({"subject": name, "prompt_index": prompt, "image_index": index, "path": str(paths[index])})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def protocol(miniature_protocol):
    return miniature_protocol.model_copy(update={"images_per_prompt": 2})


def test_copies_are_identified_and_found_to_be_copies(squares, protocol, tiny_encoders):
    scores = score(handed_in(squares, ["can", "dog"]), None, squares, protocol, tiny_encoders)
    assert scores.images[BOTH].to_numpy() == pytest.approx(np.ones((8, 2)), abs=1e-4)
    assert scores.subjects[BOTH].to_numpy() == pytest.approx(np.ones((2, 2)), abs=1e-4)


def test_the_references_of_subjects_that_are_not_scored_are_looked_through_too(squares, protocol, tiny_encoders):
    """Only cans are scored, and each is a dog: with cans alone to choose from, each would be found to be a can."""
    scores = score(handed_in(squares, ["can"], of="dog"), None, squares, protocol, tiny_encoders)
    assert scores.images["identification"].tolist() == [0.0] * 4


def test_the_gallery_is_made_of_what_is_there_and_what_is_not(squares, protocol, tiny_encoders):
    all_of_them = gallery_in(embed_references(squares, squares.subjects, protocol, tiny_encoders))
    some = embed_references(squares, [squares.subject("dog")], protocol, tiny_encoders)
    told = []
    gallery = dino_gallery(squares, tiny_encoders, some, on_done=told.append)
    assert gallery.owners.tolist() == all_of_them.owners.tolist() == ["can"] * 3 + ["dog"] * 4 + ["vase"] * 2
    assert gallery.embeddings == pytest.approx(all_of_them.embeddings, abs=1e-6)
    assert sum(told) == 5


def test_real_images_are_held_against_the_others(squares, protocol, tiny_encoders):
    real = anchor_scores(squares, squares.subjects, PROMPTS, protocol, tiny_encoders)["real_images"].images
    paths = {subject.id: squares.reference_paths(subject) for subject in squares.subjects}
    everything = [(name, path) for name, own in paths.items() for path in own]
    embedded = tiny_encoders.dino.embed_images([open_image(path) for _, path in everything]).astype(np.float64)
    cosines = embedded @ embedded.T
    for row, (name, path) in enumerate(everything):
        others = [place for place in range(len(everything)) if place != row]
        nearest = max(others, key=lambda place, row=row: cosines[row, place])
        mine = real[(real["subject"] == name) & (real["path"] == str(path))]
        assert mine["identification"].item() == float(everything[nearest][0] == name)
    for name, group in real.groupby("subject"):
        own = [place for place, (owner, _) in enumerate(everything) if owner == name]
        nearest = [max(cosines[row, place] for place in own if place != row) for row in own]
        usual = np.median(nearest)
        expected = np.clip((np.array(nearest) - usual) / (1 - usual), 0, 1)
        assert group["copy_index"].to_numpy() == pytest.approx(expected, abs=1e-5)


def test_a_protocol_without_dino_has_neither(squares, protocol, tiny_encoders):
    without = protocol.model_copy(update={"dino": NONE, "div": NONE, "prior_images": 0})
    scores = score(handed_in(squares, ["can"]), None, squares, without, Encoders(dino=None, clip=tiny_encoders.clip))
    assert scores.images[BOTH].isna().all().all()
    assert not set(BOTH) & set(summarise(scores, without, "f")["overall"])
    assert find_copying(scores, None) is None


def test_a_cache_changes_no_score_and_spares_every_image(squares, protocol, tiny_encoders, tmp_path):
    images = handed_in(squares, ["can", "dog"])
    options = {"dataset": squares, "protocol": protocol, "encoders": tiny_encoders}
    plain = evaluate(images, None, on_scored=lambda *_: None, **options)
    for _ in range(2):
        cached = evaluate(images, None, on_scored=lambda *_: None, cache=EmbeddingCache(tmp_path), **options)
        pd.testing.assert_frame_equal(cached.scores.images, plain.scores.images, atol=1e-6, rtol=0)
        pd.testing.assert_frame_equal(cached.scores.subjects, plain.scores.subjects, atol=1e-6, rtol=0)
    sleeping = Encoders(dino=NoNetwork(tiny_encoders.dino), clip=NoNetwork(tiny_encoders.clip))
    again = evaluate(
        images, None, on_scored=lambda *_: None, cache=EmbeddingCache(tmp_path), **(options | {"encoders": sleeping})
    )
    pd.testing.assert_frame_equal(again.scores.images, cached.scores.images)


class NoNetwork:
    """An encoder that knows who it is and must not be asked for anything else."""

    def __init__(self, encoder):
        self.fingerprint, self.transform, self.name = encoder.fingerprint, encoder.transform, encoder.name


def test_the_summary_says_how_much_is_copied(squares, protocol, tiny_encoders):
    images = pd.concat([handed_in(squares, ["can"], of="dog"), handed_in(squares, ["dog"])])
    evaluation = evaluate(images, None, dataset=squares, protocol=protocol, encoders=tiny_encoders, on_scored=lambda *_: None)
    summary = summary_record(evaluation, protocol=protocol, fingerprint="f", about={}, seconds={}, environment={})
    record = summary["copying"]
    assert record["share"] == 0.5
    assert record["flagged"]
    assert record["subjects"] == {"dog": 1.0}
    remark = copying_remark(record)
    assert remark.startswith("Warning: 50% of the images look copied from a reference image (of the real images ")
    assert "most in dog;" in remark
    assert set(BOTH) <= set(summary["per_kind"]["live"])


def test_a_run_is_flagged_when_it_copies_more_than_real_images_seem_to():
    assert not Copying(0.2, None, {}).is_flagged
    assert Copying(0.21, None, {}).is_flagged
    assert Copying(0.21, 0.1, {}).is_flagged
    assert not Copying(0.3, 0.15, {}).is_flagged  # photos of one burst are near to each other themselves
    assert copying_remark(Copying(0.1, 0.0, {"dog": 0.5}).record()) == ""
    assert copying_remark(None) == ""
    many = Copying(0.9, None, {"dog": 1.0, "can": 0.9, "vase": 0.8, "cat": 0.7})
    assert "most in dog, can, vase and 1 more;" in copying_remark(many.record())


def test_images_without_a_copy_index_do_not_count():
    rows = [
        {"subject": "dog", "prompt_index": 0, "image_index": index, "copy_index": value}
        for index, value in enumerate((1.0, 0.1, np.nan))
    ]
    images = image_table(rows)
    subjects = subject_table([{"subject": "dog", "n_images": 3}])
    found = find_copying(Scores(images, subjects), None)
    assert found is not None
    assert found.share == 0.5
