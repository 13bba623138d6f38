"""Builds and caches the constraints of one tokenizer, for many lists and many N."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from threading import Lock
from typing import Any, Literal, TypeVar

import numpy as np

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.banned_phrases import BannedPhrases
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.finish import Finish
from generation.constraint.segmented import SegmentedConstraint
from generation.constraint.session import Constraint, ConstraintSession
from generation.constraint.stats import ConstraintStats
from generation.constraint.tokenizer.encode_words import EncodeBatch
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

TokenPaths = Literal["canonical", "all"]

Value = TypeVar("Value")
# The lexicon's key, the vocabulary's, the token paths and the finish of a request.
Key = tuple[Hashable, Hashable, str, str]

MAX_LEXICONS = 16  # in the cache of token paths
MAX_CONSTRAINTS = 64  # one for each list, N and style
MAX_BYTES = 40 * 1024 * 1024  # of constraints, token paths and their lexicons together
# Constraints grow with their texts. To count their bytes takes up to three milliseconds.
HITS_BETWEEN_COUNTS = 16


class ConstraintFactory:
    """Any thread may use it. Threads wait for each other only where they share token paths.

    encode: Encodes texts to token ids, without special tokens.
    stop_ids: The tokens that end a reply.
    engine: "automaton", or "lmfe" for lm-format-enforcer, which supports neither canonical paths
        nor ending in time.
    max_states: Maximum number of states whose rows a constraint caches.
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
        self.stats = ConstraintStats()
        self._lock = Lock()  # not held during a build of a constraint
        self._paths: OrderedDict[Hashable, WordPaths] = OrderedDict()
        self._constraints: OrderedDict[Key, Constraint] = OrderedDict()
        self._built_ahead: set[Key] = set()  # counted as a miss, but not requested yet

    def knows(self, vocabulary: Vocabulary, *, token_paths: TokenPaths, finish: str) -> bool:
        """True if `session` has nothing to build."""
        with self._lock:
            key = (vocabulary.lexicon_key, vocabulary.key, token_paths, finish)
            known = self._constraints.get(key)
        return known is not None and not known.is_full

    def session(
        self, vocabulary: Vocabulary, *, token_paths: TokenPaths, finish: str, ahead: bool = False
    ) -> ConstraintSession:
        """Return the session of one request.

        Raises DeadEnd if no word can be written, or SegmenterMissing.

        ahead: True for a build before the request itself calls this; the two calls count once.
        """
        key: Key = (vocabulary.lexicon_key, vocabulary.key, token_paths, finish)
        with self._lock:
            known = self._constraints.get(key)
            if known is not None and not known.is_full:
                if not ahead:
                    self.stats.hits += key not in self._built_ahead
                    self._built_ahead.discard(key)
                self._constraints.move_to_end(key)
                if self.stats.hits % HITS_BETWEEN_COUNTS == 0:
                    self._drop_oldest()
                return known.session()
            if known is not None:
                self._drop(key)  # requests that use it keep it until they end
            self.stats.misses += 1
        started = time.perf_counter()
        constraint = self._build(vocabulary, token_paths, Finish(finish))
        session = constraint.session()
        session.allowed(session.start)  # the first use does most of the work of a build
        with self._lock:
            self.stats.builds.observe(time.perf_counter() - started)
            if key in self._constraints:
                self._drop(key)  # another thread built it at the same time
            self._constraints[key] = constraint
            if ahead:
                self._built_ahead.add(key)
            self._drop_oldest()
        return session

    def _drop_oldest(self) -> None:
        """Keep to the limits. A constraint refers to its lexicon, so it goes when that goes.

        The newest constraint stays, however large it is.
        """
        kept: set[Hashable] = set()  # lexicons
        dropped: set[Hashable] = set()
        counted: set[WordPaths] = set()
        nbytes = 0
        for number, key in enumerate(reversed(list(self._constraints))):
            lexicon = lexicon_of(key)
            nbytes += self._constraints[key].nbytes
            new = with_bases(self._paths[lexicon]) - counted if lexicon in self._paths else set()
            nbytes += sum(each.nbytes for each in new)
            counted |= new
            full = number >= MAX_CONSTRAINTS or nbytes > MAX_BYTES
            if number and (full or len(kept | {lexicon}) > MAX_LEXICONS):
                self._drop(key)
                dropped.add(lexicon)
            else:
                kept.add(lexicon)
        for lexicon in dropped - kept:
            self._paths.pop(lexicon, None)
        self.stats.constraints = tuple(self._constraints.values())
        self.stats.paths = tuple(set().union(*map(with_bases, self._paths.values())))

    def _drop(self, key: Key) -> None:
        self._built_ahead.discard(key)
        self.stats.drop([self._constraints.pop(key)])

    def _build(self, vocabulary: Vocabulary, token_paths: TokenPaths, finish: Finish) -> Constraint:
        constraint = self._build_inner(vocabulary, token_paths, finish)
        if vocabulary.banned_phrases:
            constraint = BannedPhrases(
                constraint,
                self._table,
                vocabulary.banned_phrases,
                vocabulary.language,
                self._stop_ids,
            )
        if vocabulary.segment_verifier is None:
            return constraint
        stops = np.asarray(self._stop_ids, np.int64)
        return SegmentedConstraint(constraint, self._table, vocabulary.segment_verifier, stops)

    def _build_inner(
        self, vocabulary: Vocabulary, token_paths: TokenPaths, finish: Finish
    ) -> Constraint:
        if self._engine == "lmfe":
            from generation.constraint.lmfe import LmfeConstraint

            return LmfeConstraint(self._lmfe_data, vocabulary, self._max_states)
        # In a language without spaces a token can span words, so a word has no path of its own.
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
        """Return the token paths of a list, which all N share."""
        with self._lock:
            return _cached(
                self._paths,
                vocabulary.lexicon_key,
                MAX_LEXICONS,
                lambda: self._paths_of(vocabulary.lexicon),
            )

    def _paths_of(self, lexicon: Lexicon) -> WordPaths:
        """Return paths of this lexicon that another list has as its base, or else new ones."""
        for each in self._paths.values():
            for known in with_bases(each):
                if known.lexicon is lexicon:
                    return known
        base = self._paths_of(lexicon.base) if lexicon.base else None
        if base and not base.may_be_base:
            base, lexicon = None, lexicon.alone
        return WordPaths(lexicon, self._table, self._encode, base)

    @cached_property
    def _byte_trie(self) -> TokenByteTrie:
        return TokenByteTrie(self._table)

    @cached_property
    def _lmfe_data(self) -> Any:
        from generation.constraint.lmfe import tokenizer_data

        return tokenizer_data(self._table, self._stop_ids)


def lexicon_of(key: Key) -> Hashable:
    return key[0]


def with_bases(paths: WordPaths) -> set[WordPaths]:
    return {paths, paths.base} if paths.base else {paths}


def _cached(
    cache: OrderedDict[Hashable, Value], key: Hashable, size: int, build: Callable[[], Value]
) -> Value:
    if key not in cache:
        cache[key] = build()
    cache.move_to_end(key)
    if len(cache) > size:
        cache.popitem(last=False)
    return cache[key]
