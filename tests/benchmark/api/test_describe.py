"""`describe`: class nouns and kinds that a suite's CLIP suggests for folders of images that nobody has named yet."""

import shutil
from pathlib import Path

import pytest

from dreambench.benchmark.api.describe import describe
from dreambench.dataset.collection import MINIATURE_FOLDER, load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS

#: Of the 30 subjects of the miniature, its CLIP names 25 rightly among the 28 nouns that its tokenizer knows.
LEAST_RIGHT = 24


@pytest.fixture(scope="module")
def unnamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature's pictures in folders whose names say nothing."""
    root = tmp_path_factory.mktemp("unnamed")
    for number, subject in enumerate(SUBJECTS):
        shutil.copytree(MINIATURE_FOLDER / subject.id, root / f"s{number:02d}")
    return root


def test_most_subjects_of_the_miniature_get_their_class_noun_and_nearly_all_their_kind(unnamed: Path) -> None:
    described = describe(unnamed).subjects
    assert [each.subject.id for each in described] == [f"s{number:02d}" for number in range(30)]
    nouns = [each.subject.class_noun == subject.class_noun for each, subject in zip(described, SUBJECTS, strict=True)]
    kinds = [each.subject.kind == subject.kind for each, subject in zip(described, SUBJECTS, strict=True)]
    assert sum(nouns) >= LEAST_RIGHT
    assert sum(kinds) >= 28
    for each in described:
        assert each.guess is not None
        assert 0 <= each.guess.margin < each.guess.cosine <= 1
        assert each.guess.second != each.subject.class_noun
    # Where the margin is large, it can be believed.
    assert all(right for right, each in zip(nouns, described, strict=True) if each.guess and each.guess.margin > 0.1)


def test_what_is_written_loads_and_what_was_said_is_kept(unnamed: Path, tmp_path: Path) -> None:
    root = tmp_path / "own"
    for name in ("s00", "s06", "s10"):  # a backpack, a cat, a dog
        shutil.copytree(unnamed / name, root / name)
    (root / "subjects.toml").write_text('[s06]\nclass_noun = "kitten"\n[s10]\nkind = "object"\nlicence = "CC0"\n')
    found = describe(str(root))
    described = {each.subject.id: each for each in found.subjects}
    assert (described["s06"].subject.class_noun, described["s06"].subject.kind) == ("kitten", "live")
    assert described["s06"].guess is None
    assert described["s10"].subject.kind == "object"
    assert described["s10"].subject.class_noun != "dog"  # an object's noun was asked for
    assert found.write() == root / "subjects.toml"
    dataset = load_dataset(str(root))
    assert dataset.subject("s00").class_noun == "backpack"
    assert dataset.credit(root / "s10" / "00.png").licence == "CC0"
    assert describe(root).subjects == ()


def test_a_suite_that_cannot_help_says_so(unnamed: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no suite 'nowhere'"):
        describe(unnamed, suite="nowhere")
    with pytest.raises(UserError, match="There is no dataset"):
        describe(tmp_path / "nowhere")
    (tmp_path / "own" / "thing").mkdir(parents=True)
    (tmp_path / "own" / "thing" / "0.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"0.png is not a picture"):
        describe(tmp_path / "own")
