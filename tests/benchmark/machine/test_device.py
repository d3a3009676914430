"""Devices by name: one of several GPUs, whatever there is, and a sentence for what there is not."""

import pytest

from dreambench.benchmark.machine.device import check_device, choose_device, is_gpu
from dreambench.benchmark.machine.resources import autocasts, default_batch_size
from dreambench.dataset.errors import UserError


@pytest.fixture(params=[0, 1, 4])
def gpus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A machine with so many GPUs."""
    count = int(request.param)
    monkeypatch.setattr("torch.cuda.is_available", lambda: count > 0)
    monkeypatch.setattr("torch.cuda.device_count", lambda: count)
    return count


def test_a_device_is_taken_if_it_is_there(gpus: int) -> None:
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") == ("cuda" if gpus else "cpu")
    for choice, least in (("cuda", 1), ("cuda:0", 1), ("cuda:3", 4)):
        if gpus >= least:
            assert choose_device(choice) == choice
        else:
            with pytest.raises(UserError, match=f"--device {choice}: this machine has"):
                choose_device(choice)


@pytest.mark.parametrize("choice", ["auto", "cpu", "cuda", "cuda:0", "cuda:12"])
def test_names_are_checked_before_anything_is_loaded(choice: str) -> None:
    assert check_device(choice) == choice


@pytest.mark.parametrize("choice", ["cude", "cuda:", "cuda:-1", "cuda:x", "gpu", "", "cuda:1 "])
def test_other_names_are_refused_with_a_sentence(choice: str) -> None:
    with pytest.raises(UserError, match=r"--device cannot be .*(did you mean|give one of)"):
        check_device(choice)


def test_a_gpu_with_a_number_is_a_gpu() -> None:
    import torch

    assert [is_gpu(device) for device in ("cpu", "cuda", "cuda:3")] == [False, True, True]
    assert autocasts("bfloat16", "cuda:3") == (torch.bfloat16, torch.bfloat16)
    assert default_batch_size("cuda:3", 512) == default_batch_size("cuda", 512) == 16
    assert default_batch_size("cpu", 512) == 1
