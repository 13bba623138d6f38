"""The token automata of real tokenizers, state by state, against the definition."""

from __future__ import annotations

import random
from functools import lru_cache

import pytest

from generation.constraint.canonical.word_paths import sample_of
from tests.generation.constraint.oracle import CanonicalOracle, SpellingOracle
from tests.generation.constraint.real.lists import (
    LANGUAGES,
    LENGTH,
    canonical,
    chosen,
    first,
    lexicon,
    spelling,
    token_tree,
)
from tests.generation.constraint.real_tokenizers import RealTokenizer
from tests.vocab.definition import Definition

# Words for the oracles: enough that tokens hold parts of many, few enough to encode quickly.
ORACLE_WORDS = 300
WALK = 12
WALKS = 7 * LENGTH


@lru_cache(maxsize=1)
def definition(language: str, n: int) -> Definition:
    return Definition(first(language, n), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_paths_equal_the_definition(tokenizer: RealTokenizer, language: str) -> None:
    session = spelling(tokenizer, language, ORACLE_WORDS)
    oracle = SpellingOracle(definition(language, ORACLE_WORDS), token_tree(tokenizer.name))
    choice = random.Random(language)
    for _ in range(WALKS):
        state, part = session.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = tokenizer.table.text(tokens)
            found = set(session.allowed(state).tolist())
            assert found - {tokenizer.stop} == oracle.follows(part), text
            assert (tokenizer.stop in found) == oracle.may_end(part), text
            tokens.append(chosen(choice, tokenizer, found - {tokenizer.stop}))
            state, part = session.advance(state, tokens[-1]), oracle.advance(part, tokens[-1])


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "hi"])
def test_canonical_paths_equal_the_definition(tokenizer: RealTokenizer, language: str) -> None:
    session = canonical(tokenizer, language, ORACLE_WORDS)
    oracle = CanonicalOracle(
        definition(language, ORACLE_WORDS),
        tokenizer.table.bytes_of,
        tokenizer.encode,
        sample_of(lexicon(language).forms),
    )
    choice = random.Random(language)
    for _ in range(WALKS):
        state, expected = session.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = tokenizer.table.text(tokens)
            found = set(session.allowed(state).tolist())
            assert found - {tokenizer.stop} == oracle.follows(expected), text
            assert (tokenizer.stop in found) == oracle.may_end(expected), text
            tokens.append(chosen(choice, tokenizer, found - {tokenizer.stop}))
            state = session.advance(state, tokens[-1])
            expected = oracle.advance(expected, tokens[-1])
