"""Large parts of rows on an accelerator: what many rows share is sent there once and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from generation.constraint.session import NO_IDS, RowParts, TokenIds

# Parts of at least so many tokens are kept; the table is as wide as the longest of them.
MIN_KEPT_TOKENS = 512
# Texts of one list, drawn at random, come to some three hundred; to send one takes longer than all
# else that a step does here.
MAX_KEPT = 512
# Where the tokens of rows come from is remembered until it is so many, as an automaton's rows are.
MAX_PLACED = 20_000


class Placed(NamedTuple):
    """Where a row's tokens come from: rows of the table, and columns that have to be sent.

    parts: held, so that their identity cannot pass to others.
    """

    parts: RowParts
    rows: tuple[int, ...]
    sent: TokenIds


class MaskRowCache:
    """At most MAX_KEPT parts. If there are more, the half that was used longest ago makes way.

    columns: says at which columns of the logits the scores of these ids are.
    """

    def __init__(self, device: torch.device, columns: Callable[[TokenIds], TokenIds]) -> None:
        self._device = device
        self._columns = columns
        # [rows, longest], which grows; a row is filled up with its first entry, which is then done
        # twice.
        self.table = torch.zeros((1, 1), dtype=torch.int64, device=device)
        # By identity; the parts are held too. What is known of rows is of parts that are here.
        self._kept: dict[int, tuple[TokenIds, int]] = {}
        self._placed: dict[int, Placed] = {}
        self._free = list(reversed(range(MAX_KEPT)))
        self._used = np.zeros(MAX_KEPT, np.int64)  # in which batch each row was used last
        self._batch = 0

    def __len__(self) -> int:
        return len(self._kept)

    def begin(self) -> None:
        """A new batch: until the next, its rows of the table stay what they are."""
        self._batch += 1

    def place(self, parts: RowParts, in_use: Sequence[int]) -> Placed:
        """Return where the tokens of these parts come from. in_use: the rows of the table that the
        batch has been given so far.
        """
        known = self._placed.get(id(parts))
        if known is not None:
            return known
        large = [part for part in parts if len(part) >= MIN_KEPT_TOKENS]
        found = [self._row(part, in_use) for part in large]
        rows = tuple(row for row in found if row is not None)
        left = [part for part, row in zip(large, found, strict=True) if row is None]
        few = [part for part in parts if len(part) < MIN_KEPT_TOKENS]
        sent = np.concatenate([NO_IDS, *map(self._columns, (*left, *few))])
        placed = Placed(parts, rows, sent)
        if not left:  # or there may be room for them next time
            if len(self._placed) >= MAX_PLACED:
                self._placed.clear()
            self._placed[id(parts)] = placed
        return placed

    def use(self, rows: Sequence[int]) -> None:
        """Say that this batch uses these rows of the table."""
        self._used[list(rows)] = self._batch

    def _row(self, part: TokenIds, in_use: Sequence[int]) -> int | None:
        """The part's row of the table; None if the batch uses all of them for others."""
        known = self._kept.get(id(part))
        if known is None:
            if not self._free:
                self.use(in_use)
                self._make_room()
            if not self._free:
                return None
            known = self._kept[id(part)] = part, self._free.pop()
            self._write(known[1], self._columns(part))
        self._used[known[1]] = self._batch
        return known[1]

    def _make_room(self) -> None:
        """For many at once: all that is known of rows is forgotten each time."""
        oldest = np.argsort(self._used, kind="stable")[: max(1, MAX_KEPT // 2)]
        going = set(oldest[self._used[oldest] < self._batch].tolist())
        self._kept = {key: each for key, each in self._kept.items() if each[1] not in going}
        self._free = sorted(going, reverse=True)
        self._placed.clear()

    def _write(self, row: int, columns: TokenIds) -> None:
        rows, longest = self.table.shape
        if row >= rows or len(columns) > longest:
            rows = max(rows, min(MAX_KEPT, 2 * row + 1))
            larger = self.table[:, :1].repeat(1, max(longest, len(columns)))
            larger[:, :longest] = self.table
            self.table = larger.new_zeros((rows, larger.shape[1]))
            self.table[: len(larger)] = larger
        sent = torch.from_numpy(columns).to(self._device)
        self.table[row] = sent[0]
        self.table[row, : len(columns)] = sent
