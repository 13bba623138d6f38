"""How much may be in the batch at once: who may join, and who has to make way for whom.

The cache counts every row as long as the longest. A quarter of the rows and of the cache is for
urgent runs alone. Where that is not enough for one of them, others are taken out and computed again
later. A run that has made way MAX_EVICTIONS times stays: a search of beams begins anew each time
and would never end.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.engine.scheduler.sequence_group import SequenceGroup

MAX_EVICTIONS = 2
# After so many steps without running out of memory, one more row is tried.
STEPS_TO_GROW = 64


class Admission:
    """max_rows, max_tokens: rows, and rows times columns, of the cache."""

    def __init__(self, max_rows: int, max_tokens: int) -> None:
        self._max_rows, self.max_tokens = max_rows, max_tokens
        self._urgent_rows = max_rows // 4
        self.row_limit = max_rows
        self._steps_without_shortage = 0

    def fits_alone(self, rows: int, columns: int) -> bool:
        return rows <= self._max_rows and rows * columns <= self.max_tokens

    def is_enough(self, here: Sequence[SequenceGroup], coming: SequenceGroup) -> bool:
        """True if the run may join those that are here; always true if nobody is."""
        if not here:
            return True
        rows = sum(entry.run.max_rows for entry in here) + coming.run.max_rows
        columns = max(coming.limit, *(entry.limit for entry in here))
        limit = self.row_limit - (0 if coming.urgent else self._urgent_rows)
        share = 1.0 if coming.urgent else 0.75
        return rows <= limit and rows * columns <= self.max_tokens * share

    def preempted_for(
        self, here: Sequence[SequenceGroup], coming: SequenceGroup
    ) -> list[SequenceGroup]:
        """Those that have to make way for an urgent run: the newest, and no more than are needed.
        None if all of them would not be enough.
        """
        staying = sorted(here, key=lambda entry: entry.order)
        leaving = []
        for entry in reversed(staying.copy()):
            if entry.urgent or entry.evictions >= MAX_EVICTIONS:
                continue
            staying.remove(entry)
            leaving.append(entry)
            if self.is_enough(staying, coming):
                return leaving
        return []

    def step_went_well(self) -> None:
        self._steps_without_shortage += 1
        if self.row_limit < self._max_rows and self._steps_without_shortage > STEPS_TO_GROW:
            self.row_limit += 1
            self._steps_without_shortage = 0

    def ran_out(self, kept: Sequence[SequenceGroup]) -> None:
        """There was memory for no more than these, if for them."""
        self._steps_without_shortage = 0
        self.row_limit = max(1, sum(entry.run.max_rows for entry in kept))
