"""What a user relies on: whatever a family tells its denoiser of a prompt stays together, row by row."""

import pytest
import torch

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.conditioning import Conditioning


@pytest.fixture
def three() -> Conditioning:
    """Three prompts whose pooled embedding is their number, so that a row that strays is seen."""
    numbers = torch.arange(3.0)
    return Conditioning(numbers.view(3, 1, 1).expand(3, 4, 2).clone(), {"pooled": numbers.view(3, 1)})


def numbers(conditioning: Conditioning) -> list[tuple[float, float]]:
    pairs = zip(conditioning.text[:, 0, 0], conditioning.beside["pooled"][:, 0], strict=True)
    return [(text.item(), pooled.item()) for text, pooled in pairs]


def test_rows_keep_what_is_beside_them(three: Conditioning) -> None:
    assert numbers(three.take(torch.tensor([2, 0, 2]))) == [(2, 2), (0, 0), (2, 2)]
    assert numbers(three.repeat(2)) == [(0, 0), (0, 0), (1, 1), (1, 1), (2, 2), (2, 2)]
    assert numbers(three.take(torch.tensor([1])).expand(3)) == [(1, 1)] * 3
    assert numbers(Conditioning.join([three.take(torch.tensor([2])), three])) == [(2, 2), (0, 0), (1, 1), (2, 2)]
    assert len(three) == 3


def test_a_row_seen_often_is_not_copied(three: Conditioning) -> None:
    one = three.take(torch.tensor([1]))
    assert one.expand(1000).text.data_ptr() == one.text.data_ptr()


def test_detaching_cuts_all_of_it() -> None:
    weight = torch.ones(1, requires_grad=True)
    cut = Conditioning(weight * torch.ones(1, 2, 2), {"pooled": weight * torch.ones(1, 2)}).detach()
    assert not cut.text.requires_grad
    assert not cut.beside["pooled"].requires_grad


def test_parts_that_hold_different_things_are_not_joined(three: Conditioning) -> None:
    with pytest.raises(KeyError, match="pooled"):
        Conditioning.join([three, Conditioning(three.text)])


def test_the_denoisers_answer_is_the_networks_own(base: BaseModel) -> None:
    noisy, steps = torch.randn(2, 4, 8, 8), torch.tensor([3, 700])
    told = base.encode_text(["a dog", "a red vase"])
    expected = base.unet(noisy, steps, encoder_hidden_states=told.text).sample
    assert torch.equal(base.predict(noisy, steps, told), expected)
