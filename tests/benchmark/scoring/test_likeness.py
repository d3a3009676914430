"""Subject identification and the copy index in the tables: over all subjects, beside the yardsticks, in words."""

import numpy as np
import pandas as pd
import pytest
from yardsticks_of import yardsticks_of

from dreambench.benchmark.declarations.recorded import DatasetRecord
from dreambench.benchmark.encoders import EmbeddingCache, Encoders
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.results.summary import About
from dreambench.benchmark.results.writing import summary_of
from dreambench.benchmark.scoring.copying import Copying, find_copying
from dreambench.benchmark.scoring.evaluate import evaluate
from dreambench.benchmark.scoring.references import embed_references, galleries_among, make_galleries
from dreambench.benchmark.scoring.score import score
from dreambench.benchmark.scoring.tables import Scores, image_table, subject_table
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


@pytest.fixture(scope="module")
def evaluated(squares, protocol, tiny_encoders):
    """`evaluated(images)`: scores and yardsticks under the miniature's protocol, which nobody watches."""

    def run(images, *, encoders=tiny_encoders, cache=None):
        return evaluate(
            images,
            priors=None,
            dataset=squares,
            protocol=protocol,
            encoders=encoders,
            on_scored=lambda *_: None,
            cache=cache,
        )

    return run


def test_copies_are_identified_and_found_to_be_copies(squares, protocol, tiny_encoders):
    scores = score(handed_in(squares, ["can", "dog"]), priors=None, dataset=squares, protocol=protocol, encoders=tiny_encoders)
    assert scores.images[BOTH].to_numpy() == pytest.approx(np.ones((8, 2)), abs=1e-4)
    assert scores.subjects[BOTH].to_numpy() == pytest.approx(np.ones((2, 2)), abs=1e-4)


def test_the_references_of_subjects_that_are_not_scored_are_looked_through_too(squares, protocol, tiny_encoders):
    """Only cans are scored, and each is a dog: with cans alone to choose from, each would be found to be a can."""
    scores = score(
        handed_in(squares, ["can"], of="dog"), priors=None, dataset=squares, protocol=protocol, encoders=tiny_encoders
    )
    assert scores.images["identification"].tolist() == [0.0] * 4


def test_the_gallery_is_made_of_what_is_there_and_what_is_not(squares, protocol, tiny_encoders):
    everybody = embed_references(squares, squares.subjects, protocol, tiny_encoders)
    all_of_them = galleries_among(everybody, roles=["dino"])["dino"]
    some = embed_references(squares, [squares.subject("dog")], protocol, tiny_encoders)
    told = []
    gallery = make_galleries(squares, tiny_encoders, some, reading="careful", roles=["dino"], on_done=told.append)["dino"]
    assert gallery.owners.tolist() == all_of_them.owners.tolist() == ["can"] * 3 + ["dog"] * 4 + ["vase"] * 2
    assert gallery.embeddings == pytest.approx(all_of_them.embeddings, abs=1e-6)
    assert sum(told) == 5


def test_real_images_are_held_against_the_others(squares, protocol, tiny_encoders):
    real = yardsticks_of(squares, squares.subjects, PROMPTS, protocol, tiny_encoders)["real_images"].images
    paths = {subject.id: squares.reference_paths(subject) for subject in squares.subjects}
    everything = [(name, path) for name, own in paths.items() for path in own]
    embedded = tiny_encoders.embedding["dino"].embed_images([open_image(path) for _, path in everything]).astype(np.float64)
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


def test_a_protocol_without_them_has_neither(squares, protocol, tiny_encoders):
    without = protocol.only(["clip_i", "clip_t"])
    clip = Encoders({"clip": tiny_encoders.embedding["clip"]})
    scores = score(handed_in(squares, ["can"]), priors=None, dataset=squares, protocol=without, encoders=clip)
    assert not set(BOTH) & {*scores.images.columns, *scores.subjects.columns}
    assert find_copying(scores, None) is None


