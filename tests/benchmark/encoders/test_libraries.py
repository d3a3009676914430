"""Encoders by libraries: a plug-in's go wherever the built-in ones go, and what the documentation shows is run."""

import re
import shutil
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from encoder_loading import load_one, protocol_with
from PIL import Image
from repository import ROOT

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.doctor.encoder_weights import examine_encoders
from dreambench.benchmark.encoders import load_encoders, registry
from dreambench.benchmark.encoders.files_key import encoders_key
from dreambench.benchmark.encoders.locating import locate_encoder
from dreambench.benchmark.scoring.score import score
from dreambench.dataset.errors import UserError

PAGE = (ROOT / "docs" / "encoders.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(python|toml)\n(.*?)```", PAGE, flags=re.DOTALL)


def blocks(kind, first=""):
    return [text for language, text in BLOCKS if language == kind and text.startswith(first)]


# ---------------------------------------------------------------- the page


def test_the_snippet_of_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (snippet,) = [text for text in blocks("python") if not text.startswith("# colours.py")]
    exec(compile(snippet, "docs/encoders.md", "exec"), {"__name__": "__main__"})  # our own page
    assert capsys.readouterr().out.startswith("(2, 192) ")


@pytest.mark.parametrize("text", [text for text in blocks("toml", "# protocol") if "colours" not in text])
def test_the_pages_protocols_declare_encoders_that_are_known(text):
    protocol = Protocol.model_validate({"name": "page"} | tomllib.loads(text))
    for role in protocol.encoders:
        located = locate_encoder(role, protocol, {})
        assert located.library.name == protocol.encoders[role].library
        assert located.source.repository


def test_the_pages_suite_is_one():
    (text,) = blocks("toml", "# suite")
    assert {EncoderSpec.model_validate(spec).weights for spec in tomllib.loads(text)["encoders"].values()}


# ---------------------------------------------------------------- a plug-in


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """The page's plug-in, installed as its package would be."""
    (source,) = blocks("python", "# colours.py")
    assert len(source.splitlines()) <= 30
    (tmp_path / "colours.py").write_text(source)
    (entry,) = tomllib.loads(blocks("toml", "# pyproject")[0])["project"]["entry-points"]["dreambench.encoders"].items()
    info = tmp_path / "colours-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: colours\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[dreambench.encoders]\n{entry[0]} = {entry[1]}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("colours", None)


@pytest.fixture
def colour_protocol(tmp_path):
    (text,) = [text for text in blocks("toml", "# protocol") if "colours" in text]
    path = tmp_path / "colour.toml"
    path.write_text(f'name = "colour"\nimages_per_prompt = 1\n{text}')
    return load_protocol(path)


def test_a_plugins_encoder_scores_like_any_other(plugin, colour_protocol, squares, tmp_path, random_image):
    paths = []
    for index, subject in enumerate(squares.subjects):
        paths.append(tmp_path / f"{subject.id}.png")
        random_image(50 + index).save(paths[-1])
    images = pd.DataFrame(
        {
            "subject": [subject.id for subject in squares.subjects],
            "prompt_index": 0,
            "image_index": 0,
            "path": paths,
        }
    )
    encoders = load_encoders({}, colour_protocol)
    scores = score(images, priors=None, dataset=squares, protocol=colour_protocol, encoders=encoders)

    def histogram(picture):
        counts = np.histogramdd(np.asarray(picture).reshape(-1, 3), bins=(4, 4, 4), range=[(0, 256)] * 3)[0].ravel()
        return counts / np.linalg.norm(counts)

    for row, path in zip(scores.images.itertuples(), paths, strict=True):
        mine = histogram(Image.open(path))
        references = [histogram(picture) for picture in squares.references(squares.subject(row.subject))]
        assert row.colour == pytest.approx(np.mean([mine @ each for each in references]), abs=1e-6)


def test_a_plugins_encoder_is_ready_for_doctor_and_has_a_key(plugin, colour_protocol, tmp_path):
    (finding,) = examine_encoders({}, colour_protocol)
    assert (finding.topic, finding.state, finding.text) == ("encoder colour", "ready", "colours needs no weights")
    key = encoders_key({}, colour_protocol)
    metadata = tmp_path / "colours-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
    assert encoders_key({}, colour_protocol) != key  # another version may give other numbers
    larger = colour_protocol.record()
    larger["encoders"]["colour"]["transform"] = {"resize": 80, "crop": 64, "mean": [0, 0, 0], "std": [1, 1, 1]}
    other = Protocol.model_validate(larger)
    assert encoders_key({}, other) != encoders_key({}, colour_protocol)
    prints = [load_encoders({}, each).fingerprints()["colour"] for each in (colour_protocol, other)]
    assert prints[0] != prints[1]


