"""Which two tokens a tokenizer merges, looked up for many pairs at once."""

from __future__ import annotations

import numpy as np

from vocab.words.trie import Int32, Int64

NO_MERGE = 2**31 - 1
_SPREAD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: spreads what it multiplies


class PairTable:
    """Pair of ids -> the rank of its merge and the id it makes: a hash table in three arrays.

    left, right, made: [merges], in order of rank, no pair twice. size: above every id there is.
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
        self._longest = int(counts.max(initial=0))

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in (self._keys, self._rank, self._made, self._start))

    def look_up(self, left: Int32, right: Int32) -> tuple[Int32, Int32]:
        """Return the rank of each pair, NO_MERGE where there is none, and the id it makes."""
        keys = pair_keys(left, right)
        slots = self._slots(keys)
        at, ends = self._start[slots], self._start[slots + 1]
        rank = np.full(len(keys), NO_MERGE, np.int32)
        made = np.zeros(len(keys), np.int32)
        pending = np.flatnonzero(at < ends)
        for _ in range(self._longest):
            here = at[pending]
            found = self._keys[here] == keys[pending]
            hits = pending[found]
            rank[hits], made[hits] = self._rank[here[found]], self._made[here[found]]
            pending = pending[~found]
            at[pending] += 1
            pending = pending[at[pending] < ends[pending]]
            if len(pending) == 0:
                break
        return rank, made

    def ranks_after(self, left: int) -> Int32:
        """[ids]: the rank of the merge of `left` with each id, NO_MERGE where there is none."""
        mine = np.flatnonzero(self._keys >> 32 == left)
        ranks = np.full(self._size, NO_MERGE, np.int32)
        ranks[self._keys[mine] & 0xFFFFFFFF] = self._rank[mine]
        return ranks

    def _slots(self, keys: Int64) -> Int64:
        spread = keys.view(np.uint64) * np.uint64(_SPREAD)
        return (spread >> self._shift).astype(np.int64)


def pair_keys(left: Int32, right: Int32) -> Int64:
    return (left.astype(np.int64) << 32) | right.astype(np.int64)
