import re

import pytest

from benchmark.protocols import Protocol, fingerprint, load_protocol, protocol_names
from dataset.errors import UserError

CHANGES = {
    "dino": {"resize": 248, "crop": 224},
    "clip": {"resize": 224, "crop": 224},
    "references": "first",
    "pooling": "macro",
    "scale": 2.5,
    "images_per_prompt": 2,
    "prior_images": 3,
    "div": "dino",
}


def test_the_built_in_protocols_are_there():
    assert protocol_names() == ("dreambench", "miniature")


def test_dreambench_is_the_de_facto_protocol():
    protocol = load_protocol("dreambench")
    assert (protocol.dino.resize, protocol.dino.crop, protocol.dino.interpolation) == (256, 224, "bicubic")
    assert protocol.dino.normalisation() == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert (protocol.clip, protocol.references, protocol.text, protocol.scale) == ("own", "all", "without_identifier", 1.0)
    assert (protocol.images_per_prompt, protocol.div, protocol.dtype) == (4, "lpips", "float32")


def test_miniature_differs_only_in_size_and_in_what_needs_weights():
    mini, full = load_protocol("miniature"), load_protocol("dreambench")
    same = ("references", "pooling", "text", "scale", "images_per_prompt", "missing_images", "dtype")
    assert [getattr(mini, key) for key in same] == [getattr(full, key) for key in same]
    assert (mini.dino.crop, mini.clip.crop, mini.div, mini.prior_images) == (64, 64, "dino", 8)


def test_the_fingerprint_changes_with_everything_that_moves_a_number():
    protocol = load_protocol("dreambench")
    values = protocol.model_dump()
    prints = {fingerprint(Protocol(**values | {key: change}), "d", "c") for key, change in CHANGES.items()}
    prints |= {fingerprint(protocol, "d", "c"), fingerprint(protocol, "d2", "c"), fingerprint(protocol, "d", "c2")}
    assert len(prints) == len(CHANGES) + 3
    assert all(re.fullmatch("[0-9a-f]{12}", each) for each in prints)
    described = {"name", "description", "source"}
    constant = {"text", "missing_images", "dtype"}  # have one value yet
    assert set(Protocol.model_fields) - described - constant == set(CHANGES)


def test_the_fingerprint_does_not_follow_words():
    protocol = load_protocol("dreambench")
    renamed = protocol.model_copy(update={"name": "mine", "description": "d", "source": "s"})
    assert fingerprint(renamed, "d", "c") == fingerprint(protocol, "d", "c")


def test_dino_and_clip_cannot_be_exchanged_unnoticed():
    protocol = load_protocol("miniature")
    assert fingerprint(protocol, "a", "b") != fingerprint(protocol, "b", "a")


def test_a_protocol_of_ones_own_is_read_from_its_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\ndiv = "dino"\n[dino]\nresize = 64\ncrop = 64\n')
    assert load_protocol(path).name == "mine"
    assert load_protocol(str(path)).clip == "own"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('name = "m"\ndiv = "dino"\nreference = "all"\n[dino]\nresize = 64\ncrop = 64\n', "did you mean 'references'"),
        ('name = "m"\ndiv = "dino"\n[dino]\nresize = 64\ncrops = 64\n', r"'dino\.crops'; did you mean 'dino\.crop'"),
        ('name = "m"\ndiv = "dino"\n[dino]\nresize = 64\ncrop = 65\n', "must not be larger"),
        ('name = "m"\n[dino]\nresize = 64\ncrop = 64\n', "the key 'div' is missing"),
        ('name = "m"\ndiv = "ssim"\n[dino]\nresize = 64\ncrop = 64\n', "'div' cannot be 'ssim'"),
        ('name = "m"\ndiv = dino', "not valid TOML"),
        ('name = "m"\ndiv = "dino"\nscale = inf\n[dino]\nresize = 64\ncrop = 64\n', "'scale' cannot be inf"),
        ('name = "m"\ndiv = "dino"\n[dino]\nresize = 64\ncrop = 64\nstd = [nan, 1, 1]\n', "finite"),
    ],
)
def test_a_mistake_in_a_protocol_file_is_answered_with_file_and_remedy(tmp_path, text, says):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=says) as refusal:
        load_protocol(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="did you mean 'dreambench'"):
        load_protocol("dreambensh")
