"""Which sequence groups fit into the batch.

The key-value cache counts every row as long as the longest one. A quarter of the rows and of the
cache is reserved for urgent groups.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.engine.scheduler.sequence_group import SequenceGroup

URGENT_SHARE = 0.25
# After this many steps without running out of memory, the row limit grows by one again.
STEPS_TO_GROW = 64


class Admission:
    """max_rows: Maximum number of rows. max_tokens: Maximum of rows times columns of the cache.

    row_limit: The current maximum, lower than max_rows after the memory has run out.
    """

    def __init__(self, max_rows: int, max_tokens: int) -> None:
        self._max_rows, self.max_tokens = max_rows, max_tokens
        self.row_limit = max_rows
        self._steps_since_shortage = 0

    def fits_alone(self, rows: int, columns: int) -> bool:
        return rows <= self._max_rows and rows * columns <= self.max_tokens

    def can_join(self, batch: Sequence[SequenceGroup], new: SequenceGroup) -> bool:
        """True if the group fits beside those in the batch; always true for an empty batch."""
        if not batch:
            return True
        rows = sum(group.run.max_rows for group in batch) + new.run.max_rows
        columns = max(new.limit, *(group.limit for group in batch))
        reserved = 0.0 if new.urgent else URGENT_SHARE
        row_limit = self.row_limit - int(reserved * self._max_rows)
        return rows <= row_limit and rows * columns <= self.max_tokens * (1 - reserved)

    def step_succeeded(self) -> None:
        self._steps_since_shortage += 1
        if self.row_limit < self._max_rows and self._steps_since_shortage > STEPS_TO_GROW:
            self.row_limit += 1
            self._steps_since_shortage = 0

    def ran_out_of_memory(self, kept: Sequence[SequenceGroup]) -> None:
        """Allow no more rows than those of the groups that stay in the batch."""
        self._steps_since_shortage = 0
        self.row_limit = max(1, sum(group.run.max_rows for group in kept))
