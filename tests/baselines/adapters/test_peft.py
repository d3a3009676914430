"""What a user relies on: any adapter of peft trains in the resident model and comes out without a trace."""

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from dreambench.baselines.adapters.config import adapter_config
from dreambench.baselines.adapters.injection import put_in
from dreambench.baselines.adapters.method import Peft
from dreambench.baselines.adapters.settings import PeftSettings
from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.testing import check_method
from dreambench.benchmark.declarations.suite import load_suite, method_settings
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

Contexts = Callable[..., MethodContext]
Tasks = Callable[[str], SubjectTask]
MINI = load_dataset("mini")
#: Ten kinds, each with what it needs to fit layers of 32 and 64.
ADAPTERS: dict[str, dict[str, Any]] = {
    "lora": {"rank": 2},
    "dora": {"adapter": "lora", "rank": 2, "use_dora": True},
    "pissa": {"adapter": "lora", "rank": 2, "init_lora_weights": "pissa"},
    "biased": {"adapter": "lora", "rank": 2, "bias": "lora_only"},
    "loha": {"adapter": "loha", "rank": 2},
    "lokr": {"adapter": "lokr", "rank": 2},
    "oft": {"adapter": "oft", "oft_block_size": 8},
    "boft": {"adapter": "boft", "boft_block_size": 4},
    "vera": {"adapter": "vera", "rank": 4},
    "hra": {"adapter": "hra", "rank": 2},
}


def settings(**changes: Any) -> PeftSettings:
    values = {"steps": 3, "learning_rate": 1e-2, "batch_size": 2, "class_images": 2, "identifier": "qzx", **changes}
    return PeftSettings.model_validate(values)


def traces(base: BaseModel) -> tuple[Any, ...]:
    """Modules, attributes, hooks and the bits of every weight."""
    modules = [
        (name, type(module).__name__, sorted(vars(module)), len(module._forward_hooks), len(module._forward_pre_hooks))
        for part in base.parts.values()
        for name, module in part.named_modules()
    ]
    weights = [weight.detach().clone() for part in base.parts.values() for weight in part.parameters()]
    return modules, weights


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return one[0] == other[0] and all(torch.equal(a, b) for a, b in zip(one[1], other[1], strict=True))


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_trains_and_the_model_is_bit_identical_afterwards(
    pipeline_folder: Path, context: Contexts, make_task: Tasks, name: str
) -> None:
    where = context()
    where.base = base = BaseModel.load(pipeline_folder, device=torch.device("cpu"))
    before = traces(base)
    train_text = name in ("lora", "vera")
    method = Peft(settings(prior_loss_weight=0, train_text_encoder=train_text, **ADAPTERS[name]))
    [prepared] = method.prepare([make_task("dog")], where)
    request = ImageRequest(prepared.subject, MINI.prompts_of("live")[0], 0)
    [trained] = prepared.sample([request])
    details = prepared.record.details
    assert len(prepared.record.losses) == 3
    assert int(str(details["trained_parameters"])) > 0
    assert int(str(details["adapter_bytes"])) > 0
    base.restore()
    assert same(traces(base), before)
    [untrained] = Peft(settings(prior_loss_weight=0, steps=0)).prepare([make_task("dog")], where)[0].sample([request])
    assert np.abs(np.asarray(trained, int) - np.asarray(untrained, int)).max() > 0
    base.restore()


def test_the_copy_of_the_base_model_is_not_needed(pipeline_folder: Path, context: Contexts, make_task: Tasks) -> None:
    where = context()
    where.base = BaseModel.load(pipeline_folder, device=torch.device("cpu"))
    Peft(settings()).prepare([make_task("dog")], where)
    assert where.base.snapshot_store is None


def test_a_subject_comes_out_alike_whoever_was_trained_before(context: Contexts, make_task: Tasks) -> None:
    choice = settings(lora_dropout=0.3)
    alone = Peft(choice).prepare([make_task("cat")], context())[0].record.losses
    method = Peft(choice)
    method.prepare([make_task("dog")], context())
    torch.rand(7)  # the global random state is nothing to it
    assert method.prepare([make_task("cat")], context())[0].record.losses == alone
    assert Peft(settings()).prepare([make_task("cat")], context())[0].record.losses != alone  # the dropout is on


def test_a_tenth_of_a_thousand_rounds_leaks_nothing(base: BaseModel) -> None:
    """The whole thousand is the same loop."""
    before, counts = traces(base), []
    for number in range(100):
        _, take_out = put_in(base.denoiser, adapter_config(settings(), ("to_q",)), part="unet", seed=number)
        base.undo_at_restore(take_out)
        base.restore()
        del take_out
        if number in (9, 99):
            gc.collect()
            counts.append(sum(isinstance(thing, (torch.Tensor, torch.nn.Module)) for thing in gc.get_objects()))
    assert counts[0] == counts[1]
    assert same(traces(base), before)


