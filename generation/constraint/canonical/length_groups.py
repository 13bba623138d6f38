"""The tokens that may come next, in groups that change the length of a text in the same way.

The way to the end of a sentence is counted in words here, not in tokens as in `end_distance.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from generation.constraint.canonical.boundaries import Boundaries, InWord, Position, WordStart
from generation.constraint.canonical.end_distance import EndDistance
from generation.constraint.canonical.mark_tokens import Boundary
from generation.constraint.canonical.word_paths import WordsKey
from generation.constraint.finish import UNREACHABLE, EndKind, Finish
from generation.constraint.lengths.groups import ANY_LETTER, TokenGroup
from generation.constraint.session import TokenIds
from vocab.words.trie import NO_RANK, Int32

# Words that an end may need besides those of one entry: the one after a dash or a comma.
OTHER_WORDS = 2
MAX_CACHED = 64  # boundaries, and as many tries


class WordDistance(EndDistance):
    """Distances, in words, to a sentence's end. An ellipsis is none: a sentence may go on."""

    def __init__(self, boundaries: Boundaries) -> None:
        super().__init__(boundaries, Finish.SENTENCE)

    def needed(self, boundary: Boundary) -> int:
        return self._from_boundary(boundary, EndKind.SENTENCE)

    def _is_end(self, boundary: Boundary, kind: EndKind) -> bool:
        return super()._is_end(boundary, kind) and not boundary.at.in_ellipsis

    def _cost(self, mark: str) -> int:
        return int(mark.isalnum())  # ½ too

    def _cost_of_rest(self, mark: str, pending: bytes) -> int:
        return self._cost(mark)

    def _cost_of_word(self, words: WordStart) -> int:
        return 1


class LengthGroups:
    """Of one automaton. Callers hold its lock."""

    def __init__(self, boundaries: Boundaries) -> None:
        self._boundaries = boundaries
        self._distance = WordDistance(boundaries)
        self._bytes_of = boundaries.paths.table.bytes_of
        self._at: dict[Boundary, list[TokenGroup]] = {}
        self._spaces: dict[WordsKey, Int32] = {}

    @cached_property
    def most_words(self) -> int:
        """See GroupingSession."""
        entries = self._boundaries.paths.lexicon.entries[: self._boundaries.max_rank]
        return OTHER_WORDS + max(1 + entry.count(" ") for entry in entries)

    def of(self, positions: frozenset[Position]) -> Iterator[TokenGroup]:
        for position in positions:
            if isinstance(position, InWord):
                yield from self._in_word(position)
            boundary = self._boundaries.boundary_of(position)
            if boundary is not None:
                yield from self._at_boundary(boundary)

    def _in_word(self, position: InWord) -> Iterator[TokenGroup]:
        boundaries, key = self._boundaries, position.key
        trie = boundaries.trie(key)
        below = trie.children(position.node)
        kept = trie.best_rank[below] <= boundaries.max_rank
        ids = trie.label[below][kept].astype(np.int64)
        needed = self._distance.needed(Boundary(position.at))
        if not self._has_spaces:
            yield TokenGroup(ids, ANY_LETTER, needed)
            return
        yield from self._split(ids, self._spaces_of(key)[below][kept], needed)

    def _split(self, ids: TokenIds, spaces: Int32, needed: int) -> Iterator[TokenGroup]:
        """spaces: [n], the number of further words of the entry after each token."""
        starts = np.array([self._bytes_of[token][:1] == b" " for token in ids.tolist()], np.bool_)
        for more in np.unique(spaces[spaces < NO_RANK]).tolist():
            for begins in (False, True):
                chosen = ids[(spaces == more) & (starts == begins)]
                if len(chosen):
                    text = b" " * begins + ANY_LETTER
                    yield TokenGroup(chosen, text, min(needed + more, UNREACHABLE))

    def _at_boundary(self, boundary: Boundary) -> list[TokenGroup]:
        known = self._at.get(boundary)
        if known is None:
            if len(self._at) >= MAX_CACHED:
                self._at.clear()
            known = self._at[boundary] = list(self._find_at(boundary))
        return known

    def _find_at(self, boundary: Boundary) -> Iterator[TokenGroup]:
        row, needed = self._boundaries.row(boundary), self._distance.needed
        for token, after in row.following.items():
            yield TokenGroup(np.array([token]), self._bytes_of[token], needed(after))
        for words in row.words:
            yield from self._heads(words, needed(Boundary(words.after)))
        stops = self._boundaries.stops
        if np.isin(stops, row.tokens).all():
            yield TokenGroup(stops, None, 0)

    def _heads(self, words: WordStart, needed: int) -> Iterable[TokenGroup]:
        heads = words.paths.first_tokens(self._boundaries.max_rank)
        text = words.key.prefix.encode() + ANY_LETTER
        if not self._has_spaces:
            return [TokenGroup(heads, text, needed)]
        more = self._spaces_of(words.key)[1 : 1 + len(words.paths.heads)]
        more = more[words.paths.head_ranks <= self._boundaries.max_rank]
        return [
            TokenGroup(heads[more == each], text, min(needed + each, UNREACHABLE))
            for each in np.unique(more[more < NO_RANK]).tolist()
        ]

    @cached_property
    def _has_spaces(self) -> bool:
        return self.most_words > OTHER_WORDS + 1

    def _spaces_of(self, key: WordsKey) -> Int32:
        """Return [nodes]: the fewest further words of an entry after each node of its paths."""
        known = self._spaces.get(key)
        if known is None:
            if len(self._spaces) >= MAX_CACHED:
                self._spaces.clear()
            trie = self._boundaries.trie(key)
            begins = [self._bytes_of.get(token, b"")[:1] == b" " for token in trie.label.tolist()]
            known = trie.steps_to_end(self._boundaries.max_rank, np.array(begins, np.int64))
            self._spaces[key] = known
        return known
