"""What a user relies on: adapters that peft, diffusers or kohya saved give the pictures that they were trained for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from dreambench.baselines.adapters.method import Peft
from dreambench.baselines.adapters.settings import PeftSettings
from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.sampling.prepared import ModelSubject
from dreambench.baselines.testing import check_method
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

Contexts = Callable[..., MethodContext]
Tasks = Callable[[str], SubjectTask]
PROMPT = load_dataset("mini").prompts_of("live")[0]


def settings(**changes: Any) -> PeftSettings:
    values = {"steps": 3, "learning_rate": 1e-2, "batch_size": 2, "prior_loss_weight": 0, "identifier": "qzx", **changes}
    return PeftSettings.model_validate(values)


def picture(prepared: ModelSubject) -> np.ndarray:
    [image] = prepared.sample([ImageRequest(prepared.subject, PROMPT, 0)])
    return np.asarray(image, int)


@pytest.fixture
def trained(context: Contexts, make_task: Tasks, tmp_path: Path) -> Callable[..., np.ndarray]:
    """Train an adapter of the dog, save it below given/, and say what it draws."""

    def train(**changes: Any) -> np.ndarray:
        [prepared] = Peft(settings(save=tmp_path / "given", **changes)).prepare([make_task("dog")], context())
        return picture(prepared)

    return train


def only_file(folder: Path) -> dict[str, torch.Tensor]:
    """Leave of a saved adapter diffusers' file without its header, and read it."""
    tensors = load_file(folder / "pytorch_lora_weights.safetensors")
    shutil.rmtree(folder)
    folder.mkdir()
    return tensors


@pytest.mark.parametrize(
    "changes",
    [
        {"rank": 2, "train_text_encoder": True},
        {"adapter": "lora", "rank": 2, "use_dora": True, "use_rslora": True, "alpha": 3},
        {"rank": 2, "bias": "lora_only"},
        {"rank": 2, "init_lora_weights": "pissa"},
        {"adapter": "oft", "oft_block_size": 8},
        {"adapter": "lokr", "rank": 2},
        {"adapter": "vera", "rank": 4},
    ],
    ids=lambda changes: "-".join(map(str, changes)),
)
def test_an_adapter_that_was_kept_draws_what_it_drew_when_it_was_trained(
    trained: Callable[..., np.ndarray], base: BaseModel, context: Contexts, make_task: Tasks, tmp_path: Path, changes: Any
) -> None:
    before = [weight.clone() for part in base.parts.values() for weight in part.parameters()]
    expected = trained(**changes)
    method = Peft(settings(weights=tmp_path / "given", identifier=None))
    [prepared] = method.prepare([make_task("dog")], context())
    assert np.abs(picture(prepared) - expected).max() <= 1
    assert (prepared.record.steps, prepared.record.losses) == (0, ())
    assert prepared.record.details["identifier"] == "qzx"
    assert int(str(prepared.record.details["trained_parameters"])) > 0
    base.restore()
    after = [weight for part in base.parts.values() for weight in part.parameters()]
    assert all(map(torch.equal, before, after))


@pytest.mark.parametrize("layout", ["diffusers", "without header", "old diffusers", "kohya"])
def test_a_file_of_any_layout_draws_the_same(
    trained: Callable[..., np.ndarray], context: Contexts, make_task: Tasks, tmp_path: Path, layout: str
) -> None:
    from diffusers.utils.state_dict_utils import convert_state_dict_to_kohya

    alpha = 2 if layout in ("without header", "old diffusers") else 4  # these two layouts keep no alpha
    expected = trained(rank=2, alpha=alpha, train_text_encoder=layout == "kohya")
    folder = tmp_path / "given" / "dog"
    if layout == "diffusers":
        shutil.copy(folder / "pytorch_lora_weights.safetensors", tmp_path / "given" / "dog.safetensors")
        shutil.rmtree(folder)
    else:
        tensors = only_file(folder)
        if layout == "old diffusers":
            for new, old in (("lora_A", "down"), ("lora_B", "up")):
                for name in ("to_q", "to_k", "to_v", "to_out.0"):
                    ends = f".{name}.{new}.weight", f".processor.{name.removesuffix('.0')}_lora.{old}.weight"
                    tensors = {key.replace(*ends): tensor for key, tensor in tensors.items()}
        if layout == "kohya":
            tensors = convert_state_dict_to_kohya(tensors)
            tensors = {key: torch.tensor(4.0) if key.endswith(".alpha") else tensor for key, tensor in tensors.items()}
            assert any(key.startswith("lora_te1_") for key in tensors)
        save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / "trained.safetensors")
    [prepared] = Peft(settings(weights=tmp_path / "given")).prepare([make_task("dog")], context())
    assert np.abs(picture(prepared) - expected).max() <= 1


def test_each_layer_may_have_its_own_rank_and_alpha(
    base: BaseModel, context: Contexts, make_task: Tasks, tmp_path: Path
) -> None:
    """Against the weights changed by hand: W + alpha / rank * B A."""
    layers = [name for name, _ in base.unet.named_modules() if name.endswith(("attn2.to_k", "attn2.to_v"))][:2]
    tensors: dict[str, torch.Tensor] = {}
    generator = torch.Generator().manual_seed(0)
    base.keep_weights()
    for name, rank, alpha in zip(layers, (1, 3), (0.5, 6.0), strict=True):
        weight = base.unet.get_submodule(name).weight
        down, up = (
            torch.randn(rank, weight.shape[1], generator=generator),
            torch.randn(weight.shape[0], rank, generator=generator),
        )
        tensors |= {
            f"unet.{name}.lora.down.weight": down,
            f"unet.{name}.lora.up.weight": up,
            f"unet.{name}.alpha": torch.tensor(alpha),
        }
        with torch.no_grad():
            weight += alpha / rank * up @ down
    inputs = {"sample": torch.randn(1, 4, 8, 8), "timestep": torch.tensor(5), "encoder_hidden_states": torch.randn(1, 24, 32)}
    with torch.no_grad():
        expected = base.unet(**inputs).sample
    save_file(tensors, tmp_path / "dog.safetensors")
    Peft(settings(weights=tmp_path)).prepare([make_task("dog")], context())
    with torch.no_grad():
        torch.testing.assert_close(base.unet(**inputs).sample, expected, rtol=1e-4, atol=1e-5)


