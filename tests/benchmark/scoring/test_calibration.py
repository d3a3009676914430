import json
from pathlib import Path

import numpy as np
import pytest
from repository import SHARED
from run_fakes import declared, write_suite
from typer.testing import CliRunner

from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.scoring.calibration import (
    Published,
    RealRow,
    is_the_release,
    judge,
    near_duplicates,
    protocol_of,
    published_real_images,
    real_rows,
)
from dreambench.benchmark.scoring.reference_sets import ReferenceSets
from dreambench.benchmark.scoring.references import ReferenceFeatures, embed_references, without_images
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.errors import UserError

PHOTOS = SHARED / "dreambooth"
needs_photos = pytest.mark.skipif(not PHOTOS.is_dir(), reason="the DreamBooth photos are not beside this checkout")


def alike(count, cosine):
    """`count` unit vectors of which each pair has the same cosine."""
    vectors = np.sqrt(1 - cosine) * np.eye(count, 8, k=1)
    vectors[:, 0] = np.sqrt(cosine)
    return vectors.astype(np.float32)


def references_alike(dataset, protocol, *, dino, clip_i):
    """Features under which any two real images of a subject have the same cosine; counts and names are the dataset's."""
    found = {}
    for subject in dataset.subjects:
        paths = tuple(dataset.reference_paths(subject))
        n = len(paths)
        compared = np.arange(n if protocol.references == "all" else 1)
        found[subject.id] = ReferenceFeatures(paths, {"dino": alike(n, dino), "clip": alike(n, clip_i)}, compared)
    return found


@pytest.fixture(scope="module")
def mini():
    """As many reference images a subject as the photo dataset has."""
    return load_dataset("mini")


def values(rows):
    """Of each way of counting: DINO, CLIP-I and the number of pairs."""
    return {
        (row.self_pairs, row.near_duplicates): (row.values.get("dino"), row.values.get("clip_i"), row.n_pairs) for row in rows
    }


def test_ofts_two_rows_follow_from_each_other_by_counting_self_pairs(mini):
    """OFT prints .703/.864; with self-pairs the same images give .759/.890: 684 pairs, and 158 more that are 1."""
    oft = load_protocol("oft")
    rows = values(real_rows(oft, mini.subjects, references_alike(mini, oft, dino=0.703, clip_i=0.864), left_out=()))
    assert rows["left_out", "kept"] == pytest.approx((0.703, 0.864, 684), abs=1e-6)
    assert rows["counted", "kept"] == pytest.approx(((684 * 0.703 + 158) / 842, (684 * 0.864 + 158) / 842, 842), abs=1e-6)
    assert [round(value, 3) for value in rows["counted", "kept"][:2]] == [0.759, 0.890]


def test_self_pairs_count_as_the_protocol_pools(mini):
    counts = np.array([len(mini.reference_paths(subject)) for subject in mini.subjects])
    lifted = ((counts - 1) * 0.6 + 1) / counts  # of each subject
    for name, expected in (("dreambench", np.average(lifted, weights=counts)), ("uno", lifted.mean())):
        protocol = load_protocol(name)
        references = references_alike(mini, protocol, dino=0.6, clip_i=0.6)
        rows = values(real_rows(protocol, mini.subjects, references, left_out=()))
        assert rows["left_out", "kept"][0] == pytest.approx(0.6, abs=1e-6)
        assert rows["counted", "kept"][0] == pytest.approx(expected, abs=1e-6)


def test_where_one_image_is_the_reference_each_other_has_one_pair(mini):
    plus = load_protocol("dreambench-plus-v1")
    rows = values(real_rows(plus, mini.subjects, references_alike(mini, plus, dino=0.6, clip_i=0.7), left_out=()))
    assert rows["left_out", "kept"] == pytest.approx((60.0, 70.0, 128), abs=1e-4)  # 158 images less 30 references; times 100
    assert rows["counted", "kept"][0] == pytest.approx((128 * 60 + 30 * 100) / 158, abs=1e-4)


