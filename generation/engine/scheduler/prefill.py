"""Prompts that wait for their prefill: which are computed next, and which together.

The start of a prompt is copied where another row or the prefix cache already has it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from generation.engine.decoding.scored_tokens import scored_tokens
from generation.engine.model.kv_cache import KVCache
from generation.engine.model.logits import LogitsRequest, RowLogits
from generation.engine.model.runner import ModelRunner
from generation.engine.scheduler.cache_rows import CacheRows
from generation.engine.scheduler.prefix_cache import (
    MIN_SHARED_TOKENS,
    PrefixCache,
    common_prefix_length,
)
from generation.engine.scheduler.sequence_group import SequenceGroup
from generation.engine.stats.counters import Counters
from generation.engine.turns import Turns

# Prompts share a pass if their lengths are similar: at least this share of the longer one.
MIN_LENGTH_RATIO = 0.75


@dataclass(eq=False)
class Prefill:
    """Prompts in a cache of their own, one row each.

    starts: For each prompt, the number of its tokens that are computed.
    logits: The logits after each last token, once all prompts are complete.
    """

    groups: list[SequenceGroup]
    cache: KVCache
    starts: list[int]
    logits: list[RowLogits] | None = None

    @property
    def scores_prompts(self) -> bool:
        """True if each group, not only some, reports the log-probabilities of its prompt."""
        return self.groups[0].prompt_logprobs is not None

    @property
    def urgent(self) -> bool:
        return any(group.urgent for group in self.groups)


class PrefillQueue:
    """rows: The rows that decode; prompts copy common prefixes from them.

    chunk: Maximum number of tokens of one step.
    prefix_tokens: Size of the prefix cache.
    """

    def __init__(
        self,
        model: ModelRunner,
        counters: Counters,
        rows: CacheRows,
        *,
        chunk: int,
        prefix_tokens: int,
    ) -> None:
        self._model = model
        self._counters = counters
        self._rows = rows
        self._chunk = chunk
        self.prefixes = PrefixCache(prefix_tokens)
        # Urgent groups first, then one of each owner in turn, then in order of arrival.
        self.waiting: list[SequenceGroup] = []
        self._turns = Turns()
        self._prefills: list[Prefill] = []

    @property
    def groups(self) -> list[SequenceGroup]:
        return [*self.started, *self.waiting]

    @property
    def started(self) -> list[SequenceGroup]:
        return [group for prefill in self._prefills for group in prefill.groups]

    @property
    def urgent(self) -> bool:
        """True if an urgent group waits or is being computed."""
        started = any(prefill.urgent for prefill in self._prefills)
        return started or any(group.urgent for group in self.waiting)

    def queue(self, group: SequenceGroup) -> None:
        group.context = group.run.context()
        group.prompt_tokens = []
        self.waiting.append(group)
        turns: dict[str, list[int]] = {}
        for each in sorted(self.waiting, key=lambda each: (not each.urgent, each.arrival)):
            before = turns.setdefault(each.owner, [])
            each.turn = self._turns.next(each.owner, before)
            before.append(each.turn)
        self.waiting.sort(key=lambda each: (not each.urgent, each.turn, each.arrival))

    def drop(self, group: SequenceGroup) -> None:
        """Remove a group that has ended.

        If its prefill has started with others, its row is computed to the end and discarded.
        """
        if group in self.waiting:
            self.waiting.remove(group)
        self._prefills = [
            prefill for prefill in self._prefills if not all(each.ended for each in prefill.groups)
        ]

    def withdraw(self, group: SequenceGroup) -> None:
        """Remove a group that will be queued again; groups that shared its prefill wait anew."""
        if group in self.waiting:
            self.waiting.remove(group)
        for prefill in [each for each in self._prefills if group in each.groups]:
            self._prefills.remove(prefill)
            for other in prefill.groups:
                if other is not group and not other.ended:
                    self.queue(other)

    def stop(self) -> None:
        """Forget the prefills that have started. The caller queues their groups again."""
        self._prefills = []

    def clear(self) -> None:
        self.stop()
        self.waiting.clear()
        self.prefixes.clear()

    def advance(self, row_limit: int) -> Prefill | None:
        """Compute one chunk. Return the prefill if its prompts are complete; see `finish`."""
        prefill = self._next(row_limit)
        if prefill is None or prefill.logits is not None:
            return prefill
        started = time.perf_counter()
        remaining = [
            group.context[start:]
            for group, start in zip(prefill.groups, prefill.starts, strict=True)
        ]
        # Several prompts are only put together if one pass is enough for all of them.
        chunk = self._chunk_of(prefill.groups[0])
        feeds = [remaining[0][:chunk]] if len(remaining) == 1 else remaining
        last = feeds == remaining
        requests = None
        if last:
            requests = [
                self._model.logits_request(
                    group.reachable,
                    full_vocabulary=group.run.full_vocabulary,
                    masses=group.run.masses,
                )
                for group in prefill.groups
            ]
        if prefill.scores_prompts:
            logits = self._forward_and_score(prefill, feeds, requests)
        else:
            logits = self._model.forward(prefill.cache, feeds, prefill.starts, requests)
        prefill.starts = [
            start + len(feed) for start, feed in zip(prefill.starts, feeds, strict=True)
        ]
        self._counters.count_prompt(sum(map(len, feeds)), time.perf_counter() - started)
        prefill.logits = logits if last else None
        if not last:  # the next chunk is another owner's
            self._prefills.remove(prefill)
            self._prefills.append(prefill)
        return prefill if last else None

    def _forward_and_score(
        self,
        prefill: Prefill,
        feeds: Sequence[list[int]],
        requests: Sequence[LogitsRequest] | None,
    ) -> list[RowLogits]:
        """Like the model's `forward`, and score the token after each token that was fed."""
        after_each, logits = self._model.forward_all(prefill.cache, feeds, prefill.starts, requests)
        for row, feed, start, group in zip(
            after_each, feeds, prefill.starts, prefill.groups, strict=True
        ):
            following = group.context[start + 1 : start + 1 + len(feed)]
            assert group.prompt_logprobs is not None  # noqa: S101
            group.prompt_tokens += scored_tokens(
                row[len(row) - len(feed) :], following, group.prompt_logprobs
            )
        return logits

    def _chunk_of(self, group: SequenceGroup) -> int:
        """Return the maximum number of tokens of a step for this group's prompt."""
        if group.prompt_logprobs is None:
            return self._chunk
        return min(self._chunk, self._model.max_scored_tokens)

    def finish(self, prefill: Prefill) -> None:
        """Before the rows move to the common cache: cache prefixes shared with waiting prompts."""
        self._prefills.remove(prefill)
        for row, group in enumerate(prefill.groups):
            shared = max(
                (common_prefix_length(group.context, other.context) for other in self.waiting),
                default=0,
            )
            if self.prefixes.wants(group.context[:shared]):
                self.prefixes.add(group.context[:shared], prefill.cache.block(row, shared))

    def _next(self, row_limit: int) -> Prefill | None:
        """Return the prefill of this step: an urgent one first, then the one that has started.

        An urgent prompt starts beside those of other owners, so that it waits for one chunk of a
        long prompt and not for all of it.
        """
        urgent = [each for each in self._prefills if each.urgent]
        owners = {group.owner for prefill in urgent for group in prefill.groups}
        first = self.waiting[0] if self.waiting else None
        if first and (not self._prefills or (first.urgent and first.owner not in owners)):
            made = self._make(row_limit)
            if made is not None:
                self._prefills.append(made)
                return made
        if urgent:
            return urgent[0]
        return self._prefills[0] if self._prefills else None

    def _make(self, row_limit: int) -> Prefill | None:
        """Start the first waiting prompt, together with others of a similar length."""
        first = self.waiting[0]
        taken = sum(group.run.max_rows for group in [*self._rows.groups, *self.started])
        if taken and taken + first.run.max_rows > row_limit:
            return None
        groups, longest = [first], len(first.context) - self._shared(first)
        taken += first.run.max_rows
        for group in self.waiting[1:]:
            remaining = len(group.context) - self._shared(group)
            longer = max(longest, remaining)
            if (len(groups) + 1) * longer > self._chunk_of(first):
                continue
            if (group.prompt_logprobs is None) != (first.prompt_logprobs is None):
                continue
            if min(longest, remaining) < MIN_LENGTH_RATIO * longer or group.urgent != first.urgent:
                continue
            if taken + group.run.max_rows > row_limit:
                continue
            if self._shares_prefix(group, groups):
                continue  # it copies the shared prefix in the next step instead of computing it
            groups.append(group)
            taken += group.run.max_rows
        cache = self._model.new_cache(len(groups), max(len(each.context) for each in groups))
        starts = [self._copy_prefix(group, cache, row) for row, group in enumerate(groups)]
        for group in groups:
            self.waiting.remove(group)
            self._turns.serve(group.owner, group.turn)
        return Prefill(groups, cache, starts)

    # --- prefixes --------------------------------------------------------------------------------

    def cache_reply(self, group: SequenceGroup) -> None:
        """Cache a chat's prompt and reply: the prompt of its next turn begins with both."""
        row = next((row for row, other in self._rows if other is group), None)
        if not group.keeps_prefix or row is None or group.run.max_rows > 1:
            return
        ids = group.run.context()[: row.length]
        if self.prefixes.wants(ids):
            self.prefixes.add(ids, self._rows.cache.block(row.slot, len(ids)))

    def _shares_prefix(self, group: SequenceGroup, others: Sequence[SequenceGroup]) -> bool:
        """True if another group of this pass has more of the prompt than is stored so far."""
        if group.recomputes_prompt:
            return False
        stored = self._shared(group)
        return any(
            common_prefix_length(group.context, other.context) >= stored + MIN_SHARED_TOKENS
            for other in others
        )

    def _shared(self, group: SequenceGroup) -> int:
        """Return how many tokens at the start of the prompt can be copied."""
        if group.recomputes_prompt:
            return 0
        return max(self.prefixes.longest(group.context)[0], self._shared_with_rows(group)[0])

    def _shared_with_rows(self, group: SequenceGroup) -> tuple[int, int]:
        """Return the longest common prefix with a decoding row, and that row's slot."""
        longest, slot = 0, 0
        for row, other in self._rows:
            shared = min(common_prefix_length(group.context, other.context), row.length)
            if shared > longest:
                longest, slot = shared, row.slot
        return (longest, slot) if longest >= MIN_SHARED_TOKENS else (0, 0)

    def _copy_prefix(self, group: SequenceGroup, cache: KVCache, row: int) -> int:
        """Copy the start of the prompt into the row; return its length.

        At least one token is left to compute, since its logits are needed.
        """
        if group.recomputes_prompt:
            return 0
        stored, block = self.prefixes.longest(group.context)
        in_rows, slot = self._shared_with_rows(group)
        length = min(max(stored, in_rows), len(group.context) - 1)
        if in_rows >= stored and length:
            cache.copy_from(self._rows.cache, slot, row, length)
        elif block is not None:
            cache.write_block(row, block, length)
        group.cached_tokens = length
        return length