def test_one_bad_adapter_is_one_sentence_with_its_subject_and_the_next_subject_is_drawn(
    trained: Callable[..., np.ndarray], base: BaseModel, context: Contexts, make_task: Tasks, tmp_path: Path
) -> None:
    expected = trained(rank=2)
    given = tmp_path / "given"
    whole = load_file(given / "dog" / "pytorch_lora_weights.safetensors")
    save_file({key: torch.cat([tensor, tensor], 1) for key, tensor in whole.items()}, given / "cat.safetensors")
    save_file({f"text_encoder_2.{key}": tensor for key, tensor in whole.items()}, given / "dog2.safetensors")
    (given / "dog3.safetensors").write_bytes((given / "dog" / "unet" / "adapter_model.safetensors").read_bytes()[:300])
    (given / "dog5").mkdir()
    (given / "dog5" / "pytorch_lora_weights.bin").write_bytes(b"pickle")
    save_file({key: tensor * float("nan") for key, tensor in whole.items()}, given / "dog6.safetensors")
    save_file({"a.hada_w1_a": torch.zeros(2, 2)}, given / "dog7.safetensors")
    save_file({key: tensor for key, tensor in whole.items() if "lora_B" in key}, given / "dog8.safetensors")
    save_file(whole, given / "backpack.safetensors", metadata={"lora_adapter_metadata": "[" * 100_000})
    method = Peft(settings(weights=given))
    for name, said in {
        "backpack": "the metadata in its header has tables or lists nested",
        "cat": "is for another base model",
        "dog2": "is for another base model",
        "dog3": "cannot be used",
        "dog5": "no file in safetensors",
        "dog6": "not finite",
        "dog7": "it is no LoRA",
        "dog8": "one half",
        "cat2": "There is no adapter for the subject cat2",
    }.items():
        with pytest.raises(UserError, match=said) as caught:
            method.prepare([make_task(name)], context())
        assert f"subject {name}" in str(caught.value)
        assert str(caught.value).count(". ") == 0
        assert np.array_equal(picture(method.prepare([make_task("dog")], context())[0]), expected)


def test_the_word_it_was_trained_with_must_be_known(
    trained: Callable[..., np.ndarray], context: Contexts, make_task: Tasks, tmp_path: Path
) -> None:
    trained(rank=2)
    (tmp_path / "given" / "dog" / "identifier.txt").unlink()
    with pytest.raises(UserError, match="subject dog was trained with; give it with --set identifier=WORD"):
        Peft(settings(weights=tmp_path / "given", identifier=None)).prepare([make_task("dog")], context())


def test_a_folder_that_is_not_there_stops_the_run_at_once(context: Contexts) -> None:
    with pytest.raises(UserError, match="no folder nowhere"):
        Peft(settings(weights=Path("nowhere"))).load(context())


def test_a_file_that_changes_names_its_own_subject_anew_and_no_other(tmp_path: Path) -> None:
    for name in ("dog", "cat"):
        save_file({"a": torch.zeros(2)}, tmp_path / f"{name}.safetensors")
    chosen = settings(weights=tmp_path)
    before = {name: chosen.subject_identity(name) for name in ("dog", "cat", "can")}
    save_file({"a": torch.ones(2)}, tmp_path / "cat.safetensors")
    after = {name: chosen.subject_identity(name) for name in ("dog", "cat", "can")}
    assert before["dog"] == after["dog"] is not None
    assert before["cat"] != after["cat"]
    assert before["can"] is after["can"] is None
    assert "weights" not in settings().identity()
    assert settings().subject_identity("dog") is None


def test_the_contract_of_methods_is_kept_with_given_weights(tmp_path: Path) -> None:
    from dreambench.baselines.settings import SamplerSettings

    base = BaseModel.load("mini", device=torch.device("cpu"))
    name = next(name for name, _ in base.unet.named_modules() if name.endswith("attn2.to_k"))
    wide, high = base.unet.get_submodule(name).weight.shape
    for subject in ("can", "dog"):
        halves = {"lora_A": torch.randn(2, high), "lora_B": torch.randn(wide, 2)}
        save_file(
            {f"unet.{name}.{half}.weight": tensor for half, tensor in halves.items()}, tmp_path / f"{subject}.safetensors"
        )
    word = PeftSettings(weights=tmp_path, identifier="qzx")
    check_method(Peft, word, sampler=SamplerSettings(steps=1, guidance_scale=1.0, resolution=64))


def test_the_header_of_diffusers_file_says_the_scale(trained: Callable[..., np.ndarray], tmp_path: Path) -> None:
    trained(rank=2, alpha=4)
    with safe_open(tmp_path / "given" / "dog" / "pytorch_lora_weights.safetensors", framework="pt") as file:
        header = json.loads(file.metadata()["lora_adapter_metadata"])
    assert (header["unet.r"], header["unet.lora_alpha"]) == (2, 4)