def test_a_plugin_that_is_broken_or_odd_is_named(monkeypatch):
    entries = [
        EntryPoint("broken", "no_such_module:Library", registry.GROUP),
        EntryPoint("odd", "json:dumps", registry.GROUP),
        EntryPoint("timm", "no_such_module:Library", registry.GROUP),
        SimpleNamespace(name="hollow", value="hollow:Hollow", load=lambda: Hollow),
    ]

    def found(*, group, name=None):
        return [entry for entry in entries if name in (None, entry.name)]

    monkeypatch.setattr(registry, "entry_points", found)
    assert registry.library_names() == ("open_clip", "timm", "transformers", "lpips", "broken", "hollow", "odd")
    for name, words in (
        ("broken", "The encoder library broken from no_such_module:Library cannot be loaded (ModuleNotFoundError"),
        ("odd", "The encoder library odd from json:dumps is no class derived from dreambench's EncoderLibrary."),
        ("brokn", "There is no library 'brokn' for encoders; did you mean 'broken'?"),
        ("hollow", "The library hollow gave a dict for [encoders.x], which is no encoder"),
    ):
        with pytest.raises(UserError, match=re.escape(words)):
            load_one(EncoderSpec(library=name, weights="none"))
    assert registry.encoder_library("timm").name == "timm"  # a plug-in takes no built-in's name


class Hollow(registry.EncoderLibrary):
    name = "hollow"

    def load(self, request, source, device):
        return {}


# ---------------------------------------------------------------- which library, which files


def library_of(**spec):
    return locate_encoder("x", protocol_with(), {"x": EncoderSpec(**spec)}).library.name


def test_a_name_tells_its_library():
    assert library_of(architecture="vit_base_patch14_dinov2.lvd142m", weights="hub") == "timm"
    assert library_of(architecture="ViT-B-16-SigLIP2", weights="webli") == "open_clip"
    assert library_of(architecture="facebook/dinov2-base", weights="hub") == "transformers"
    assert library_of(architecture="squeeze", weights="torchvision") == "lpips"


def test_a_folders_files_tell_its_library(tiny_encoder_folders, tmp_path):
    from checkpoints.encoders import write_dino
    from checkpoints.transformers_folders import save_model

    assert library_of(weights=str(tiny_encoder_folders["dino"])) == "timm"
    assert library_of(weights=str(tiny_encoder_folders["clip"])) == "open_clip"
    assert library_of(weights=str(write_dino(tmp_path / "dino", "hugging face"))) == "timm"  # one encoder in all layouts
    assert library_of(weights=str(save_model(tmp_path / "vit", "vit"))) == "transformers"
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UserError, match=r"No library knows what is in .*nothing, the weights of \[encoders\.x\]"):
        library_of(weights=str(tmp_path / "nothing"))


def test_the_suites_library_goes_before_the_protocols(tiny_encoder_folders):
    spec = EncoderSpec(weights=str(tiny_encoder_folders["dino"]))
    protocol = protocol_with(library="transformers")
    with pytest.raises(UserError, match=r"has no config\.json with a model_type"):
        locate_encoder("x", protocol, {"x": spec})
    own = spec.model_copy(update={"library": "timm"})
    assert locate_encoder("x", protocol, {"x": own}).library.name == "timm"


def test_what_a_library_cannot_do_is_refused_by_its_key(tiny_encoder_folders):
    clip = EncoderSpec(weights=str(tiny_encoder_folders["clip"]))
    with pytest.raises(UserError, match=r'output = "cls", but the library open_clip gives only own'):
        load_one(clip, output="cls")
    with pytest.raises(UserError, match=r'positions = "resampled", which the library open_clip cannot do'):
        load_one(clip, positions="resampled")


def test_the_packaged_encoders_are_named_where_a_role_has_none():
    with pytest.raises(UserError, match=r"The miniature has no encoder 'dinov2', .* it has clip, dino"):
        load_one(EncoderSpec(weights="mini"), role="dinov2")


def test_the_key_follows_the_files_and_is_the_same_for_the_same(tiny_spec, miniature_protocol, tmp_path):
    key = encoders_key(tiny_spec, miniature_protocol)
    copy = Path(shutil.copytree(tiny_spec["dino"].weights, tmp_path / "copy"))
    same = tiny_spec | {"dino": EncoderSpec(weights=str(copy))}
    assert encoders_key(same, miniature_protocol) == key
    (copy / "config.json").write_text((copy / "config.json").read_text() + "\n")
    assert encoders_key(same, miniature_protocol) != key
    assert encoders_key(tiny_spec, miniature_protocol.only(["dino"])) != key


def test_doctor_and_loading_give_the_same_reason(tiny_spec, miniature_protocol):
    for wrong in (
        EncoderSpec(weights="nowhere.safetensors", architecture="vit_tiny_patch16_224"),
        EncoderSpec(weights="hub", architecture="vit_of_dreams", library="timm"),
        EncoderSpec(weights="openia", architecture="ViT-B-32"),
        EncoderSpec(weights="hub"),
    ):
        specs = tiny_spec | {"dino": wrong}
        with pytest.raises(UserError) as refusal:
            load_encoders(specs, miniature_protocol)
        finding, other = examine_encoders(specs, miniature_protocol)
        assert (finding.topic, finding.state, finding.text) == ("encoder dino", "missing", str(refusal.value))
        assert other.state == "ready"
