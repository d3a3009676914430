"""What stands beside a run, by hand on two dogs and a can in plain colours."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from encoder_fakes import MeanColour
from PIL import Image
from yardsticks_of import yardsticks_of

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.scoring.evaluate import evaluate
from dreambench.benchmark.scoring.summary import means_of
from dreambench.benchmark.scoring.tables import N_PAIRS
from dreambench.benchmark.scoring.yardsticks import same_class
from dreambench.dataset.collection import Dataset
from dreambench.dataset.subjects import Subject

RED, YELLOW, GREEN, BLUE, WHITE = (255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
HALF = math.sqrt(0.5)  # the cosine of red and yellow; of blue with both it is 0
PICTURES = {"dog": (RED, YELLOW), "dog2": (RED, BLUE), "can": (WHITE, GREEN)}
SUBJECTS = (Subject("can", "can", "object"), Subject("dog", "dog", "live"), Subject("dog2", "dog", "live"))
ENCODERS = Encoders({"eye": MeanColour("e" * 64)})
PROTOCOL = Protocol.model_validate(
    {
        "name": "colours",
        "images_per_prompt": 1,
        "prior_images": 1,
        "encoders": {"eye": {}},
        "metrics": {
            "sees": {"formula": "image_similarity", "encoder": "eye"},
            "who": {"formula": "subject_identification", "encoder": "eye"},
            "copies": {"formula": "copy_index", "encoder": "eye"},
            "pres": {"formula": "prior_similarity", "encoder": "eye"},
            "div": {"formula": "diversity", "encoder": "eye"},
        },
    }
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("colours")
    for subject, colours in PICTURES.items():
        (root / subject).mkdir()
        for number, colour in enumerate(colours):
            Image.new("RGB", (8, 8), colour).save(root / subject / f"{number}.png")
    return Dataset("colours", root, SUBJECTS)


@pytest.fixture(scope="module")
def beside(world):
    return yardsticks_of(world, SUBJECTS, (0, 3), PROTOCOL, ENCODERS)


def by_subject(scores):
    return scores.subjects.set_index("subject")


def test_an_impostor_is_another_subject_of_the_class_against_ones_own_references(beside, world):
    found = beside["impostor"]
    # dog: dog2's red and blue against red and yellow; dog2: dog's red and yellow against red and blue
    assert found.images["subject"].tolist() == ["dog", "dog", "dog2", "dog2"]
    assert found.images["sees"].to_numpy() == pytest.approx([(1 + HALF) / 2, 0, (1 + 0) / 2, (HALF + 0) / 2], abs=1e-6)
    assert [Path(path).parent.name for path in found.images["path"]] == ["dog2", "dog2", "dog", "dog"]
    assert set(found.images["prompt_index"]) == {-1}
    assert set(found.images["prompt"]) == {""}
    # dog's references are as near to each other as red to yellow, dog2's not at all: red is a copy in both, yellow half of one
    assert found.images["copies"].to_numpy() == pytest.approx([1, 0, 1, HALF], abs=1e-6)


def test_a_subject_alone_in_its_class_is_left_out_and_counted(beside):
    subjects = by_subject(beside["impostor"])
    assert subjects.loc["can", ["n_images", N_PAIRS]].tolist() == [0, 0]
    assert np.isnan(subjects.loc["can", ["sees", "copies"]].astype(float)).all()
    assert subjects.loc["dog", ["n_images", N_PAIRS]].tolist() == [2, 4]
    means = means_of(beside["impostor"].subjects, beside["impostor"].metrics, "micro")
    assert (means["sees"].n, means["sees"].mean) == (2, pytest.approx((1 + HALF) / 4, abs=1e-6))


def test_an_impostor_is_not_asked_what_only_a_method_can_answer(beside):
    """It answers no prompt, has no model, and is itself in the gallery."""
    for key in ("who", "pres", "div"):
        assert beside["impostor"].subjects[key].isna().all()


def test_a_protocol_that_compares_with_one_image_compares_an_impostor_with_it_too(world):
    first = PROTOCOL.model_copy(update={"references": "first"})
    found = yardsticks_of(world, SUBJECTS, (0,), first, ENCODERS)["impostor"]
    # against red alone
    assert found.images["sees"].to_numpy() == pytest.approx([1, 0, 1, HALF], abs=1e-6)
    assert by_subject(found)[N_PAIRS].tolist() == [0, 2, 2]


def test_subjects_of_a_class_are_found_by_their_class_noun(world):
    assert same_class(world, SUBJECTS) == {"dog": ["dog2"], "dog2": ["dog"]}
    assert same_class(world, SUBJECTS[:1]) == {}


def test_real_images_and_copies_by_hand(beside):
    real, copied = by_subject(beside["real_images"]), by_subject(beside["copy_reference"])
    white_green = 1 / math.sqrt(3)
    assert real["sees"].to_numpy() == pytest.approx([white_green, HALF, 0], abs=1e-6)
    assert copied["sees"].to_numpy() == pytest.approx([(1 + white_green) / 2, (1 + HALF) / 2, 1 / 2], abs=1e-6)
    assert copied["copies"].to_numpy() == pytest.approx([1, 1, 1], abs=1e-6)
    assert copied["div"].to_numpy() == pytest.approx([1 - white_green, 1 - HALF, 1], abs=1e-6)
    # a copy finds itself, but for red, which both dogs have; a real image always finds another subject's before its own
    copies = beside["copy_reference"].images
    assert copies[~copies["path"].str.contains(r"dog2?/0\.png")]["who"].tolist() == [1] * 8
    assert beside["real_images"].images["who"].tolist() == [0] * 6
    assert real["pres"].isna().all()
    assert copied["pres"].isna().all()


def scored_folder(world, names):
    rows = [
        {"subject": name, "prompt_index": 0, "image_index": 0, "path": str(world.reference_paths(world.subject(name))[0])}
        for name in names
    ]
    return pd.DataFrame(rows)


def test_the_other_subjects_of_a_class_need_not_be_scored_themselves(world):
    evaluation = evaluate(
        scored_folder(world, ["dog", "can"]),
        priors=None,
        dataset=world,
        protocol=PROTOCOL,
        encoders=ENCODERS,
        on_scored=lambda *_: None,
    )
    assert tuple(evaluation.yardsticks) == ("real_images", "copy_reference", "impostor")
    found = evaluation.yardsticks["impostor"]
    assert found.images["subject"].tolist() == ["dog", "dog"]
    assert found.images["sees"].to_numpy() == pytest.approx([(1 + HALF) / 2, 0], abs=1e-6)
    assert {info.fingerprint for info in found.metrics} == {info.fingerprint for info in evaluation.scores.metrics}


def test_a_fixed_reference_that_only_the_impostor_lacks_is_no_trouble(world):
    """kosmos-g names one photo of each subject: of an impostor, which is only shown, all photos count."""
    fixed = PROTOCOL.model_copy(update={"references": {"dog": "0"}})
    evaluation = evaluate(
        scored_folder(world, ["dog"]),
        priors=None,
        dataset=world,
        protocol=fixed,
        encoders=ENCODERS,
        on_scored=lambda *_: None,
    )
    assert evaluation.yardsticks["impostor"].images["sees"].to_numpy() == pytest.approx([1, 0], abs=1e-6)
