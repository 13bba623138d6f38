"""The rows that decode: the first ones of one cache, so that a pass is one view of it.

Knows which row is in which slot and how large the cache has to be; of what is written in the rows,
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from generation.engine.decoding.single import Row
from generation.engine.model.kv_cache import KVCache
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.scheduler.admission import Admission
from generation.engine.scheduler.sequence_group import SequenceGroup

# A forced run makes every row of a pass as wide as itself: done while that stays cheap.
MAX_WIDE_TOKENS = 16


class CacheRows:
    """items: at index i, the row in slot i and its run. room: says how large the cache may be."""

    def __init__(self, cache: KVCache, room: Admission) -> None:
        self.cache = cache
        self._room = room
        self.items: list[tuple[Row, SequenceGroup]] = []

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[tuple[Row, SequenceGroup]]:
        return iter(self.items)

    @property
    def entries(self) -> list[SequenceGroup]:
        """Every run that has rows, once."""
        return list({id(entry): entry for _, entry in self.items}.values())

    @property
    def held_tokens(self) -> int:
        """May be asked by any thread."""
        return sum(row.length for row, _ in list(self.items))

    def clear(self) -> None:
        """Forget all rows and give the memory back."""
        self.items = []
        self.cache.release()

    # --- rows come and go ------------------------------------------------------------------------

    def add(self, entry: SequenceGroup, cache: KVCache, source: int, length: int) -> None:
        """Give the run's rows slots; all of them begin as a row of another cache. There is room:
        see `reserve`.
        """
        for new in entry.run.rows:
            new.length, new.slot = length, len(self.items)
            self.items.append((new, entry))
        for new in entry.run.rows:
            self.cache.copy_from(cache, source, new.slot, length)

    def fork(self, entry: SequenceGroup, old: list[Row]) -> None:
        """Give the run's new rows their slots: the first that continues a row stays in its place,
        the others get a copy in a slot that is free now or a new one.
        """
        new, parents = entry.run.rows, entry.run.parents()
        if new is old or (len(new) == len(old) == 1 and new[0] is old[0]):
            return
        free = {row.slot for row in old}
        homeless: list[tuple[Row, Row]] = []
        for row, parent in zip(new, parents, strict=True):
            row.length = old[parent].length
            if old[parent].slot in free:
                row.slot = old[parent].slot
                free.discard(row.slot)
                self.items[row.slot] = (row, entry)
            else:
                homeless.append((row, old[parent]))
        reused = sorted(free)
        prompt = len(entry.context)
        inside: list[tuple[int, int]] = []
        outside: list[tuple[int, int]] = []
        for row, parent_row in homeless:
            if reused:
                row.slot = reused.pop(0)
                self.items[row.slot] = (row, entry)
                inside.append((row.slot, parent_row.slot))
            else:
                row.slot = len(self.items)
                self.items.append((row, entry))
                outside.append((row.slot, parent_row.slot))
        length = old[0].length
        # A beam's slot already holds the prompt, which is the same for all of them.
        self._copy(inside, prompt, length)
        self._copy(outside, 0, length)
        self._close(reused)

    def _copy(self, pairs: Sequence[tuple[int, int]], first: int, last: int) -> None:
        self.cache.copy_rows([to for to, _ in pairs], [of for _, of in pairs], first, last)

    def release(self, entry: SequenceGroup) -> None:
        self._close([row.slot for row, other in self.items if other is entry])

    def _close(self, slots: Sequence[int]) -> None:
        """Free these slots: the last rows move into them."""
        for slot in sorted(slots, reverse=True):
            row, entry = self.items.pop()
            if slot < len(self.items):
                self.cache.copy_rows([slot], [row.slot], 0, row.length)
                row.slot = slot
                self.items[slot] = (row, entry)

    # --- memory ----------------------------------------------------------------------------------

    def reserve(self, coming: Sequence[SequenceGroup] = (), *, later: int) -> None:
        """Room for the rows, for those of the runs that come now, and for a while: growing copies
        everything, so it is done in large steps, but never further than the rows may come.

        later: how many rows may be wanted soon.
        """
        here = [*self.entries, *coming]
        needed = sum(entry.run.max_rows for entry in here)
        columns = MAX_WIDE_TOKENS + max(
            [row.length for row, _ in self.items] + [len(entry.context) for entry in coming]
        )
        if columns > self.cache.columns:
            most = max(entry.limit for entry in here) + MAX_WIDE_TOKENS
            columns = max(columns, min(2 * columns, most))
        rows, cache = max(needed, min(later, self._room.row_limit)), self.cache
        if rows > cache.rows:  # room for who comes next as well, who need not wait for it
            rows = max(rows, min(rows + rows // 4, self._room.row_limit))
        if max(rows, cache.rows) * max(columns, cache.columns) <= self._room.max_tokens:
            cache.reserve(rows, columns)
            return
        # Rows and columns that are used no more make way.
        rows = max(needed, min(rows, self._room.max_tokens // columns))
        if rows > cache.rows or columns > cache.columns:
            cache.resize(rows, columns)

    def compact(self, *, later: int) -> None:
        """Keep no more memory than the rows need."""
        try:
            blocks = [(row, self.cache.block(row.slot, row.length)) for row, _ in self.items]
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return  # not even for the copies: the rows stay where they are
        self.cache.release()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if blocks:
            self.reserve(later=later)
        for row, block in blocks:
            self.cache.write_block(row.slot, block, row.length)