def test_leaving_out_near_duplicates_leaves_out_all_their_pairs(squares, miniature_protocol, tiny_encoders):
    references = embed_references(squares, squares.subjects, miniature_protocol, tiny_encoders)
    double = references["dog"].paths[1]
    rows = values(real_rows(miniature_protocol, squares.subjects, references, left_out=[double]))
    seen = {name: each.embeddings["dino"] for name, each in references.items()}
    kept = {name: np.delete(each, 1, axis=0) if name == "dog" else each for name, each in seen.items()}
    cosines = [each @ each.T for each in kept.values()]
    by_image = [
        np.mean(np.delete(row, index)) for each in cosines for index, row in enumerate(each)
    ]  # micro: a mean over images of the mean over the others
    assert rows["left_out", "left_out"][0] == pytest.approx(np.mean(by_image), abs=1e-6)
    assert rows["counted", "left_out"][0] == pytest.approx(np.mean([row.mean() for each in cosines for row in each]), abs=1e-6)
    assert rows["left_out", "kept"][2] - rows["left_out", "left_out"][2] == 6  # three others, both ways
    assert len(real_rows(miniature_protocol, squares.subjects, references, left_out=())) == 2


def test_an_image_that_is_left_out_is_no_reference_either():
    paths = tuple(Path(f"{index}.png") for index in range(4))
    features = ReferenceFeatures(paths, {"eye": alike(4, 0.5)}, np.array([2]))
    assert without_images(features, [paths[0]]).compared.tolist() == [1]
    assert without_images(features, [paths[2]]).compared.tolist() == []
    assert without_images(features, [paths[2]]).paths == (paths[0], paths[1], paths[3])
    assert without_images(features, [paths[2]]).embeddings["eye"].tolist() == alike(4, 0.5)[[0, 1, 3]].tolist()


# ---------------------------------------------------------------- the photos


def test_the_miniature_has_no_near_duplicates_and_is_not_the_release(mini):
    assert near_duplicates(mini) == frozenset()
    assert not is_the_release(mini)


@needs_photos
def test_the_photos_near_duplicates_are_known_by_their_content(tmp_path):
    photos = load_dataset(str(PHOTOS))
    assert sorted(path.relative_to(photos.root).as_posix() for path in near_duplicates(photos)) == ["cat/03.jpg", "dog5/03.jpg"]
    assert is_the_release(photos)
    fewer = Dataset("fewer", photos.root, photos.subjects[:-1])
    assert not is_the_release(fewer)
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "03.jpg").write_bytes(b"another picture")
    assert near_duplicates(Dataset("other", tmp_path, ())) == frozenset()


@needs_photos
def test_photos_are_calibrated_on_with_any_weights(tiny_spec, miniature_protocol):
    photos = load_dataset(str(PHOTOS))
    two = Dataset("two", photos.root, (photos.subject("cat"), photos.subject("dog5")))
    prepared = ReferenceSets(tiny_spec, two, two.subjects, "cpu").under(miniature_protocol)
    rows = values(real_rows(miniature_protocol, two.subjects, prepared.references, left_out=near_duplicates(two)))
    assert {key: row[2] for key, row in rows.items()} == {
        ("left_out", "kept"): 40,  # 5 images each
        ("counted", "kept"): 50,
        ("left_out", "left_out"): 24,  # 4 each
        ("counted", "left_out"): 32,
    }
    for row in rows.values():
        assert all(-1 <= value <= 1 + 1e-6 for value in row[:2])
    assert rows["left_out", "kept"][0] < rows["counted", "kept"][0]


# ---------------------------------------------------------------- beside the published rows


def test_the_published_rows_are_those_of_the_papers():
    rows = {published.protocol: published for published in published_real_images().published}
    assert rows["dreambench"].values == {"dino": 0.774, "clip_i": 0.885}
    assert rows["oft"].values == {"dino": 0.703, "clip_i": 0.864}
    assert (rows["dreambench"].self_pairs, rows["oft"].self_pairs) == ("unknown", "left_out")


def row(dino, clip_i, self_pairs="left_out", near="kept", protocol="dreambench"):
    return RealRow(protocol, self_pairs, near, 158, 684, {"dino": dino, "clip_i": clip_i})


PAPER = Published(
    name="paper",
    source="s",
    protocol="dreambench",
    values={"dino": 0.774, "clip_i": 0.885},
    self_pairs="unknown",
    near_duplicates="unknown",
)


def test_a_row_within_the_tolerance_agrees_and_names_the_way_of_counting():
    rows = [row(0.700, 0.860), row(0.776, 0.882, "counted")]
    verdict = judge(PAPER, load_protocol("dreambench"), rows, other_images=None)
    assert verdict.agrees is True
    assert verdict.nearest == rows[1]
    assert verdict.distance == pytest.approx(0.003)
    assert verdict.sentence.startswith(
        "dreambench reproduces paper (DINO 0.774, CLIP-I 0.885): DINO 0.776 and CLIP-I 0.882 with self-pairs counted, "
        "near-duplicates kept, at most 0.003 away."
    )


