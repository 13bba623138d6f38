"""Makes and keeps constraints: one tokenizer, many lists, many N."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from threading import Lock
from typing import Any, Literal, TypeVar

import numpy as np

from generation.constraint.any_tokens.spelling_automaton import ByteTrie, SpellingAutomaton
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.finish import Finish
from generation.constraint.segmented import SegmentedConstraint
from generation.constraint.session import Constraint, ConstraintSession
from generation.constraint.stats import ConstraintStats
from generation.constraint.tokenizer.encode_words import EncodeBatch
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.vocabulary import Vocabulary

TokenPaths = Literal["canonical", "all"]

Value = TypeVar("Value")

MAX_LEXICONS = 16
MAX_VIEWS = 64  # (list, N, mode) whose visited states are remembered


class ConstraintFactory:
    """Any thread may use it; what one makes, another waits for only where they share tries.

    encode: texts to token ids, without special tokens. stop_ids: the tokens that end a reply.
    engine: "automaton", or "lmfe" for lm-format-enforcer, which knows neither canonical paths nor
    budgets. max_states: how many states' rows each constraint keeps.
    """

    def __init__(
        self,
        table: TokenTable,
        encode: EncodeBatch,
        stop_ids: Sequence[int],
        *,
        engine: str = "automaton",
        max_states: int = 20_000,
    ) -> None:
        self._table = table
        self._encode = encode
        self._stop_ids = tuple(stop_ids)
        self._engine = engine
        self._max_states = max_states
        self.figures = ConstraintStats()
        self._lock = Lock()  # never held while something is made
        self._paths: OrderedDict[Hashable, WordPaths] = OrderedDict()
        self._views: OrderedDict[Hashable, Constraint] = OrderedDict()
        self._made_ahead: set[Hashable] = set()  # and counted, but not asked for yet

    def knows(self, vocabulary: Vocabulary, *, token_paths: TokenPaths, finish: str) -> bool:
        """True if `session` has nothing to make."""
        with self._lock:
            known = self._views.get((vocabulary.key, token_paths, finish))
        return known is not None and not known.is_full

    def session(
        self, vocabulary: Vocabulary, *, token_paths: TokenPaths, finish: str, ahead: bool = False
    ) -> ConstraintSession:
        """Return the constraint for one request. Raises DeadEnd if no word can be written, and
        SegmenterMissing.

        ahead: it will be asked for again for the same request, which is counted once.
        """
        key = (vocabulary.key, token_paths, finish)
        with self._lock:
            known = self._views.get(key)
            if known is not None and not known.is_full:
                if not ahead:
                    self.figures.hits += key not in self._made_ahead
                    self._made_ahead.discard(key)
                self._views.move_to_end(key)
                return known.session()
            if known is not None:
                self._forget(key)  # those who use it keep it until they are done
            self.figures.misses += 1
        started = time.perf_counter()
        made = self._make(vocabulary, token_paths, Finish(finish))
        session = made.session()
        session.allowed(session.start)  # most of the work, which is done on first use
        with self._lock:
            self.figures.builds.observe(time.perf_counter() - started)
            if key in self._views:
                self._forget(key)  # somebody else's, made at the same time
            self._views[key] = made
            if ahead:
                self._made_ahead.add(key)
            if len(self._views) > MAX_VIEWS:
                self._forget(next(iter(self._views)))
            self.figures.constraints = tuple(self._views.values())
            self.figures.paths = tuple(self._paths.values())
        return session

    def _forget(self, key: Hashable) -> None:
        self._made_ahead.discard(key)
        self.figures.forget([self._views.pop(key)])

    def _make(self, vocabulary: Vocabulary, token_paths: TokenPaths, finish: Finish) -> Constraint:
        made = self._automaton_of(vocabulary, token_paths, finish)
        if vocabulary.segment_verifier is None:
            return made
        stops = np.asarray(self._stop_ids, np.int64)
        return SegmentedConstraint(made, self._table, vocabulary.segment_verifier, stops)

    def _automaton_of(
        self, vocabulary: Vocabulary, token_paths: TokenPaths, finish: Finish
    ) -> Constraint:
        if self._engine == "lmfe":
            from generation.constraint.lmfe import LmfeConstraint

            return LmfeConstraint(self._lmfe_data, vocabulary, self._max_states)
        # Tokens of a language without spaces have several words; no word's path is a word's alone.
        if token_paths == "all" or not vocabulary.spaced:
            return SpellingAutomaton(
                vocabulary.automaton,
                self._table,
                self._byte_trie,
                self._stop_ids,
                self._max_states,
                finish=finish,
            )
        automaton = TokenAutomaton(
            self._word_paths(vocabulary),
            vocabulary.n_words,
            self._stop_ids,
            style=vocabulary.style,
            finish=finish,
            max_states=self._max_states,
        )
        automaton.prepare()
        return automaton

    def _word_paths(self, vocabulary: Vocabulary) -> WordPaths:
        """One set of tries for every N of a list."""
        with self._lock:
            return _kept(
                self._paths,
                vocabulary.lexicon_key,
                MAX_LEXICONS,
                lambda: WordPaths(vocabulary.lexicon, self._table, self._encode),
            )

    @cached_property
    def _byte_trie(self) -> ByteTrie:
        return ByteTrie(self._table)

    @cached_property
    def _lmfe_data(self) -> Any:
        from generation.constraint.lmfe import tokenizer_data

        return tokenizer_data(self._table, self._stop_ids)


def _kept(
    cache: OrderedDict[Hashable, Value], key: Hashable, size: int, make: Callable[[], Value]
) -> Value:
    if key not in cache:
        cache[key] = make()
    cache.move_to_end(key)
    if len(cache) > size:
        cache.popitem(last=False)
    return cache[key]
