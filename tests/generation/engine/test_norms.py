"""RMS norms are replaced where that changes nothing."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from generation.engine.cpu.norms import RMSNorm, replace_norms
from tests.generation.engine import tiny

# Norms of the two layers, those of heads and the last one.
NORMS = {"llama": 5, "qwen3": 9, "gemma2": 9, "gemma3": 13, "cohere": 0, "mixtral": 5}


@pytest.mark.parametrize("architecture", NORMS)
def test_a_model_gives_the_same_numbers_with_its_norms_replaced(architecture: str) -> None:
    plain = tiny.model(architecture=architecture)
    with torch.no_grad():  # as training leaves them: a fresh model's are all the same
        for name, weight in plain.named_parameters():
            if "norm" in name:
                weight.copy_(torch.rand_like(weight))
    model = copy.deepcopy(plain)
    assert replace_norms(model) == NORMS[architecture]
    found = [each for each in model.modules() if isinstance(each, RMSNorm)]
    assert len(found) == NORMS[architecture]
    ids = torch.tensor([[7, 11, 300, 5, 5], [9, 8, 2, 250, 1]])
    with torch.inference_mode():
        assert torch.equal(model(input_ids=ids).logits, plain(input_ids=ids).logits)


class Other(nn.Module):
    """Nearly one."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8))
        self.eps = 1e-5

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.rms_norm(inputs, (8,), self.weight, 2 * self.eps)


class Two(Other):
    def forward(self, inputs: torch.Tensor, gate: torch.Tensor) -> torch.Tensor:
        return gate * inputs


def test_what_gives_other_numbers_or_does_more_stays() -> None:
    watched = nn.RMSNorm(8, eps=1e-5)
    watched.register_forward_hook(lambda *given: None)
    parts = [Other(), Two(), nn.LayerNorm(8), nn.LayerNorm(8, bias=False), watched, nn.Linear(8, 8)]
    model = nn.Sequential(*parts)
    assert replace_norms(model) == 0
    assert list(model) == parts
    assert replace_norms(nn.Sequential(nn.RMSNorm(8, eps=1e-5))) == 1
