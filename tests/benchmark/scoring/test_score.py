import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from repository import SHARED
from yardsticks_of import yardsticks_of

from dreambench.benchmark.declarations.recorded import DatasetRecord
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.results.summary import About
from dreambench.benchmark.results.writing import summary_of, write_scores
from dreambench.benchmark.scoring.evaluate import evaluate
from dreambench.benchmark.scoring.references import embed_references
from dreambench.benchmark.scoring.score import score
from dreambench.benchmark.scoring.summary import summarise
from dreambench.benchmark.scoring.tables import ABOUT_IMAGE, ABOUT_SUBJECT, N_PAIRS
from dreambench.benchmark.scoring.yardsticks import NO_PROMPT, real_images
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import open_image
from dreambench.dataset.subjects import Subject

PROMPTS = (0, 12, 24)
METRICS = ["dino", "clip_i", "clip_t", "pres", "div"]
LIKENESS = ["identification", "copy_index"]


@pytest.fixture(scope="module")
def protocol(miniature_protocol):
    return miniature_protocol.model_copy(update={"images_per_prompt": 2, "prior_images": 3})


@pytest.fixture(scope="module")
def generated(squares, tmp_path_factory, random_image):
    """Images and priors of the three subjects, in the layout of a run's folder."""
    root = tmp_path_factory.mktemp("run")
    images, priors = [], []
    for number, subject in enumerate(squares.subjects):
        for prompt in PROMPTS:
            for index in range(2):
                path = root / "images" / subject.id / f"{prompt:02d}" / f"{index}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                random_image(1000 + 100 * number + 10 * prompt + index, (80, 64)).save(path)
                images.append({"subject": subject.id, "prompt_index": prompt, "image_index": index, "path": str(path)})
        for index in range(3):
            path = root / "prior" / subject.id / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            random_image(5000 + 10 * number + index).save(path)
            priors.append({"subject": subject.id, "image_index": index, "path": str(path)})
    return pd.DataFrame(images), pd.DataFrame(priors)


@pytest.fixture(scope="module")
def scored(squares, protocol, tiny_encoders):
    """`scored(images, priors)`; what is not named is the squares', under the miniature's protocol."""

    def run(images, priors=None, **changes):
        options = {"dataset": squares, "protocol": protocol, "encoders": tiny_encoders} | changes
        return score(images, priors=priors, **options)

    return run


@pytest.fixture(scope="module")
def scores(generated, scored):
    return scored(*generated)


def cosines(encoder, paths, others):
    first, second = ([open_image(Path(path)) for path in each] for each in (paths, others))
    return encoder.embed_images(first) @ encoder.embed_images(second).T


def test_the_tables_have_the_contracts_columns(scores):
    assert list(scores.images.columns) == [*ABOUT_IMAGE, *METRICS[:3], *LIKENESS]
    assert list(scores.subjects.columns) == [*ABOUT_SUBJECT, *METRICS[:3], *LIKENESS, *METRICS[3:], "n_images", N_PAIRS]
    assert (len(scores.images), len(scores.subjects)) == (18, 3)
    assert scores.subjects["n_images"].tolist() == [6, 6, 6]
    assert scores.subjects[N_PAIRS].tolist() == [6 * 3, 6 * 4, 6 * 2]  # 3, 4 and 2 reference images
    first = scores.images.iloc[0]
    assert (first.subject, first.kind, first.prompt_index, first.image_index) == ("can", "object", 0, 0)
    assert scores.images.query("subject == 'dog' and prompt_index == 12")["prompt"].unique().tolist() == [
        "a dog wearing a rainbow scarf"
    ]