def test_saved_adapters_are_read_by_diffusers_and_peft(
    base: BaseModel, context: Contexts, make_task: Tasks, tmp_path: Path, pipeline_folder: Path
) -> None:
    from diffusers import UNet2DConditionModel
    from peft import PeftModel

    Peft(settings(prior_loss_weight=0, save=tmp_path, rank=2, alpha=4)).prepare([make_task("dog")], context())
    inputs = {"sample": torch.randn(1, 4, 8, 8), "timestep": torch.tensor(5), "encoder_hidden_states": torch.randn(1, 24, 32)}
    expected = base.unet(**inputs).sample
    read = [UNet2DConditionModel.from_pretrained(pipeline_folder / "unet").float().eval() for _ in range(2)]
    assert not torch.allclose(read[0](**inputs).sample, expected, atol=1e-5)
    read[0].load_lora_adapter(str(tmp_path / "dog" / "pytorch_lora_weights.safetensors"), prefix="unet", use_safetensors=True)
    PeftModel.from_pretrained(read[1], tmp_path / "dog" / "unet")
    for unet in read:
        torch.testing.assert_close(unet(**inputs).sample, expected, rtol=0, atol=1e-6)
    config = json.loads((tmp_path / "dog" / "unet" / "adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["base_model_name_or_path"]) == (2, 4, None)
    assert (tmp_path / "dog" / "identifier.txt").read_text().strip() == "qzx"


def test_a_config_file_of_peft_is_an_adapter(tmp_path: Path) -> None:
    from peft import LoKrConfig

    LoKrConfig(r=3, target_modules=["to_q"]).save_pretrained(tmp_path)
    made = adapter_config(settings(adapter=str(tmp_path / "adapter_config.json"), rank_dropout=0.5), None)
    assert (type(made), made.r, made.rank_dropout, made.target_modules) == (LoKrConfig, 3, 0.5, {"to_q"})


def test_the_contract_of_methods_is_kept() -> None:
    check_method(Peft, PeftSettings(steps=2, class_images=2, learning_rate=1e-2))


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["lora_dropuot=0.1"], "did you mean 'lora_dropout'"),
        (["adapter=lokt"], "did you mean 'lokr'"),
        (["adapter=dora"], "set adapter=lora and use_dora=true"),
        (["adapter=oft", "lora_dropout=0.1"], "there is no key 'lora_dropout'"),
        (["lora_dropout=much"], "'lora_dropout' cannot be 'much'"),
        (["adapter=oft", "alpha=3"], "The adapter oft has no alpha"),
        (["adapter=adalora", "total_step=9"], "must be told of every step"),
        (["adapter=nowhere.json"], "nowhere.json"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_run(overrides: list[str], said: str) -> None:
    with pytest.raises((UserError, ValidationError), match=said):
        method_settings(load_suite("mini"), "peft", overrides)


def test_peft_s_own_keys_name_the_run() -> None:
    plain, changed = (method_settings(load_suite("mini"), "peft", given) for given in ([], ["lora_dropout=0.1"]))
    assert changed.identity() == plain.identity() | {"lora_dropout": 0.1}
    assert "save" not in plain.identity()


def test_an_adapter_that_does_not_fit_is_one_sentence_and_leaves_no_trace(
    base: BaseModel, context: Contexts, make_task: Tasks
) -> None:
    before = traces(base)
    for wrong in ({"target_modules": ["no_such_layer"]}, {"adapter": "c3a", "block_size": 7}):
        with pytest.raises(UserError, match="does not fit the base model"):
            Peft(settings(prior_loss_weight=0, **wrong)).prepare([make_task("dog")], context())
        base.restore()
        assert same(traces(base), before)


def test_without_the_library_one_sentence_says_what_to_install(context: Contexts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(UserError, match=r"pip install 'dreambench\[peft\]'"):
        Peft(settings()).load(context())


def test_the_suite_s_rank_holds_for_the_suite_s_adapter_alone() -> None:
    suite = load_suite("mini").model_copy(update={"methods": {"peft": {"rank": 4, "alpha": 4, "steps": 7}}})
    assert method_settings(suite, "peft", ["lora_dropout=0.1"]).model_dump()["rank"] == 4
    other = method_settings(suite, "peft", ["adapter=oft", "oft_block_size=4"]).model_dump()
    assert (other["rank"], other["alpha"], other["steps"]) == (None, None, 7)
