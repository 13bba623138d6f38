"""Passes of one token per row, recorded as CUDA graphs and replayed.

A pass starts a thousand kernels or more. With one token per row, each kernel takes less time than
the CPU needs to start it, so the GPU waits. A recorded pass is started in one call. It reads and
writes fixed addresses, so there is a record for each number of rows and of columns, both rounded
up, and all records are invalid once the cache is reallocated.
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

# Recording takes as long as several passes, so a pass is recorded after this number of uses.
USES_BEFORE = 3
MAX_RECORDS = 48
COLUMN_STEP = 256
ROW_STEP = 16
# Maximum difference between the logits of a record and of the same pass without it.
TOLERANCE = 0.05

Replay = Callable[[], None]
Key = tuple[int, int, int]


@dataclass
class Record:
    """A recorded pass.

    inputs: [2, rows] token ids and positions.
    logits: [rows, width]; `replay` overwrites them.
    row_offsets: Also read by `replay`, so it must not be freed.
    head_slice: The same, and the key of the record has its id().
    """

    inputs: torch.Tensor
    logits: torch.Tensor
    replay: Replay
    row_offsets: torch.Tensor
    head_slice: HeadSlice | None


class CudaGraphs:
    """Used by the engine's thread only.

    capture: Records a call on fixed tensors and returns its result and its replay. Tests pass one.
    """

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
        self._disabled = False

    @property
    def count(self) -> int:
        return len(self._records)

    def clear(self) -> None:
        """Drop all records and free their memory."""
        self._records.clear()
        self._uses.clear()
        self._pool = None  # torch frees a pool with the last graph that uses it

    def logits(
        self,
        cache: KVCache,
        tokens: Sequence[int],
        positions: Sequence[int],
        head_slice: HeadSlice | None,
    ) -> torch.Tensor | None:
        """Add a token to each of the rows 0 to n-1 of the cache and return [n, width] logits.

        They are valid until the next pass. None if this pass is not recorded. head_slice: The slice
        that the head is set to compute for all rows.
        """
        if self._disabled:
            return None
        if cache.generation is not self._generation:
            self.clear()
            self._generation = cache.generation
        rows = min(_rounded(len(tokens)), cache.rows)
        columns = -(-(max(positions) + 1) // COLUMN_STEP) * COLUMN_STEP
        key = rows, min(columns, cache.columns), id(head_slice)
        record = self._records.get(key)
        padding = [0] * (rows - len(tokens))
        values = torch.tensor([[*tokens, *padding], [*positions, *padding]])
        if record is None:
            self._uses[key] = self._uses.get(key, 0) + 1
            if self._uses[key] <= USES_BEFORE:
                return None
            record = self._record(cache, key, values, head_slice)
            if record is None:
                return None
        self._records.move_to_end(key)
        record.inputs.copy_(values)
        record.replay()
        return record.logits[: len(tokens)]

    def _record(
        self, cache: KVCache, key: Key, values: torch.Tensor, head_slice: HeadSlice | None
    ) -> Record | None:
        """Record the pass; None if this fails. The pass is then computed without a record."""
        rows, columns, _ = key
        inputs = values.to(self._device)
        row_offsets = torch.arange(rows, device=self._device) * cache.columns

        def compute() -> torch.Tensor:
            positions = inputs[1][:, None]
            cache.prepare_pass_on_device(row_offsets + inputs[1], rows, columns)
            output = self._model(
                input_ids=inputs[0][:, None],
                position_ids=positions,
                attention_mask=self._masks.make(positions, columns),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            logits: torch.Tensor = output.logits[:, -1]
            return logits

        try:
            expected = compute().clone()  # libraries also initialize themselves in their first call
            logits, replay = self._capture(compute)
            replay()
            difference = float((logits - expected).abs().max())
            size = float(expected.abs().max())
        except Exception as error:
            self.clear()
            self._disabled = not is_out_of_memory(error)
            logger.warning("passes are not recorded: %s", error)
            return None
        if not difference <= TOLERANCE * max(1.0, size):
            self.clear()
            self._disabled = True
            logger.warning("passes are not recorded: scores differ by %.3g", difference)
            return None
        record = self._records[key] = Record(inputs, logits, replay, row_offsets, head_slice)
        while len(self._records) > MAX_RECORDS or (
            len(self._records) > 1 and self._slice_bytes > MAX_SLICE_BYTES
        ):
            dropped, _ = self._records.popitem(last=False)
            del self._uses[dropped]
        return record

    @property
    def _slice_bytes(self) -> int:
        """Bytes of the slices that the records reference, each slice counted once."""
        slices = {id(each.head_slice): each.head_slice for each in self._records.values()}
        return sum(head_slice.nbytes for head_slice in slices.values() if head_slice)

    def _capture_graph(self, compute: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Replay]:
        if self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize(self._device)
        # The build thread may use the GPU at the same time, when it makes a slice of the head.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            logits = compute()
        return logits, graph.replay


def can_record(model: Any, device: torch.device) -> bool:
    """True if the whole model is on one GPU and no hook moves data between devices."""
    return (
        device.type == "cuda"
        and all(each.device == device for each in model.parameters())
        and not any(hasattr(each, "_hf_hook") for each in model.modules())
    )


def _rounded(rows: int) -> int:
    """Round up to a power of two, above ROW_STEP to a multiple of it."""
    if rows <= ROW_STEP:
        return 1 << (rows - 1).bit_length()
    return -(-rows // ROW_STEP) * ROW_STEP
