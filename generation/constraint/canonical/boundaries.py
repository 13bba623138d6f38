"""The rows of allowed tokens between words.

They do not depend on the words themselves, so each is computed once for every word that may end at
its boundary. Ranks are thresholds: the boundaries of the first n entries use the same paths as the
boundaries of all entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from generation.constraint.canonical.mark_tokens import BOUNDARY_AT_START, Boundary, MarkTokens
from generation.constraint.canonical.path_trie import PathTrie
from generation.constraint.canonical.word_paths import NO_PREFIX, SPACE, WordPaths, WordsKey
from generation.constraint.session import NO_IDS, TokenIds
from generation.constraint.token_ids import union
from vocab.words.orthography import Style
from vocab.words.surroundings import BoundaryState, Surroundings
from vocab.words.trie import Int32, RankTrie
from vocab.words.word_forms import FormClass, LetterCase, Role

_WORD = FormClass(Role.WORD, LetterCase.PLAIN, "")
WORD_START_BYTES = 150  # of a WordStart with its key


class InWord(NamedTuple):
    """A position inside a word.

    key, node: The trie of token paths and the node reached in it.
    at: The state after the word.
    """

    key: WordsKey
    node: int
    at: BoundaryState


# A position of a text: inside a word or between words.
Position = InWord | Boundary


class WordStart(NamedTuple):
    """Words that may begin at a boundary. after: The state after one of them."""

    key: WordsKey
    paths: PathTrie
    after: BoundaryState


class BoundaryRow(NamedTuple):
    """What may come at a boundary.

    tokens: [n], sorted, with the stop tokens where the text may end.
    following: The mark tokens among them, and the boundary after each.
    words: The words that may begin.
    """

    tokens: TokenIds
    following: dict[int, Boundary]
    words: tuple[WordStart, ...]


class StyleBoundaries:
    """What the boundaries of all numbers of words share in one style. Any thread may use it.

    `WordPaths` refers to it, so it does not refer to them: without a reference cycle both are freed
    at once.

    The paths that have a base find only their own words here, and take the rest from the base.
    """

    def __init__(self, paths: WordPaths, style: Style) -> None:
        self._base: StyleBoundaries | None = None
        self.surroundings: Surroundings
        self.marks: MarkTokens
        if paths.base:
            self._base = _boundaries_of_style(paths.base, style)
            self.surroundings, self.marks = self._base.surroundings, self._base.marks
        else:
            self.surroundings = Surroundings(paths.lexicon.orthography, style)
            self.marks = MarkTokens(
                self.surroundings, paths.table, paths.encode, paths.joined_marks
            )
        self._words: dict[Boundary, tuple[WordStart, ...]] = {}

    def words_at(self, paths: WordPaths, boundary: Boundary) -> tuple[WordStart, ...]:
        """Return the words of any rank that may begin at a boundary, the same object each time."""
        words = self._words.get(boundary)
        if words is None:
            words = tuple(self._find_words(paths, boundary))
            if self._base and paths.base:
                words = (*self._base.words_at(paths.base, boundary), *words)
            words = self._words.setdefault(boundary, words)
        return words

    def _find_words(self, paths: WordPaths, boundary: Boundary) -> Iterator[WordStart]:
        starts = list(self.prefixes(boundary))
        for form_class in paths.lexicon.own_classes:
            admitted = [
                (prefix, at) for prefix, at in starts if self.surroundings.admits(at, form_class)
            ]
            if admitted:
                paths.prepare(form_class, [prefix for prefix, _ in admitted])
            for prefix, at in admitted:
                key = WordsKey(prefix, form_class)
                words = paths.of(key)
                if words is not None:
                    yield WordStart(key, words, self.surroundings.after_word(at, form_class))

    def prefixes(self, boundary: Boundary) -> Iterator[tuple[str, BoundaryState]]:
        """Yield each prefix that a word may have here (nothing, a space, a mark joined to the
        word), and the state between prefix and word.
        """
        at = boundary.at
        if boundary.pending:
            return
        if not boundary.fused:
            yield NO_PREFIX, at
        for mark, following in sorted(self.surroundings.marks(at).items()):
            if self.marks.is_fused(at, mark, following):
                yield mark, following

    @property
    def nbytes(self) -> int:
        words = sum(len(each) for each in list(self._words.values()))
        marks = 0 if self._base else self.marks.nbytes
        return marks + WORD_START_BYTES * words


class Boundaries:
    """The boundaries between the first `max_rank` entries in one style. Callers hold one lock.

    stop_ids: The tokens that end a reply.
    """

    def __init__(
        self, paths: WordPaths, max_rank: int, stop_ids: Sequence[int], style: Style | None = None
    ) -> None:
        self.paths = paths
        self.max_rank = max_rank
        self.stops = np.asarray(stop_ids, np.int64)
        self._of_style = _boundaries_of_style(paths, style or Style())
        self.surroundings, self.marks = self._of_style.surroundings, self._of_style.marks
        self.longest_path = 0  # number of tokens, of the words met so far
        self._rows: dict[Boundary, BoundaryRow] = {}
        self._words: dict[Boundary, tuple[WordStart, ...]] = {}

    def prepare(self) -> None:
        """Make the rows that every text needs: at its start and after its first word.

        The tokenizer may join other marks to letters after a word than at the start. Their words
        are found here as well, because finding them in a later step would merge the whole list
        again.
        """
        after_word = Boundary(self.surroundings.after_word(BOUNDARY_AT_START.at, _WORD))
        prefixes = self._of_style.prefixes
        starts = [*prefixes(BOUNDARY_AT_START), *prefixes(after_word)]
        for form_class in self.paths.lexicon.form_classes:
            admitted = [prefix for prefix, at in starts if self.surroundings.admits(at, form_class)]
            self.paths.prepare(form_class, admitted)
        for boundary in (BOUNDARY_AT_START, after_word):
            self.row(boundary)

    def row(self, boundary: Boundary) -> BoundaryRow:
        """Return what may come at a boundary, the same object each time."""
        row = self._rows.get(boundary)
        if row is None:
            row = self._rows[boundary] = self._make_row(boundary)
        return row

    def _make_row(self, boundary: Boundary) -> BoundaryRow:
        following = self.marks.following(boundary)
        words = self.words_at(boundary)
        parts = [np.fromiter(following, np.int64, len(following))]
        parts += [each.paths.first_tokens(self.max_rank) for each in words]
        if not boundary.pending and self.surroundings.can_end(boundary.at):
            parts.append(self.stops)
        return BoundaryRow(union(parts), following, words)

    def words_at(self, boundary: Boundary) -> tuple[WordStart, ...]:
        """Return the words in force that may begin at a boundary."""
        words = self._words.get(boundary)
        if words is None:
            words = self._of_style.words_at(self.paths, boundary)
            if any(each.paths.best_rank > self.max_rank for each in words):
                words = tuple(each for each in words if each.paths.best_rank <= self.max_rank)
            self._words[boundary] = words
            self.longest_path = max([self.longest_path, *(each.paths.longest for each in words)])
        return words

    # --- the words in force ----------------------------------------------------------------------

    @cached_property
    def reachable(self) -> TokenIds:
        """The ids that may be allowed in any state, stop tokens included, sorted.

        The same array each time. It is computed quickly and has a few ids too many: all tokens made
        of bytes of marks, and those of all words after all prefixes. `lint/reachable.py` is exact.
        """
        marks = [token_id for token_id, _ in self.marks.tokens()]
        parts = [self.stops, np.asarray(marks, np.int64)]
        in_style = self.surroundings.all_marks
        joined = {mark for _, mark in self.paths.joined_marks if mark in in_style}
        prefixes = {NO_PREFIX, SPACE, *joined}
        for form_class in self.paths.lexicon.form_classes:
            if self.surroundings.admits_somewhere(form_class):
                self.paths.prepare(form_class, prefixes)
                parts += [self.tokens_of(WordsKey(prefix, form_class)) for prefix in prefixes]
        return union(parts)

    def tokens_of(self, key: WordsKey) -> TokenIds:
        """Return the ids in the paths of the words in force, sorted."""
        paths = self.paths.of(key)
        return NO_IDS if paths is None else paths.tokens(self.max_rank)

    def child(self, trie: RankTrie, node: int, token_id: int) -> int | None:
        """Return the node after a token; None if no word in force continues with it."""
        child = trie.child(node, token_id)
        return child if child is not None and trie.best_rank[child] <= self.max_rank else None

    def boundary_of(self, position: Position) -> Boundary | None:
        """Return the position itself, or the boundary after its word if the word may end here."""
        if isinstance(position, Boundary):
            return position
        if self.trie(position.key).rank[position.node] <= self.max_rank:
            return Boundary(position.at)
        return None

    def first_tokens(self, trie: RankTrie, node: int) -> TokenIds:
        """Return the tokens with which words in force continue after a node, sorted."""
        below = trie.children(node)
        tokens: Int32 = trie.label[below][trie.best_rank[below] <= self.max_rank]
        return tokens.astype(np.int64)

    def trie(self, key: WordsKey) -> RankTrie:
        """Return the trie of the paths of a key that has words."""
        paths = self.paths.of(key)
        assert paths is not None  # noqa: S101
        return paths.trie

    @property
    def arrays(self) -> list[TokenIds]:
        """The cached rows, without what other numbers of words share."""
        return [row.tokens for row in list(self._rows.values())]


def _boundaries_of_style(paths: WordPaths, style: Style) -> StyleBoundaries:
    known = paths.of_style.get(style)
    if known is None:
        known = paths.of_style.setdefault(style, StyleBoundaries(paths, style))
    return known
