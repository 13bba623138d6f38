"""The token paths of the words of one class after one prefix, as the automaton walks them.

The first tokens are known at once, because every boundary where such words may begin allows them.
The trie is built when a text first has one of these words, which after most marks no text ever
has. It then replaces the list of the paths.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from generation.constraint.tokenizer.ragged import Paths
from vocab.words.trie import NO_RANK, Int32, Int64, RankTrie, build_trie


class RankedPaths(NamedTuple):
    """n paths. lengths: [n]. symbols: The tokens of all paths. ranks: [n]."""

    lengths: npt.NDArray[np.int16]
    symbols: Int32
    ranks: Int32

    @property
    def firsts(self) -> Int32:
        """[n]: the first token of each path."""
        firsts: Int32 = self.symbols[np.cumsum(self.lengths) - self.lengths]
        return firsts


class PathTrie:
    """At least one path, each with the rank of its word. Any thread may use it.

    heads: [heads], the first tokens of the paths, ascending.
    head_ranks: [heads], the best rank of a path that begins with each.
    best_rank: The best rank of a path.
    longest: Number of tokens of the longest path.
    """

    def __init__(self, paths: Paths, ranks: Int32) -> None:
        """paths: n paths, in any order. ranks: [n]."""
        lengths, symbols = paths
        # Small types: a tokenizer that joins marks to letters has these arrays for many prefixes.
        listed = RankedPaths(lengths.astype(np.int16), symbols.astype(np.int32), ranks)
        self._listed: RankedPaths | None = listed  # None after the trie is built
        self._trie: RankTrie | None = None
        self.heads: Int32 = np.unique(listed.firsts)
        self.head_ranks = self._lowest(listed, ranks)
        self.best_rank = int(ranks.min())
        self.longest = int(lengths.max())
        self._worst_rank = int(ranks.max())

    def first_tokens(self, max_rank: int) -> Int64:
        """Return the first tokens of the paths of rank <= `max_rank`, ascending."""
        return self.heads[self.head_ranks <= max_rank].astype(np.int64)

    def begin(self, token: int, max_rank: int) -> int | None:
        """Return the node of a first token, or None if no path of rank <= `max_rank` has it."""
        at = int(np.searchsorted(self.heads, token))
        known = at < len(self.heads) and self.heads[at] == token
        return 1 + at if known and self.head_ranks[at] <= max_rank else None

    @property
    def trie(self) -> RankTrie:
        """All paths. The children of its root, nodes 1 .. heads, are the heads in order."""
        listed = self._listed
        if listed is not None:  # other threads may build the same trie at the same time
            self._trie = build_trie(listed.symbols, listed.lengths, listed.ranks)
            self._listed = None  # after the line above: other threads read the two in this order
        assert self._trie is not None  # noqa: S101
        return self._trie

    def tokens(self, max_rank: int) -> Int64:
        """Return the ids in the paths of rank <= `max_rank`, ascending, each once."""
        listed = self._listed
        if listed is None:
            symbols = self.trie.label[1:][self.trie.best_rank[1:] <= max_rank]
        else:
            symbols = listed.symbols[np.repeat(listed.ranks <= max_rank, listed.lengths)]
        found = np.zeros(int(symbols.max(initial=0)) + 1, np.bool_)
        found[symbols] = True
        return np.flatnonzero(found)

    def steps_from_heads(self, max_rank: int) -> Int32:
        """Return [heads]: the number of tokens from each head to the nearest end of a path.

        Only paths of rank <= `max_rank` count. NO_RANK means that there is no such end.
        """
        if max_rank >= self._worst_rank:
            return self._steps_of_all
        return self._find_steps(max_rank)

    @cached_property
    def _steps_of_all(self) -> Int32:
        return self._find_steps(self._worst_rank)

    def _find_steps(self, max_rank: int) -> Int32:
        listed = self._listed
        if listed is None:
            of_heads = self.trie.steps_to_end(max_rank)[1 : 1 + len(self.heads)]
            return of_heads.copy()  # a view would keep the steps of all nodes
        steps = np.where(listed.ranks <= max_rank, listed.lengths - np.int32(1), np.int32(NO_RANK))
        return self._lowest(listed, steps)

    @property
    def nbytes(self) -> int:
        listed, trie = self._listed, self._trie
        arrays = sum(array.nbytes for array in listed) if listed else 0
        return arrays + (trie.nbytes if trie else 0) + 4 * len(self.heads)  # the steps of all

    def _lowest(self, listed: RankedPaths, values: Int32) -> Int32:
        """values: [n]. Return [heads], the lowest value of the paths that begin with each."""
        found = np.full(len(self.heads), NO_RANK, np.int32)
        np.minimum.at(found, np.searchsorted(self.heads, listed.firsts), values)
        return found
