"""The memory in use: of a process on a CPU, of the whole device on a GPU, named as the machine counts it."""

import os
import platform

import pytest

from dreambench.benchmark.engine.memory_in_use import measure
from dreambench.benchmark.engine.messages import Memory


def test_a_process_on_a_cpu_tells_its_own() -> None:
    found = measure("cpu")
    assert (found.host, found.device, found.total) == (platform.node(), "cpu", None)
    assert found.holder.endswith(f"/{os.getpid()}")
    assert 10**6 < found.used < 10**12


@pytest.mark.parametrize(
    ("visible", "device", "named"), [("", "cuda:1", "cuda:1"), ("2,5", "cuda:1", "cuda:5"), ("3", "cuda", "cuda:3")]
)
def test_a_gpu_tells_what_all_use(monkeypatch: pytest.MonkeyPatch, visible: str, device: str, named: str) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _device: (30, 80))
    host = platform.node()
    assert measure(device) == Memory(host, named, f"{host}/{named}", 50, 80)
