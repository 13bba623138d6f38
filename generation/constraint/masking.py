"""Apply the rows of a batch to its logits in one call, on the logits' own device.

A row comes in parts: its own few tokens, and what it shares with every other row that stands at
the same kind of boundary. A shared part is looked up and applied once for all rows that have it,
and its ids stay on the device.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch

from generation.constraint.contract import RowParts, TokenIds

# Shared parts are a few hundred arrays at most; own parts come and go.
MAX_KEPT = 512
# Below this a part is cheaper to send with the others than to keep on the device.
MIN_KEPT_TOKENS = 64


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
        width = logits.shape[1]
        shared: dict[int, tuple[torch.Tensor, list[int]]] = {}
        own: list[torch.Tensor] = []
        constrained = []
        for index, parts in enumerate(rows):
            if parts is None:
                continue
            constrained.append(index)
            for part in parts:
                if len(part) < MIN_KEPT_TOKENS:
                    own.append(torch.from_numpy(part) + index * width)
                else:
                    ids = self._ids(part)
                    shared.setdefault(id(part), (ids, []))[1].append(index)
        if not constrained:
            return logits
        flat = logits.view(-1)
        kept = []
        for ids, members in shared.values():
            where = ids + torch.tensor(members, device=self._device)[:, None] * width
            kept.append((where, flat[where]))
        if own:
            where = torch.cat(own).to(self._device)
            kept.append((where, flat[where]))
        if len(constrained) == len(rows):
            logits.fill_(-torch.inf)
        else:
            logits[constrained] = -torch.inf
        for where, values in kept:
            flat[where] = values
        return logits

    def _ids(self, part: TokenIds) -> torch.Tensor:
        known = self._kept.get(id(part))
        if known is not None:
            return known[1]
        ids = torch.from_numpy(part).to(self._device)
        self._kept[id(part)] = (part, ids)
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return ids
