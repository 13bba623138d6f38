"""The pairs of tokens that a tokenizer merges, looked up for many pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from vocab.words.trie import Int32, Int64

NO_MERGE = 2**31 - 1
_SPREAD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio (Fibonacci hashing)


class MergeTable:
    """Maps a pair of ids to the rank of its merge and the new id. A hash table of numpy arrays.

    left, right, made: [merges], in order of rank. No pair occurs twice.
    size: Larger than every id.
    """

    def __init__(self, left: Int32, right: Int32, made: Int32, size: int) -> None:
        self._size = size
        keys = pair_keys(left, right)
        bits = max(len(keys), 1).bit_length() + 1
        self._shift = np.uint64(64 - bits)
        slots = self._slots(keys)
        order = np.argsort(slots, kind="stable")
        self._keys = keys[order]
        self._rank = order.astype(np.int32)
        self._made = made[order]
        counts = np.bincount(slots, minlength=2**bits)
        self._start = np.append(0, np.cumsum(counts)).astype(np.int32)

    @property
    def nbytes(self) -> int:
        arrays = (self._keys, self._rank, self._made, self._start, *self._by_left)
        return sum(each.nbytes for each in arrays)

    def look_up(self, left: Int32, right: Int32) -> tuple[Int32, Int32]:
        """Return [pairs] twice: the rank of each pair's merge, or NO_MERGE, and the new id.

        An id below 0 merges with no other.
        """
        rank = np.full(len(left), NO_MERGE, np.int32)
        made = np.zeros(len(left), np.int32)
        pending = np.flatnonzero((left | right) >= 0)
        keys = pair_keys(left[pending], right[pending])
        slots = self._slots(keys)
        # `take` with indices is a third faster than brackets with masks.
        at, ends = self._start.take(slots), self._start.take(slots + 1)
        some = np.flatnonzero(at < ends)
        while len(some):
            pending, keys = pending.take(some), keys.take(some)
            at, ends = at.take(some), ends.take(some)
            found = self._keys.take(at) == keys
            hits = np.flatnonzero(found)
            rows, places = pending.take(hits), at.take(hits)
            rank[rows], made[rows] = self._rank.take(places), self._made.take(places)
            at += 1
            some = np.flatnonzero(~found & (at < ends))
        return rank, made

    def ranks_after(self, lefts: Sequence[int]) -> Int32:
        """Return [lefts, ids]: the rank of the merge of each left id with each id, or NO_MERGE."""
        ranks = np.full((len(lefts), self._size), NO_MERGE, np.int32)
        sorted_lefts, order = self._by_left
        for row, left in zip(ranks, lefts, strict=True):
            own = order[slice(*np.searchsorted(sorted_lefts, [left, left + 1]))]
            row[self._keys[own] & 0xFFFFFFFF] = self._rank[own]
        return ranks

    @cached_property
    def _by_left(self) -> tuple[Int32, Int32]:
        """The left ids of all merges, sorted, and the index of each in the table."""
        lefts = (self._keys >> 32).astype(np.int32)
        order = np.argsort(lefts, kind="stable").astype(np.int32)
        return lefts[order], order

    def _slots(self, keys: Int64) -> Int64:
        spread = keys.view(np.uint64) * np.uint64(_SPREAD)
        return (spread >> self._shift).view(np.int64)


def pair_keys(left: Int32, right: Int32) -> Int64:
    return (left.astype(np.int64) << 32) | right.astype(np.int64)
