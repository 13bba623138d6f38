"""What may come between two words.

It does not depend on the words themselves, so it is worked out once for every word that may end
there. Ranks are thresholds: the boundaries of the first n entries have the same paths as those of
all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from generation.constraint.canonical.mark_tokens import BOUNDARY_AT_START, Boundary, MarkTokens
from generation.constraint.canonical.path_tries import ContextPaths
from generation.constraint.canonical.word_paths import BARE, SPACE, TrieKey, WordPaths, WordsKey
from generation.constraint.session import NO_IDS, TokenIds, united
from vocab.words.orthography import Style
from vocab.words.surroundings import BoundaryState, Surroundings
from vocab.words.trie import Int32, RankTrie
from vocab.words.word_forms import FORM_CLASSES, FormClass, LetterCase, Role

_WORD = FormClass(Role.WORD, LetterCase.PLAIN, "")


class InWord(NamedTuple):
    """key, node: which trie of paths and how far; at: where the text will stand after the word."""

    key: TrieKey
    node: int
    at: BoundaryState


Reading = InWord | Boundary


class WordStart(NamedTuple):
    """Words that may begin here, and where the text stands after one of them."""

    key: WordsKey
    paths: ContextPaths
    after: BoundaryState


class SharedRow(NamedTuple):
    """What may come at a boundary.

    tokens: [n], sorted, stop tokens included where the text may end. following: the marks among
    them and where they lead. words: those that may begin here.
    """

    tokens: TokenIds
    following: dict[int, Boundary]
    words: tuple[WordStart, ...]


class Boundaries:
    """The boundaries between the first `max_rank` entries in one style. Used under one lock.

    stop_ids: the tokens that end a reply.
    """

    def __init__(
        self, paths: WordPaths, max_rank: int, stop_ids: Sequence[int], style: Style | None = None
    ) -> None:
        self.paths = paths
        self.max_rank = max_rank
        self.stops = np.asarray(stop_ids, np.int64)
        self.surroundings = Surroundings(paths.lexicon.orthography, style or Style())
        self.marks = MarkTokens(self.surroundings, paths.table, paths.encode, paths.joined_marks)
        self.longest_path = 0  # of the words that came up so far, in tokens
        self._rows: dict[Boundary, SharedRow] = {}
        self._words: dict[Boundary, tuple[WordStart, ...]] = {}

    def prepare(self) -> None:
        """Find at once what every text comes to: its start and the end of a first word.

        Behind that word a tokenizer may join other marks to letters; to find the words behind those
        in a step of their own would merge the whole list once more.
        """
        behind = Boundary(self.surroundings.after_word(BOUNDARY_AT_START.at, _WORD))
        contexts = [*self._contexts(BOUNDARY_AT_START), *self._contexts(behind)]
        for form_class in FORM_CLASSES:
            admitted = [c for c, at in contexts if self.surroundings.admits(at, form_class)]
            self.paths.prepare(form_class, admitted)
        for boundary in (BOUNDARY_AT_START, behind):
            self.row(boundary)

    def row(self, boundary: Boundary) -> SharedRow:
        """What may come at a boundary. The same object each time."""
        row = self._rows.get(boundary)
        if row is None:
            row = self._rows[boundary] = self._make_row(boundary)
        return row

    def _make_row(self, boundary: Boundary) -> SharedRow:
        following = self.marks.following(boundary)
        words = self.words_at(boundary)
        parts = [np.fromiter(following, np.int64, len(following))]
        parts += [each.paths.first_tokens(self.max_rank) for each in words]
        if not boundary.pending and self.surroundings.can_end(boundary.at):
            parts.append(self.stops)
        return SharedRow(united(parts), following, words)

    def words_at(self, boundary: Boundary) -> tuple[WordStart, ...]:
        """The words that may begin at a boundary."""
        words = self._words.get(boundary)
        if words is None:
            words = self._words[boundary] = tuple(self._find_words(boundary))
            self.longest_path = max([self.longest_path, *(each.paths.longest for each in words)])
        return words

    def _find_words(self, boundary: Boundary) -> Iterator[WordStart]:
        contexts = list(self._contexts(boundary))
        for form_class in FORM_CLASSES:
            admitted = [(c, at) for c, at in contexts if self.surroundings.admits(at, form_class)]
            self.paths.prepare(form_class, [context for context, _ in admitted])
            for context, at in admitted:
                key = WordsKey(context, form_class)
                paths = self.paths.of(key)
                if paths is not None and paths.best_rank <= self.max_rank:
                    yield WordStart(key, paths, self.surroundings.after_word(at, form_class))

    def _contexts(self, boundary: Boundary) -> Iterator[tuple[str, BoundaryState]]:
        """After what a word may begin here (nothing, a space, a mark joined to the word), and
        where the text stands between the two.
        """
        at = boundary.at
        if boundary.pending:
            return
        if not boundary.fused:
            yield BARE, at
        for mark, following in sorted(self.surroundings.marks(at).items()):
            if self.marks.is_fused(at, mark, following):
                yield mark, following

    # --- the words in force ----------------------------------------------------------------------

    @cached_property
    def reachable(self) -> TokenIds:
        """[n], sorted: every id that may ever be allowed, stops included, and a few that never are.
        The same array each time.

        Quick and generous: all tokens made of bytes of marks, and those of all words in all their
        contexts. `reachable.py` is exact.
        """
        marks = [token_id for token_id, _ in self.marks.tokens()]
        parts = [self.stops, np.asarray(marks, np.int64)]
        in_style = self.surroundings.all_marks
        joined = {mark for _, mark in self.paths.joined_marks if mark in in_style}
        contexts = {BARE, SPACE, *joined}
        for form_class in FORM_CLASSES:
            if not self.surroundings.admits_somewhere(form_class):
                continue
            self.paths.prepare(form_class, contexts)
            for context in contexts:
                paths = self.paths.of(WordsKey(context, form_class))
                if paths is not None:
                    parts.append(paths.tokens_beside_bare(self.max_rank))
        return united(parts)

    def tokens_of(self, key: WordsKey) -> TokenIds:
        """The ids in the paths of the words in force, some of them more than once."""
        paths = self.paths.of(key)
        return NO_IDS if paths is None else paths.tokens(self.max_rank)

    def child(self, trie: RankTrie, node: int, token_id: int) -> int | None:
        """The node that a token leads to; None if no word in force goes that way."""
        child = trie.child(node, token_id)
        return child if child is not None and trie.best_rank[child] <= self.max_rank else None

    def of(self, reading: Reading) -> Boundary | None:
        """Where a reading stands between words: itself, or the end of a word that may end here."""
        if isinstance(reading, Boundary):
            return reading
        if self.trie(reading.key).rank[reading.node] <= self.max_rank:
            return Boundary(reading.at)
        return None

    def first_tokens(self, trie: RankTrie, node: int) -> TokenIds:
        """[n], sorted: the tokens with which words in force go on from a node."""
        below = trie.children(node)
        tokens: Int32 = trie.label[below][trie.best_rank[below] <= self.max_rank]
        return tokens.astype(np.int64)

    def trie(self, key: TrieKey) -> RankTrie:
        """Paths of words of which there are some."""
        paths = self.paths.of(key.words)
        assert paths is not None  # noqa: S101
        return paths.trie(key.part)
