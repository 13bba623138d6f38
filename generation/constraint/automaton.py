"""The token automaton: which tokens may come next, under a wordlist, for a given tokenizer.

A state is a number. Behind it stands a set of readings of the text so far: in the middle of a
word (a node of a trie of token paths) or between words (a boundary). Readings are several where a
token can be both, as ` York` after ` New`, when `New York`, `new` and `York` are all listed.

A state's allowed tokens are worked out on the first visit and kept. What may follow a finished
word does not depend on the word, so it is kept once for all words: a state's row is its own few
tokens and a reference to a shared row. Ranks are thresholds: `at(n)` gives a view for the first n
entries, which shares everything else.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from generation.constraint.budget import Budget, Finish
from generation.constraint.contract import DeadEnd, RowParts, State, TokenIds
from generation.constraint.marks import JOINS_A_WORD, NEWLINE_STARTS, Boundary, MarkTokens
from generation.constraint.paths import BARE, SPACE, EncodeBatch, joined_marks, word_trie
from generation.constraint.tokens import TokenTable
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Orthography, orthography_for
from vocab.words.text import TextAutomaton
from vocab.words.trie import ROOT, Int32, RankTrie

# Where a word may follow without anything in between.
_STARTS_BARE = NEWLINE_STARTS | JOINS_A_WORD


class InWord(NamedTuple):
    """context: which trie of paths; node: where in it; closers: what is open around the word."""

    context: str
    node: int
    closers: str


Reading = InWord | Boundary
Readings = frozenset[Reading]


class WordPaths:
    """The tries of canonical paths of one lexicon under one tokenizer, each made on first use.

    Shared by every view, request and thread.
    """

    def __init__(self, lexicon: Lexicon, table: TokenTable, encode: EncodeBatch) -> None:
        self.lexicon = lexicon
        self.table = table
        self._encode = encode
        self._tries: dict[str, RankTrie | None] = {}
        self._lock = Lock()

    def trie(self, context: str) -> RankTrie | None:
        """The paths of words right after `context`: nothing, a space, or a joined mark."""
        with self._lock:
            if context not in self._tries:
                forms = self.lexicon.forms()
                # Every list needs the first two, so its spellings are made once for both.
                for each in (BARE, SPACE) if context in (BARE, SPACE) else (context,):
                    with _collector_paused():
                        self._tries[each] = word_trie(forms, self._encode, each, self.table)
            return self._tries[context]

    @cached_property
    def orthography(self) -> Orthography:
        return orthography_for(self.lexicon.language)

    @cached_property
    def joined_marks(self) -> frozenset[str]:
        """Opening marks and dashes that this tokenizer joins to the letters after them."""
        marks = {*self.orthography.pairs, *self.orthography.tight_dashes}
        marks |= self.orthography.dialogue_dashes
        return joined_marks(self.lexicon, self._encode, sorted(marks))

    @cached_property
    def spaced_marks(self) -> bool:
        """True if some mark after a space is written as a space token and the mark."""
        marks = sorted({*self.orthography.pairs, *self.orthography.spaced_dashes})
        space, *paths = self._encode([SPACE, *(SPACE + mark for mark in marks)])
        return len(space) == 1 and any(path[:1] == space for path in paths)

    @property
    def nbytes(self) -> int:
        return sum(trie.nbytes for trie in self._tries.values() if trie)


class SharedRow(NamedTuple):
    """What may come at a boundary.

    tokens: [n], sorted, stop tokens included where the text may end. following: the marks among
    them and where they lead. words: the tries whose words may begin here, by their context.
    """

    tokens: TokenIds
    following: dict[int, Boundary]
    words: tuple[tuple[str, RankTrie], ...]


class TokenAutomaton:
    """The automaton for the first `max_rank` entries. Used by one thread at a time.

    stop_ids: the tokens that end a reply. finish: where a reply ends that runs out of tokens.
    max_states: how many states' rows are kept, and how many states make it full: their numbers
    cannot be taken back from the requests that hold them.
    """

    def __init__(
        self,
        paths: WordPaths,
        max_rank: int,
        stop_ids: Sequence[int],
        *,
        finish: Finish = Finish.SENTENCE,
        max_states: int = 20_000,
    ) -> None:
        self.paths = paths
        self.finish = finish
        self.max_rank = max_rank
        self.text = TextAutomaton(paths.lexicon, paths.orthography, max_rank)
        self.stops = np.asarray(stop_ids, np.int64)
        self._marks = MarkTokens.of(self.text, paths.table, paths.joined_marks, paths.spaced_marks)
        self._max_states = max_states
        self._readings: list[Readings] = []
        self._number: dict[Readings, int] = {}
        self._rows: OrderedDict[int, RowParts] = OrderedDict()
        self._shared: dict[Boundary, SharedRow] = {}
        self._budget = Budget(self)
        self.start: State = self._intern(frozenset({Boundary.start()}))

    # --- what decoding asks ----------------------------------------------------------------------

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that may come next, [n], n >= 1, each once. Raises DeadEnd.

        remaining: how many tokens the reply may still have, this one included.
        """
        parts = self.parts(state, remaining)
        # Joined anew each time: kept, this would be the shared part once for every word.
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def parts(self, state: State, remaining: int | None = None) -> RowParts:
        """The same as arrays that have no id in common, so that what is shared stays one array."""
        assert isinstance(state, int)  # noqa: S101
        parts = self._rows.get(state)
        if parts is None:
            parts = self._rows[state] = self._parts(self._readings[state])
            if len(self._rows) > self._max_states:
                self._rows.popitem(last=False)
        if not parts:
            raise DeadEnd
        if remaining is None or remaining > self._budget.horizon:
            return parts
        row = parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts))
        return (self._budget.within(row, self._readings[state], remaining),)

    def advance(self, state: State, token_id: int) -> State:
        """Return the state after an allowed token. Raises DeadEnd after any other."""
        assert isinstance(state, int)  # noqa: S101
        following: set[Reading] = set()
        for reading in self._readings[state]:
            following.update(self._step(reading, token_id))
        if not following:
            raise DeadEnd
        return self._intern(frozenset(following))

    def session(self) -> TokenAutomaton:
        return self  # a state is all there is to a request

    @cached_property
    def reachable(self) -> TokenIds:
        """The ids that `allowed` can ever return, sorted: always the same array."""
        from generation.constraint.lint import reachable_tokens  # it imports this module

        (found,) = reachable_tokens(self.paths, [self.max_rank]).values()
        return np.union1d(found, self.stops)

    @property
    def is_full(self) -> bool:
        return len(self._readings) > self._max_states

    @property
    def state_count(self) -> int:
        return len(self._readings)

    @property
    def word_contexts(self) -> tuple[str, ...]:
        """After what a word may begin: nothing, a space, a mark joined to it."""
        contexts = (BARE, SPACE, *sorted(self.paths.joined_marks))
        return tuple(context for context in contexts if self.paths.trie(context) is not None)

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
                parts.append(self._first_tokens(self.trie(reading.context), reading.node))
            boundary = self.boundary_of(reading)
            if boundary is not None:
                parts.append(self.shared_row(boundary).tokens)
        parts.sort(key=len, reverse=True)
        for index, part in enumerate(parts):
            for larger in parts[:index]:
                if len(larger):
                    part = part[~_contains(larger, part)]
            parts[index] = part
        return tuple(part for part in parts if len(part))

    def _step(self, reading: Reading, token_id: int) -> list[Reading]:
        found: list[Reading] = []
        if isinstance(reading, InWord):
            trie = self.trie(reading.context)
            child = trie.child(reading.node, token_id)
            if child is not None and trie.best_rank[child] <= self.max_rank:
                found.append(reading._replace(node=child))
        boundary = self.boundary_of(reading)
        if boundary is not None:
            shared = self.shared_row(boundary)
            if token_id in shared.following:
                found.append(shared.following[token_id])
            for context, trie in shared.words:
                child = trie.child(ROOT, token_id)
                if child is not None and trie.best_rank[child] <= self.max_rank:
                    found.append(InWord(context, child, self.closers(boundary, context)))
        return found

    def boundary_of(self, reading: Reading) -> Boundary | None:
        """Where the text stands between words: itself, or the end of a word that may end here."""
        if isinstance(reading, Boundary):
            return reading
        if self.trie(reading.context).rank[reading.node] <= self.max_rank:
            return Boundary.after_word(reading.closers)
        return None

    def _first_tokens(self, trie: RankTrie, node: int) -> TokenIds:
        below = trie.children(node)
        tokens: Int32 = trie.label[below][trie.best_rank[below] <= self.max_rank]
        return tokens.astype(np.int64)

    def trie(self, context: str) -> RankTrie:
        trie = self.paths.trie(context)
        assert trie is not None  # noqa: S101
        return trie

    # --- between words ---------------------------------------------------------------------------

    def shared_row(self, boundary: Boundary) -> SharedRow:
        row = self._shared.get(boundary)
        if row is None:
            row = self._shared[boundary] = self._make_shared_row(boundary)
        return row

    def _make_shared_row(self, boundary: Boundary) -> SharedRow:
        following = self._marks.following(boundary)
        words = tuple(
            (context, trie)
            for context in self._word_contexts(boundary)
            if (trie := self.paths.trie(context)) is not None
        )
        can_end = not boundary.pending and self.text.can_end(frozenset({boundary.at}))
        parts = [np.fromiter(following, np.int64, len(following))]
        parts += [self._first_tokens(trie, ROOT) for _, trie in words]
        if can_end:
            parts.append(self.stops)
        return SharedRow(np.unique(np.concatenate(parts)), following, words)

    def _word_contexts(self, boundary: Boundary) -> list[str]:
        """After what a word may begin here: nothing, a space, a mark joined to the word."""
        at = boundary.at
        if boundary.pending:
            return []
        marks = self.text.marks(at)
        contexts = []
        if at.after in _STARTS_BARE and not boundary.fused:
            contexts.append(BARE)
        if " " in marks:
            contexts.append(SPACE)
        contexts += [
            mark
            for mark in sorted(self.paths.joined_marks)
            if mark in marks and self._marks.is_fused(at, mark, marks[mark])
        ]
        return contexts

    def closers(self, boundary: Boundary, context: str) -> str:
        """What is open around a word that begins with `context`."""
        if context in (BARE, SPACE):
            return boundary.at.closers
        return self.text.marks(boundary.at)[context].closers


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A bulk build makes a list a word and no cycles: looking for cycles takes a quarter of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _contains(row: TokenIds, tokens: TokenIds) -> npt.NDArray[np.bool_]:
    """[tokens]: which of them are in `row`, which is sorted."""
    at = np.searchsorted(row, tokens)
    at[at == len(row)] = 0
    found: npt.NDArray[np.bool_] = row[at] == tokens
    return found
