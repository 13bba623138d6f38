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

from generation.constraint.contract import RowParts, TokenIds

Bound = npt.NDArray[np.floating[Any]]

# On an accelerator: shared parts are a few hundred arrays at most; own parts come and go.
MAX_KEPT = 512
# On a processor: a bound is as wide as the vocabulary, and few are in use at a time.
MAX_BOUNDS = 32
# Below this a part is cheaper to send with the others than to keep.
MIN_KEPT_TOKENS = 64


class BatchMask:
    """Keeps what large parts come to on `device`. Used by one thread."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._device = torch.device(device)
        # Keyed by identity; the array is held too, so that its identity cannot pass to another.
        self._kept: OrderedDict[int, tuple[TokenIds, torch.Tensor]] = OrderedDict()
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
        bounds: list[Bound | None] = []
        for index, parts in enumerate(rows):
            shared = parts[0] if parts and len(parts[0]) >= MIN_KEPT_TOKENS else None
            bounds.append(None if shared is None else self._bound(shared, table))
            own += [part + index * len(table[0]) for part in parts or () if part is not shared]
        where = np.concatenate(own) if own else np.empty(0, np.int64)
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
            bound[part] = np.inf
            known = self._bounds[id(part)] = (part, bound)
            if len(self._bounds) > MAX_BOUNDS:
                self._bounds.popitem(last=False)
        return known[1]

    def _put_back_(self, logits: torch.Tensor, rows: Sequence[RowParts | None]) -> None:
        """All rows in few operations: the allowed scores are read, everything is filled with minus
        infinity, and they are put back.
        """
        width = logits.shape[1]
        shared: dict[int, tuple[TokenIds, list[int]]] = {}
        own: list[TokenIds] = []
        owners: list[int] = []
        constrained = []
        for index, parts in enumerate(rows):
            if parts is None:
                continue
            constrained.append(index)
            for part in parts:
                if len(part) < MIN_KEPT_TOKENS:
                    own.append(part)
                    owners.append(index)
                else:
                    shared.setdefault(id(part), (part, []))[1].append(index)
        if not constrained:
            return
        offsets = np.repeat(np.array(owners, np.int64) * width, [len(part) for part in own])
        lists = [np.array(members, np.int64) * width for _, members in shared.values()]
        lists.append(np.concatenate(own) + offsets if own else offsets)
        lists.append(np.array(constrained, np.int64))
        # In one piece: each that is sent takes longer than what is done with it.
        *members, own_places, filled = self._tensor(np.concatenate(lists)).split(
            [len(each) for each in lists]
        )
        # Indices into all the logits. `take`, `put` and their like take several times as long.
        places = [
            (self._ids(part) + rows_of[:, None]).view(-1)
            for (part, _), rows_of in zip(shared.values(), members, strict=True)
        ]
        where = torch.cat([*places, own_places])
        flat = logits.view(-1)
        kept = flat.index_select(0, where)
        if len(constrained) == len(rows):
            logits.fill_(-torch.inf)
        else:
            logits.index_fill_(0, filled, -torch.inf)
        flat.scatter_(0, where, kept)

    def _ids(self, part: TokenIds) -> torch.Tensor:
        known = self._kept.get(id(part))
        if known is None:
            known = self._kept[id(part)] = (part, self._tensor(part))
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return known[1]

    def _tensor(self, ids: TokenIds) -> torch.Tensor:
        return torch.from_numpy(ids).to(self._device)
