"""Matrix products that suit the processor.

torch reads a weight row by row, which is slow for the few tokens of a decoding step. On a CPU,
oneDNN has a layout of its own for that: the same products, faster at 1 to 30 rows. The weight is
kept in that layout only, so it costs no memory. FBGEMM reads weights in float16 at twice the speed
again for a few rows, which is where a step is nothing but reading weights.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import torch
from torch import nn

logger = logging.getLogger(__name__)

PACKED_DTYPES = (torch.float32, torch.bfloat16)
# oneDNN chooses the layout for so many rows; it is as good for one and for a hundred.
TYPICAL_ROWS = 16
MAX_INT8_ROWS = 4
MAX_FLOAT16_ROWS = 8
LARGEST_FLOAT16 = 65504.0

MakeLinear = Callable[[torch.Tensor, torch.Tensor | None], nn.Module]


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


class Float16Linear(nn.Module):  # type: ignore[misc]
    """`nn.Linear` with weights in float16; inputs, outputs and sums are float32.

    Weights that were bfloat16 in the model's files lose nothing, others their last bits. For more
    rows, where the products and not the memory take the time, a bfloat16 copy is multiplied
    instead, if the processor has the instructions for it.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        weight = weight.detach().float()
        bias = None if bias is None else bias.detach().float()
        self._few = torch.ops.quantized.linear_prepack_fp16(weight, bias)
        self._many: nn.Module | None = None
        if can_pack(weight.bfloat16()):
            bias = None if bias is None else bias.bfloat16()
            self._many = make_linear(weight.bfloat16(), bias)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self._many is not None and inputs.numel() > MAX_FLOAT16_ROWS * self.in_features:
            many: torch.Tensor = self._many(inputs.bfloat16()).float()
            return many
        few: torch.Tensor = torch.ops.quantized.linear_dynamic_fp16(inputs, self._few)
        return few


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
    _replace_linears(model, Int8Linear, head)
    for parameter in model.parameters():
        if parameter.dtype is torch.float32:
            parameter.data = parameter.data.bfloat16()


def use_float16(model: nn.Module, head: nn.Module) -> None:
    """Replace the linear layers of a model in float32 in place; the rest stays float32.

    The output head is left to whoever slices it: see `maker_for`.
    """
    _replace_linears(model, make_float16, head)


def _replace_linears(model: nn.Module, make: MakeLinear, head: nn.Module) -> None:
    replaced = [
        (parent, name, make(child.weight, child.bias))
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child) is nn.Linear and child is not head
    ]
    for parent, name, layer in replaced:
        setattr(parent, name, layer)


def maker_for(model: nn.Module) -> MakeLinear:
    """What makes layers of the kind that this model's others are."""
    uses_float16 = any(isinstance(each, Float16Linear) for each in model.modules())
    return make_float16 if uses_float16 else make_linear


@cache
def can_float16() -> bool:
    """True if torch can multiply float32 by weights in float16 here: FBGEMM is for x86 only."""
    try:
        packed = torch.ops.quantized.linear_prepack_fp16(torch.eye(8), None)
        found = torch.ops.quantized.linear_dynamic_fp16(torch.ones(1, 8), packed)
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
    return bool((found == 1).all())


def make_float16(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Module:
    """Weights in float16 where the processor and their values allow it, else as they are."""
    fits = weight.device.type == "cpu" and float(weight.detach().abs().max()) <= LARGEST_FLOAT16
    return Float16Linear(weight, bias) if fits and can_float16() else make_linear(weight, bias)


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
