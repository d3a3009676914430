"""What a user relies on: a declared diffusers pipeline draws what diffusers draws, sees the references, and is told apart."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checkpoints.ip_adapter import make_ip_adapter
from PIL import Image

from dreambench.baselines.generators import declaration as generator_module
from dreambench.baselines.generators.declaration import Generator, PipelineSettings
from dreambench.baselines.generators.loading import load_pipeline
from dreambench.baselines.generators.pipeline import Pipeline, ShownSubject
from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask, image_seed
from dreambench.baselines.model.files.contents import MINIATURE, folder_hash
from dreambench.baselines.testing import check_method
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import OFFICIAL_PROMPTS, Prompt

Tasks = Callable[[str], SubjectTask]
CPU = torch.device("cpu")
PLAIN: dict[str, Any] = {
    "pipeline": "StableDiffusionPipeline",
    "source": "mini",
    "steps": 2,
    "guidance_scale": 2.0,
    "resolution": 32,
}
BY_IMAGE: dict[str, Any] = PLAIN | {
    "pipeline": "StableDiffusionImg2ImgPipeline",
    "resolution": None,
    "references": {"argument": "image", "resolution": 32},
    "arguments": {"strength": 0.6},
    "steps": 3,
}


def settings(**values: Any) -> PipelineSettings:
    return PipelineSettings.model_validate({"declaration": values})


def prompt(kind: str = "live", index: int = 1) -> Prompt:
    return next(found for found in OFFICIAL_PROMPTS if (found.kind, found.index) == (kind, index))


def prepared(chosen: PipelineSettings, task: SubjectTask, folder: Path) -> ShownSubject:
    method = Pipeline(chosen)
    context = MethodContext(device=CPU, seed=5, cache_dir=folder)
    method.load(context)
    (subject,) = method.prepare([task], context)
    return subject


def drawn(chosen: PipelineSettings, task: SubjectTask, folder: Path) -> np.ndarray:
    (image,) = prepared(chosen, task, folder).sample([ImageRequest(task.subject, prompt(), 0)])
    assert image.size == (32, 32)
    return np.asarray(image).astype(int)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_ip_adapter(tmp_path_factory.mktemp("adapter"), model=MINIATURE)


def test_a_picture_is_the_one_that_diffusers_itself_draws(make_task: Tasks, tmp_path: Path) -> None:
    from diffusers import StableDiffusionPipeline

    task = make_task("dog2")
    theirs = StableDiffusionPipeline.from_pretrained(MINIATURE, torch_dtype=torch.float32)
    seed = image_seed(ImageRequest(task.subject, prompt(), 0), seed=5)
    expected = theirs(
        "a dog in the snow", height=32, width=32, num_inference_steps=2, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(seed),
    ).images[0]  # fmt: skip
    assert np.array_equal(drawn(settings(**PLAIN), task, tmp_path), np.asarray(expected))


def test_a_pipeline_keeps_the_contract_of_methods() -> None:
    """The same pictures in every order, in every batch, for each subject alone, and from another instance."""
    check_method(Pipeline, settings(**BY_IMAGE))


def test_what_it_was_shown_and_told_is_recorded(make_task: Tasks, tmp_path: Path) -> None:
    task = make_task("dog2")
    form = "put this {class_noun} {context}"
    subject = prepared(settings(**BY_IMAGE, prompt=form, prompt_by_family={"property": "make it {context}"}), task, tmp_path)
    list(subject.sample([ImageRequest(task.subject, prompt(index=index), 0) for index in (1, 11, 24)]))
    details = subject.record.details
    assert details["told"] == {
        "01": "put this dog in the snow",
        "11": "put this dog wearing a santa hat",
        "24": "make it cube shaped",
    }
    assert (details["pipeline"], details["references_shown"]) == ("StableDiffusionImg2ImgPipeline", [0])


def test_an_ip_adapter_sees_the_references(make_task: Tasks, adapter: Path, tmp_path: Path) -> None:
    def with_adapter(task: SubjectTask, scale: float, **references: Any) -> np.ndarray:
        weights = {"source": str(adapter), "subfolder": "models", "weight_name": "ip_adapter.safetensors", "scale": scale}
        shown = {"argument": "ip_adapter_image"} | references
        return drawn(settings(**PLAIN, ip_adapter=weights, references=shown), task, tmp_path)

    dog = make_task("dog2")
    other = SubjectTask(dog.subject, make_task("cat").references)
    plain = drawn(settings(**PLAIN), dog, tmp_path)
    assert np.abs(with_adapter(dog, 0.0) - plain).max() <= 1
    first, of_other = with_adapter(dog, 1.0), with_adapter(other, 1.0)
    assert np.abs(first - plain).max() > 5
    assert np.abs(first - of_other).max() > 1
    everything = with_adapter(dog, 1.0, take="all", form="nested")
    assert np.abs(everything - first).max() > 1


def test_so_many_references_are_taken_or_all_where_there_are_fewer(make_task: Tasks, tmp_path: Path) -> None:
    task = make_task("dog2")
    shown: list[list[Image.Image]] = []

    def counts(**references: Any) -> int:
        chosen = settings(**BY_IMAGE | {"references": {"argument": "image", "resolution": 32} | references})
        subject = prepared(chosen, task, tmp_path)
        shown.append(list(subject.references))
        return len(subject.references)

    assert [counts(), counts(take=2, form="list"), counts(take=9, form="list"), counts(take="all", form="list")] == [1, 2, 3, 3]
    assert shown[0][0].tobytes() == task.references[0].tobytes()


NO_WEIGHTS = {
    "ip_adapter": {"source": "mini", "weight_name": "a.safetensors"},
    "references": {"argument": "ip_adapter_image"},
}
NO_ADAPTER = {"pipeline": "AuraFlowPipeline", "references": {"argument": "prompt_embeds"}}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no such pipeline": (
        {"pipeline": "StableDifusionPipeline"},
        "no pipeline .*did you mean 'StableDiffusionPipeline'",
    ),
    "no pipeline's class": ({"pipeline": "UNet2DConditionModel"}, "no pipeline 'UNet2DConditionModel'"),
    "no such argument": ({"references": {"argument": "image"}}, "StableDiffusionPipeline has no argument 'image', which the"),
    "no such extra": ({"arguments": {"guidence_rescale": 1}}, "did you mean 'guidance_rescale'"),
    "no size": (BY_IMAGE | {"resolution": 32}, "StableDiffusionImg2ImgPipeline has no argument 'height'.*leave out resolution"),
    "argument left out": (BY_IMAGE | {"pipeline": "CycleDiffusionPipeline"}, "needs its argument 'source_prompt'"),
    "no adapter taken": (
        NO_WEIGHTS | NO_ADAPTER,
        "AuraFlowPipeline takes no IP-Adapter",
    ),
    "adapter not there": (NO_WEIGHTS, "The IP-Adapter a.safetensors cannot be loaded from mini"),
    "weights not there": (
        {"source": "some/model", "revision": "abc"},
        "some/model at abc, which is no folder.*HF_HUB_OFF",
    ),
}


@pytest.mark.parametrize(("values", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_loaded_is_one_sentence(
    values: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=said) as refusal:
        load_pipeline(Generator.model_validate(PLAIN | values), device=CPU)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"prompt": "a {class_noun}"}, "without it every prompt is the same"),
        ({"prompt": "a {prompt} {subject}"}, "no other braces"),
        ({"references": {"argument": "image", "take": 2}}, "several references need form"),
        ({"ip_adapter": {"source": "a/b", "weight_name": "a.bin"}}, "safetensors"),
        ({"ip_adapter": {"source": "a/b", "weight_name": "a.safetensors"}}, "needs .references."),
        ({"arguments": {"prompt": "a dog"}}, "prompt' is given twice"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**PLAIN | values)


def test_a_file_is_read_with_its_sources_beside_it_and_a_wrong_key_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    shutil.copytree(MINIATURE, tmp_path / "weights")
    path.write_text('pipeline = "StableDiffusionPipeline"\nsource = "weights"\n')
    read = PipelineSettings.model_validate({"declaration": str(path)}).declaration
    assert read.source == str(tmp_path / "weights")
    path.write_text('pipline = "StableDiffusionPipeline"\nsource = "weights"\n')
    with pytest.raises(UserError, match=r"mine\.toml: there is no key 'pipline'; did you mean 'pipeline'"):
        PipelineSettings.model_validate({"declaration": str(path)})
    with pytest.raises(UserError, match=r"nowhere\.toml"):
        PipelineSettings.model_validate({"declaration": str(tmp_path / "nowhere.toml")})


def test_weights_that_are_moved_are_the_same_and_changed_ones_others(tmp_path: Path) -> None:
    here = shutil.copytree(MINIATURE, tmp_path / "one" / "weights")
    there = shutil.copytree(MINIATURE, tmp_path / "two" / "weights")
    one, two = (settings(**PLAIN | {"source": str(folder)}) for folder in (here, there))
    assert one.identity() == two.identity()
    assert str(tmp_path) not in str(one.identity())
    assert PipelineSettings(declaration=one.declaration, offload="parts").identity() == one.identity()
    (there / "scheduler" / "scheduler_config.json").write_text("{}")
    folder_hash.cache_clear()
    assert one.identity() != two.identity()


def test_a_repository_without_revision_is_warned_of_and_one_with_is_not(caplog: pytest.LogCaptureFixture) -> None:
    generator_module._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        settings(**PLAIN | {"source": "some/model", "revision": "abc"})
        assert not caplog.records
        chosen = settings(**PLAIN | {"source": "some/model"})
        settings(**PLAIN | {"source": "some/model"})
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["some/model has no revision"]
    assert chosen.declaration.unpinned() == ["some/model"]
