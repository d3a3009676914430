"""Each preset's scores against its source's way of computing them, written out in loops over fake encoders.

The fakes' embedding of a picture is its mean colour, of a text how often it has some letters: enough to tell pairs,
references and texts apart, and simple enough to be computed a second time by hand.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dreambench.benchmark.declarations.protocol import load_protocol, protocol_names
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.scoring.completeness import refuse_incomplete_images
from dreambench.benchmark.scoring.references import compared_rows, embed_references
from dreambench.benchmark.scoring.score import score
from dreambench.benchmark.scoring.summary import summarise
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject

SUBJECTS = (Subject("can", "can", "object"), Subject("dog", "dog", "live"), Subject("vase", "vase", "object"))
N_REFERENCES = {"can": 3, "dog": 4, "vase": 6}
PROMPTS = {"object": {0: "a {} in the jungle", 20: "a red {}"}, "live": {0: "a {} in the jungle", 20: "a red {}"}}
DINO_TURN, CLIP_TURN = (1.0, -0.4, -0.4), (-0.3, 1.0, 0.2)


def unit(vector):
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


def colour(path, turn):
    """The picture's colour, moved off the origin so that cosines are of both signs: a unit vector."""
    red, green, blue = Image.open(path).convert("RGB").getpixel((0, 0))
    return unit([red / 255 - 0.5 + turn[0], green / 255 - 0.5 + turn[1], blue / 255 - 0.5 + turn[2]])


def letters(text):
    """Unlike pictures: as many texts as not point away from them."""
    return unit([text.count("a") - 1.5, text.count("e") - 0.5, len(text.split()) - 4.0])


def cos(first, second):
    return sum(a * b for a, b in zip(first, second, strict=True))


class Colours:
    """An encoder whose network is the mean colour."""

    def __init__(self, name, turn):
        self.name, self.fingerprint, self.turn = name, name * 8, np.array(turn)
        self.transform, self.embeds_text = ImageTransform(resize=4, crop=4), True

    def embed_crops(self, crops):
        vectors = crops.mean(axis=(1, 2)) / 255 - 0.5 + self.turn
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def embed_images(self, images):
        return self.embed_crops(
            np.stack([self.transform.cropped(image) for image in images]) if images else np.zeros((0, 4, 4, 3))
        )

    def embed_texts(self, texts):
        return np.array([letters(text) for text in texts], dtype=np.float32)


ENCODERS = Encoders({"dino": Colours("dino", DINO_TURN), "clip": Colours("clip", CLIP_TURN)})
CLIP_ALONE = Encoders({"clip": ENCODERS.embedding["clip"]})


