"""Many requests on one model: they join, leave, fork and are preempted between passes.

`Batch` knows token ids and rows, not requests. An error of one group ends that group only. The rows
that decode are the first rows of one cache, so a pass needs no copy of it. Prompts are computed in
caches of their own, one bounded chunk a step, and move over when they are complete.
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
from generation.engine.scheduler.preemption import groups_to_preempt, urgent_rows
from generation.engine.scheduler.prefill import PrefillQueue
from generation.engine.scheduler.sequence_group import SequenceGroup
from generation.engine.stats.counters import Counters

logger = logging.getLogger(__name__)


class Batch:
    """Used by the engine's thread only.

    max_rows, max_tokens: See Admission. chunk, prefix_tokens: See PrefillQueue.
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
        self._admission = Admission(max_rows, max_tokens)
        self._rows = CacheRows(model.new_cache(), self._admission)
        self._prefill = PrefillQueue(
            model, counters, self._rows, chunk=chunk, prefix_tokens=prefix_tokens
        )
        self._last_step: Literal["decode", "chunk", "urgent chunk"] = "decode"
        self._arrivals = 0
        # Urgent ones first, then in order of arrival. They join before others.
        self._preempted: list[SequenceGroup] = []
        self._urgent_waits = False

    # --- joining and leaving ---------------------------------------------------------------------

    @property
    def groups(self) -> list[SequenceGroup]:
        """Every group that has rows or waits for its prefill."""
        return [*self._rows.groups, *self._prefill.groups]

    @property
    def busy(self) -> bool:
        return bool(self._rows or self._prefill.groups or self._preempted)

    @property
    def row_count(self) -> int:
        return len(self._rows)

    @property
    def held_tokens(self) -> int:
        """Number of tokens in the rows that decode. Any thread may ask."""
        return self._rows.held_tokens

    @property
    def _rows_wanted(self) -> int:
        """Maximum number of rows that all groups together may come to use."""
        return sum(group.run.max_rows for group in self.groups)

    def fits_alone(self, rows: int, columns: int) -> bool:
        return self._admission.fits_alone(rows, columns)

    def can_admit(self, group: SequenceGroup) -> bool:
        """True if the group may join now; true for any group that fits alone in an empty batch."""
        if any(self._goes_before(each, group) for each in self._preempted):
            return False
        return self._admission.can_join(self.groups, group)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def make_room(self, group: SequenceGroup) -> bool:
        """Like `can_admit`, but preempt other groups for an urgent one.

        Preempted groups keep the text that they have sent, and are computed again later.
        """
        if self.can_admit(group):
            return True
        if not group.urgent or any(self._goes_before(each, group) for each in self._preempted):
            return False
        leaving = groups_to_preempt(self._admission, self.groups, group)
        for each in leaving:
            self._prefill.withdraw(each)
            self._rows.release(each)
            each.preemptions += 1
            logger.info("preempted for a chat arrival=%d times=%d", each.arrival, each.preemptions)
        self._preempted = sorted(
            [*self._preempted, *leaving], key=lambda each: (not each.urgent, each.arrival)
        )
        self._urgent_waits = self._urgent_waits or not leaving
        return bool(leaving)

    def _goes_before(self, preempted: SequenceGroup, group: SequenceGroup) -> bool:
        """True unless the group is more urgent, or its owner has fewer rows left."""
        if preempted.urgent != group.urgent:
            return preempted.urgent
        if not group.urgent:
            return True
        rows = urgent_rows(self.groups, group.owner)
        return urgent_rows(self.groups, preempted.owner) <= rows

    def join(self, group: SequenceGroup) -> None:
        """Add the group; the next steps compute its prompt."""
        group.arrival = self._arrivals
        self._arrivals += 1
        self._prefill.queue(group)

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def drop(self, group: SequenceGroup) -> None:
        """Remove the group, whether it decodes, is prefilled or is preempted."""
        group.ended = True
        if group in self._preempted:
            self._preempted.remove(group)
        self._prefill.drop(group)
        self._rows.release(group)

    def clear(self) -> None:
        """Forget every group and free the memory."""
        self._rows.clear()
        self._preempted = []
        self._prefill.clear()

    # --- a step ----------------------------------------------------------------------------------

    def step(self) -> None:
        """Compute one chunk of a prompt or one pass of all decoding rows, in turn.

        Not both in one step: a request that arrives meanwhile would wait for both. An urgent prompt
        may follow the chunk of another prompt without a decoding pass in between.
        """
        # A tensor from a pass can be changed in inference mode only, so all of the step runs in it.
        with torch.inference_mode():
            self._rejoin_preempted()
            urgent = self._prefill.urgent
            if self._prefill.groups and (
                not self._rows
                or self._last_step == "decode"
                or (urgent and self._last_step == "chunk")
            ):
                self._last_step = "urgent chunk" if urgent else "chunk"
                self._guarded(self._advance_prefill)
            elif self._rows:
                self._last_step = "decode"
                self._guarded(self._decode)
            if not self.busy:
                self._model.end_decoding()
                self._free_cache()

    def _free_cache(self) -> None:
        """Free the cache of an empty batch, which one burst of requests can make gigabytes large.

        Not on a GPU, where CUDA graphs are recorded for one cache.
        """
        if self._model.device.type == "cpu":
            self._rows.clear()

    def _rejoin_preempted(self) -> None:
        """Let preempted groups join again; if an urgent group still waits for room, only urgent
        ones, which had their rows before it.
        """
        while self._preempted and (self._preempted[0].urgent or not self._urgent_waits):
            if not self._admission.can_join(self.groups, self._preempted[0]):
                break
            self._prefill.queue(self._preempted.pop(0))
        self._urgent_waits = False  # an urgent group that still waits asks again before each step

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._shrink(error)
        else:
            self._admission.step_succeeded()

    def _shrink(self, error: Exception) -> None:
        """After running out of memory: queue half of the groups again. A group alone fails."""
        self._counters.count_shortage()
        self._prefill.prefixes.clear()
        self._model.free_memory()
        decoding = self._rows.groups
        started = [group for group in [*decoding, *self._prefill.started] if not group.ended]
        started.sort(key=lambda group: (not group.urgent, group.arrival))
        if not started:  # the memory ran out while the first group started
            started = [self._prefill.waiting.pop(0)]
        logger.warning("out of memory groups=%d rows=%d", len(started), len(self._rows))
        self._prefill.stop()
        kept = started[: len(started) // 2]
        for group in started:
            if group in kept and group in decoding:
                continue
            self._rows.release(group)
            if len(started) == 1:
                group.ended = True
                group.fail(error)
            else:
                self._prefill.queue(group)
        self._admission.ran_out_of_memory(kept)
        self._rows.compact(later=self._rows_wanted)

    # --- prompts ---------------------------------------------------------------------------------

    def _advance_prefill(self) -> None:
        prefill = self._prefill.advance(self._admission.row_limit)
        if prefill is None or prefill.logits is None:
            return
        # Before anything is moved: if the memory runs out here, no state is lost.
        self._rows.reserve(prefill.groups, later=self._rows_wanted)
        self._prefill.finish(prefill)
        for row, (group, logits) in enumerate(zip(prefill.groups, prefill.logits, strict=True)):
            if not group.ended:
                self._start_decoding(group, prefill.cache, row, logits)

    def _start_decoding(
        self, group: SequenceGroup, cache: KVCache, row: int, logits: RowLogits
    ) -> None:
        """The prompt is complete: sample the first token and move into the common cache."""
        length = len(group.context)
        for old in group.run.rows:
            old.forget = 0  # the columns of a preempted row are gone already
        if self._sample(group, [logits]):
            self._rows.add(group, cache, row, length)

    # --- decoding --------------------------------------------------------------------------------

    def _decode(self) -> None:
        started = time.perf_counter()
        for row, group in self._rows:
            if row.forget:
                row.length, row.forget = row.length - row.forget, 0
                del group.context[row.length :]
        feeds = [row.feed for row, _ in self._rows]
        if len(feeds) * max(map(len, feeds)) > MAX_WIDE_TOKENS:
            feeds = [feed[:1] for feed in feeds]
        starts = [row.length for row, _ in self._rows]
        requests = [
            self._model.logits_request(
                group.reachable,
                full_vocabulary=group.run.full_vocabulary,
                masses=group.run.masses,
            )
            for _, group in self._rows
        ]
        if max(starts) + max(map(len, feeds)) > self._rows.cache.columns:
            self._rows.reserve(later=self._rows_wanted)
        logits = self._model.forward(
            self._rows.cache,
            feeds,
            starts,
            requests,
            repeated=True,
            top_allowed=self._top_allowed,
        )
        passed = time.perf_counter()
        for (row, _), feed in zip(self._rows, feeds, strict=True):
            row.length += len(feed)
            row.feed = row.feed[len(feed) :]
        by_row = {id(row): found for (row, _), found in zip(self._rows, logits, strict=True)}
        for group in self._rows.groups:
            old = list(group.run.rows)
            if any(row.feed for row in old):
                continue  # the rest of its forced tokens comes in the next passes
            if self._sample(group, [by_row[id(row)] for row in old]):
                try:
                    self._rows.fork(group, old)
                except Exception as error:
                    self._fail(group, error)
        self._counters.count_step(
            rows=len(starts), forward=passed - started, rest=time.perf_counter() - passed
        )

    def _top_allowed(self) -> list[TopAllowed | None]:
        """For each row, the logits that are enough for its next token."""
        found: dict[int, TopAllowed | None] = {}
        for group in self._rows.groups:
            try:
                found.update(zip(map(id, group.run.rows), group.run.top_allowed(), strict=True))
            except Exception as error:
                # The group's own step raises the same error, and ends that group only.
                logger.debug("the needed logits are unknown: %s", error)
        return [found.get(id(row)) for row, _ in self._rows]

    def _sample(self, group: SequenceGroup, logits: list[RowLogits]) -> bool:
        """Let the run choose its next tokens; return False if the group has ended or failed."""
        try:
            tokens = group.run.step(logits)
            self._counters.count_tokens(len(tokens))
            ended = group.accept(tokens)
        except Exception as error:
            self._fail(group, error)
            return False
        if ended or group.run.done:
            self._prefill.cache_reply(group)
            self._rows.release(group)
            group.ended = True
            return False
        return True

    def _fail(self, group: SequenceGroup, error: Exception) -> None:
        self._rows.release(group)
        group.ended = True
        group.fail(error)
