"""End a reply in time: near its last token, keep only what still leads to a good end.

A reply that runs out of tokens should end with a whole sentence where one is in reach, else with
a whole word. Each token gets the number of further tokens it needs for that; near the limit those
that need more than are left are taken away. Far from the limit nothing is computed at all.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from generation.constraint.marks import Boundary
from vocab.words.text import After
from vocab.words.trie import NO_RANK, ROOT, Int32, Int64

if TYPE_CHECKING:
    from generation.constraint.automaton import InWord, Reading, TokenAutomaton
    from generation.constraint.contract import TokenIds

# A sentence is not begun with fewer tokens left than this.
MIN_SENTENCE_TOKENS = 6
# Marks that may be needed after the last word: a sentence end and two closings.
MAX_CLOSING_TOKENS = 4
UNREACHABLE = NO_RANK


class Finish(StrEnum):
    """Where a reply that is cut by its token limit ends."""

    SENTENCE = "sentence"
    WORD = "word"


class Budget:
    """Distances to a good end in one view of a token automaton. Used by one thread at a time."""

    def __init__(self, automaton: TokenAutomaton) -> None:
        self._automaton = automaton
        self._to_word_end: dict[str, Int32] = {}
        self._closing: dict[tuple[Finish, Boundary], int] = {}

    @cached_property
    def horizon(self) -> int:
        """With more tokens left than this, every end is in reach."""
        longest = 0
        for context in self._automaton.word_contexts:
            steps = self._steps(context)
            longest = max(longest, int(steps[steps < UNREACHABLE].max(initial=0)))
        return max(longest + MAX_CLOSING_TOKENS + 2, MIN_SENTENCE_TOKENS)

    def within(self, state_row: TokenIds, readings: frozenset[Reading], left: int) -> TokenIds:
        """Return the tokens of a row after which a sentence, or else a word, still ends in time.

        left: how many tokens may still be generated, the one to be chosen included.
        """
        if left > self.horizon:
            return state_row
        if left < MIN_SENTENCE_TOKENS and any(self._is_end(reading) for reading in readings):
            stops = self._automaton.stops
            if np.isin(stops, state_row).all():
                return stops
        for finish in (Finish.SENTENCE, Finish.WORD):
            if finish is Finish.SENTENCE and self._automaton.finish is Finish.WORD:
                continue
            needs = self._needs(state_row, readings, finish)
            kept: TokenIds = state_row[needs <= left - 1]
            if len(kept):
                return kept
        return state_row

    def _needs(self, row: TokenIds, readings: frozenset[Reading], finish: Finish) -> Int64:
        """[n]: how many tokens each one of the row needs after itself."""
        needs = np.full(len(row), UNREACHABLE, np.int64)
        needs[np.isin(row, self._automaton.stops)] = 0
        for reading in readings:
            for tokens, distances in self._parts(reading, finish):
                # Every part of a row is a subset of it, and both are sorted.
                at = np.searchsorted(row, tokens)
                needs[at] = np.minimum(needs[at], distances)
        return needs

    def _parts(self, reading: Reading, finish: Finish) -> list[tuple[TokenIds, Int64]]:
        automaton = self._automaton
        parts = []
        if not isinstance(reading, Boundary):
            parts.append(self._word_part(reading.context, reading.node, reading.closers, finish))
        boundary = automaton.boundary_of(reading)
        if boundary is not None:
            shared = automaton.shared_row(boundary)
            marks = np.fromiter(shared.following, np.int64, len(shared.following))
            after = (self._from_boundary(b, finish) for b in shared.following.values())
            distances = np.fromiter(after, np.int64, len(marks))
            order = np.argsort(marks)
            parts.append((marks[order], distances[order]))
            for context, _ in shared.words:
                closers = automaton.closers(boundary, context)
                parts.append(self._word_part(context, ROOT, closers, finish))
        return parts

    def _word_part(
        self, context: str, node: int, closers: str, finish: Finish
    ) -> tuple[TokenIds, Int64]:
        trie = self._automaton.trie(context)
        below = trie.children(node)
        keep = trie.best_rank[below] <= self._automaton.max_rank
        steps = self._steps(context)[below][keep].astype(np.int64)
        return trie.label[below][keep].astype(np.int64), steps + self._after_word(closers, finish)

    def _after_word(self, closers: str, finish: Finish) -> int:
        return self._from_boundary(Boundary.after_word(closers), finish)

    def _steps(self, context: str) -> Int32:
        if context not in self._to_word_end:
            trie = self._automaton.trie(context)
            self._to_word_end[context] = trie.steps_to_end(self._automaton.max_rank)
        return self._to_word_end[context]

    def _from_boundary(self, boundary: Boundary, finish: Finish) -> int:
        """The fewest tokens from a boundary to a good end."""
        key = (finish, boundary)
        if key not in self._closing:
            by_marks = self._by_marks(boundary, lambda at: self._is_good(at, finish))
            self._closing[key] = min(by_marks, self._by_a_word(boundary, finish))
        return self._closing[key]

    def _by_marks(self, boundary: Boundary, good: Callable[[Boundary], bool]) -> int:
        """Breadth first over mark tokens alone."""
        seen, edge = {boundary}, [boundary]
        for steps in range(MAX_CLOSING_TOKENS + 1):
            if any(good(at) for at in edge):
                return steps
            reached = {
                after for at in edge for after in self._automaton.shared_row(at).following.values()
            }
            edge = [at for at in reached if at not in seen]
            seen |= reached
        return UNREACHABLE

    def _by_a_word(self, boundary: Boundary, finish: Finish) -> int:
        automaton = self._automaton
        best = UNREACHABLE
        for context, _ in automaton.shared_row(boundary).words:
            closers = automaton.closers(boundary, context)
            if closers != boundary.at.closers and len(closers) > len(boundary.at.closers):
                continue  # opening something is never the shortest way
            after = Boundary.after_word(closers)
            tail = self._by_marks(after, lambda at: self._is_good(at, finish))
            best = min(best, int(self._steps(context)[ROOT]) + tail)
        return min(best, UNREACHABLE)

    def _is_good(self, boundary: Boundary, finish: Finish) -> bool:
        if boundary.pending:
            return False
        text = self._automaton.text
        if finish is Finish.WORD:
            return text.is_whole(frozenset({boundary.at}))
        return boundary.at.after in (After.SENTENCE_END, After.CLOSING) and text.can_end(
            frozenset({boundary.at})
        )

    def _is_end(self, reading: Reading | InWord) -> bool:
        return isinstance(reading, Boundary) and self._is_good(reading, Finish.SENTENCE)
