"""Matrix products that suit the processor.

torch reads a weight row by row, which is slow for the few tokens of a decoding step. On a CPU,
oneDNN has a layout of its own for that: the same products, about twice as fast at 1 to 30 rows.
The weight is kept in that layout only, so it costs no memory.
"""

from __future__ import annotations

import logging

import torch
from torch import nn

logger = logging.getLogger(__name__)

PACKED_DTYPES = (torch.float32, torch.bfloat16)
# oneDNN chooses the layout for so many rows; it is as good for one and for a hundred.
TYPICAL_ROWS = 16
MAX_INT8_ROWS = 4


class PackedLinear(nn.Module):  # type: ignore[misc]
    """`nn.Linear` with its weight in oneDNN's layout. For inference."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), TYPICAL_ROWS)
        self.bias = None if bias is None else bias.detach()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            inputs, self.weight, self.bias, "none", [], ""
        )
        return product


class Int8Linear(nn.Module):  # type: ignore[misc]
    """`nn.Linear` with int8 weights, a scale for each output; inputs and outputs are bfloat16.

    For a few rows the weights are multiplied as they are. For more, where the products and not
    the memory take the time, the same rounded weights are kept in bfloat16.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.weight, scale = _quantised(weight.detach())
        self._scale = scale.bfloat16()
        self._many = make_linear(self.rounded(weight).bfloat16(), None)
        self.bias = None if bias is None else bias.detach().bfloat16()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        rows = inputs.reshape(-1, self.in_features)
        if len(rows) > MAX_INT8_ROWS:
            product = self._many(inputs)
        else:
            product = torch._weight_int8pack_mm(rows, self.weight, self._scale)
            product = product.view(*inputs.shape[:-1], self.out_features)
        found: torch.Tensor = product if self.bias is None else product + self.bias
        return found

    @staticmethod
    def rounded(weight: torch.Tensor) -> torch.Tensor:
        """The weight as int8 has it, in its own dtype."""
        integers, scale = _quantised(weight)
        return (integers * scale[:, None]).to(weight.dtype)


def _quantised(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """[out, in] int8 and [out] scales."""
    weight = weight.float()
    scale = (weight.abs().amax(dim=1) / 127).clamp(min=1e-12)
    return (weight / scale[:, None]).round().to(torch.int8), scale


def use_int8(model: nn.Module, head: nn.Module) -> None:
    """Replace the model's linear layers in place, the output head apart; the rest is bfloat16."""
    replaced = [
        (parent, name, Int8Linear(child.weight, child.bias))
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child) is nn.Linear and child is not head
    ]
    for parent, name, layer in replaced:
        setattr(parent, name, layer)
    for parameter in model.parameters():
        if parameter.dtype is torch.float32:
            parameter.data = parameter.data.bfloat16()


def can_pack(weight: torch.Tensor) -> bool:
    if weight.device.type != "cpu" or weight.dtype not in PACKED_DTYPES:
        return False
    if weight.dtype is torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    return bool(torch.backends.mkldnn.is_available())


def make_linear(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Module:
    """The fastest module that multiplies by this weight exactly."""
    if can_pack(weight):
        try:
            return PackedLinear(weight, bias)
        except (RuntimeError, AttributeError) as error:
            # The operators are torch's own but not promised: another release may lack them.
            logger.warning("weights are not packed for this processor: %s", error)
    plain = nn.Linear(*reversed(weight.shape), bias=bias is not None, device="meta")
    plain.weight = nn.Parameter(weight, requires_grad=False)
    if bias is not None:
        plain.bias = nn.Parameter(bias, requires_grad=False)
    return plain


def pack_linears(model: nn.Module) -> int:
    """Replace the model's linear layers in place; return how many. Those that are `fixed` stay."""
    replaced = 0
    for parent in model.modules():
        for name, child in list(parent.named_children()):
            # Only the plain class: a subclass, or one with hooks, may do more than multiply.
            if type(child) is not nn.Linear or child._forward_hooks or hasattr(parent, "fixed"):
                continue
            if not can_pack(child.weight):
                continue
            packed = make_linear(child.weight, child.bias)
            if isinstance(packed, PackedLinear):
                setattr(parent, name, packed)
                replaced += 1
    return replaced
