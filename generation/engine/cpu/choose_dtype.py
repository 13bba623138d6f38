"""Which numbers to compute with on a CPU: `DTYPE=auto` decides by a short measurement.

bfloat16 halves the weights that a step reads, and is far slower on a processor without the
instructions for it; float16 weights, with everything else in float32, halve them too, for few rows
on any x86 processor of the last ten years; int8 weights halve them again, and change the text. So
speed is measured on the model's own weights, and int8 is only taken if it predicts a text nearly as
well as float32.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from generation.engine.cpu.calibration_cache import key_for, read, write
from generation.engine.cpu.packed_linear import (
    Int8Linear,
    can_float16,
    can_pack,
    make_float16,
    make_linear,
)

logger = logging.getLogger(__name__)

FLOAT32, BFLOAT16, FLOAT16, INT8 = "float32", "bfloat16", "float16", "int8"
# See key_for.
MEASUREMENT = 2
# Perplexity may be so much worse than in float32.
MAX_LOSS = 0.02
# Rows of a decoding step: one chat, and a batch. Both count alike.
ROWS = (1, 16)
REPEATS = 5
# Weights of so many layers are read in turn, more than the processor's caches hold.
MEASURED_BYTES = 64 * 1024 * 1024
# Larger models would take minutes for the text: int8 is then left to the operator.
MAX_PARAMETERS = 1_000_000_000

HELD_OUT = """\
The river rises in the hills north of the town and runs for forty miles before it meets the sea. \
In winter, when the snow on the higher ground melts, the water can rise by two metres in a night, \
and the people who live near the old bridge have learned to carry their furniture upstairs. The \
bridge itself was built by a company that wanted to bring coal to the harbour, but the railway \
came ten years later and took most of the trade away. Today it is used by walkers and by a few \
farmers who keep sheep on the far side.
Most of the houses in the lower street are made of grey stone. Their windows are small, because \
glass was expensive and the wind is strong, and their doors open towards the hill rather than the \
water. A visitor once asked why nobody had planted trees along the bank. The answer was simple: \
they had been planted many times, and each time the flood had carried them off before they were \
tall enough to hold the soil.
In the middle of the nineteenth century a doctor who lived above the market began to write down \
the height of the river every morning. He did it for thirty-one years, in pencil, in the margins \
of an account book, and did not tell anyone. When he died his daughter found the numbers and sent \
them to the university, where they are still used. They show that the floods come in groups of \
three or four, with quiet years between them, and that the largest of all came in a summer, after \
a storm that lasted less than two hours.
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """cost: time of the measured products, for each dtype, as multiples of the fastest, summed over
    ROWS. loss: int8's perplexity over float32's, less one; None if it was not measured.
    """

    dtype: str
    cost: dict[str, float]
    loss: float | None = None


def choose(model: Any, tokenizer: Any, source: str, store: Path | None) -> Choice:
    """model: in float32, on the CPU, not packed; it is left as it is.

    store: a file with the choices of earlier loads, by model, processor and torch's version.
    """
    key = key_for(MEASUREMENT, source)
    known = read(store)
    if key in known:
        return Choice(**known[key])
    cost = measure_cost(model)
    best = min(cost, key=lambda dtype: cost[dtype])
    loss = None
    if best == INT8:
        loss = perplexity_loss(model, tokenizer)
        if loss > MAX_LOSS:
            best = min(set(cost) - {INT8}, key=lambda dtype: cost[dtype])
    choice = Choice(best, cost, loss)
    logger.info("dtype chosen dtype=%s cost=%s int8_loss=%s", best, cost, loss)
    write(store, {**known, key: asdict(choice)})
    return choice


def measure_cost(model: Any) -> dict[str, float]:
    """See Choice.cost; for each dtype that this processor and model can do."""
    weights, size = [], 0
    for layer in model.modules():
        if type(layer) is nn.Linear and layer is not model.get_output_embeddings():
            weights.append(layer.weight.detach())
            size += layer.weight.nbytes
            if size > MEASURED_BYTES:
                break
    made: dict[str, list[nn.Module]] = {FLOAT32: [make_linear(each, None) for each in weights]}
    if can_float16():
        made[FLOAT16] = [make_float16(each, None) for each in weights]
    if weights and can_pack(weights[0].bfloat16()):
        made[BFLOAT16] = [make_linear(each.bfloat16(), None) for each in weights]
        if sum(each.numel() for each in model.parameters()) <= MAX_PARAMETERS:
            made[INT8] = [Int8Linear(each, None) for each in weights]
    cost = dict.fromkeys(made, 0.0)
    for rows in ROWS:
        found: dict[str, list[float]] = {dtype: [] for dtype in made}
        for _ in range(REPEATS):  # in turn, so that a disturbance hits all of them
            for dtype, layers in made.items():
                found[dtype].append(_time(layers, rows, dtype))
        fastest = min(min(times) for times in found.values())
        for dtype, times in found.items():
            # Relative to the best, so that one row counts as much as sixteen.
            cost[dtype] += sorted(times)[REPEATS // 2] / fastest
    return cost


def _time(layers: Sequence[Any], rows: int, dtype: str) -> float:
    numbers = torch.float32 if dtype in (FLOAT32, FLOAT16) else torch.bfloat16
    inputs = {
        each.in_features: torch.ones(rows, each.in_features, dtype=numbers) for each in layers
    }
    with torch.inference_mode():
        started = time.perf_counter()
        for layer in layers:
            layer(inputs[layer.in_features])
        return time.perf_counter() - started


def perplexity_loss(model: Any, tokenizer: Any, text: str = HELD_OUT) -> float:
    """How much worse the model predicts a text with int8 weights; 0.02 is two per cent."""
    before = perplexity(model, tokenizer, text)
    changed: list[tuple[nn.Linear, torch.Tensor]] = []
    head = model.get_output_embeddings()
    try:
        with torch.inference_mode():
            for layer in model.modules():
                if type(layer) is nn.Linear and layer is not head:
                    changed.append((layer, layer.weight.data))
                    layer.weight.data = Int8Linear.rounded(layer.weight.data)
        after = perplexity(model, tokenizer, text)
    finally:
        for layer, weight in changed:
            layer.weight.data = weight
    return after / before - 1


def perplexity(model: Any, tokenizer: Any, text: str = HELD_OUT) -> float:
    ids = torch.tensor([tokenizer.encode(text, add_special_tokens=False)], device=model.device)
    with torch.inference_mode():
        logits = model(input_ids=ids).logits[0, :-1].float()
    loss = nn.functional.cross_entropy(logits, ids[0, 1:])
    return float(loss.exp())
