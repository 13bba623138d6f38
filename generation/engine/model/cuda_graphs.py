"""Passes of one token a row, recorded as CUDA graphs and replayed.

A pass starts a thousand kernels or more, and with a token a row each of them is shorter than what
the processor needs to start it: the GPU waits. A recorded pass is started in one call. What it
reads and writes must stay where it is, so that there is a record for each number of rows and of
columns, both rounded up, and all are void once the cache moves.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from generation.engine.model.attention_mask import AttentionMasks
from generation.engine.model.kv_cache import KVCache
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.model.output_head import MAX_SLICE_BYTES, HeadSlice

logger = logging.getLogger(__name__)

# Recording takes as long as some passes: only what has come so often is recorded.
USES_BEFORE = 3
MAX_RECORDS = 48
COLUMN_STEP = 256
ROW_STEP = 16
# A record is thrown away if it does not give what the same pass gives otherwise.
TOLERANCE = 0.05

Replay = Callable[[], None]
Key = tuple[int, int, int]


@dataclass
class Record:
    """inputs: [2, rows] token ids and positions; logits: [rows, width], overwritten by `replay`.

    first: what a replay reads besides. piece: the same, and its identity must not pass to another.
    """

    inputs: torch.Tensor
    logits: torch.Tensor
    replay: Replay
    first: torch.Tensor
    piece: HeadSlice | None


class CudaGraphs:
    """Used by the engine thread only. capture: records a call on fixed tensors; for tests."""

    def __init__(
        self,
        model: Any,
        masks: AttentionMasks,
        device: torch.device,
        capture: Callable[[Callable[[], torch.Tensor]], tuple[torch.Tensor, Replay]] | None = None,
    ) -> None:
        self._model = model
        self._masks = masks
        self._device = device
        self._pool: Any = None
        self._capture = capture or self._capture_graph
        self._records: OrderedDict[Key, Record] = OrderedDict()
        self._uses: dict[Key, int] = {}
        self._generation: object = None
        self._off = False

    @property
    def count(self) -> int:
        return len(self._records)

    def forget(self) -> None:
        """Give their memory back."""
        self._records.clear()
        self._uses.clear()
        self._pool = None  # a pool goes with the last graph that uses it

    def logits(
        self,
        cache: KVCache,
        tokens: Sequence[int],
        positions: Sequence[int],
        piece: HeadSlice | None,
    ) -> torch.Tensor | None:
        """[rows, width] scores after adding a token to each of the rows 0 to n-1 of the cache, good
        until the next pass; None if this pass is not recorded.

        piece: what the head is set to multiply for all rows.
        """
        if self._off:
            return None
        if cache.generation is not self._generation:
            self.forget()
            self._generation = cache.generation
        rows = min(_rounded(len(tokens)), cache.rows)
        columns = -(-(max(positions) + 1) // COLUMN_STEP) * COLUMN_STEP
        key = rows, min(columns, cache.columns), id(piece)
        record = self._records.get(key)
        padding = [0] * (rows - len(tokens))
        values = torch.tensor([[*tokens, *padding], [*positions, *padding]])
        if record is None:
            self._uses[key] = self._uses.get(key, 0) + 1
            if self._uses[key] <= USES_BEFORE:
                return None
            record = self._record(cache, key, values, piece)
            if record is None:
                return None
        self._records.move_to_end(key)
        record.inputs.copy_(values)
        record.replay()
        return record.logits[: len(tokens)]

    def _record(
        self, cache: KVCache, key: Key, values: torch.Tensor, piece: HeadSlice | None
    ) -> Record | None:
        """Raises nothing: a pass that cannot be recorded is computed as the others are."""
        rows, columns, _ = key
        inputs = values.to(self._device)
        first = torch.arange(rows, device=self._device) * cache.columns

        def compute() -> torch.Tensor:
            at = inputs[1][:, None]
            cache.place_at(first + inputs[1], rows, columns)
            output = self._model(
                input_ids=inputs[0][:, None],
                position_ids=at,
                attention_mask=self._masks.make(at, columns),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            logits: torch.Tensor = output.logits[:, -1]
            return logits

        try:
            expected = compute().clone()  # also what libraries set up at their first call
            logits, replay = self._capture(compute)
            replay()
            difference = float((logits - expected).abs().max())
            size = float(expected.abs().max())
        except Exception as error:
            self.forget()
            self._off = not is_out_of_memory(error)
            logger.warning("passes are not recorded: %s", error)
            return None
        if not difference <= TOLERANCE * max(1.0, size):
            self.forget()
            self._off = True
            logger.warning("passes are not recorded: scores differ by %.3g", difference)
            return None
        record = self._records[key] = Record(inputs, logits, replay, first, piece)
        while len(self._records) > MAX_RECORDS or (
            len(self._records) > 1 and self._slice_bytes > MAX_SLICE_BYTES
        ):
            dropped, _ = self._records.popitem(last=False)
            del self._uses[dropped]
        return record

    @property
    def _slice_bytes(self) -> int:
        """Of the slices of the head that are kept, each counted once."""
        pieces = {id(piece): piece for record in self._records.values() if (piece := record.piece)}
        return sum(piece.nbytes for piece in pieces.values())

    def _capture_graph(self, compute: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Replay]:
        if self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize(self._device)
        # Other threads may go on using the GPU: lists are prepared beside the engine.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            logits = compute()
        return logits, graph.replay


def can_record(model: Any, device: torch.device) -> bool:
    """True if all of the model is on one GPU and nothing is moved around it."""
    return (
        device.type == "cuda"
        and all(each.device == device for each in model.parameters())
        and not any(hasattr(each, "_hf_hook") for each in model.modules())
    )


def _rounded(rows: int) -> int:
    """Up to a power of two, then to a multiple of ROW_STEP."""
    if rows <= ROW_STEP:
        return 1 << (rows - 1).bit_length()
    return -(-rows // ROW_STEP) * ROW_STEP
