"""A trie over integer sequences, annotated with ranks, built in bulk.

Used for words over bytes (`lexicon.py`) and for words over a tokenizer's tokens. It is a trie and
not a minimised graph on purpose: two nodes can be merged only if the same suffixes lead to the
same ranks, and ranks are distinct.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ROOT = 0
# A rank that no entry has: an unfinished sequence. Fits int32, larger than any list.
NO_RANK = 2**31 - 1

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]


class RankTrie:
    """Nodes are numbered level by level, so the children of a node are consecutive: node k's are
    `first_child[k] .. first_child[k + 1] - 1`, sorted by their label.

    Attributes, all indexed by node (`first_child` has one more):
        label: the symbol that leads to the node (0 for the root).
        rank: the rank of the sequence that ends here, or NO_RANK.
        best_rank: the best rank at or below the node.
    levels: the number of the first node of each level, and one past the last node.

    symbols: all sequences, one after the other, values 0 .. 2**32 - 2; lengths: [n], each >= 1;
    ranks: [n]. Sequences need not be sorted; of equal ones the best rank counts.
    Raises ValueError if there are none.
    """

    def __init__(self, symbols: Sequence[int] | Int64, lengths: Int64, ranks: Int32) -> None:
        if len(lengths) == 0:
            raise ValueError("a trie needs at least one sequence")
        table, lengths, ranks = _sorted_table(np.asarray(symbols), lengths, ranks)
        shared = _shared_prefixes(table)
        labels = [np.zeros(1, np.int32)]
        own_ranks = [np.full(1, NO_RANK, np.int32)]
        best_ranks = [ranks.min(keepdims=True)]
        child_counts = []
        node_of_row = np.zeros(len(lengths), np.int64)  # position within the level above
        for depth in range(1, table.shape[1] + 1):
            rows = np.flatnonzero(lengths >= depth)
            # What a row shares with the last one of this level is the least that any row in
            # between shares with its neighbour.
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

        self.label: Int32 = np.concatenate(labels)
        self.rank: Int32 = np.concatenate(own_ranks)
        self.best_rank: Int32 = np.concatenate(best_ranks).astype(np.int32)
        counts = np.concatenate(child_counts)
        self.first_child: Int32 = np.concatenate(([1], 1 + np.cumsum(counts))).astype(np.int32)
        self.levels: Int64 = np.cumsum([0, *(len(level) for level in labels)])

    @property
    def node_count(self) -> int:
        return len(self.label)

    @property
    def nbytes(self) -> int:
        arrays = (self.label, self.rank, self.best_rank, self.first_child)
        return sum(array.nbytes for array in arrays)

    def children(self, node: int) -> slice:
        """The nodes below `node`, as a slice of the node arrays."""
        return slice(int(self.first_child[node]), int(self.first_child[node + 1]))

    def child(self, node: int, symbol: int) -> int | None:
        below = self.children(node)
        position = below.start + int(np.searchsorted(self.label[below], symbol))
        found = position < below.stop and bool(self.label[position] == symbol)
        return position if found else None

    def steps_to_end(self, max_rank: int) -> Int32:
        """[nodes]: how many symbols lead from each node to the nearest end of rank <= `max_rank`;
        NO_RANK where none does.
        """
        steps = np.where(self.rank <= max_rank, 0, NO_RANK).astype(np.int64)
        for level in range(len(self.levels) - 3, -1, -1):
            parents = np.arange(self.levels[level], self.levels[level + 1])
            parents = parents[self.first_child[parents] < self.first_child[parents + 1]]
            if len(parents) == 0:
                continue
            below = steps[self.levels[level + 1] : self.levels[level + 2]]
            starts = self.first_child[parents] - self.levels[level + 1]
            nearest = np.minimum.reduceat(below, starts) + 1
            steps[parents] = np.minimum(steps[parents], nearest)
        return np.minimum(steps, NO_RANK).astype(np.int32)


def _sorted_table(
    symbols: npt.NDArray[np.integer], lengths: Int64, ranks: Int32
) -> tuple[npt.NDArray[np.uint32], Int64, Int32]:
    """Pad the sequences to a table of symbols + 1 (0 is padding) with its rows in order."""
    width = int(lengths.max())
    # Big-endian, so that the order of the bytes is the order of the numbers.
    table = np.zeros((len(lengths), width), ">u4")
    table[np.arange(width) < lengths[:, None]] = symbols.astype(np.int64) + 1
    order = np.argsort(table.view(f"S{4 * width}").ravel(), kind="stable")
    return table[order].astype(np.uint32), lengths[order], ranks[order]


def _shared_prefixes(table: npt.NDArray[np.uint32]) -> Int64:
    """[rows]: how many leading symbols each row has in common with the row above; -1 for the first.

    Padding counts as a symbol, which is harmless: rows are compared only up to their lengths.
    """
    same = np.logical_and.accumulate(table[1:] == table[:-1], axis=1)
    return np.concatenate(([-1], same.sum(axis=1)))
