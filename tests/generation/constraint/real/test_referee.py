"""lm-format-enforcer with real tokenizers, as a referee of the automaton with all paths."""

from __future__ import annotations

import random
import unicodedata
from functools import cache
from typing import Any

import pytest

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.lmfe import LmfeConstraint, tokenizer_data
from generation.constraint.session import DeadEnd
from tests.generation.constraint.oracle import SpellingOracle
from tests.generation.constraint.real.lists import (
    LANGUAGES,
    chosen,
    first,
    spelling,
    token_tree,
    vocabulary,
)
from tests.generation.constraint.real_tokenizers import RealTokenizer, real_tokenizer
from tests.vocab.definition import Definition
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

# lm-format-enforcer's time for a state grows with the list.
REFEREE_WORDS = 100
# Fewer than `test_definition.py` compares for the same pairs of lists and tokenizers.
STATES = 120
WALK = 12


@cache
def lmfe_data(name: str) -> Any:
    tokenizer = real_tokenizer(name)
    return tokenizer_data(tokenizer.table, [tokenizer.stop])


@pytest.mark.parametrize("language", LANGUAGES)
def test_lm_format_enforcer_differs_only_in_parts_of_characters(
    tokenizer: RealTokenizer, language: str
) -> None:
    """It never allows a token that holds part of a character, and so never begins a word or a mark
    with a character that only such tokens write. All else is the same.
    """
    table = tokenizer.table
    whole = {text for text in map(_decoded, table.bytes_of.values()) if text and len(text) == 1}
    within = Definition(first(language, REFEREE_WORDS), language, alphabet=whole)
    if not any(forms for kind, forms in within.spellings.items() if kind.startswith("word")):
        with pytest.raises(DeadEnd):
            LmfeConstraint(lmfe_data(tokenizer.name), vocabulary(language, REFEREE_WORDS), 1_000)
        return
    oracle = SpellingOracle(within, token_tree(tokenizer.name))
    ours = spelling(tokenizer, language, REFEREE_WORDS)
    referee = LmfeConstraint(
        lmfe_data(tokenizer.name), vocabulary(language, REFEREE_WORDS), 1_000
    ).session()
    choice = random.Random(language)
    for _ in range(STATES // WALK):
        state, its_state, part = ours.start, referee.start, oracle.start
        tokens: list[int] = []
        for _ in range(WALK):
            text = table.text(tokens)
            found = set(ours.allowed(state).tolist())
            its = set(referee.allowed(its_state).tolist())
            assert its <= found, text
            for token in (found - its - {tokenizer.stop}) & oracle.follows(part):
                assert _decoded(table.bytes_of[token]) is None, (text, table.bytes_of[token])
            assert (tokenizer.stop in found) == (tokenizer.stop in its), text
            tokens.append(chosen(choice, tokenizer, its - {tokenizer.stop}))
            state = ours.advance(state, tokens[-1])
            its_state = referee.advance(its_state, tokens[-1])
            part = oracle.advance(part, tokens[-1])


def _decoded(encoded: bytes) -> str | None:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize("tokenizer", ["qwen3"], indirect=True)
def test_every_hindi_word_can_be_written_with_qwen3(tokenizer: RealTokenizer) -> None:
    """lm-format-enforcer cannot write 395 of the top 3,000, है among them."""
    wordfreq = pytest.importorskip("wordfreq")
    frequent = [unicodedata.normalize("NFC", w) for w in wordfreq.top_n_list("hi", 400)]
    words = [w for w in frequent if all(unicodedata.name(c).startswith("DEVAN") for c in w)][:300]
    assert len(words) == 300
    assert "है" in words
    hindi = Lexicon(words, "hi")
    session = TokenAutomaton(
        WordPaths(hindi, tokenizer.table, tokenizer.encode), len(words), [tokenizer.stop]
    )
    before = session.start
    for token in tokenizer.encode(words[:1])[0]:
        before = session.advance(before, token)
    for word, after_a_word in ((word, spaced) for word in words for spaced in (False, True)):
        state = before if after_a_word else session.start
        for token in tokenizer.encode([" " * after_a_word + word])[0]:
            assert token in session.allowed(state), word
            state = session.advance(state, token)
        assert tokenizer.stop in session.allowed(state), word
    referee = LmfeConstraint(
        lmfe_data("qwen3"), Vocabulary("hi", hindi, len(words)), 1_000
    )._automaton
    assert referee.read("है") is None
