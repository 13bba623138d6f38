"""Apply the rows of a batch to its logits in one call, on the logits' own device.

A row comes in parts: its own few tokens, and what it shares with every other row that stands at
the same kind of boundary. A shared part is looked up and applied once for all rows that have it,
and its ids stay on the device.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch

from generation.constraint.contract import RowParts, TokenIds

# Shared parts are a few hundred arrays at most; own parts come and go.
MAX_KEPT = 512
# Below this a part is cheaper to send with the others than to keep on the device.
MIN_KEPT_TOKENS = 64
# Rows are read, filled and written block by block while they are in the processor's cache: most of
# the time goes into moving the logits through memory. An accelerator takes all in one.
CPU_BLOCK_BYTES = 4 * 1024 * 1024


class BatchMask:
    """Keeps the ids of large parts on `device`. Used by one thread."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._device = torch.device(device)
        # Keyed by identity; the array is held too, so that its identity cannot pass to another.
        self._kept: OrderedDict[int, tuple[TokenIds, torch.Tensor]] = OrderedDict()

    def apply_(self, logits: torch.Tensor, rows: Sequence[RowParts | None]) -> torch.Tensor:
        """Set all that is not allowed to -inf, in place, and return `logits`.

        logits: [rows, vocabulary], floating point. rows: for each, the parts of its allowed ids;
        None leaves that row alone.
        """
        size = len(rows)
        if self._device.type == "cpu":
            size = max(1, CPU_BLOCK_BYTES // (logits.shape[1] * logits.element_size()))
        for first in range(0, len(rows), size):
            self._apply_to_block_(logits[first : first + size], rows[first : first + size])
        return logits

    def _apply_to_block_(self, logits: torch.Tensor, rows: Sequence[RowParts | None]) -> None:
        width = logits.shape[1]
        shared: dict[int, tuple[torch.Tensor, list[int]]] = {}
        own: list[TokenIds] = []
        constrained = []
        for index, parts in enumerate(rows):
            if parts is None:
                continue
            constrained.append(index)
            for part in parts:
                if len(part) < MIN_KEPT_TOKENS:
                    own.append(part + index * width)
                else:
                    shared.setdefault(id(part), (self._ids(part), []))[1].append(index)
        if not constrained:
            return
        # Indices into all the block's logits. `take`, `put` and their like take several times as
        # long as these.
        places = [
            (ids + self._tensor(np.array(members) * width)[:, None]).view(-1)
            for ids, members in shared.values()
        ]
        if own:
            places.append(self._tensor(np.concatenate(own)))
        where = places[0] if len(places) == 1 else torch.cat(places)
        flat = logits.view(-1)
        kept = flat.index_select(0, where)
        if len(constrained) == len(rows):
            logits.fill_(-torch.inf)
        else:
            logits.index_fill_(0, self._tensor(np.array(constrained)), -torch.inf)
        flat.scatter_(0, where, kept)

    def _tensor(self, ids: TokenIds) -> torch.Tensor:
        return torch.from_numpy(ids).to(self._device)

    def _ids(self, part: TokenIds) -> torch.Tensor:
        known = self._kept.get(id(part))
        if known is not None:
            return known[1]
        ids = self._tensor(part)
        self._kept[id(part)] = (part, ids)
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return ids
