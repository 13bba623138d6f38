"""Many runs on one model: they join, leave and fork between passes.

`Batch` knows token ids and rows, not requests: it is handed runs, tells their owners what they
chose, and guarantees that a fault of one run ends that run only. Rows that decode are the first
rows of one cache, so that a pass is one view of it. Prompts are computed in caches of their own,
a bounded chunk a step, and move over when they are whole.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Literal

import torch

from generation.engine.model.kv_cache import KVCache
from generation.engine.model.logits import RowLogits, TopAllowed
from generation.engine.model.out_of_memory import is_out_of_memory
from generation.engine.model.runner import ModelRunner
from generation.engine.scheduler.admission import Admission
from generation.engine.scheduler.cache_rows import MAX_WIDE_TOKENS, CacheRows
from generation.engine.scheduler.prefill import PrefillQueue
from generation.engine.scheduler.sequence_group import SequenceGroup
from generation.engine.stats.counters import Counters

logger = logging.getLogger(__name__)


class Batch:
    """Used by the engine's thread only.

    max_rows, max_tokens: see Admission. chunk, prefix_tokens: see PrefillQueue.
    """

    def __init__(
        self,
        model: ModelRunner,
        counters: Counters,
        *,
        max_rows: int,
        max_tokens: int,
        chunk: int,
        prefix_tokens: int,
    ) -> None:
        self._model = model
        self._counters = counters
        self._room = Admission(max_rows, max_tokens)
        self._prompts = PrefillQueue(model, counters, chunk=chunk, prefix_tokens=prefix_tokens)
        self._rows = CacheRows(model.new_cache(), self._room)
        self._last: Literal["pass", "chunk", "urgent chunk"] = "pass"
        self._joined = 0
        self._evicted: list[SequenceGroup] = []  # they come in again before others, in order
        self._urgent_waits = False

    # --- joining and leaving ---------------------------------------------------------------------

    @property
    def entries(self) -> list[SequenceGroup]:
        """Every run that has or is about to get rows."""
        return [*self._rows.entries, *self._prompts.entries]

    @property
    def busy(self) -> bool:
        return bool(self._rows or self._prompts.entries or self._evicted)

    @property
    def row_count(self) -> int:
        return len(self._rows)

    @property
    def _rows_wanted(self) -> int:
        """How many rows those that are here may come to have."""
        return sum(entry.run.max_rows for entry in self.entries)

    @property
    def held_tokens(self) -> int:
        """Tokens of the rows that decode. May be asked by any thread."""
        return self._rows.held_tokens

    def fits_alone(self, rows: int, columns: int) -> bool:
        return self._room.fits_alone(rows, columns)

    def has_room(self, entry: SequenceGroup) -> bool:
        """True if the run may join now; true of any that fits alone if no other is here."""
        if self._evicted and not entry.urgent:
            return False  # they were here first
        return self._room.is_enough(self.entries, entry)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def make_room(self, entry: SequenceGroup) -> bool:
        """The same, but others leave for an urgent run and are computed again later.

        What they have written so far stays theirs, and what was sent of it is not sent again.
        """
        if self.has_room(entry):
            return True
        if not entry.urgent:
            return False
        leaving = self._room.preempted_for(self.entries, entry)
        for each in leaving:
            self._prompts.withdraw(each)
            self._rows.release(each)
            each.evictions += 1
            logger.info("made room for a chat order=%d times=%d", each.order, each.evictions)
        self._evicted = sorted([*self._evicted, *leaving], key=lambda each: each.order)
        self._urgent_waits = not leaving
        return bool(leaving)

    def join(self, entry: SequenceGroup) -> None:
        """Take the run in; its prompt is computed in the next steps."""
        entry.order = self._joined
        self._joined += 1
        self._prompts.queue(entry)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def drop(self, entry: SequenceGroup) -> None:
        """Take a run out, wherever it is."""
        entry.cancelled = True
        if entry in self._evicted:
            self._evicted.remove(entry)
        self._prompts.drop(entry)
        self._rows.release(entry)

    def clear(self) -> None:
        """Forget every run and give the memory back."""
        self._rows.clear()
        self._evicted = []
        self._prompts.stop()
        self._prompts.waiting.clear()
        self._prompts.prefixes.clear()

    # --- a step ----------------------------------------------------------------------------------

    def step(self) -> None:
        """A chunk of a prompt or a pass of all rows that decode, in turn where there are both.

        Not both in one step: who comes in the meantime would wait for both. An urgent prompt need
        not let the rows go first after the chunk of another.
        """
        # All of a step, since what a pass returns can only be changed in this mode.
        with torch.inference_mode():
            self._let_back_in()
            urgent = self._prompts.urgent
            if self._prompts.entries and (
                not self._rows or self._last == "pass" or (urgent and self._last == "chunk")
            ):
                self._last = "urgent chunk" if urgent else "chunk"
                self._guarded(self._advance_prompts)
            elif self._rows:
                self._last = "pass"
                self._guarded(self._decode)

    def _let_back_in(self) -> None:
        """Those that were evicted, while there is room and no urgent run waits for more of it."""
        if not self._urgent_waits:
            while self._evicted and self._room.is_enough(self.entries, self._evicted[0]):
                self._prompts.queue(self._evicted.pop(0))
        self._urgent_waits = False  # if it still does, it asks again before the next step

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._shrink(error)
        else:
            self._room.step_went_well()

    def _shrink(self, error: Exception) -> None:
        """Out of memory: half of the runs wait and are computed again later. One alone fails."""
        self._counters.count_shortage()
        self._prompts.prefixes.clear()
        self._model.free_memory()
        decoding = self._rows.entries
        begun = [*decoding, *self._prompts.begun]
        begun = [entry for entry in begun if not entry.cancelled]
        begun.sort(key=lambda entry: (not entry.urgent, entry.order))
        if not begun:  # there was not even room to begin
            begun = [self._prompts.waiting.pop(0)]
        logger.warning("out of memory runs=%d rows=%d", len(begun), len(self._rows))
        self._prompts.stop()
        kept = begun[: len(begun) // 2]
        for entry in begun:
            if entry in kept and entry in decoding:
                continue
            self._rows.release(entry)
            if len(begun) == 1:
                entry.cancelled = True
                entry.owner.failed(error)
            else:
                self._prompts.queue(entry)
        self._room.ran_out(kept)
        self._rows.compact(later=self._rows_wanted)

    # --- prompts ---------------------------------------------------------------------------------

    def _advance_prompts(self) -> None:
        prefill = self._prompts.advance(self._rows.items, self._rows.cache, self._room.row_limit)
        if prefill is None or prefill.scores is None:
            return
        # First: if there is no memory, nothing is lost yet.
        self._rows.reserve(prefill.entries, later=self._rows_wanted)
        self._prompts.finish(prefill)
        for row, (entry, scores) in enumerate(zip(prefill.entries, prefill.scores, strict=True)):
            if not entry.cancelled:
                self._begin(entry, prefill.cache, row, scores)

    def _begin(self, entry: SequenceGroup, cache: KVCache, row: int, scores: RowLogits) -> None:
        """The prompt is computed: choose the first token, and move into the common cache."""
        length = len(entry.context)
        for row_before in entry.run.rows:
            row_before.forget = 0  # the columns it had before are gone
        if not self._chose(entry, [scores]):
            return
        self._rows.add(entry, cache, row, length)

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
        wanted = [
            self._model.logits_request(e.reachable, full_vocabulary=e.run.full_vocabulary)
            for _, e in self._rows
        ]
        if max(starts) + max(map(len, feeds)) > self._rows.cache.columns:
            self._rows.reserve(later=self._rows_wanted)
        scores = self._model.forward(
            self._rows.cache, feeds, starts, wanted, repeated=True, top_allowed=self._top_allowed
        )
        passed = time.perf_counter()
        for (row, _), feed in zip(self._rows, feeds, strict=True):
            row.length += len(feed)
            row.feed = row.feed[len(feed) :]
        by_row = {id(row): found for (row, _), found in zip(self._rows, scores, strict=True)}
        for entry in self._rows.entries:
            old = list(entry.run.rows)
            if any(row.feed for row in old):
                continue  # still feeding a forced run
            if self._chose(entry, [by_row[id(row)] for row in old]):
                try:
                    self._rows.fork(entry, old)
                except Exception as error:
                    self._fail(entry, error)
        self._counters.count_step(
            rows=len(starts), forward=passed - started, rest=time.perf_counter() - passed
        )

    def _top_allowed(self) -> list[TopAllowed | None]:
        """For each row, which of its scores are enough."""
        found: dict[int, TopAllowed | None] = {}
        for entry in self._rows.entries:
            try:
                found.update(zip(map(id, entry.run.rows), entry.run.top_allowed(), strict=True))
            except Exception as error:
                # Its step will fail the same way, and it alone.
                logger.debug("which scores are enough is not known: %s", error)
        return [found.get(id(row)) for row, _ in self._rows]

    def _chose(self, entry: SequenceGroup, scores: list[RowLogits]) -> bool:
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
            self._rows.release(entry)
            entry.cancelled = True
            return False
        return True

    def _fail(self, entry: SequenceGroup, error: Exception) -> None:
        self._rows.release(entry)
        entry.cancelled = True
        entry.owner.failed(error)

    def _keep_prefix(self, entry: SequenceGroup) -> None:
        """A chat's next turn begins with all of this one."""
        row = next((row for row, other in self._rows if other is entry), None)
        if not entry.keep or row is None or entry.run.max_rows > 1:
            return
        ids = entry.run.context()[: row.length]
        if self._prompts.prefixes.wants(ids):
            self._prompts.prefixes.add(ids, self._rows.cache.block(row.slot, len(ids)))
