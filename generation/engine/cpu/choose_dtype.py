"""The dtype that `DTYPE=auto` stands for on a CPU.

A decoding step of few rows takes as long as reading the weights does, so weights of two bytes are
about twice as fast as float32. float16 weights round the least, because all other numbers stay
float32. bfloat16 is slow on a processor that has no instructions for it.
"""

from __future__ import annotations

from typing import Any

import torch

from generation.engine.cpu.packed_linear import can_float16, can_pack

# Float16 weights take four bytes each, because a bfloat16 copy is stored beside them. Larger models
# keep the dtype of their files.
MAX_PARAMETERS = 1_000_000_000


def choose_dtype(model: Any) -> str:
    """Return "float16" (weights only), "bfloat16" or "float32".

    model: A model on the CPU whose linear layers are not replaced yet.
    """
    if sum(parameter.numel() for parameter in model.parameters()) > MAX_PARAMETERS:
        return str(model.dtype).removeprefix("torch.")
    if can_float16():
        return "float16"
    return "bfloat16" if can_pack(torch.ones((1, 1), dtype=torch.bfloat16)) else "float32"
