"""Constraints are made once for a list, shared by requests, and replaced when they are full."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from generation.constraint import factory as factory_module
from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton
from generation.constraint.canonical.boundaries import Boundaries
from generation.constraint.canonical.mark_tokens import BOUNDARY_AT_START
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.factory import ConstraintFactory
from generation.constraint.lmfe import LmfeSession
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

WORDS = ["hola", "la", "casa", "es", "una", "grande", "perro", "como"]


def vocabulary(n: int, digest: str = "a") -> Vocabulary:
    return Vocabulary(digest, Lexicon(WORDS, "es"), n)


def factory(**options: object) -> ConstraintFactory:
    loaded = tiny.loaded()
    return ConstraintFactory(
        loaded.table,
        loaded.encode,
        loaded.stop_ids,
        **options,  # type: ignore[arg-type]
    )


def test_the_engine_and_the_paths_choose_the_kind() -> None:
    words = vocabulary(3)
    ours = factory()
    canonical = ours.session(words, token_paths="canonical", finish="sentence")
    everything = ours.session(words, token_paths="all", finish="sentence")
    assert isinstance(canonical, TokenAutomaton)
    assert isinstance(everything, SpellingAutomaton)
    lmfe = factory(engine="lmfe")
    assert isinstance(lmfe.session(words, token_paths="canonical", finish="word"), LmfeSession)


def test_requests_for_the_same_words_share_states_and_every_n_shares_the_paths() -> None:
    made = factory()
    first = made.session(vocabulary(3), token_paths="canonical", finish="sentence")
    again = made.session(vocabulary(3), token_paths="canonical", finish="sentence")
    other = made.session(vocabulary(5), token_paths="canonical", finish="sentence")
    edited = made.session(vocabulary(3, "b"), token_paths="canonical", finish="sentence")
    assert first is again
    assert isinstance(first, TokenAutomaton)
    assert isinstance(other, TokenAutomaton)
    assert isinstance(edited, TokenAutomaton)
    assert other is not first
    assert other.paths is first.paths
    assert edited.paths is not first.paths


def test_every_n_shares_the_words_at_a_boundary() -> None:
    session = factory().session(vocabulary(5), token_paths="canonical", finish="sentence")
    assert isinstance(session, TokenAutomaton)
    boundaries = [Boundaries(session.paths, n, [0]) for n in (3, 5)]
    few, many = (each.words_at(BOUNDARY_AT_START) for each in boundaries)
    assert few
    assert few is many


def test_a_full_automaton_is_replaced_for_new_requests_only() -> None:
    made = factory(max_states=3)
    first = made.session(vocabulary(8), token_paths="canonical", finish="sentence")
    assert isinstance(first, TokenAutomaton)
    state = first.start
    for token in tiny.loaded().encode(["la casa es grande"])[0]:
        state = first.advance(state, token)
    assert first.is_full
    second = made.session(vocabulary(8), token_paths="canonical", finish="sentence")
    assert second is not first
    assert first.allowed(state).tolist()


def test_a_constraint_goes_with_its_lexicon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the lexicons of 64 constraints stay in memory, and not 16."""
    monkeypatch.setattr(factory_module, "MAX_LEXICONS", 2)
    made = factory()
    lexicons = []
    for number in range(6):
        for n_words in (3, 5):
            words = vocabulary(n_words, str(number))
            made.session(words, token_paths="canonical", finish="sentence")
            lexicons.append(weakref.ref(words.lexicon))
            del words
    assert len(made.stats.constraints) == 4
    assert len(made.stats.paths) == 2
    assert not any(lexicon() for lexicon in lexicons[:8])
    assert made.stats.rows_made > sum(each.rows_made for each in made.stats.constraints)


def test_constraints_and_paths_are_limited_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = factory()
    made.session(vocabulary(3), token_paths="canonical", finish="sentence")
    one = made.stats.nbytes
    assert one > sum(paths.nbytes for paths in made.stats.paths) > 0
    monkeypatch.setattr(factory_module, "MAX_BYTES", 3 * one)
    for number in range(6):
        made.session(vocabulary(3, str(number)), token_paths="canonical", finish="sentence")
        assert made.stats.nbytes <= 3 * one
    assert len(made.stats.constraints) == len(made.stats.paths) > 1
    assert made.knows(vocabulary(3, "5"), token_paths="canonical", finish="sentence")
    # They grow after they were built.
    monkeypatch.setattr(factory_module, "MAX_BYTES", 2 * one)
    for _ in range(factory_module.HITS_BETWEEN_COUNTS):
        made.session(vocabulary(3, "5"), token_paths="canonical", finish="sentence")
    assert made.stats.nbytes <= 2 * one
    assert made.knows(vocabulary(3, "5"), token_paths="canonical", finish="sentence")
    monkeypatch.setattr(factory_module, "MAX_BYTES", 1)
    made.session(vocabulary(4), token_paths="canonical", finish="sentence")
    assert len(made.stats.constraints) == 1


def test_a_constraint_counts_the_bytes_of_what_its_texts_have_added() -> None:
    made = factory()
    session = made.session(vocabulary(8), token_paths="canonical", finish="sentence")
    assert isinstance(session, TokenAutomaton)
    choice = np.random.default_rng(1)

    def counted() -> int:
        return session.nbytes + session.paths.nbytes

    tracemalloc.start()
    try:
        counted_before, before = counted(), tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            state = session.start
            for left in range(40, 0, -1):
                token = choice.choice(session.allowed(state, left))
                if token in tiny.loaded().stop_ids:
                    break
                state = session.advance(state, int(token))
        gc.collect()
        traced = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert traced > 100_000
    assert traced / 2 < counted() - counted_before < 2 * traced
