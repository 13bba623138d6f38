"""RMS norms in one call of torch instead of the six or eight of a model's own code.

A pass of one row has two of them for each layer, and each is nothing but the way to its few hundred
numbers. Which modules they are is not known by name: those that give the very same numbers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from generation.engine.cpu.fused_linear import is_plain

EPSILONS = ("variance_epsilon", "eps", "epsilon")
SHAPES = ((1, 1), (2, 3))  # of the inputs that are tried, before the last dimension


class RMSNorm(nn.Module):  # type: ignore[misc]
    """`nn.RMSNorm` with its weight as a plain attribute, which is found quicker."""

    def __init__(self, weight: torch.Tensor, epsilon: float) -> None:
        super().__init__()
        self.weight = weight.detach()
        self._shape = tuple(weight.shape)
        self._epsilon = epsilon

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.rms_norm(inputs, self._shape, self.weight, self._epsilon)


def replace_norms(model: nn.Module) -> int:
    """Replace the RMS norms of a model on a CPU, in place; return how many there were."""
    replaced = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            norm = _same(child)
            if norm is not None:
                setattr(parent, name, norm)
                replaced += 1
    return replaced


def _same(module: Any) -> RMSNorm | None:
    """A norm that gives the module's numbers to the last bit, if there is one."""
    parameters = dict(module.named_parameters())
    epsilon = next((getattr(module, name) for name in EPSILONS if hasattr(module, name)), None)
    if list(parameters) != ["weight"] or not isinstance(epsilon, float) or not is_plain(module):
        return None
    weight = parameters["weight"].detach()
    if weight.ndim != 1 or weight.device.type != "cpu":
        return None
    generator = torch.Generator().manual_seed(0)
    tried = [torch.randn((*shape, len(weight)), generator=generator) for shape in SHAPES]
    tried = [each.to(weight.dtype) for each in (*tried, *(1e-3 * each for each in tried))]
    with torch.inference_mode():
        for scale in (weight, 1 + weight):  # Gemma's are one less than what they multiply by
            norm = RMSNorm(scale, epsilon)
            if all(_equal(module, norm, each) for each in tried):
                return norm
    return None


def _equal(module: nn.Module, norm: RMSNorm, inputs: torch.Tensor) -> bool:
    try:
        expected = module(inputs)
    except Exception:
        return False  # it wants other inputs
    return isinstance(expected, torch.Tensor) and torch.equal(expected, norm(inputs))
