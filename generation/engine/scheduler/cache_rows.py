"""The rows that decode: the first rows of one key-value cache, so that a pass needs no copy.

Knows which row is in which slot and how large the cache must be, not what the rows contain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from generation.engine.decoding.run import Row
from generation.engine.model.kv_cache import KVCache
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.scheduler.admission import Admission
from generation.engine.scheduler.sequence_group import SequenceGroup

# Maximum of rows times tokens per row in a pass. All rows are padded to the longest feed, so longer
# feeds of forced tokens are cut.
MAX_WIDE_TOKENS = 16


class CacheRows:
    """Iterates over rows and their groups; the row at index i is in slot i of the cache.

    admission: Limits the size of the cache.
    """

    def __init__(self, cache: KVCache, admission: Admission) -> None:
        self.cache = cache
        self._admission = admission
        self._rows: list[tuple[Row, SequenceGroup]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[Row, SequenceGroup]]:
        return iter(self._rows)

    @property
    def groups(self) -> list[SequenceGroup]:
        """Every group that has rows, once."""
        return list({id(group): group for _, group in self._rows}.values())

    @property
    def held_tokens(self) -> int:
        """Number of tokens in all rows. Any thread may ask."""
        return sum(row.length for row, _ in list(self._rows))

    def clear(self) -> None:
        """Forget all rows and free the memory."""
        self._rows = []
        self.cache.release()

    # --- adding, forking, releasing --------------------------------------------------------------

    def add(self, group: SequenceGroup, cache: KVCache, source: int, length: int) -> None:
        """Give the group's rows slots, each a copy of row `source` of another cache.

        The caller has reserved the room, see `reserve`.
        """
        for new in group.run.rows:
            new.length, new.slot = length, len(self._rows)
            self._rows.append((new, group))
        for new in group.run.rows:
            self.cache.copy_from(cache, source, new.slot, length)

    def fork(self, group: SequenceGroup, old: list[Row]) -> None:
        """Give the group's new rows their slots.

        The first row that continues an old row keeps its slot. The others get a copy, in a slot
        that became free or in a new one.
        """
        new, parents = group.run.rows, group.run.parents()
        if new is old or (len(new) == len(old) == 1 and new[0] is old[0]):
            return
        free = {row.slot for row in old}
        to_copy: list[tuple[Row, Row]] = []
        for row, parent in zip(new, parents, strict=True):
            row.length = old[parent].length
            if old[parent].slot in free:
                row.slot = old[parent].slot
                free.discard(row.slot)
                self._rows[row.slot] = (row, group)
            else:
                to_copy.append((row, old[parent]))
        freed = sorted(free)
        into_freed: list[tuple[int, int]] = []
        into_new: list[tuple[int, int]] = []
        for row, parent_row in to_copy:
            if freed:
                row.slot = freed.pop(0)
                self._rows[row.slot] = (row, group)
                into_freed.append((row.slot, parent_row.slot))
            else:
                row.slot = len(self._rows)
                self._rows.append((row, group))
                into_new.append((row.slot, parent_row.slot))
        length = old[0].length
        # A freed slot of the same group already holds the prompt, which all its beams share.
        self._copy(into_freed, len(group.context), length)
        self._copy(into_new, 0, length)
        self._close(freed)

    def _copy(self, pairs: Sequence[tuple[int, int]], first: int, last: int) -> None:
        targets, sources = [target for target, _ in pairs], [source for _, source in pairs]
        self.cache.copy_rows(targets, sources, first, last)

    def release(self, group: SequenceGroup) -> None:
        """Free the group's slots."""
        self._close([row.slot for row, other in self._rows if other is group])

    def _close(self, slots: Sequence[int]) -> None:
        """Free these slots: the last rows move into them."""
        for slot in sorted(slots, reverse=True):
            row, group = self._rows.pop()
            if slot < len(self._rows):
                self.cache.copy_rows([slot], [row.slot], 0, row.length)
                row.slot = slot
                self._rows[slot] = (row, group)

    # --- memory ----------------------------------------------------------------------------------

    def reserve(self, new: Sequence[SequenceGroup] = (), *, later: int) -> None:
        """Make room in the cache for the rows and for those of the new groups.

        Growing copies the whole cache, so it grows in large steps, but never beyond the columns
        that the groups may need.

        later: Number of rows that may be needed soon.
        """
        groups = [*self.groups, *new]
        needed = sum(group.run.max_rows for group in groups)
        columns = MAX_WIDE_TOKENS + max(
            [row.length for row, _ in self._rows] + [len(group.context) for group in new]
        )
        if columns > self.cache.columns:
            most = max(group.limit for group in groups) + MAX_WIDE_TOKENS
            columns = max(columns, min(2 * columns, most))
        row_limit, max_tokens = self._admission.row_limit, self._admission.max_tokens
        rows = max(needed, min(later, row_limit))
        if rows > self.cache.rows:  # with some spare, so that the next groups need no copy
            rows = max(rows, min(rows + rows // 4, row_limit))
        if max(rows, self.cache.rows) * max(columns, self.cache.columns) <= max_tokens:
            self.cache.reserve(rows, columns)
            return
        # The limit is reached: give up rows or columns that are no longer used.
        rows = max(needed, min(rows, max_tokens // columns))
        if rows > self.cache.rows or columns > self.cache.columns:
            self.cache.resize(rows, columns)

    def compact(self, *, later: int) -> None:
        """Keep only as much memory as the rows need."""
        try:
            blocks = [(row, self.cache.block(row.slot, row.length)) for row, _ in self._rows]
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return  # there is no memory for the copies either, so the rows stay in place
        self.cache.release()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if blocks:
            self.reserve(later=later)
        for row, block in blocks:
            self.cache.write_block(row.slot, block, row.length)
