"""The token automaton: which tokens may come next, under a wordlist, for a given tokenizer.

A state is a number. Behind it stands a set of readings of the text so far: in the middle of a
word (a node of a trie of token paths) or between words (a boundary). Readings are several where a
token can be both, as ` York` after ` New`, when `New York`, `new` and `York` are all listed.

A state's allowed tokens are worked out on the first visit and kept. What may follow a finished
word does not depend on the word, so it is kept once for all words: a state's row is its own few
tokens and a reference to a shared row. Ranks are thresholds: an automaton for
the first n entries has the same paths as one for all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import RLock
from typing import NamedTuple

import numpy as np

from generation.constraint.budget import Budget, Finish
from generation.constraint.contract import (
    NO_IDS,
    DeadEnd,
    RowParts,
    State,
    TokenIds,
    apart,
    joined,
    united,
)
from generation.constraint.marks import BOUNDARY_AT_START, Boundary, MarkTokens
from generation.constraint.paths import BARE, SPACE, WordPaths, WordsKey
from vocab.words.forms import FORM_CLASSES
from vocab.words.orthography import Style
from vocab.words.surroundings import Around, Surroundings
from vocab.words.trie import ROOT, Int32, RankTrie


class InWord(NamedTuple):
    """key, node: which trie of paths and how far; at: where the text will stand after the word."""

    key: WordsKey
    node: int
    at: Around


Reading = InWord | Boundary
Readings = frozenset[Reading]


class WordStart(NamedTuple):
    """Words that may begin here, and where the text stands after one of them."""

    key: WordsKey
    trie: RankTrie
    after: Around


class SharedRow(NamedTuple):
    """What may come at a boundary.

    tokens: [n], sorted, stop tokens included where the text may end. following: the marks among
    them and where they lead. words: those that may begin here.
    """

    tokens: TokenIds
    following: dict[int, Boundary]
    words: tuple[WordStart, ...]


class TokenAutomaton:
    """The automaton for the first `max_rank` entries in one style. Any thread may use it.

    stop_ids: the tokens that end a reply. finish: where a reply ends that runs out of tokens.
    max_states: how many states' rows and how many steps are kept, and how many states make it
    full: their numbers cannot be taken back from the requests that hold them.
    """

    def __init__(
        self,
        paths: WordPaths,
        max_rank: int,
        stop_ids: Sequence[int],
        *,
        style: Style | None = None,
        finish: Finish = Finish.SENTENCE,
        max_states: int = 20_000,
    ) -> None:
        self.paths = paths
        self.finish = finish
        self.max_rank = max_rank
        self.surroundings = Surroundings(paths.lexicon.orthography, style or Style())
        self.stops = np.asarray(stop_ids, np.int64)
        self.marks = MarkTokens(self.surroundings, paths.table, paths.encode, paths.joined_marks)
        self._max_states = max_states
        self.rows_made = 0
        self._readings: list[Readings] = []
        self._number: dict[Readings, int] = {}
        self._rows: OrderedDict[int, RowParts] = OrderedDict()
        self._steps: OrderedDict[tuple[int, int], int] = OrderedDict()
        # What is known is looked up without it; everything is worked out under it.
        self._lock = RLock()
        self._reachable: TokenIds | None = None
        self._shared: dict[Boundary, SharedRow] = {}
        self._words: dict[Boundary, tuple[WordStart, ...]] = {}
        self.longest_path = 0  # of the words that came up so far, in tokens
        self._budget = Budget(self)
        self.start: State = self._intern(frozenset({BOUNDARY_AT_START}))

    # --- what decoding asks ----------------------------------------------------------------------

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that may come next, [n], n >= 1, each once. Raises DeadEnd.

        remaining: how many tokens the reply may still have, this one included.
        """
        # Joined anew each time: kept, this would be the shared part once for every word.
        return joined(self.parts(state, remaining))

    def parts(self, state: State, remaining: int | None = None) -> RowParts:
        """The same as arrays that have no id in common, so that what is shared stays one array."""
        assert isinstance(state, int)  # noqa: S101
        parts = self._rows.get(state)
        if parts is None:
            with self._lock:
                self.rows_made += 1
                parts = self._rows[state] = self._parts(self._readings[state])
                if len(self._rows) > self._max_states:
                    self._rows.popitem(last=False)
        if not parts:
            raise DeadEnd
        if remaining is None or remaining > self._budget.horizon:
            return parts
        with self._lock:
            return self._budget.within(parts, self._readings[state], remaining)

    def advance(self, state: State, token_id: int) -> State:
        """Return the state after an allowed token. Raises DeadEnd after any other."""
        assert isinstance(state, int)  # noqa: S101
        step = (state, token_id)
        after = self._steps.get(step)
        if after is None:
            with self._lock:
                after = self._steps[step] = self._after(state, token_id)
                if len(self._steps) > self._max_states:
                    self._steps.popitem(last=False)
        return after

    def _after(self, state: int, token_id: int) -> int:
        following: set[Reading] = set()
        for reading in self._readings[state]:
            following.update(self._step(reading, token_id))
        if not following:
            raise DeadEnd
        return self._intern(frozenset(following))

    def session(self) -> TokenAutomaton:
        return self  # a state is all there is to a request

    @property
    def is_full(self) -> bool:
        return len(self._readings) > self._max_states

    @property
    def state_count(self) -> int:
        return len(self._readings)

    @property
    def reachable(self) -> TokenIds:
        """[n], sorted: every id that may ever be allowed, stops included, and a few that never are.
        The same array each time.

        Quick and generous: all tokens made of bytes of marks, and those of all words in all their
        contexts. `reachable.py` is exact.
        """
        with self._lock:
            if self._reachable is None:
                self._reachable = self._find_reachable()
            return self._reachable

    def _find_reachable(self) -> TokenIds:
        marks = [token_id for token_id, _ in self.marks.tokens()]
        parts = [self.stops, np.asarray(marks, np.int64)]
        contexts = {BARE, SPACE, *(mark for _, mark in self.paths.joined_marks)}
        for form_class in FORM_CLASSES:
            if not self.surroundings.admits_somewhere(form_class):
                continue
            self.paths.prepare(form_class, contexts)
            for context in contexts:
                parts.append(self.tokens_of(WordsKey(context, form_class)))
        return united(parts)

    def tokens_of(self, key: WordsKey) -> TokenIds:
        """The ids in the paths of the words in force."""
        trie = self.paths.trie(key)
        if trie is None:
            return NO_IDS
        return trie.label[1:][trie.best_rank[1:] <= self.max_rank].astype(np.int64)

    # --- one state -------------------------------------------------------------------------------

    def _intern(self, readings: Readings) -> int:
        number = self._number.get(readings)
        if number is None:
            number = self._number[readings] = len(self._readings)
            self._readings.append(readings)
        return number

    def _parts(self, readings: Readings) -> RowParts:
        parts = []
        for reading in readings:
            if isinstance(reading, InWord):
                parts.append(self._first_tokens(self.trie(reading.key), reading.node))
            boundary = self.boundary_of(reading)
            if boundary is not None:
                parts.append(self.shared_row(boundary).tokens)
        return apart(parts)

    def _step(self, reading: Reading, token_id: int) -> list[Reading]:
        found: list[Reading] = []
        if isinstance(reading, InWord):
            child = self._child(self.trie(reading.key), reading.node, token_id)
            if child is not None:
                found.append(reading._replace(node=child))
        boundary = self.boundary_of(reading)
        if boundary is not None:
            shared = self.shared_row(boundary)
            if token_id in shared.following:
                found.append(shared.following[token_id])
            for words in shared.words:
                child = self._child(words.trie, ROOT, token_id)
                if child is not None:
                    found.append(InWord(words.key, child, words.after))
        return found

    def _child(self, trie: RankTrie, node: int, token_id: int) -> int | None:
        child = trie.child(node, token_id)
        return child if child is not None and trie.best_rank[child] <= self.max_rank else None

    def boundary_of(self, reading: Reading) -> Boundary | None:
        """Where the text stands between words: itself, or the end of a word that may end here."""
        if isinstance(reading, Boundary):
            return reading
        if self.trie(reading.key).rank[reading.node] <= self.max_rank:
            return Boundary(reading.at)
        return None

    def _first_tokens(self, trie: RankTrie, node: int) -> TokenIds:
        below = trie.children(node)
        tokens: Int32 = trie.label[below][trie.best_rank[below] <= self.max_rank]
        return tokens.astype(np.int64)

    def trie(self, key: WordsKey) -> RankTrie:
        trie = self.paths.trie(key)
        assert trie is not None  # noqa: S101
        return trie

    # --- between words ---------------------------------------------------------------------------

    def shared_row(self, boundary: Boundary) -> SharedRow:
        row = self._shared.get(boundary)
        if row is None:
            row = self._shared[boundary] = self._make_shared_row(boundary)
        return row

    def _make_shared_row(self, boundary: Boundary) -> SharedRow:
        following = self.marks.following(boundary)
        words = self.words_at(boundary)
        parts = [np.fromiter(following, np.int64, len(following))]
        parts += [self._first_tokens(each.trie, ROOT) for each in words]
        if not boundary.pending and self.surroundings.can_end(boundary.at):
            parts.append(self.stops)
        return SharedRow(united(parts), following, words)

    def words_at(self, boundary: Boundary) -> tuple[WordStart, ...]:
        """The words that may begin at a boundary."""
        words = self._words.get(boundary)
        if words is None:
            words = self._words[boundary] = tuple(self._find_words(boundary))
            depths = [len(each.trie.levels) - 2 for each in words]
            self.longest_path = max([self.longest_path, *depths])
        return words

    def _find_words(self, boundary: Boundary) -> Iterator[WordStart]:
        contexts = list(self._contexts(boundary))
        for form_class in FORM_CLASSES:
            admitted = [(c, at) for c, at in contexts if self.surroundings.admits(at, form_class)]
            self.paths.prepare(form_class, [context for context, _ in admitted])
            for context, at in admitted:
                key = WordsKey(context, form_class)
                trie = self.paths.trie(key)
                if trie is not None and trie.best_rank[ROOT] <= self.max_rank:
                    yield WordStart(key, trie, self.surroundings.after_word(at, form_class))

    def _contexts(self, boundary: Boundary) -> Iterator[tuple[str, Around]]:
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
