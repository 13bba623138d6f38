"""End a reply in time: near the token limit, allow only tokens after which it still ends well.

A reply that reaches its token limit should end with a complete sentence where one is in reach, or
else with a complete word. For each token the number of further tokens to such an end is computed,
and near the limit the tokens that need more than are left are removed. Far from the limit nothing
is computed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from generation.constraint.canonical.boundaries import Boundaries, Position, WordStart
from generation.constraint.canonical.mark_tokens import Boundary
from generation.constraint.canonical.word_paths import WordsKey
from generation.constraint.finish import (
    END_KINDS,
    MIN_SENTENCE_TOKENS,
    PAIRED,
    UNREACHABLE,
    EndKind,
    Finish,
    is_end,
    may_begin_end,
    open_signs,
    shortest_path,
)
from generation.constraint.session import NO_IDS, RowParts, TokenIds
from generation.constraint.token_ids import disjoint, isin_sorted, union
from vocab.words.surroundings import STRONG, BoundaryState
from vocab.words.trie import Int32

# Tokens that a text may need besides words and closing marks: a sentence end, a space, a dash.
MAX_MARK_TOKENS = 6
# Size of the cache of filtered rows. Near the end of their replies, the rows of a batch are at some
# dozens of boundaries, each with a few numbers of tokens left.
MAX_CACHED_ROWS = 128


class EndDistance:
    """Distances, in tokens, to an end of each kind. Used by one thread at a time."""

    def __init__(self, boundaries: Boundaries, finish: Finish) -> None:
        self._boundaries = boundaries
        self._finish = finish
        self._to_word_end: dict[WordsKey, Int32] = {}
        self._from_heads: dict[WordsKey, Int32] = {}
        self._without_closers: dict[tuple[EndKind, Boundary], int] = {}
        self._needed: dict[tuple[EndKind, Boundary], int] = {}
        self._cached_rows: OrderedDict[tuple[EndKind, Boundary, int], TokenIds] = OrderedDict()

    @property
    def arrays(self) -> list[TokenIds | Int32]:
        """The cached arrays; some are rows of the boundaries."""
        steps = [*list(self._to_word_end.values()), *list(self._from_heads.values())]
        return [*steps, *list(self._cached_rows.values())]

    @property
    def horizon(self) -> int:
        """With more tokens left than this, every end is in reach."""
        # The current word, and another one if it ends with a dash or an apostrophe.
        return 2 * self._boundaries.longest_path + MAX_MARK_TOKENS + self._closing_tokens

    @cached_property
    def _closing_tokens(self) -> int:
        orthography = self._boundaries.surroundings.orthography
        costs = [self._cost(mark) for mark in orthography.pairs.values()]
        return orthography.max_open_pairs * max(costs)

    def within(self, parts: RowParts, positions: frozenset[Position], left: int) -> RowParts:
        """Return the tokens of a row after which the reply still ends in time, in disjoint parts.

        The best kind of end that some token still allows counts. If no end is in reach, all tokens
        are returned.

        parts: The row, as `TokenAutomaton.parts` returns it.
        left: Number of tokens that may still be generated, with the one to be chosen.
        """
        if left < MIN_SENTENCE_TOKENS and any(map(self._ends_sentence, positions)):
            stops = self._boundaries.stops
            if any(isin_sorted(stops, part).all() for part in parts):
                return (stops,)
        for kind in END_KINDS[self._finish]:
            kept = disjoint(
                [each for position in positions for each in self._kept(position, kind, left)]
            )
            if kept:
                return kept
        return parts

    def sentence_ends(self, positions: frozenset[Position]) -> TokenIds:
        """Return the tokens with which a sentence ends at once; none if one has just ended."""
        if any(map(self._ends_sentence, positions)):
            return NO_IDS
        surroundings = self._boundaries.surroundings
        boundaries = [
            boundary
            for boundary in map(self._boundaries.boundary_of, positions)
            if boundary and not boundary.pending and may_begin_end(surroundings, boundary.at)
        ]
        # With one token left, the tokens that are kept end the sentence or stop the reply.
        ends = union([NO_IDS, *(self._kept_at(each, EndKind.SENTENCE, 1) for each in boundaries)])
        return ends[~np.isin(ends, self._boundaries.stops)]

    def _kept(self, position: Position, kind: EndKind, left: int) -> Iterator[TokenIds]:
        if not isinstance(position, Boundary):
            yield self._kept_words(position.key, position.node, position.at, kind, left)
        boundary = self._boundaries.boundary_of(position)
        if boundary is not None:
            yield self._kept_at(boundary, kind, left)

    def _kept_at(self, boundary: Boundary, kind: EndKind, left: int) -> TokenIds:
        """Return the kept tokens of a boundary's row, computed once for all words before it."""
        key = (kind, boundary, left)
        kept = self._cached_rows.get(key)
        if kept is None:
            kept = self._cached_rows[key] = self._find_kept_at(boundary, kind, left)
            if len(self._cached_rows) > MAX_CACHED_ROWS:
                self._cached_rows.popitem(last=False)
        else:
            self._cached_rows.move_to_end(key)
        return kept

    def _find_kept_at(self, boundary: Boundary, kind: EndKind, left: int) -> TokenIds:
        row = self._boundaries.row(boundary)
        stops = self._boundaries.stops
        parts = [stops[isin_sorted(stops, row.tokens)]]  # after a stop no token is needed
        marks = [
            token
            for token, after in row.following.items()
            if self._from_boundary(after, kind) < left
        ]
        parts.append(np.asarray(marks, np.int64))
        parts += [self._kept_heads(words, kind, left) for words in row.words]
        kept = union(parts)
        return row.tokens if len(kept) == len(row.tokens) else kept

    def _kept_words(
        self, key: WordsKey, node: int, at: BoundaryState, kind: EndKind, left: int
    ) -> TokenIds:
        """Return the tokens after a node with which a word ends in time. at: The state after it."""
        trie = self._boundaries.trie(key)
        below = trie.children(node)
        if below.start == below.stop:
            return NO_IDS
        limit = left - 1 - self._from_boundary(Boundary(at), kind)
        if limit < 0:
            return NO_IDS
        keep = self._steps(key)[below] <= limit
        keep &= trie.best_rank[below] <= self._boundaries.max_rank
        return trie.label[below][keep].astype(np.int64)

    def _kept_heads(self, words: WordStart, kind: EndKind, left: int) -> TokenIds:
        """Return the first tokens of words that end in time."""
        limit = left - 1 - self._from_boundary(Boundary(words.after), kind)
        if limit < 0:
            return NO_IDS
        return words.paths.heads[self._steps_from_heads(words) <= limit].astype(np.int64)

    def _steps_from_heads(self, words: WordStart) -> Int32:
        steps = self._from_heads.get(words.key)
        if steps is None:
            steps = words.paths.steps_from_heads(self._boundaries.max_rank)
            self._from_heads[words.key] = steps
        return steps

    def _steps(self, key: WordsKey) -> Int32:
        if key not in self._to_word_end:
            trie = self._boundaries.trie(key)
            self._to_word_end[key] = trie.steps_to_end(self._boundaries.max_rank)
        return self._to_word_end[key]

    def _from_boundary(self, boundary: Boundary, kind: EndKind) -> int:
        """Return an upper bound, nearly always exact, of the tokens from a boundary to an end."""
        key = (kind, boundary)
        needed = self._needed.get(key)
        if needed is None:
            needed = self._needed[key] = self._find_from_boundary(boundary, kind)
        return needed

    def _find_from_boundary(self, boundary: Boundary, kind: EndKind) -> int:
        # All open pairs are closed at the end, one mark after another, so they are left out of the
        # search and their cost is added.
        at = boundary.at
        if boundary.pending:
            rests = (
                (self._cost_of_rest(mark, boundary.pending), following)
                for mark, following in self._boundaries.surroundings.marks(at).items()
                if mark.encode().startswith(boundary.pending)
            )
            costs = (cost + self._from_boundary(Boundary(after), kind) for cost, after in rests)
            return min((*costs, UNREACHABLE))
        if at.after in PAIRED and self._is_end(boundary, kind):
            return 0
        if at.after in PAIRED:
            costs = (
                cost + self._from_boundary(after, kind) for cost, after in self._edges(boundary)
            )
            return min((*costs, UNREACHABLE))
        signs = open_signs(at)
        without_closers = boundary._replace(at=at._replace(closers=signs))
        key = (kind, without_closers)
        if key not in self._without_closers:
            self._without_closers[key] = shortest_path(
                without_closers, self._edges, lambda b: self._is_end(b, kind)
            )
        needed = self._without_closers[key]
        if needed == UNREACHABLE or kind is EndKind.WORD:
            return needed
        return needed + sum(map(self._cost, at.closers.removesuffix(signs)))

    def _edges(self, boundary: Boundary) -> Iterator[tuple[int, Boundary]]:
        at = boundary.at
        for mark, following in self._boundaries.surroundings.marks(at).items():
            # The shortest path opens no pair.
            if len(following.closers) > len(at.closers):
                continue
            if not self._boundaries.marks.is_fused(at, mark, following):
                yield self._cost(mark), Boundary(following)
        for words in self._boundaries.words_at(boundary):
            yield self._cost_of_word(words), Boundary(words.after)

    def _cost_of_word(self, words: WordStart) -> int:
        return 1 + int(self._steps_from_heads(words).min())

    def _cost_of_rest(self, mark: str, pending: bytes) -> int:
        return len(mark.encode()) - len(pending)

    def _cost(self, mark: str) -> int:
        """Return the maximum number of tokens that write a mark."""
        if mark == STRONG:
            return 2
        encoded = mark.encode()
        return 1 if encoded in self._boundaries.paths.table.ids_of else len(encoded)

    def _is_end(self, boundary: Boundary, kind: EndKind) -> bool:
        return not boundary.pending and is_end(self._boundaries.surroundings, boundary.at, kind)

    def _ends_sentence(self, position: Position) -> bool:
        return (
            isinstance(position, Boundary)
            and not position.continued
            and self._is_end(position, EndKind.SENTENCE)
        )
