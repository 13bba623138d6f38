"""Many runs on one model: they join, leave and fork between passes.

`Batch` knows token ids and rows, not requests: it is handed runs, tells their owners what they
chose, and guarantees that a fault of one run ends that run only. Rows that decode are the first
rows of one cache, so that a pass is one view of it. Prompts are computed in caches of their own,
a bounded chunk a step, and move over when they are whole.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Literal

import torch

from generation.engine.counters import Counters
from generation.engine.entry import Entry
from generation.engine.forward import Model, RowLogits
from generation.engine.memory import is_out_of_memory
from generation.engine.prefill import Prompts
from generation.engine.run import Row
from generation.engine.slots import SlotCache

logger = logging.getLogger(__name__)

# A forced run makes every row of a pass as wide as itself: done while that stays cheap.
MAX_WIDE_TOKENS = 16
# After so many steps without running out of memory, one more row is tried.
STEPS_TO_GROW = 64


class Batch:
    """Used by the engine's thread only.

    max_rows, max_tokens: rows, and rows times columns, of the cache; a quarter of both is for
    urgent runs alone. chunk, prefix_tokens: see Prompts.
    """

    def __init__(
        self,
        model: Model,
        counters: Counters,
        *,
        max_rows: int,
        max_tokens: int,
        chunk: int,
        prefix_tokens: int,
    ) -> None:
        self._model = model
        self._counters = counters
        self._max_rows, self._max_tokens = max_rows, max_tokens
        self._row_limit = max_rows
        self._urgent_rows = max_rows // 4
        self._cache = model.new_cache()
        self._prompts = Prompts(model, counters, chunk=chunk, prefix_tokens=prefix_tokens)
        self._rows: list[tuple[Row, Entry]] = []  # at index i, the row in slot i
        self._last: Literal["pass", "chunk", "urgent chunk"] = "pass"
        self._joined = 0
        self._steps_without_shortage = 0

    # --- joining and leaving ---------------------------------------------------------------------

    @property
    def entries(self) -> list[Entry]:
        """Every run in here."""
        decoding = {id(entry): entry for _, entry in self._rows}
        return [*decoding.values(), *self._prompts.entries]

    @property
    def busy(self) -> bool:
        return bool(self._rows or self._prompts.entries)

    @property
    def row_count(self) -> int:
        return len(self._rows)

    @property
    def held_tokens(self) -> int:
        """Tokens of the rows that decode. May be asked by any thread."""
        return sum(row.length for row, _ in list(self._rows))

    def fits_alone(self, rows: int, columns: int) -> bool:
        return rows <= self._max_rows and rows * columns <= self._max_tokens

    def has_room(self, entry: Entry) -> bool:
        """True if the run may join now; always true of one that fits alone in an empty batch."""
        here = self.entries
        if not here:
            return True
        rows = sum(other.run.max_rows for other in here) + entry.run.max_rows
        columns = max(entry.limit, *(other.limit for other in here))
        limit = self._row_limit - (0 if entry.urgent else self._urgent_rows)
        share = 1.0 if entry.urgent else 0.75
        return rows <= limit and rows * columns <= self._max_tokens * share

    def join(self, entry: Entry) -> None:
        """Take the run in; its prompt is computed in the next steps."""
        entry.order = self._joined
        self._joined += 1
        self._prompts.queue(entry)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def drop(self, entry: Entry) -> None:
        """Take a run out, wherever it is."""
        entry.cancelled = True
        self._prompts.drop(entry)
        self._release(entry)

    def clear(self) -> None:
        """Forget every run and give the memory back."""
        self._rows = []
        self._prompts.stop()
        self._prompts.waiting.clear()
        self._prompts.prefixes.clear()
        self._cache.release()

    # --- a step ----------------------------------------------------------------------------------

    def step(self) -> None:
        """A chunk of a prompt or a pass of all rows that decode, in turn where there are both.

        Not both in one step: who comes in the meantime would wait for both. An urgent prompt need
        not let the rows go first after the chunk of another.
        """
        # All of a step, since what a pass returns can only be changed in this mode.
        with torch.inference_mode():
            urgent = self._prompts.urgent
            if self._prompts.entries and (
                not self._rows or self._last == "pass" or (urgent and self._last == "chunk")
            ):
                self._last = "urgent chunk" if urgent else "chunk"
                self._guarded(self._advance_prompts)
            elif self._rows:
                self._last = "pass"
                self._guarded(self._decode)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._shrink(error)
        else:
            self._steps_without_shortage += 1
            if self._row_limit < self._max_rows and self._steps_without_shortage > STEPS_TO_GROW:
                self._row_limit += 1
                self._steps_without_shortage = 0

    def _shrink(self, error: Exception) -> None:
        """Out of memory: half of the runs wait and are computed again later. One alone fails."""
        self._counters.count_shortage()
        self._steps_without_shortage = 0
        self._prompts.prefixes.clear()
        decoding = {id(entry): entry for _, entry in self._rows}
        begun = [*decoding.values(), *self._prompts.begun]
        begun = [entry for entry in begun if not entry.cancelled]
        begun.sort(key=lambda entry: (not entry.urgent, entry.order))
        if not begun:  # there was not even room to begin
            begun = [self._prompts.waiting.pop(0)]
        logger.warning("out of memory runs=%d rows=%d", len(begun), len(self._rows))
        self._prompts.stop()
        kept = begun[: len(begun) // 2]
        for entry in begun:
            if entry in kept and id(entry) in decoding:
                continue
            self._release(entry)
            if len(begun) == 1:
                entry.cancelled = True
                entry.owner.failed(error)
            else:
                self._prompts.queue(entry)
        self._row_limit = max(1, sum(entry.run.max_rows for entry in kept))
        self._compact()

    def _compact(self) -> None:
        """Keep no more memory than the rows need."""
        try:
            blocks = [(row, self._cache.block(row.slot, row.length)) for row, _ in self._rows]
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return  # not even for the copies: the rows stay where they are
        self._cache.release()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if blocks:
            self._reserve()
        for row, block in blocks:
            self._cache.write_block(row.slot, block, row.length)

    # --- prompts ---------------------------------------------------------------------------------

    def _advance_prompts(self) -> None:
        prefill = self._prompts.advance(self._rows, self._cache, self._row_limit)
        if prefill is None or prefill.scores is None:
            return
        self._reserve(prefill.entries)  # first: if there is no memory, nothing is lost yet
        self._prompts.finish(prefill)
        for row, (entry, scores) in enumerate(zip(prefill.entries, prefill.scores, strict=True)):
            if not entry.cancelled:
                self._begin(entry, prefill.cache, row, scores)

    def _begin(self, entry: Entry, cache: SlotCache, row: int, scores: RowLogits) -> None:
        """The prompt is computed: choose the first token, and move into the common cache."""
        length = len(entry.context)
        for row_before in entry.run.rows:
            row_before.forget = 0  # the columns it had before are gone
        if not self._chose(entry, [scores]):
            return
        for new in entry.run.rows:
            new.length, new.slot = length, len(self._rows)
            self._rows.append((new, entry))
        for new in entry.run.rows:
            self._cache.copy_from(cache, row, new.slot, length)

    def _reserve(self, coming: Sequence[Entry] = ()) -> None:
        """Room for the rows, for those of the runs that come now, and for a while: growing copies
        everything, so it is done in large steps, but never further than the rows may come.
        """
        decoding = {id(entry): entry for _, entry in self._rows}
        here = [*decoding.values(), *coming]
        needed = sum(entry.run.max_rows for entry in here)
        later = sum(entry.run.max_rows for entry in self.entries)
        columns = MAX_WIDE_TOKENS + max(
            [row.length for row, _ in self._rows] + [len(entry.context) for entry in coming]
        )
        if columns > self._cache.columns:
            most = max(entry.limit for entry in here) + MAX_WIDE_TOKENS
            columns = max(columns, min(2 * columns, most))
        rows = max(needed, min(later, self._row_limit))
        if rows > self._cache.rows:  # room for who comes next as well, who need not wait for it
            columns = max(columns, self._cache.columns)
            rows = max(rows, min(rows + rows // 4, self._row_limit, self._max_tokens // columns))
        self._cache.reserve(rows, columns)

    # --- decoding --------------------------------------------------------------------------------

    def _decode(self) -> None:
        started = time.perf_counter()
        for row, entry in self._rows:
            if row.forget:
                row.length, row.forget = row.length - row.forget, 0
                del entry.context[row.length :]  # what was in those columns is not there any more
        feeds = [row.feed for row, _ in self._rows]
        if len(feeds) * max(map(len, feeds)) > MAX_WIDE_TOKENS:
            feeds = [feed[:1] for feed in feeds]
        starts = [row.length for row, _ in self._rows]
        pieces = [self._model.piece(e.reachable, e.run.wants_all) for _, e in self._rows]
        if max(starts) + max(map(len, feeds)) > self._cache.columns:
            self._reserve()
        scores = self._model.forward(self._cache, feeds, starts, pieces)
        passed = time.perf_counter()
        for (row, _), feed in zip(self._rows, feeds, strict=True):
            row.length += len(feed)
            row.feed = row.feed[len(feed) :]
        by_row = {id(row): found for (row, _), found in zip(self._rows, scores, strict=True)}
        for entry in {id(entry): entry for _, entry in self._rows}.values():
            old = list(entry.run.rows)
            if any(row.feed for row in old):
                continue  # still feeding a forced run
            if self._chose(entry, [by_row[id(row)] for row in old]):
                try:
                    self._fork(entry, old)
                except Exception as error:
                    self._fail(entry, error)
        self._counters.count_step(
            rows=len(starts), forward=passed - started, rest=time.perf_counter() - passed
        )

    def _chose(self, entry: Entry, scores: list[RowLogits]) -> bool:
        """Let the run choose; False if that was its end. Its faults are its own."""
        try:
            chosen = entry.run.step(scores)
            self._counters.count_tokens(len(chosen))
            ended = entry.owner.chose(chosen)
        except Exception as error:
            self._fail(entry, error)
            return False
        if ended or entry.run.done:
            self._keep_prefix(entry)
            self._release(entry)
            entry.cancelled = True
            return False
        return True

    def _fail(self, entry: Entry, error: Exception) -> None:
        self._release(entry)
        entry.cancelled = True
        entry.owner.failed(error)

    def _keep_prefix(self, entry: Entry) -> None:
        """A chat's next turn begins with all of this one."""
        row = next((row for row, other in self._rows if other is entry), None)
        if not entry.keep or row is None or entry.run.max_rows > 1:
            return
        ids = entry.run.context()[: row.length]
        if self._prompts.prefixes.wants(ids):
            self._prompts.prefixes.add(ids, self._cache.block(row.slot, len(ids)))

    def _fork(self, entry: Entry, old: list[Row]) -> None:
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
                self._rows[row.slot] = (row, entry)
            else:
                homeless.append((row, old[parent]))
        reused = sorted(free)
        prompt = len(entry.context)
        inside: list[tuple[int, int]] = []
        outside: list[tuple[int, int]] = []
        for row, parent_row in homeless:
            if reused:
                row.slot = reused.pop(0)
                self._rows[row.slot] = (row, entry)
                inside.append((row.slot, parent_row.slot))
            else:
                row.slot = len(self._rows)
                self._rows.append((row, entry))
                outside.append((row.slot, parent_row.slot))
        length = old[0].length
        # A beam's slot already holds the prompt, which is the same for all of them.
        self._copy(inside, prompt, length)
        self._copy(outside, 0, length)
        self._close(reused)

    def _copy(self, pairs: Sequence[tuple[int, int]], first: int, last: int) -> None:
        self._cache.copy_rows([to for to, _ in pairs], [of for _, of in pairs], first, last)

    def _release(self, entry: Entry) -> None:
        self._close([row.slot for row, other in self._rows if other is entry])

    def _close(self, slots: Sequence[int]) -> None:
        """Free these slots: the last rows move into them."""
        for slot in sorted(slots, reverse=True):
            row, entry = self._rows.pop()
            if slot < len(self._rows):
                self._cache.copy_rows([slot], [row.slot], 0, row.length)
                row.slot = slot
                self._rows[slot] = (row, entry)