def test_every_number_is_what_a_plain_computation_gives(scores, generated, squares, tiny_encoders):
    images, priors = generated
    eye = tiny_encoders.embedding["dino"]
    for subject in squares.subjects:
        references = squares.reference_paths(subject)
        row = scores.subjects.set_index("subject").loc[subject.id]
        mine = images[images.subject == subject.id]
        dino = cosines(tiny_encoders.embedding["dino"], mine.path, references)
        clip = cosines(tiny_encoders.embedding["clip"], mine.path, references)
        assert row.dino == pytest.approx(dino.mean(), abs=1e-6)
        assert row.clip_i == pytest.approx(clip.mean(), abs=1e-6)
        table = scores.images[scores.images.subject == subject.id]
        assert table.dino.to_numpy() == pytest.approx(dino.mean(axis=1), abs=1e-6)
        texts = tiny_encoders.text("clip").embed_texts(
            [squares.prompts(subject)[i].text(subject.class_noun) for i in mine.prompt_index]
        )
        pictures = tiny_encoders.embedding["clip"].embed_images([open_image(Path(path)) for path in mine.path])
        assert table.clip_t.to_numpy() == pytest.approx((pictures * texts).sum(axis=1), abs=1e-6)
        prior = cosines(tiny_encoders.embedding["dino"], priors[priors.subject == subject.id].path, references)
        assert row.pres == pytest.approx(prior.mean(), abs=1e-6)
        seen = {}
        for prompt, pair in mine.groupby("prompt_index"):
            seen[prompt] = cosines(eye, [pair.path.iloc[0]], [pair.path.iloc[1]])
        assert row["div"] == pytest.approx(np.mean([1 - pair for pair in seen.values()]), abs=1e-6)


def test_every_file_of_scores_carries_protocol_and_fingerprint(generated, squares, protocol, tiny_encoders, tmp_path):
    images, priors = generated
    evaluation = evaluate(
        images, priors=priors, dataset=squares, protocol=protocol, encoders=tiny_encoders, on_scored=lambda *_: None
    )
    about = About(dataset=DatasetRecord.model_validate(squares.record()))
    summary = summary_of(
        evaluation,
        about=about,
        protocol=protocol,
        encoders=tiny_encoders.fingerprints(),
        seconds={},
        environment=Environment(),
    )
    write_scores(tmp_path, evaluation.scores, summary, images=Path(images.path[0]).parents[3])
    expected = {"protocol": "miniature", "fingerprint": protocol.fingerprint(tiny_encoders.fingerprints())}
    for name in ("scores.parquet", "subjects.parquet"):
        assert pd.read_parquet(tmp_path / name).attrs == expected
    written = json.loads((tmp_path / "summary.json").read_text())
    assert {"protocol": written["protocol"]["name"], "fingerprint": written["fingerprint"]} == expected
    assert pd.read_parquet(tmp_path / "scores.parquet")["path"][0] == "images/can/00/0.png"
    assert evaluation.scores.images.attrs == {}
    prints = protocol.fingerprints(tiny_encoders.fingerprints())
    assert {info["key"]: info["fingerprint"] for info in written["metrics"]} == prints


def test_the_order_of_the_rows_does_not_matter(scores, generated, scored):
    images, priors = (frame.sample(frac=1, random_state=3) for frame in generated)
    again = scored(images, priors)
    assert np.allclose(again.images[METRICS[:3]], scores.images[METRICS[:3]], atol=1e-6)
    assert np.allclose(again.subjects[METRICS], scores.subjects[METRICS], atol=1e-6)
    assert again.images["path"].tolist() == scores.images["path"].tolist()


def test_fewer_subjects_and_prompts_leave_the_other_scores_alone(scores, generated, scored):
    images, priors = generated
    part = scored(images.query("subject != 'can' and prompt_index > 0"), priors.query("subject != 'can'"))
    both = part.images.merge(scores.images, on=["subject", "prompt_index", "image_index"], suffixes=("", "_all"))
    assert len(both) == 8
    for key in METRICS[:3]:
        assert both[key].to_numpy() == pytest.approx(both[f"{key}_all"].to_numpy(), abs=1e-6)


def test_a_method_without_a_prior_has_no_pres(generated, scored):
    scores = scored(generated[0])
    assert scores.subjects["pres"].isna().all()
    assert scores.subjects[["dino", "div"]].notna().all().all()


def test_scale_first_reference_and_pooling_do_what_they_say(scores, generated, squares, protocol, tiny_encoders, scored):
    scaled = scored(*generated, protocol=protocol.model_copy(update={"scale": 100.0}))
    assert scaled.subjects["pres"].to_numpy() == pytest.approx(100 * scores.subjects["pres"].to_numpy())
    assert scaled.subjects["div"].to_numpy() == pytest.approx(scores.subjects["div"].to_numpy())
    first = scored(*generated, protocol=protocol.model_copy(update={"references": "first"}))
    subject = squares.subject("vase")
    paths = generated[0].query("subject == 'vase'").path
    expected = cosines(tiny_encoders.embedding["dino"], paths, squares.reference_paths(subject)[:1]).mean()
    assert first.subjects.set_index("subject").loc["vase"].dino == pytest.approx(expected, abs=1e-6)