def test_a_row_is_away_if_one_metric_is():
    verdict = judge(PAPER, load_protocol("dreambench"), [row(0.774, 0.700)], other_images=None)
    assert verdict.agrees is False
    assert "does not reproduce" in verdict.sentence
    assert "cannot stand beside published ones" in verdict.sentence


def test_a_source_that_says_how_it_counts_is_held_to_that():
    """OFT leaves self-pairs out: a row that meets its numbers only by counting them does not agree."""
    oft = next(published for published in published_real_images().published if published.protocol == "oft")
    rows = [row(0.6, 0.8, protocol="oft"), row(0.703, 0.864, "counted", protocol="oft"), row(0.703, 0.864, near="left_out")]
    verdict = judge(oft, load_protocol("oft"), rows, other_images=None)
    assert (verdict.agrees, verdict.nearest) == (False, rows[0])


def test_one_metric_alone_is_judged_as_such():
    verdict = judge(PAPER, load_protocol("dreambench"), [row(0.774, None)], other_images=None)
    assert verdict.agrees is True
    assert "paper (DINO 0.774 alone)" in verdict.sentence


def test_a_scale_is_taken_out_before_comparing():
    times = load_protocol("dreambench").model_copy(update={"scale": 100.0})
    assert judge(PAPER, times, [row(77.4, 88.5)], other_images=None).distance == pytest.approx(0, abs=1e-9)


def test_other_images_or_no_such_protocol_are_never_judged():
    exact = [row(0.774, 0.885)]
    other = judge(PAPER, load_protocol("dreambench"), exact, other_images="mini")
    without = judge(PAPER, None, [], other_images=None)
    assert (other.agrees, without.agrees) == (None, None)
    assert "not about 'mini'" in other.sentence
    assert "the protocol dreambench was not run" in without.sentence


def test_a_published_row_belongs_to_what_a_protocol_does_not_to_its_name():
    mine = load_protocol("dreambench").model_copy(update={"name": "mine", "description": ""})
    assert protocol_of(PAPER, [load_protocol("uno"), mine]) is mine
    imposter = load_protocol("uno").model_copy(update={"name": "dreambench"})
    any_encoder = asking(mine, "dino", architecture=None)
    assert protocol_of(PAPER, [imposter, any_encoder]) is None


# ---------------------------------------------------------------- encoders


def asking(protocol, role, **values):
    """The same protocol with other values for an encoder."""
    encoders = protocol.record()["encoders"]
    return Protocol.model_validate(protocol.record() | {"encoders": encoders | {role: encoders[role] | values}})


def test_an_encoder_is_loaded_once_for_each_transform(squares, tiny_spec, miniature_protocol):
    told: list[str] = []
    sets = ReferenceSets(tiny_spec, squares, squares.subjects, "cpu", say=told.append)
    first = sets.under(miniature_protocol)
    again = sets.under(miniature_protocol.model_copy(update={"name": "again", "references": "first", "scale": 2.0}))
    assert len([line for line in told if line.startswith("loading")]) == 2
    assert (first.references["can"].embeddings["dino"] == again.references["can"].embeddings["dino"]).all()
    assert again.references["can"].compared.tolist() == [0]
    transform = miniature_protocol.encoders["dino"].transform.model_dump() | {"interpolation": "bilinear"}
    other = sets.under(asking(miniature_protocol, "dino", transform=transform))
    assert len([line for line in told if line.startswith("loading")]) == 3
    assert other.fingerprints["dino"] != first.fingerprints["dino"]
    assert other.fingerprints["clip"] == first.fingerprints["clip"]


def test_one_right_encoder_of_two_gives_its_metric_alone(squares, tiny_spec, miniature_protocol):
    sets = ReferenceSets(tiny_spec, squares, squares.subjects, "cpu")
    for role, gone, there in (("dino", "dino", "clip_i"), ("clip", "clip_i", "dino")):
        protocol = asking(miniature_protocol, role, architecture="another")
        found = sets.under(protocol)
        (row, *_) = real_rows(protocol, squares.subjects, found.references, left_out=())
        assert row.values[gone] is None
        assert row.values[there] is not None
        assert "is defined for" in found.missing[role]
    with pytest.raises(UserError, match="is defined for dino another"):
        sets.under(asking(asking(miniature_protocol, "dino", architecture="another"), "clip", architecture="another"))


