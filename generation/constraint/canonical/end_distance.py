"""End a reply in time: near its last token, keep only what still leads to a good end.

A reply that runs out of tokens should end with a whole sentence where one is in reach, else with
a whole word. Each token gets the number of further tokens it needs for that; near the limit those
that need more than are left are taken away. Far from the limit nothing is computed at all.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from generation.constraint.canonical.boundaries import Boundaries, Reading, WordStart
from generation.constraint.canonical.mark_tokens import Boundary
from generation.constraint.canonical.word_paths import TrieKey, WordsKey
from generation.constraint.finish import (
    GOALS,
    MIN_SENTENCE_TOKENS,
    PAIRED,
    UNREACHABLE,
    Finish,
    Goal,
    is_good,
    open_signs,
    shortest_way,
)
from generation.constraint.session import NO_IDS, RowParts, TokenIds, apart, contains, united
from vocab.words.surroundings import STRONG, BoundaryState
from vocab.words.trie import Int32

# What a text may need besides words and closing marks: a sentence end, a space, a dash.
MAX_MARK_TOKENS = 6
# How many filtered rows of boundaries are kept: near the end of their replies, the rows of a batch
# stand at some dozens of boundaries with some numbers of tokens left.
MAX_KEPT_ROWS = 128


class EndDistance:
    """Distances to a good end in one view of a list. Used by one thread at a time."""

    def __init__(self, boundaries: Boundaries, finish: Finish) -> None:
        self._boundaries = boundaries
        self._finish = finish
        self._to_word_end: dict[TrieKey, Int32] = {}
        self._from_heads: dict[WordsKey, Int32] = {}
        self._closing: dict[tuple[Goal, Boundary], int] = {}
        self._needed: dict[tuple[Goal, Boundary], int] = {}
        self._kept_rows: OrderedDict[tuple[Goal, Boundary, int], TokenIds] = OrderedDict()

    @property
    def horizon(self) -> int:
        """With more tokens left than this, every end is in reach."""
        # A word to finish, and another where a dash or an apostrophe wants one.
        return 2 * self._boundaries.longest_path + MAX_MARK_TOKENS + self._closing_tokens

    @cached_property
    def _closing_tokens(self) -> int:
        orthography = self._boundaries.surroundings.orthography
        costs = [self._cost(mark) for mark in orthography.pairs.values()]
        return orthography.max_open_pairs * max(costs)

    def within(self, parts: RowParts, readings: frozenset[Reading], left: int) -> RowParts:
        """Return the tokens of a row after which a sentence, or else a word, still ends in time.

        parts: the row, as TokenAutomaton.parts has it; so is what is returned.
        left: how many tokens may still be generated, the one to be chosen included.
        """
        if left < MIN_SENTENCE_TOKENS and any(self._is_end(reading) for reading in readings):
            stops = self._boundaries.stops
            if any(contains(part, stops).all() for part in parts):
                return (stops,)
        for goal in GOALS[self._finish]:
            kept = apart([each for reading in readings for each in self._kept(reading, goal, left)])
            if kept:
                return kept
        return parts

    def _kept(self, reading: Reading, goal: Goal, left: int) -> Iterator[TokenIds]:
        if not isinstance(reading, Boundary):
            yield self._kept_words(reading.key, reading.node, reading.at, goal, left)
        boundary = self._boundaries.of(reading)
        if boundary is not None:
            yield self._kept_at(boundary, goal, left)

    def _kept_at(self, boundary: Boundary, goal: Goal, left: int) -> TokenIds:
        """Of the tokens that may come at a boundary: worked out once for all words before it."""
        key = (goal, boundary, left)
        kept = self._kept_rows.get(key)
        if kept is None:
            kept = self._kept_rows[key] = self._find_kept_at(boundary, goal, left)
            if len(self._kept_rows) > MAX_KEPT_ROWS:
                self._kept_rows.popitem(last=False)
        else:
            self._kept_rows.move_to_end(key)
        return kept

    def _find_kept_at(self, boundary: Boundary, goal: Goal, left: int) -> TokenIds:
        shared = self._boundaries.row(boundary)
        stops = self._boundaries.stops
        parts = [stops[contains(shared.tokens, stops)]]  # a stop needs nothing more
        marks = [
            token
            for token, after in shared.following.items()
            if self._from_boundary(after, goal) < left
        ]
        parts.append(np.asarray(marks, np.int64))
        parts += [self._kept_heads(words, goal, left) for words in shared.words]
        kept = united(parts)
        return shared.tokens if len(kept) == len(shared.tokens) else kept

    def _kept_words(
        self, key: TrieKey, node: int, at: BoundaryState, goal: Goal, left: int
    ) -> TokenIds:
        """The tokens below a node whose words end in time. at: where the text stands after them."""
        trie = self._boundaries.trie(key)
        below = trie.children(node)
        if below.start == below.stop:
            return NO_IDS
        most = left - 1 - self._from_boundary(Boundary(at), goal)
        if most < 0:
            return NO_IDS
        keep = self._steps(key)[below] <= most
        keep &= trie.best_rank[below] <= self._boundaries.max_rank
        return trie.label[below][keep].astype(np.int64)

    def _kept_heads(self, words: WordStart, goal: Goal, left: int) -> TokenIds:
        """The tokens with which words begin that end in time."""
        most = left - 1 - self._from_boundary(Boundary(words.after), goal)
        if most < 0:
            return NO_IDS
        return words.paths.heads[self._steps_from_heads(words) <= most].astype(np.int64)

    def _steps_from_heads(self, words: WordStart) -> Int32:
        steps = self._from_heads.get(words.key)
        if steps is None:
            steps = words.paths.steps_from_heads(self._boundaries.max_rank)
            self._from_heads[words.key] = steps
        return steps

    def _steps(self, key: TrieKey) -> Int32:
        if key not in self._to_word_end:
            trie = self._boundaries.trie(key)
            self._to_word_end[key] = trie.steps_to_end(self._boundaries.max_rank)
        return self._to_word_end[key]

    def _from_boundary(self, boundary: Boundary, goal: Goal) -> int:
        """An upper bound, nearly always exact, of the tokens from a boundary to a good end."""
        key = (goal, boundary)
        needed = self._needed.get(key)
        if needed is None:
            needed = self._needed[key] = self._find_from_boundary(boundary, goal)
        return needed

    def _find_from_boundary(self, boundary: Boundary, goal: Goal) -> int:
        """What is open is closed one mark after the other, whatever else has to come first."""
        at = boundary.at
        if boundary.pending:
            rests = (
                (len(mark.encode()) - len(boundary.pending), following)
                for mark, following in self._boundaries.surroundings.marks(at).items()
                if mark.encode().startswith(boundary.pending)
            )
            ways = [cost + self._from_boundary(Boundary(after), goal) for cost, after in rests]
            return min((*ways, UNREACHABLE))
        if at.after in PAIRED and self._is_good(boundary, goal):
            return 0
        if at.after in PAIRED:
            steps = (
                cost + self._from_boundary(after, goal) for cost, after in self._edges(boundary)
            )
            return min((*steps, UNREACHABLE))
        signs = open_signs(at)
        bare = boundary._replace(at=at._replace(closers=signs))
        key = (goal, bare)
        if key not in self._closing:
            self._closing[key] = shortest_way(bare, self._edges, lambda b: self._is_good(b, goal))
        needed = self._closing[key]
        if needed == UNREACHABLE or goal is Goal.WORD:
            return needed
        return needed + sum(map(self._cost, at.closers.removesuffix(signs)))

    def _edges(self, boundary: Boundary) -> Iterator[tuple[int, Boundary]]:
        at = boundary.at
        for mark, following in self._boundaries.surroundings.marks(at).items():
            # What opens a pair is never the shortest way.
            if len(following.closers) > len(at.closers):
                continue
            if not self._boundaries.marks.is_fused(at, mark, following):
                yield self._cost(mark), Boundary(following)
        for words in self._boundaries.words_at(boundary):
            yield 1 + int(self._steps_from_heads(words).min()), Boundary(words.after)

    def _cost(self, mark: str) -> int:
        """How many tokens write a mark, at most."""
        if mark == STRONG:
            return 2
        encoded = mark.encode()
        return 1 if encoded in self._boundaries.paths.table.ids_of else len(encoded)

    def _is_good(self, boundary: Boundary, goal: Goal) -> bool:
        return not boundary.pending and is_good(self._boundaries.surroundings, boundary.at, goal)

    def _is_end(self, reading: Reading) -> bool:
        return isinstance(reading, Boundary) and self._is_good(reading, Goal.SENTENCE)
