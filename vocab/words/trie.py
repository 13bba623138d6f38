"""A trie over integer sequences, annotated with ranks, built in bulk.

Used for words as bytes (`lexicon.py`) and for words as tokens. Minimising it to a graph would gain
nothing: two nodes can be merged only if the same suffixes lead to the same ranks, and ranks are
distinct.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = 0
# The rank of an unfinished sequence: fits int32 and is larger than the size of any list.
NO_RANK = 2**31 - 1

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Integers = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class RankTrie:
    """A trie whose nodes are numbered level by level.

    So the children of a node are consecutive: those of node k are `first_child[k]` ..
    `first_child[k + 1] - 1`, sorted by their label.

    label: [nodes], the symbol that leads to the node (0 for the root).
    rank: [nodes], the rank of the sequence that ends here, or NO_RANK.
    best_rank: [nodes], the best rank at or below the node.
    first_child: [nodes + 1].
    levels: [levels + 1], the first node of each level, then the number of nodes.
    """

    label: Int32
    rank: Int32
    best_rank: Int32
    first_child: Int32
    levels: Int64

    @property
    def node_count(self) -> int:
        return len(self.label)

    @property
    def nbytes(self) -> int:
        arrays = (self.label, self.rank, self.best_rank, self.first_child)
        return sum(array.nbytes for array in arrays)

    def children(self, node: int) -> slice:
        """Return the children of `node` as a slice of the node arrays."""
        return slice(int(self.first_child[node]), int(self.first_child[node + 1]))

    def child(self, node: int, symbol: int) -> int | None:
        below = self.children(node)
        position = below.start + int(np.searchsorted(self.label[below], symbol))
        found = position < below.stop and bool(self.label[position] == symbol)
        return position if found else None

    def steps_to_end(self, max_rank: int, costs: Integers | None = None) -> Int32:
        """Return [nodes]: the number of symbols from each node to the nearest end of a sequence.

        Only ends of rank <= `max_rank` count. NO_RANK means that there is no such end.

        costs: [nodes], what the symbol that leads to a node counts; None for 1.
        """
        steps = np.where(self.rank <= max_rank, 0, NO_RANK).astype(np.int64)
        for level in range(len(self.levels) - 3, -1, -1):
            parents = np.arange(self.levels[level], self.levels[level + 1])
            parents = parents[self.first_child[parents] < self.first_child[parents + 1]]
            if len(parents) == 0:
                continue
            below = steps[self.levels[level + 1] : self.levels[level + 2]]
            starts = self.first_child[parents] - self.levels[level + 1]
            if costs is None:
                nearest = np.minimum.reduceat(below, starts) + 1
            else:
                own = costs[self.levels[level + 1] : self.levels[level + 2]]
                nearest = np.minimum.reduceat(below + own, starts)
            steps[parents] = np.minimum(steps[parents], nearest)
        return np.minimum(steps, NO_RANK).astype(np.int32)


def build_trie(symbols: Sequence[int] | Integers, lengths: Integers, ranks: Int32) -> RankTrie:
    """Return the trie of n sequences.

    symbols: All sequences, concatenated in any order. Values are 0 .. 2**32 - 2.
    lengths: [n], each at least 1.
    ranks: [n]. Equal sequences get the best of their ranks.
    Raises ValueError for n = 0.
    """
    if len(lengths) == 0:
        raise ValueError("a trie needs at least one sequence")
    table, order = _sorted_table(np.asarray(symbols), lengths)
    lengths, ranks = lengths[order], ranks[order]
    shared = _shared_prefixes(table)
    labels = [np.zeros(1, np.int32)]
    own_ranks = [np.full(1, NO_RANK, np.int32)]
    best_ranks = [ranks.min(keepdims=True)]
    child_counts = []
    node_of_row = np.zeros(len(lengths), np.int64)  # position within the level above
    for depth in range(1, table.shape[1] + 1):
        rows = np.flatnonzero(lengths >= depth)
        # The prefix shared with the previous row of this level is as long as the shortest prefix
        # shared by any two neighbours in between.
        gap_shared = np.minimum.reduceat(shared[: rows[-1] + 1], np.append(0, rows[:-1] + 1))
        new = gap_shared < depth
        first_rows = rows[new]
        node_ids = np.cumsum(new) - 1
        child_counts.append(np.bincount(node_of_row[first_rows], minlength=len(labels[-1])))
        labels.append((table[first_rows, depth - 1] - 1).astype(np.int32))
        best_ranks.append(np.minimum.reduceat(ranks[rows], np.flatnonzero(new)))
        here = np.full(len(first_rows), NO_RANK, np.int32)
        ending = lengths[rows] == depth
        np.minimum.at(here, node_ids[ending], ranks[rows[ending]])
        own_ranks.append(here)
        node_of_row[rows] = node_ids
    child_counts.append(np.zeros(len(labels[-1]), np.int64))
    counts = np.concatenate(child_counts)
    return RankTrie(
        label=np.concatenate(labels),
        rank=np.concatenate(own_ranks),
        best_rank=np.concatenate(best_ranks).astype(np.int32),
        first_child=np.concatenate(([1], 1 + np.cumsum(counts))).astype(np.int32),
        levels=np.cumsum([0, *map(len, labels)]),
    )


def _sorted_table(symbols: Integers, lengths: Integers) -> tuple[npt.NDArray[np.uint32], Int64]:
    """Return a table with one sequence a row, sorted, and the order that sorts the sequences.

    Its values are symbols + 1; 0 is padding.
    """
    width = int(lengths.max())
    # In big-endian the order of the bytes is the order of the numbers.
    table = np.zeros((len(lengths), width), ">u4")
    table[np.arange(width) < lengths[:, None]] = symbols.astype(np.int64) + 1
    order = np.argsort(table.view(f"S{4 * width}").ravel(), kind="stable")
    return table[order].astype(np.uint32), order


def _shared_prefixes(table: npt.NDArray[np.uint32]) -> Int64:
    """Return [rows]: the length of the prefix that each row shares with the row above; first -1.

    Padding counts as a symbol. This is harmless, because rows are compared only up to their length.
    """
    same = np.logical_and.accumulate(table[1:] == table[:-1], axis=1)
    return np.concatenate(([-1], same.sum(axis=1)))
