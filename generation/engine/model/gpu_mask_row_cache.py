"""A table on the GPU of large sets of allowed tokens that many rows share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from generation.constraint.session import NO_IDS, RowParts, TokenIds

# Parts with at least this number of tokens are cached. The table is as wide as the longest part.
MIN_CACHED_TOKENS = 512
# Random texts of one list use about three hundred different parts. Copying a part takes longer than
# everything else that a step does here.
MAX_PARTS = 512
# Like the rows of an automaton, the sources of rows are remembered up to this number.
MAX_SOURCES = 20_000


class RowSource(NamedTuple):
    """Where the allowed tokens of a row come from.

    parts: The row's parts, referenced so that their id() is not reused.
    table_rows: Rows of the table.
    columns: Columns of the logits that have to be copied to the GPU for each step.
    """

    parts: RowParts
    table_rows: tuple[int, ...]
    columns: TokenIds


class MaskRowCache:
    """Holds at most MAX_PARTS parts. If it is full, the least recently used half is dropped.

    columns: Returns the columns of ids in the logits.
    """

    def __init__(self, device: torch.device, columns: Callable[[TokenIds], TokenIds]) -> None:
        self._device = device
        self._columns = columns
        # [rows, longest part]; grows. The rest of a row repeats its first column.
        self.table = torch.zeros((1, 1), dtype=torch.int64, device=device)
        # By id() of a part, which is referenced too so that its id() is not reused.
        self._cached: dict[int, tuple[TokenIds, int]] = {}
        # By id() of a row's parts. The sources only refer to parts that are still in `_cached`.
        self._sources: dict[int, RowSource] = {}
        self._free = list(reversed(range(MAX_PARTS)))
        self._last_used = np.zeros(MAX_PARTS, np.int64)  # number of the batch
        self._batch = 0

    def __len__(self) -> int:
        return len(self._cached)

    def begin_batch(self) -> None:
        """Start a batch. Table rows that it uses are not overwritten before the next batch."""
        self._batch += 1

    def find(self, parts: RowParts, in_use: Sequence[int]) -> RowSource:
        """Return the source of these parts, and cache the large ones.

        in_use: Table rows that this batch uses so far.
        """
        source = self._sources.get(id(parts))
        if source is not None:
            return source
        large = [part for part in parts if len(part) >= MIN_CACHED_TOKENS]
        table_rows = [self._table_row(part, in_use) for part in large]
        not_cached = [part for part, row in zip(large, table_rows, strict=True) if row is None]
        small = [part for part in parts if len(part) < MIN_CACHED_TOKENS]
        source = RowSource(
            parts,
            tuple(row for row in table_rows if row is not None),
            np.concatenate([NO_IDS, *map(self._columns, (*not_cached, *small))]),
        )
        if not not_cached:  # otherwise they may fit the next time
            if len(self._sources) >= MAX_SOURCES:
                self._sources.clear()
            self._sources[id(parts)] = source
        return source

    def mark_used(self, rows: Sequence[int]) -> None:
        """Mark these table rows as used by the current batch."""
        self._last_used[list(rows)] = self._batch

    def _table_row(self, part: TokenIds, in_use: Sequence[int]) -> int | None:
        """Return the part's row of the table; None if the batch uses all rows for other parts."""
        cached = self._cached.get(id(part))
        if cached is None:
            if not self._free:
                self.mark_used(in_use)
                self._drop_oldest()
            if not self._free:
                return None
            cached = self._cached[id(part)] = part, self._free.pop()
            self._write(cached[1], self._columns(part))
        self._last_used[cached[1]] = self._batch
        return cached[1]

    def _drop_oldest(self) -> None:
        """Drop many parts at once, because all sources have to be dropped each time."""
        oldest = np.argsort(self._last_used, kind="stable")[: max(1, MAX_PARTS // 2)]
        dropped = set(oldest[self._last_used[oldest] < self._batch].tolist())
        self._cached = {key: each for key, each in self._cached.items() if each[1] not in dropped}
        self._free = sorted(dropped, reverse=True)
        self._sources.clear()

    def _write(self, row: int, columns: TokenIds) -> None:
        rows, longest = self.table.shape
        if row >= rows or len(columns) > longest:
            rows = max(rows, min(MAX_PARTS, 2 * row + 1))
            larger = self.table[:, :1].repeat(1, max(longest, len(columns)))
            larger[:, :longest] = self.table
            self.table = larger.new_zeros((rows, larger.shape[1]))
            self.table[: len(larger)] = larger
        copied = torch.from_numpy(columns).to(self._device)
        self.table[row] = copied[0]
        self.table[row, : len(columns)] = copied
