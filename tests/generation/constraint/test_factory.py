"""Constraints are made once for a list, shared by requests, and replaced when they are full."""

from __future__ import annotations

import weakref

import pytest

from generation.constraint import factory as factory_module
from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton
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