def test_a_cache_changes_no_score_and_spares_every_image(squares, evaluated, tiny_encoders, tmp_path):
    images = handed_in(squares, ["can", "dog"])
    plain = evaluated(images)
    for _ in range(2):
        cached = evaluated(images, cache=EmbeddingCache(tmp_path))
        pd.testing.assert_frame_equal(cached.scores.images, plain.scores.images, atol=1e-6, rtol=0)
        pd.testing.assert_frame_equal(cached.scores.subjects, plain.scores.subjects, atol=1e-6, rtol=0)
    sleeping = Encoders({role: NoNetwork(encoder) for role, encoder in tiny_encoders.embedding.items()})
    again = evaluated(images, encoders=sleeping, cache=EmbeddingCache(tmp_path))
    pd.testing.assert_frame_equal(again.scores.images, cached.scores.images)


class NoNetwork:
    """An encoder that knows who it is and must not be asked for anything else."""

    def __init__(self, encoder):
        self.fingerprint, self.transform, self.name = encoder.fingerprint, encoder.transform, encoder.name
        self.embeds_text = encoder.embeds_text


def test_the_summary_says_how_much_is_copied(squares, evaluated, protocol):
    images = pd.concat([handed_in(squares, ["can"], of="dog"), handed_in(squares, ["dog"])])
    about = About(dataset=DatasetRecord.model_validate(squares.record()))
    summary = summary_of(evaluated(images), about=about, protocol=protocol, encoders={}, seconds={}, environment=Environment())
    copying = summary.copying
    assert copying is not None
    assert (copying.share, copying.flagged, copying.subjects) == (0.5, True, {"dog": 1.0})
    remark = copying.remark()
    assert remark.startswith("Warning: 50% of the images look copied from a reference image (of the real images ")
    assert "most in dog;" in remark
    assert set(BOTH) <= set(summary.per_kind["live"])


def scores_of(indices, protocol, *, subject="dog"):
    """Scores of one subject whose images have these copy indices."""
    infos = protocol.only(["copy_index"]).infos()
    rows = [
        {"subject": subject, "prompt_index": 0, "image_index": index, "copy_index": value}
        for index, value in enumerate(indices)
    ]
    return Scores(image_table(rows, infos), subject_table([{"subject": subject, "n_images": len(rows)}], infos), infos)


def flagged(share, of_real, protocol):
    """Whether a run is flagged of whose hundred images so many look copied, and of the real images so many."""
    real = None if of_real is None else scores_of([1.0] * of_real + [0.0] * (100 - of_real), protocol)
    return find_copying(scores_of([1.0] * share + [0.0] * (100 - share), protocol), real).flagged


def test_a_run_is_flagged_when_it_copies_more_than_real_images_seem_to(protocol):
    assert not flagged(20, None, protocol)
    assert flagged(21, None, protocol)
    assert flagged(21, 10, protocol)
    assert not flagged(30, 15, protocol)  # photos of one burst are near to each other themselves


def test_what_is_flagged_is_said_in_a_line():
    assert Copying(share=0.1, share_of_real_images=0.0, flagged=False, subjects={"dog": 0.5}).remark() == ""
    subjects = {"dog": 1.0, "can": 0.9, "vase": 0.8, "cat": 0.7}
    many = Copying(share=0.9, flagged=True, subjects=subjects).remark()
    assert "most in dog, can, vase and 1 more;" in many
    assert "(of the real images" not in many


def test_images_without_a_copy_index_do_not_count(protocol):
    found = find_copying(scores_of([1.0, 0.1, np.nan], protocol), None)
    assert found is not None
    assert found.share == 0.5
    assert find_copying(scores_of([np.nan] * 3, protocol), None) is None


def test_the_copy_index_is_known_by_its_formula_and_not_by_its_key(protocol):
    scores = scores_of([1.0, 1.0], protocol)
    (info,) = scores.metrics
    mine = info.model_copy(update={"key": "mine"})
    renamed = Scores(scores.images.rename(columns={"copy_index": "mine"}), scores.subjects, (mine,))
    assert find_copying(renamed, None).share == 1.0