def paint(path, random):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), tuple(int(value) for value in random.integers(0, 256, 3))).save(path)
    return str(path)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A dataset of three subjects and five generated images for each of two prompts: of one colour each."""
    root, random = tmp_path_factory.mktemp("colours"), np.random.default_rng(5)
    for subject, count in N_REFERENCES.items():
        for index in range(count):
            paint(root / "dataset" / subject / f"{index:02d}.png", random)
    images = pd.DataFrame(
        [
            {"subject": subject.id, "prompt_index": prompt, "image_index": index, "path": paint(place, random)}
            for subject in SUBJECTS
            for prompt in (0, 20)
            for index in range(5)
            for place in [root / "images" / subject.id / f"{prompt:02d}" / f"{index}.png"]
        ]
    )
    return Dataset("colours", root / "dataset", SUBJECTS), images


def scored(world, protocol, images=None, encoders=ENCODERS):
    """The scores of images, of the first four of each prompt if they are left out."""
    dataset, everything = world
    images = everything[everything.image_index < 4] if images is None else images
    # LPIPS has no part in this: what it measures needs weights.
    return score(images, priors=None, dataset=dataset, protocol=protocol, encoders=encoders)


def overall(world, protocol, images=None):
    scores = scored(world, protocol, images)
    return scores, {key: entry.mean for key, entry in summarise(scores, protocol).overall.items()}


class ByHand:
    """The same pictures, for the plain computations."""

    def __init__(self, world):
        self.dataset, images = world
        self.images = images[images.image_index < 4]

    def of(self, subject):
        rows = self.images[self.images.subject == subject.id]
        return [Path(path) for path in rows.path], list(rows.prompt_index)

    def references(self, subject):
        return sorted((self.dataset.root / subject.id).iterdir())

    def pairs(self, subject, turn, references=None):
        """A list for each generated image: its cosines with the references."""
        chosen = self.references(subject) if references is None else references
        return [[cos(colour(image, turn), colour(each, turn)) for each in chosen] for image in self.of(subject)[0]]

    def texts(self, subject, noun):
        """The cosine of each generated image with its text."""
        images, prompts = self.of(subject)
        words = [PROMPTS[subject.kind][prompt].format(noun).split() for prompt in prompts]
        return [cos(colour(image, CLIP_TURN), letters(" ".join(text))) for image, text in zip(images, words, strict=True)]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


@pytest.fixture(scope="module")
def by_hand(world):
    return ByHand(world)


def test_the_fakes_have_cosines_of_both_signs(by_hand):
    found = [value for subject in SUBJECTS for value in by_hand.texts(subject, subject.class_noun)]
    assert min(found) < -0.1
    assert max(found) > 0.1


def test_dreambench_is_the_mean_over_images_of_the_mean_over_references(world, by_hand):
    _, found = overall(world, load_protocol("dreambench"))
    assert found["dino"] == pytest.approx(mean(mean(row) for s in SUBJECTS for row in by_hand.pairs(s, DINO_TURN)), abs=1e-6)
    assert found["clip_i"] == pytest.approx(mean(mean(row) for s in SUBJECTS for row in by_hand.pairs(s, CLIP_TURN)), abs=1e-6)
    assert found["clip_t"] == pytest.approx(mean(t for s in SUBJECTS for t in by_hand.texts(s, s.class_noun)), abs=1e-6)


def test_kosmos_g_compares_with_one_named_photo(world, by_hand):
    _, found = overall(world, load_protocol("kosmos-g"))
    names = {"can": "01.png", "dog": "02.png", "vase": "02.png"}
    for key, turn in (("dino", DINO_TURN), ("clip_i", CLIP_TURN)):
        pairs = [row[0] for s in SUBJECTS for row in by_hand.pairs(s, turn, [by_hand.dataset.root / s.id / names[s.id]])]
        assert found[key] == pytest.approx(mean(pairs), abs=1e-6)
    assert not {"pres", "div"} & set(found)


def test_uno_averages_subjects_and_counts_no_text_below_zero(world, by_hand):
    _, found = overall(world, load_protocol("uno"))
    subjects = [mean(value for row in by_hand.pairs(s, DINO_TURN) for value in row) for s in SUBJECTS]
    assert found["dino"] == pytest.approx(mean(subjects), abs=1e-6)
    texts = [mean(max(t, 0) for t in by_hand.texts(s, s.class_noun)) for s in SUBJECTS]
    assert found["clip_t"] == pytest.approx(mean(texts), abs=1e-6)


def test_custom_diffusion_has_clip_score_for_clip_t(world, by_hand):
    scores, found = overall(world, load_protocol("custom-diffusion"))
    texts = [mean(2.5 * max(t, 0) for t in by_hand.texts(s, s.class_noun)) for s in SUBJECTS]
    assert found["clip_t"] == pytest.approx(mean(texts), abs=1e-6)
    assert scores.images["clip_t"].min() == 0
    _, plain = overall(world, load_protocol("uno"))
    assert found["dino"] == pytest.approx(plain["dino"])
    assert found["clip_t"] == pytest.approx(2.5 * plain["clip_t"])


def test_oft_averages_all_pairs_of_the_first_four_images(world, by_hand):
    oft = load_protocol("oft")
    _, found = overall(world, oft, images=world[1])  # there are five
    for key, turn in (("dino", DINO_TURN), ("clip_i", CLIP_TURN)):
        similarity = [value for s in SUBJECTS for row in by_hand.pairs(s, turn) for value in row]
        assert len(similarity) == 8 * (3 + 4 + 6)
        assert found[key] == pytest.approx(mean(similarity), abs=1e-6)
    assert found["clip_t"] == pytest.approx(mean(t for s in SUBJECTS for t in by_hand.texts(s, s.class_noun)), abs=1e-6)
    _, micro = overall(world, oft.model_copy(update={"pooling": "micro"}), images=world[1])
    assert abs(micro["dino"] - found["dino"]) > 1e-3  # the subjects have unlike numbers of references
    with pytest.raises(UserError, match="more than wanted"):
        overall(world, load_protocol("dreambench"), images=world[1])


def test_dreambench_plus_compares_with_one_source_and_counts_to_a_hundred(world, by_hand):
    _, found = overall(world, load_protocol("dreambench-plus-v1"))
    pairs = [row[0] for s in SUBJECTS for row in by_hand.pairs(s, DINO_TURN, by_hand.references(s)[:1])]
    assert found["dino"] == pytest.approx(100 * mean(pairs), abs=1e-4)
    texts = [t for s in SUBJECTS for t in by_hand.texts(s, s.class_noun)]
    assert found["clip_t"] == pytest.approx(100 * mean(texts), abs=1e-4)


def test_textual_inversion_has_no_dino_and_reads_no_noun(world, by_hand):
    protocol = load_protocol("textual-inversion")
    scores = scored(world, protocol, encoders=CLIP_ALONE)
    found = summarise(scores, protocol).overall
    assert set(found) == {"clip_i", "clip_t"}
    pairs = [value for s in SUBJECTS for row in by_hand.pairs(s, CLIP_TURN) for value in row]
    assert found["clip_i"].mean == pytest.approx(mean(pairs), abs=1e-6)
    assert found["clip_t"].mean == pytest.approx(mean(t for s in SUBJECTS for t in by_hand.texts(s, "")), abs=1e-6)
    assert set(scores.images["prompt"]) == {"a in the jungle", "a red"}
    assert not {"dino", "identification", "copy_index"} & set(scores.images.columns)
    assert set(embed_references(world[0], SUBJECTS, protocol, CLIP_ALONE)["can"].embeddings) == {"clip"}


def test_where_images_may_be_missing_the_mean_is_over_the_rest_and_says_how_many(world, by_hand):
    _, images = world
    images = images[
        (images.image_index < 4) & ~((images.subject == "dog") & (images.prompt_index == 20) & (images.image_index > 0))
    ]
    skipping = load_protocol("uno").model_copy(update={"missing_images": "skip"})
    scores = scored(world, skipping, images)
    summary = summarise(scores, skipping)
    assert (summary.n_images, summary.n_missing) == (21, 3)
    rows = {s: by_hand.pairs(s, DINO_TURN)[: 5 if s.id == "dog" else 8] for s in SUBJECTS}
    macro = mean(mean(mean(row) for row in each) for each in rows.values())
    assert summary.overall["dino"].mean == pytest.approx(macro, abs=1e-6)
    micro = mean(mean(row) for each in rows.values() for row in each)
    found = summarise(scores, skipping.model_copy(update={"pooling": "micro"})).overall["dino"].mean
    assert found == pytest.approx(micro, abs=1e-6) != pytest.approx(macro, abs=1e-4)
    with pytest.raises(UserError, match="dog/20/1, dog/20/2, dog/20/3 are missing"):
        scored(world, load_protocol("uno"), images)
    refuse_incomplete_images(images, images_per_prompt=4, some_may_miss=True)
    with pytest.raises(UserError, match="more than wanted"):
        refuse_incomplete_images(images, images_per_prompt=3, some_may_miss=True)


def test_nothing_is_missing_where_nothing_is_skipped(world):
    protocol = load_protocol("dreambench")
    scores, _ = overall(world, protocol)
    assert summarise(scores, protocol).n_missing == 0


def test_a_fixed_photo_that_is_not_named_or_not_there_is_said(world, tmp_path):
    kosmos = load_protocol("kosmos-g")
    paths = [tmp_path / "00.jpg", tmp_path / "01.jpg"]
    assert compared_rows(Subject("can", "can", "object"), paths, kosmos).tolist() == [1]
    with pytest.raises(UserError, match=r"names none for 'my_dog'; add my_dog = \"FILE\""):
        compared_rows(Subject("my_dog", "dog", "live"), paths, kosmos)
    with pytest.raises(UserError, match="'vase' with its image '02', which is not in"):
        compared_rows(Subject("vase", "vase", "object"), paths, kosmos)


@pytest.mark.parametrize("name", sorted({*protocol_names()} - {"textual-inversion", "miniature", "mini-panel", "panel"}))
def test_a_perfect_copy_of_the_one_reference_is_the_top_of_the_scale(name, world):
    """Whatever the protocol: images that are the compared reference score its scale where it compares with one image."""
    dataset, _ = world
    protocol = load_protocol(name)
    rows = []
    for subject in SUBJECTS:
        paths = dataset.reference_paths(subject)
        path = str(paths[int(compared_rows(subject, paths, protocol)[0])])
        rows += [{"subject": subject.id, "prompt_index": p, "image_index": k, "path": path} for p in (0, 20) for k in range(4)]
    scores = scored(world, protocol, pd.DataFrame(rows))
    if isinstance(protocol.references, dict) or protocol.references == "first":
        assert scores.images["dino"].to_numpy() == pytest.approx(protocol.scale, rel=1e-5)
    else:
        assert (scores.images["dino"] < protocol.scale).all()