def test_encoders_that_real_images_have_no_use_for_are_not_loaded(squares, tiny_spec):
    """LPIPS and what reads prompts say nothing of real images against each other."""
    told: list[str] = []
    lpips = {"encoders": {"dino": {"transform": {"resize": 64, "crop": 64}}, "lpips": {"library": "lpips"}}}
    metrics = {"dino": {"formula": "image_similarity", "encoder": "dino"}, "div": {"formula": "diversity", "encoder": "lpips"}}
    protocol = Protocol.model_validate({"name": "mine", "metrics": metrics, **lpips})
    found = ReferenceSets(tiny_spec, squares, squares.subjects, "cpu", say=told.append).under(protocol)
    assert (list(found.fingerprints), dict(found.missing)) == (["dino"], {})
    assert not [line for line in told if "lpips" in line.lower()]
    with pytest.raises(UserError, match="'mine' compares no images with others"):
        ReferenceSets(tiny_spec, squares, squares.subjects, "cpu").under(protocol.only(["div"]))


# ---------------------------------------------------------------- the command


@pytest.fixture
def calibrate(tmp_path: Path, squares: Dataset, tiny_encoder_folders: dict[str, Path]):
    from dreambench.benchmark.cli.commands import app

    folders = tiny_encoder_folders
    suite = write_suite(tmp_path / "tiny.toml", dataset=declared(squares), dino=folders["dino"], clip=folders["clip"])

    def run(*arguments: str):
        return CliRunner().invoke(app, ["calibrate", "--suite", str(suite), "--device", "cpu", *arguments])

    return run


def test_calibrate_prints_what_the_functions_compute(calibrate, squares, tiny_spec, miniature_protocol):
    result = calibrate("--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    prepared = ReferenceSets(tiny_spec, squares, squares.subjects, "cpu").under(miniature_protocol)
    rows = real_rows(miniature_protocol, squares.subjects, prepared.references, left_out=())
    assert [each["values"]["dino"] for each in record["rows"]] == pytest.approx([each.values["dino"] for each in rows])
    assert [each["self_pairs"] for each in record["rows"]] == ["left_out", "counted"]
    assert record["protocols"][0]["encoders"] == dict(prepared.fingerprints)
    assert [each["agrees"] for each in record["published"]] == [None, None]
    assert set(record["not_run"]) >= {"dreambench", "oft", "uno"}
    assert "miniature" not in record["not_run"]


def test_the_table_marks_published_rows_that_are_not_comparable(calibrate):
    result = calibrate()
    assert result.exit_code == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert "DreamBooth paper * not said not said 0.774 0.885" in text
    assert "* OFT paper is not comparable here" in text
    assert "none known" in text
    assert "Not run: " in text


def test_ones_own_protocol_is_calibrated_by_its_file(calibrate, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'name = "mine"\nreferences = "first"\n[encoders.dino.transform]\nresize = 64\ncrop = 64\n'
        '[metrics.sees]\nformula = "image_similarity"\nencoder = "dino"\nlabel = "My DINO"\n'
    )
    record = json.loads(calibrate("--protocol", str(mine), "--protocol", "miniature", "--json").stdout)
    assert [each["protocol"] for each in record["rows"]] == ["mine", "mine", "miniature", "miniature"]
    assert [each["n_pairs"] for each in record["rows"]] == [6, 9, 20, 29]
    assert record["not_run"] == {}
    text = calibrate("--protocol", str(mine), "--protocol", "miniature").stdout
    headings = next(line for line in text.splitlines() if "Self-pairs" in line)
    assert headings.split()[-4:] == ["My", "DINO", "DINO", "CLIP-I"]  # a column a metric, whoever declares it, and none cut
    assert "…" not in text
    (tmp_path / "copy.toml").write_text(mine.read_text())
    twice = calibrate("--protocol", str(mine), "--protocol", str(tmp_path / "copy.toml"))
    assert (twice.exit_code, "have the same name" in twice.stderr) == (2, True)


def test_a_protocol_that_was_asked_for_and_does_not_fit_is_wrong_input(calibrate):
    result = calibrate("--protocol", "dreambench")
    assert result.exit_code == 2
    assert "choose a protocol made for this one." in result.stderr.strip().splitlines()[-1]
