"""Apply the rows of a batch to its logits in one call, on the logits' own device.

A row comes in parts: its own few tokens, and what it shares with every other row that stands at
the same kind of boundary. What is shared is sent to the device once and kept there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from generation.constraint.session import NO_IDS, RowParts, TokenIds
from generation.engine.model.mask_row_cache import MIN_KEPT_TOKENS, MaskRowCache

Bound = npt.NDArray[np.floating[Any]]

MAX_BOUNDS = 32  # each as wide as the vocabulary
# What rows come to is remembered until it is so many: the rows of a list are the same ones all day.
MAX_SPLITS = 4096


class LogitMask:
    """Keeps what large parts come to on `device`. Used by one thread.

    positions: [vocabulary], at which column of the logits a token's score is; None: at its id.
    """

    def __init__(
        self,
        device: torch.device | str = "cpu",
        positions: npt.NDArray[np.integer[Any]] | None = None,
    ) -> None:
        self._device = torch.device(device)
        self._positions = positions
        self._kept = MaskRowCache(self._device, self._columns)
        # Keyed by identity; the array is held too, so that its identity cannot pass to another.
        self._splits: dict[int, tuple[RowParts, TokenIds, list[TokenIds]]] = {}
        self._bounds: OrderedDict[int, tuple[TokenIds, Bound]] = OrderedDict()

    def apply_(self, logits: torch.Tensor, rows: Sequence[RowParts | None]) -> torch.Tensor:
        """Set all that is not allowed to -inf, in place, and return `logits`.

        logits: [rows, vocabulary], floating point, contiguous, always of one width and type.
        rows: for each, the parts of its allowed ids; None leaves that row alone.
        """
        if self._device.type == "cpu" and logits.dtype is not torch.bfloat16:  # numpy has none
            self._bound_(logits, rows)
        else:
            self._put_back_(logits, rows)
        return logits

    def _bound_(self, logits: torch.Tensor, rows: Sequence[RowParts | None]) -> None:
        """Row by row, because a row fits a processor's cache: the smaller one of each score and of
        its bound, which is infinite or minus infinite. The row's own few tokens are put back.

        With numpy, because torch wakes its threads for every row, which takes longer than the row.
        """
        table = logits.detach().numpy()
        flat = table.reshape(-1)
        own: list[TokenIds] = []
        owners: list[int] = []
        bounds: list[Bound | None] = []
        for index, parts in enumerate(rows):
            if parts is None:
                bounds.append(None)
                continue
            _, few, large = self._splits.get(id(parts)) or self._split(parts)
            bounds.append(self._bound(large[0], table) if large else None)
            for columns in (few, *map(self._columns, large[1:])):
                own.append(columns)
                owners.append(index)
        where = _flat(own, owners, table.shape[1])
        kept = flat[where]
        for row, parts, bound in zip(table, rows, bounds, strict=True):
            if bound is not None:
                np.minimum(row, bound, out=row)
            elif parts is not None:
                row.fill(-np.inf)
        flat[where] = kept

    def _bound(self, part: TokenIds, table: Bound) -> Bound:
        """[vocabulary]: infinite for the ids of a part, minus infinite for all others."""
        known = self._bounds.get(id(part))
        if known is None:
            bound = np.full(table.shape[1], -np.inf, table.dtype)
            bound[self._columns(part)] = np.inf
            known = self._bounds[id(part)] = (part, bound)
            if len(self._bounds) > MAX_BOUNDS:
                self._bounds.popitem(last=False)
        return known[1]

    def _put_back_(self, logits: torch.Tensor, rows: Sequence[RowParts | None]) -> None:
        """All rows in few operations: the allowed scores are read, everything is filled with minus
        infinity, and they are put back.
        """
        width = logits.shape[1]
        own: list[TokenIds] = []
        owners: list[int] = []
        kept_rows: list[int] = []
        kept_owners: list[int] = []
        constrained = []
        self._kept.begin()
        for index, parts in enumerate(rows):
            if parts is None:
                continue
            constrained.append(index)
            placed = self._kept.place(parts, kept_rows)
            if len(placed.sent):
                own.append(placed.sent)
                owners.append(index)
            for row in placed.rows:
                kept_rows.append(row)
                kept_owners.append(index)
        if not constrained:
            return
        self._kept.use(kept_rows)
        lists = [
            np.array(kept_rows, np.int64),
            np.array(kept_owners, np.int64) * width,
            _flat(own, owners, width),
            np.array(constrained if len(constrained) < len(rows) else [], np.int64),
        ]
        # In one piece: each that is sent takes longer than what is done with it.
        sent = self._tensor(np.concatenate(lists)).split([*map(len, lists)])
        # Indices into all the logits. `take`, `put` and their like take several times as long.
        where = (self._kept.table.index_select(0, sent[0]) + sent[1][:, None]).view(-1)
        where = torch.cat([where, sent[2]])
        flat = logits.view(-1)
        kept = flat.index_select(0, where)
        if len(constrained) == len(rows):
            logits.fill_(-torch.inf)
        else:
            logits.index_fill_(0, sent[3], -torch.inf)
        flat.scatter_(0, where, kept)

    def _split(self, parts: RowParts) -> tuple[RowParts, TokenIds, list[TokenIds]]:
        """The parts, whose identity it is known by; columns that are sent; parts that are kept."""
        if len(self._splits) >= MAX_SPLITS:
            self._splits.clear()
        few = [self._columns(part) for part in parts if len(part) < MIN_KEPT_TOKENS]
        large = [part for part in parts if len(part) >= MIN_KEPT_TOKENS]
        split = parts, np.concatenate([NO_IDS, *few]), large
        self._splits[id(parts)] = split
        return split

    def _columns(self, ids: TokenIds) -> TokenIds:
        if self._positions is None:
            return ids
        return self._positions[ids].astype(np.int64, copy=False)

    def _tensor(self, ids: TokenIds) -> torch.Tensor:
        there = torch.from_numpy(ids)
        if self._device.type == "cuda":  # from other memory it is sent when the GPU is at rest
            there = there.pin_memory()
        return there.to(self._device, non_blocking=True)


def _flat(columns: Sequence[TokenIds], rows: Sequence[int], width: int) -> TokenIds:
    """Where these columns of these rows are in [rows, width] numbers that follow one another."""
    starts = np.repeat(np.array(rows, np.int64) * width, [*map(len, columns)])
    return np.concatenate([NO_IDS, *columns]) + starts