def test_progress_counts_every_file_and_ends_at_the_total(generated, scored):
    told = []
    scored(*generated, on_progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {18 + 9 + 9}  # images, priors, references
    assert told[-1] == (36, 36)


def test_given_references_are_not_embedded_again(scores, generated, squares, protocol, tiny_encoders, scored):
    references = embed_references(squares, squares.subjects, protocol, tiny_encoders)
    told = []
    again = scored(*generated, on_progress=lambda done, total: told.append((done, total)), references=references)
    assert told[-1] == (27, 27)
    assert np.allclose(again.subjects[METRICS], scores.subjects[METRICS], atol=1e-6)


def test_missing_images_are_listed_and_nothing_is_scored(generated, protocol, scored):
    images, priors = generated
    holes = images[~((images.subject == "dog") & (images.prompt_index == 12) & (images.image_index == 1))]
    gone = images.assign(path=images.path.where(images.index != 4, "gone.png"))
    with pytest.raises(UserError, match=r"dog/12/1 is missing \(the protocol wants 2 images per prompt\)"):
        scored(holes, priors)
    with pytest.raises(UserError, match=r"can/00/2, can/00/3, can/12/2, can/12/3, can/24/2 and 13 more are missing"):
        scored(images, priors, protocol=protocol.model_copy(update={"images_per_prompt": 4}))
    with pytest.raises(UserError, match="more than wanted"):
        scored(images, priors, protocol=protocol.model_copy(update={"images_per_prompt": 1}))
    with pytest.raises(UserError, match="prior vase/2 is missing"):
        scored(images, priors.iloc[:-1])
    with pytest.raises(UserError, match="listed twice"):
        scored(pd.concat([images, images.iloc[:1]]), priors)
    with pytest.raises(UserError, match=r"gone\.png is missing"):
        scored(gone, priors)
    with pytest.raises(UserError, match="no images to score"):
        scored(images.iloc[:0])


def test_unknown_subjects_and_prompts_are_answered_with_a_sentence(generated, scored):
    images, _ = generated
    with pytest.raises(UserError, match="'can'"):
        scored(images.replace({"subject": {"can": "cann"}}))
    with pytest.raises(UserError, match="no prompt 25 for object subjects; their prompts are 0 to 24"):
        scored(images.replace({"prompt_index": {24: 25}}))


def test_real_images_are_each_compared_with_the_others(squares, protocol, tiny_encoders):
    real = yardsticks_of(squares, squares.subjects, PROMPTS, protocol, tiny_encoders)["real_images"]
    for subject in squares.subjects:
        paths = squares.reference_paths(subject)
        pairs = cosines(tiny_encoders.embedding["dino"], paths, paths)
        others = pairs[~np.eye(len(paths), dtype=bool)]
        row = real.subjects.set_index("subject").loc[subject.id]
        assert row.dino == pytest.approx(others.mean(), abs=1e-6)
        assert row.n_images == len(paths)
        assert math.isnan(row.clip_t)
        assert math.isnan(row.pres)
    assert set(real.images["prompt_index"]) == {NO_PROMPT}


def test_copying_a_reference_meets_itself_and_ignores_the_prompt(squares, protocol, tiny_encoders):
    beside = yardsticks_of(squares, squares.subjects, PROMPTS, protocol, tiny_encoders)
    copied, real = beside["copy_reference"].subjects, beside["real_images"].subjects
    # with n references, n - 1 of the n pairs are real ones and one is the image itself: ((n - 1) real + 1) / n
    n = np.array([len(squares.reference_paths(subject)) for subject in squares.subjects])
    assert copied["dino"].to_numpy() == pytest.approx(((n - 1) * real["dino"] + 1) / n, abs=1e-6)
    assert copied["clip_i"].to_numpy() == pytest.approx(((n - 1) * real["clip_i"] + 1) / n, abs=1e-6)
    assert copied["div"].to_numpy() == pytest.approx(1 - real["dino"].to_numpy(), abs=1e-6)
    assert copied["clip_t"].notna().all()
    assert copied["n_images"].tolist() == (3 * n).tolist()


def test_copying_scores_what_the_same_pictures_score_as_generated_images(squares, protocol, tiny_encoders):
    subject = squares.subject("dog")
    paths = squares.reference_paths(subject)
    frame = pd.DataFrame(
        [
            {"subject": "dog", "prompt_index": prompt, "image_index": index, "path": str(path)}
            for prompt in PROMPTS
            for index, path in enumerate(paths)
        ]
    )
    copied = yardsticks_of(squares, [subject], PROMPTS, protocol, tiny_encoders)["copy_reference"]
    made = score(
        frame,
        priors=None,
        dataset=squares,
        protocol=protocol.model_copy(update={"images_per_prompt": len(paths)}),
        encoders=tiny_encoders,
    )
    assert np.allclose(made.images[METRICS[:3]], copied.images[METRICS[:3]], atol=1e-6)
    assert np.allclose(made.subjects[METRICS], copied.subjects[METRICS], atol=1e-6, equal_nan=True)


def test_where_only_the_first_reference_counts_it_is_not_a_row_itself(squares, protocol, tiny_encoders):
    first_only = protocol.model_copy(update={"references": "first"})
    real = yardsticks_of(squares, squares.subjects, PROMPTS, first_only, tiny_encoders)["real_images"]
    assert real.subjects["n_images"].tolist() == [2, 3, 1]
    paths = squares.reference_paths(squares.subject("can"))
    expected = cosines(tiny_encoders.embedding["dino"], paths[1:], paths[:1]).mean()
    assert real.subjects["dino"].iloc[0] == pytest.approx(expected, abs=1e-6)


def test_counting_self_pairs_lifts_real_images_as_far_as_arithmetic_says(squares, protocol, tiny_encoders):
    references = embed_references(squares, squares.subjects, protocol, tiny_encoders)
    without = real_images(squares.subjects, protocol, references).subjects
    counted = real_images(squares.subjects, protocol, references, self_pairs="counted").subjects
    n = np.array([3, 4, 2])
    assert counted["dino"].to_numpy() == pytest.approx(((n - 1) * without["dino"] + 1) / n, abs=1e-6)
    assert (without[N_PAIRS].tolist(), counted[N_PAIRS].tolist()) == ([6, 12, 2], [9, 16, 4])


def test_a_subject_with_one_picture_has_no_real_images_score(protocol, tiny_encoders, tmp_path, random_image):
    (tmp_path / "can").mkdir()
    random_image(1).save(tmp_path / "can" / "00.png")
    dataset = Dataset("one", tmp_path, (Subject("can", "can", "object"),))
    beside = yardsticks_of(dataset, dataset.subjects, PROMPTS, protocol, tiny_encoders)
    assert len(beside["real_images"].images) == 0
    assert summarise(beside["real_images"], protocol).overall["dino"].mean is None
    assert beside["copy_reference"].subjects["dino"].tolist() == pytest.approx([1.0])


PHOTOS = SHARED / "dreambooth"


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the DreamBooth photos are not beside this checkout")
def test_photos_go_through_the_same_door(protocol, tiny_encoders):
    photos = load_dataset(str(PHOTOS))
    subjects = (photos.subject("can"), photos.subject("dog"))
    dataset = Dataset("two of thirty", photos.root, subjects)
    beside = yardsticks_of(dataset, subjects, PROMPTS, protocol, tiny_encoders)
    for name in ("real_images", "copy_reference"):
        assert beside[name].subjects[["dino", "clip_i"]].abs().le(1 + 1e-6).all().all()
    assert beside["real_images"].subjects["n_images"].tolist() == [6, 5]


def test_yardsticks_and_methods_are_summarised_alike(scores, squares, protocol, tiny_encoders):
    everything = {"method": scores} | yardsticks_of(squares, squares.subjects, PROMPTS, protocol, tiny_encoders)
    summaries = {name: summarise(each, protocol) for name, each in everything.items()}
    assert {tuple(summary.overall) for summary in summaries.values()} == {tuple(protocol.metrics)}
    assert set(METRICS) <= set(protocol.metrics)
    assert summaries["real_images"].overall["pres"].mean is None
