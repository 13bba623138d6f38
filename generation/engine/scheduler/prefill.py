"""Prompts on their way into the batch: which are computed next, together with which, and what of
them is known already.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from generation.engine.decoding.single import Row
from generation.engine.model.kv_cache import KVCache
from generation.engine.model.logits import RowLogits
from generation.engine.model.runner import ModelRunner
from generation.engine.scheduler.prefix_cache import MIN_SHARED, PrefixCache, common_length
from generation.engine.scheduler.sequence_group import SequenceGroup
from generation.engine.stats.counters import Counters

# Prompts are computed together if the shorter ones waste no more than this.
MIN_FILLED = 0.75

CacheRows = Sequence[tuple[Row, SequenceGroup]]


@dataclass(eq=False)
class Prefill:
    """Prompts in a cache of their own, one a row; starts: how far each is.

    scores: after the last tokens, once all are computed.
    """

    entries: list[SequenceGroup]
    cache: KVCache
    starts: list[int]
    scores: list[RowLogits] | None = None

    @property
    def urgent(self) -> bool:
        return any(entry.urgent for entry in self.entries)


class PrefillQueue:
    """chunk: most tokens of a step. prefix_tokens: of the prefixes kept.

    In its methods, live: the rows that decode, and cache: where they are. What they have in common
    with a prompt is copied from there.
    """

    def __init__(
        self, model: ModelRunner, counters: Counters, *, chunk: int, prefix_tokens: int
    ) -> None:
        self._model = model
        self._counters = counters
        self._chunk = chunk
        self.prefixes = PrefixCache(prefix_tokens)
        self.waiting: list[SequenceGroup] = []
        self._prefills: list[Prefill] = []

    @property
    def entries(self) -> list[SequenceGroup]:
        return [*self.begun, *self.waiting]

    @property
    def begun(self) -> list[SequenceGroup]:
        return [entry for prefill in self._prefills for entry in prefill.entries]

    @property
    def urgent(self) -> bool:
        """True if an urgent one is among them."""
        begun = any(prefill.urgent for prefill in self._prefills)
        return begun or any(entry.urgent for entry in self.waiting)

    def queue(self, entry: SequenceGroup) -> None:
        entry.context = entry.run.context()
        self.waiting.append(entry)
        self.waiting.sort(key=lambda each: (not each.urgent, each.order))

    def drop(self, entry: SequenceGroup) -> None:
        if entry in self.waiting:
            self.waiting.remove(entry)
        # In a prefill its row is computed to the end and then thrown away, unless it is alone.
        self._prefills = [
            prefill
            for prefill in self._prefills
            if not all(each.cancelled for each in prefill.entries)
        ]

    def withdraw(self, entry: SequenceGroup) -> None:
        """Take out one that will come again. Who was computed with it waits anew."""
        if entry in self.waiting:
            self.waiting.remove(entry)
        for prefill in [each for each in self._prefills if entry in each.entries]:
            self._prefills.remove(prefill)
            for other in prefill.entries:
                if other is not entry and not other.cancelled:
                    self.queue(other)

    def stop(self) -> None:
        """Forget what has begun; whoever wants it must queue again."""
        self._prefills = []

    def advance(self, live: CacheRows, cache: KVCache, row_limit: int) -> Prefill | None:
        """Compute one chunk. Returns the prompts that are whole now; see `finish`."""
        prefill = self._next(live, cache, row_limit)
        if prefill is None or prefill.scores is not None:
            return prefill
        started = time.perf_counter()
        rest = [
            entry.context[start:]
            for entry, start in zip(prefill.entries, prefill.starts, strict=True)
        ]
        # Several are only put together if one pass is enough for all of them.
        parts = [rest[0][: self._chunk]] if len(rest) == 1 else rest
        last = parts == rest
        wanted = None
        if last:
            wanted = [
                self._model.logits_request(e.reachable, full_vocabulary=e.run.full_vocabulary)
                for e in prefill.entries
            ]
        scores = self._model.forward(prefill.cache, parts, prefill.starts, wanted)
        prefill.starts = [
            start + len(part) for start, part in zip(prefill.starts, parts, strict=True)
        ]
        self._counters.count_prompt(sum(map(len, parts)), time.perf_counter() - started)
        prefill.scores = scores if last else None
        return prefill if last else None

    def finish(self, prefill: Prefill) -> None:
        """Its rows are about to move; keep of each what somebody who waits begins with too."""
        self._prefills.remove(prefill)
        for row, entry in enumerate(prefill.entries):
            shared = max(
                (common_length(entry.context, other.context) for other in self.waiting), default=0
            )
            if self.prefixes.wants(entry.context[:shared]):
                self.prefixes.add(entry.context[:shared], prefill.cache.block(row, shared))

    def _next(self, live: CacheRows, cache: KVCache, row_limit: int) -> Prefill | None:
        """The one that goes on in this step: an urgent one first, a new one if none is urgent."""
        current = next((each for each in self._prefills if each.urgent), None)
        if current is not None:
            return current
        if self.waiting and (self.waiting[0].urgent or not self._prefills):
            made = self._make(live, cache, row_limit)
            if made is not None:
                self._prefills.append(made)
                return made
        return self._prefills[0] if self._prefills else None

    def _make(self, live: CacheRows, cache: KVCache, row_limit: int) -> Prefill | None:
        """Take from those that wait the first and whoever fits beside it."""
        first = self.waiting[0]
        others = {id(entry): entry for _, entry in live}.values()
        taken = sum(entry.run.max_rows for entry in [*others, *self.begun])
        if taken and taken + first.run.max_rows > row_limit:
            return None
        entries, rest = [first], len(first.context) - self._shared(first, live)
        taken += first.run.max_rows
        for entry in self.waiting[1:]:
            remaining = len(entry.context) - self._shared(entry, live)
            widest = max(rest, remaining)
            if (len(entries) + 1) * widest > self._chunk:
                continue
            if min(rest, remaining) < MIN_FILLED * widest or entry.urgent != first.urgent:
                continue
            if taken + entry.run.max_rows > row_limit:
                continue
            if self._begins_alike(entry, entries, live):
                continue  # one computes what they share, the others copy it in the next step
            entries.append(entry)
            taken += entry.run.max_rows
        own = self._model.new_cache(len(entries), max(len(e.context) for e in entries))
        starts = [
            self._copy_prefix(entry, own, row, live, cache) for row, entry in enumerate(entries)
        ]
        for entry in entries:
            self.waiting.remove(entry)
        return Prefill(entries, own, starts)

    def _begins_alike(
        self, entry: SequenceGroup, others: Sequence[SequenceGroup], live: CacheRows
    ) -> bool:
        if entry.repeatable:
            return False
        known = self._shared(entry, live)
        return any(
            common_length(entry.context, other.context) >= known + MIN_SHARED for other in others
        )

    def _shared(self, entry: SequenceGroup, live: CacheRows) -> int:
        """How many of its first tokens are computed somewhere."""
        if entry.repeatable:
            return 0
        return max(self.prefixes.longest(entry.context)[0], _in_rows(entry, live)[0])

    def _copy_prefix(
        self, entry: SequenceGroup, own: KVCache, row: int, live: CacheRows, cache: KVCache
    ) -> int:
        """Fill a row with what is known of the prompt; at least one token is left to compute."""
        if entry.repeatable:
            return 0
        stored, block = self.prefixes.longest(entry.context)
        in_rows, slot = _in_rows(entry, live)
        most = len(entry.context) - 1
        length = min(max(stored, in_rows), most)
        if in_rows >= stored and length:
            own.copy_from(cache, slot, row, length)
        elif block is not None:
            own.write_block(row, block, length)
        entry.reused = length
        return length


def _in_rows(entry: SequenceGroup, live: CacheRows) -> tuple[int, int]:
    """The most tokens that a row has in common with the run's prompt, and its slot."""
    best, slot = 0, 0
    for row, other in live:
        shared = min(common_length(entry.context, other.context), row.length)
        if shared > best:
            best, slot = shared, row.slot
    return (best, slot) if best >= MIN_SHARED else (0, 0)
