"""The token paths of the words of one class in one context, as the automaton walks them.

Which tokens they begin with is known at once. Every text comes to the words by themselves and to
those after a space, so either is one trie. To most words right behind a mark no text ever comes:
of those there is a trie for each first token, made when one does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

from generation.constraint.tokenizer.ragged import Paths, reordered
from vocab.words.trie import NO_RANK, ROOT, Int32, Int64, RankTrie, build_trie, prefixed

WHOLE = -1  # the part of paths that are in one trie


class ContextPaths(ABC):
    """In one or more parts, each a trie over all its tokens. Any thread may use it.

    heads: [n], the tokens that paths begin with, ascending; head_ranks: the best rank behind each.
    longest: how many tokens the longest path has.
    """

    def __init__(self, heads: Int32, head_ranks: Int32, longest: int) -> None:
        self.heads = heads
        self.head_ranks = head_ranks
        self.longest = longest

    @property
    def best_rank(self) -> int:
        return int(self.head_ranks.min())

    def first_tokens(self, max_rank: int) -> Int64:
        """[n], ascending: those of paths of rank <= `max_rank`."""
        return self.heads[self.head_ranks <= max_rank].astype(np.int64)

    def begin(self, token: int, max_rank: int) -> tuple[int, int] | None:
        """The part that a first token leads to and the node behind it; None if no path of rank <=
        `max_rank` begins so.
        """
        at = int(np.searchsorted(self.heads, token))
        known = at < len(self.heads) and self.heads[at] == token
        return self._place(at) if known and self.head_ranks[at] <= max_rank else None

    @abstractmethod
    def trie(self, part: int) -> RankTrie: ...

    @abstractmethod
    def tokens(self, max_rank: int) -> Int64:
        """[n]: the ids in the paths of rank <= `max_rank`, some of them more than once."""

    @abstractmethod
    def tokens_beside_bare(self, max_rank: int) -> Int64:
        """The same, but for ids that the paths of the words by themselves have too."""

    @abstractmethod
    def steps_from_heads(self, max_rank: int) -> Int32:
        """[heads]: how many tokens lead from each to the nearest end of rank <= `max_rank`;
        NO_RANK where none does.
        """

    @property
    @abstractmethod
    def nbytes(self) -> int: ...

    @abstractmethod
    def _place(self, at: int) -> tuple[int, int]:
        """The part that a head is in, and its node. at: which head."""


class WholePaths(ContextPaths):
    """In one trie."""

    def __init__(self, trie: RankTrie) -> None:
        firsts = trie.children(ROOT)
        super().__init__(trie.label[firsts], trie.best_rank[firsts], len(trie.levels) - 2)
        self._trie = trie

    def trie(self, part: int = WHOLE) -> RankTrie:
        return self._trie

    def tokens(self, max_rank: int) -> Int64:
        return self._trie.label[1:][self._trie.best_rank[1:] <= max_rank].astype(np.int64)

    def tokens_beside_bare(self, max_rank: int) -> Int64:
        return self.tokens(max_rank)

    def steps_from_heads(self, max_rank: int) -> Int32:
        return self._trie.steps_to_end(max_rank)[self._trie.children(ROOT)]

    @property
    def nbytes(self) -> int:
        return self._trie.nbytes

    def _place(self, at: int) -> tuple[int, int]:
        return WHOLE, 1 + at


class Stem(NamedTuple):
    """Words whose path is one token and the path of the word by itself.

    lead: that token. bare: paths of words by themselves, of which those count that end at the nodes
    `ends`, at least one.
    """

    lead: int
    bare: RankTrie
    ends: Int32

    def lengths(self) -> Int64:
        """[ends]: how many tokens lead from `lead` to each."""
        return np.searchsorted(self.bare.levels, self.ends, side="right") - 1


class PathsByHead(ContextPaths):
    """A trie for each first token.

    paths: those that are not of the stem, none of which begins with its `lead`; ranks: of each.
    """

    def __init__(self, paths: Paths, ranks: Int32, stem: Stem | None = None) -> None:
        lengths, symbols = paths
        firsts = symbols[np.cumsum(lengths) - lengths]
        order = np.argsort(firsts, kind="stable")
        lengths, symbols = reordered(paths, order)
        firsts = firsts[order]
        self._ranks = ranks[order]
        self._lengths, self._symbols = lengths.astype(np.int32), symbols.astype(np.int32)
        # Where the paths of each head begin.
        self._starts = np.flatnonzero(np.append(True, firsts[1:] != firsts[:-1])[: len(firsts)])
        self._heads = firsts[self._starts].astype(np.int32)
        self._stem = stem
        self._tries: dict[int, RankTrie] = {}
        best = np.minimum.reduceat(self._ranks, self._starts)
        longest = int(lengths.max(initial=0))
        if stem is None:
            super().__init__(self._heads, best, longest)
            return
        self._at = int(np.searchsorted(self._heads, stem.lead))
        super().__init__(
            np.insert(self._heads, self._at, stem.lead),
            np.insert(best, self._at, stem.bare.rank[stem.ends].min()),
            max(longest, 1 + int(stem.lengths().max())),
        )

    @property
    def has_stem(self) -> bool:
        return self._stem is not None

    def trie(self, part: int) -> RankTrie:
        """part: the first token."""
        known = self._tries.get(part)
        # Threads that ask at the same moment may make two of them, which are the same.
        return known or self._tries.setdefault(part, self._make_trie(part))

    def tokens(self, max_rank: int) -> Int64:
        found = self._spelt_tokens(max_rank)
        if self._stem is None:
            return found
        return np.append(found, WholePaths(self.trie(self._stem.lead)).tokens(max_rank))

    def tokens_beside_bare(self, max_rank: int) -> Int64:
        found = self._spelt_tokens(max_rank)
        return found if self._stem is None else np.append(found, self._stem.lead)

    def steps_from_heads(self, max_rank: int) -> Int32:
        steps = np.where(self._ranks <= max_rank, self._lengths - 1, NO_RANK).astype(np.int32)
        nearest = np.minimum.reduceat(steps, self._starts)
        stem = self._stem
        if stem is None:
            return nearest
        lengths = stem.lengths()[stem.bare.rank[stem.ends] <= max_rank]
        return np.insert(nearest, self._at, lengths.min(initial=NO_RANK))

    @property
    def nbytes(self) -> int:
        arrays = [self._ranks, self._lengths, self._symbols]
        if self._stem is not None:
            arrays.append(self._stem.ends)
        made = sum(trie.nbytes for trie in list(self._tries.values()))
        return made + sum(array.nbytes for array in arrays)

    def _place(self, at: int) -> tuple[int, int]:
        return int(self.heads[at]), 1

    def _make_trie(self, head: int) -> RankTrie:
        if self._stem is not None and head == self._stem.lead:
            return prefixed(self._stem.bare, self._stem.ends, head)
        at = int(np.searchsorted(self._heads, head))
        first, last = np.append(self._starts, len(self._ranks))[at : at + 2].tolist()
        before = int(self._lengths[:first].sum())
        lengths = self._lengths[first:last]
        symbols = self._symbols[before : before + int(lengths.sum())]
        return build_trie(symbols, lengths, self._ranks[first:last])[0]

    def _spelt_tokens(self, max_rank: int) -> Int64:
        in_force = np.repeat(self._ranks <= max_rank, self._lengths)
        return self._symbols[in_force].astype(np.int64)
