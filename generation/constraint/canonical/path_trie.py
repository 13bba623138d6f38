"""The token paths of the words of one class after one prefix, as the automaton walks them.

The first tokens are known at once, because every boundary where such words may begin allows them.
The trie is built when a text first has one of these words, which after most marks no text ever
has.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from generation.constraint.tokenizer.ragged import Paths
from vocab.words.trie import NO_RANK, Int32, Int64, RankTrie, build_trie


class PathTrie:
    """At least one path, each with the rank of its word. Any thread may use it.

    heads: [heads], the first tokens of the paths, ascending.
    head_ranks: [heads], the best rank of a path that begins with each.
    longest: Number of tokens of the longest path.
    """

    def __init__(self, paths: Paths, ranks: Int32) -> None:
        """paths: n paths, in any order. ranks: [n]."""
        lengths, symbols = paths
        # Small types: a tokenizer that joins marks to letters has these arrays for many prefixes.
        self._lengths, self._symbols = lengths.astype(np.int16), symbols.astype(np.int32)
        self._ranks = ranks
        self.heads: Int32 = np.unique(self._firsts)
        self.head_ranks = self._lowest(ranks)
        self.longest = int(lengths.max())

    @property
    def best_rank(self) -> int:
        return int(self.head_ranks.min())

    def first_tokens(self, max_rank: int) -> Int64:
        """Return the first tokens of the paths of rank <= `max_rank`, ascending."""
        return self.heads[self.head_ranks <= max_rank].astype(np.int64)

    def begin(self, token: int, max_rank: int) -> int | None:
        """Return the node of a first token, or None if no path of rank <= `max_rank` has it."""
        at = int(np.searchsorted(self.heads, token))
        known = at < len(self.heads) and self.heads[at] == token
        return 1 + at if known and self.head_ranks[at] <= max_rank else None

    @cached_property
    def trie(self) -> RankTrie:
        """All paths. The children of its root, nodes 1 .. heads, are the heads in order."""
        return build_trie(self._symbols, self._lengths, self._ranks)

    def tokens(self, max_rank: int) -> Int64:
        """Return the ids in the paths of rank <= `max_rank`, ascending, each once."""
        in_force = np.repeat(self._ranks <= max_rank, self._lengths)
        found = np.zeros(int(self._symbols.max()) + 1, np.bool_)
        found[self._symbols[in_force]] = True
        return np.flatnonzero(found)

    def steps_from_heads(self, max_rank: int) -> Int32:
        """Return [heads]: the number of tokens from each head to the nearest end of a path.

        Only paths of rank <= `max_rank` count. NO_RANK means that there is no such end.
        """
        in_force = self._ranks <= max_rank
        return self._lowest(np.where(in_force, self._lengths - np.int32(1), np.int32(NO_RANK)))

    @property
    def nbytes(self) -> int:
        arrays = (self._lengths, self._symbols, self._ranks)
        built: RankTrie | None = self.__dict__.get("trie")
        return sum(array.nbytes for array in arrays) + (built.nbytes if built else 0)

    @property
    def _firsts(self) -> Int32:
        """[n]: the first token of each path."""
        firsts: Int32 = self._symbols[np.cumsum(self._lengths) - self._lengths]
        return firsts

    def _lowest(self, values: Int32) -> Int32:
        """values: [n]. Return [heads], the lowest value of the paths that begin with each."""
        found = np.full(len(self.heads), NO_RANK, np.int32)
        np.minimum.at(found, np.searchsorted(self.heads, self._firsts), values)
        return found
