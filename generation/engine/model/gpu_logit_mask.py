"""The mask of a batch, applied to its logits on the GPU in one call.

The allowed ids of a row come in parts: a few of its own, and large parts that it shares with every
row that is in a similar position of a text. Large parts are copied to the GPU once and stay there
(`gpu_mask_row_cache`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.session import NO_IDS, RowParts, TokenIds
from generation.engine.model.gpu_mask_row_cache import MaskRowCache


class LogitMask:
    """Masks logits of one width and dtype. Used by one thread.

    positions: [vocabulary] column of each token in the logits; None if it is the token's id.
    """

    def __init__(
        self,
        device: torch.device | str = "cpu",
        positions: npt.NDArray[np.integer[Any]] | None = None,
    ) -> None:
        self._device = torch.device(device)
        self._positions = positions
        self._cache = MaskRowCache(self._device, self._columns)

    def apply_(self, logits: torch.Tensor, rows: Sequence[RowParts | None]) -> torch.Tensor:
        """Set all scores that are not allowed to -inf, in place, and return `logits`.

        logits: [rows, width], floating point, contiguous.
        rows: For each row, the parts of its allowed ids; None leaves the row unchanged.

        The number of GPU operations does not depend on the number of rows: read the allowed scores,
        fill all rows with -inf, scatter the allowed scores back.
        """
        width = logits.shape[1]
        own_columns: list[TokenIds] = []
        own_rows: list[int] = []
        cached: list[int] = []
        cached_rows: list[int] = []
        constrained = []
        self._cache.begin_batch()
        for row, parts in enumerate(rows):
            if parts is None:
                continue
            constrained.append(row)
            source = self._cache.find(parts, cached)
            if len(source.columns):
                own_columns.append(source.columns)
                own_rows.append(row)
            cached += source.table_rows
            cached_rows += [row] * len(source.table_rows)
        if not constrained:
            return logits
        self._cache.mark_used(cached)
        arrays = [
            np.array(cached, np.int64),
            np.array(cached_rows, np.int64) * width,
            _flat_indices(own_columns, own_rows, width),
            np.array(constrained if len(constrained) < len(rows) else [], np.int64),
        ]
        # One copy for all four: a copy takes longer than the operation that uses it.
        copied = self._to_device(np.concatenate(arrays)).split([*map(len, arrays)])
        # Indices into the flat logits: `take` and `put` take several times as long as these.
        index = (self._cache.table.index_select(0, copied[0]) + copied[1][:, None]).view(-1)
        index = torch.cat([index, copied[2]])
        flat = logits.view(-1)
        allowed = flat.index_select(0, index)
        if len(constrained) == len(rows):
            logits.fill_(-torch.inf)
        else:
            logits.index_fill_(0, copied[3], -torch.inf)
        flat.scatter_(0, index, allowed)
        return logits

    def _columns(self, ids: TokenIds) -> TokenIds:
        if self._positions is None:
            return ids
        return self._positions[ids].astype(np.int64, copy=False)

    def _to_device(self, ids: TokenIds) -> torch.Tensor:
        tensor = torch.from_numpy(ids)
        if self._device.type == "cuda":  # a copy from other memory waits for the GPU
            tensor = tensor.pin_memory()
        return tensor.to(self._device, non_blocking=True)


def _flat_indices(columns: Sequence[TokenIds], rows: Sequence[int], width: int) -> TokenIds:
    """Return the indices of these columns of these rows in flattened [rows, width] logits."""
    starts = np.repeat(np.array(rows, np.int64) * width, [*map(len, columns)])
    return np.concatenate([NO_IDS, *columns]) + starts
