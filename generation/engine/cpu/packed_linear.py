"""Linear layers with weights in the layout that the CPU's matrix products read fastest.

torch reads a weight row by row, which is slow for the few tokens of a decoding step. oneDNN has a
layout of its own: the same products, faster for 1 to 30 rows. Only the packed weight is stored, so
it takes no extra memory. FBGEMM multiplies by float16 weights, which is twice as fast again for a
few rows, where a step mostly reads weights.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import cache

import torch
from torch import nn

logger = logging.getLogger(__name__)

PACKED_DTYPES = (torch.float32, torch.bfloat16)
# oneDNN chooses the layout for this number of rows; it is as fast for 1 row and for 100.
TYPICAL_ROWS = 16
MAX_FLOAT16_ROWS = 8
LARGEST_FLOAT16 = 65504.0
# FBGEMM stores float16 weights in blocks of this many input features, and fills the last one up.
FLOAT16_BLOCK = 512

# The weight, the bias, and the maximum number of rows of a product.
MakeLinear = Callable[[torch.Tensor, torch.Tensor | None, float], nn.Module]


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

    Weights that are bfloat16 in the model's files are exact; others lose their last bits. For many
    rows, where the arithmetic and not the memory takes the time, a bfloat16 copy is multiplied
    instead, if the processor has instructions for it.

    max_rows: Maximum number of rows of a product. A layer for few rows has no such copy.
    """

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor | None, max_rows: float = math.inf
    ) -> None:
        super().__init__()
        self.max_rows = max_rows
        self.out_features, self.in_features = weight.shape
        weight = weight.detach().float()
        bias = None if bias is None else bias.detach().float()
        self._few = torch.ops.quantized.linear_prepack_fp16(weight, bias)
        self._many: nn.Module | None = None
        blocks = math.ceil(self.in_features / FLOAT16_BLOCK)
        self.nbytes = 2 * self.out_features * blocks * FLOAT16_BLOCK
        if max_rows > MAX_FLOAT16_ROWS and can_pack(weight.bfloat16()):
            bias = None if bias is None else bias.bfloat16()
            self._many = make_linear(weight.bfloat16(), bias)
            self.nbytes += 2 * weight.numel()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self._many is not None and inputs.numel() > MAX_FLOAT16_ROWS * self.in_features:
            many: torch.Tensor = self._many(inputs.bfloat16()).float()
            return many
        few: torch.Tensor = torch.ops.quantized.linear_dynamic_fp16(inputs, self._few)
        return few


def use_float16(model: nn.Module, head: nn.Module) -> None:
    """Replace the linear layers of a float32 model in place; all other numbers stay float32.

    The output head is not replaced here, because slices are cut from its plain weight: see
    `linear_maker`.
    """
    replaced = [
        (parent, name, make_float16(child.weight, child.bias))
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child) is nn.Linear and child is not head
    ]
    for parent, name, layer in replaced:
        setattr(parent, name, layer)


def linear_maker(model: nn.Module) -> MakeLinear:
    """Return the function that makes layers of the same format as the model's other layers."""
    uses_float16 = any(isinstance(each, Float16Linear) for each in model.modules())
    return make_float16 if uses_float16 else make_linear


@cache
def can_float16() -> bool:
    """True if torch can multiply by float16 weights on this processor: FBGEMM needs x86."""
    try:
        packed = torch.ops.quantized.linear_prepack_fp16(torch.eye(8), None)
        product = torch.ops.quantized.linear_dynamic_fp16(torch.ones(1, 8), packed)
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
    return bool((product == 1).all())


def make_float16(
    weight: torch.Tensor, bias: torch.Tensor | None, max_rows: float = math.inf
) -> nn.Module:
    """Use float16 weights if the processor and the values allow it, else the given dtype."""
    fits = weight.device.type == "cpu" and float(weight.detach().abs().max()) <= LARGEST_FLOAT16
    if fits and can_float16():
        return Float16Linear(weight, bias, max_rows)
    return make_linear(weight, bias)


def can_pack(weight: torch.Tensor) -> bool:
    """True if oneDNN can pack this weight and multiply by it at full speed."""
    if weight.device.type != "cpu" or weight.dtype not in PACKED_DTYPES:
        return False
    if weight.dtype is torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    return bool(torch.backends.mkldnn.is_available())


def make_linear(
    weight: torch.Tensor, bias: torch.Tensor | None, max_rows: float = math.inf
) -> nn.Module:
    """Return the fastest module that multiplies by exactly this weight, by any number of rows."""
    if can_pack(weight):
        try:
            return PackedLinear(weight, bias)
        except (RuntimeError, AttributeError) as error:
            # These operators are internal to torch: another release may not have them.
            logger.warning("weights are not packed for this processor: %s", error)
    plain = nn.Linear(*reversed(weight.shape), bias=bias is not None, device="meta")
    plain.weight = nn.Parameter(weight, requires_grad=False)
    if bias is not None:
        plain.bias = nn.Parameter(bias, requires_grad=False)
    return plain


def pack_linears(model: nn.Module, *, skip: nn.Module | None) -> int:
    """Replace the model's linear layers in place, except children of `skip`; return how many."""
    replaced = 0
    for parent in model.modules():
        for name, child in list(parent.named_children()):
            # A subclass or a layer with hooks may do more than multiply.
            if type(child) is not nn.Linear or child._forward_hooks:
                continue
            if parent is skip or not can_pack(child.weight):
                continue
            packed = make_linear(child.weight, child.bias)
            if isinstance(packed, PackedLinear):
                setattr(parent, name, packed)
                replaced += 1
    return replaced
