"""Accepted and rejected texts of each language, tested with characters, tokens and the checker.

The texts are in `tests/vocab/prose/`; docs/language.md has the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.segmented import SegmentedSession
from generation.constraint.session import ConstraintSession, State
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.constraint.real_tokenizers import RealTokenizer, real_tokenizer
from tests.vocab.prose_tables import MORE, Section, Text, read_table, tables
from vocab.words.orthography import PACKS

# The least number of accepted and of rejected texts: with a starter list, and without.
LEAST_TEXTS = (40, 40)
LEAST_TEXTS_MORE = (14, 6)
TABLES = {table.language: table for table in tables()}
WITH_TOKENIZER = [(table.language, name) for table in TABLES.values() for name in table.tokenizers]


# --- three ways ----------------------------------------------------------------------------------


def written_by_characters(text: Text) -> bool:
    automaton = text.section.vocabulary.automaton
    state, judge = automaton.read(text.text), text.section.vocabulary.segment_verifier
    listed = judge is None or judge.accepts(text.text)
    return state is not None and automaton.can_end(state) and listed


def written_by_tokens(text: Text, tokenizer: RealTokenizer) -> bool:
    """True if some sequence of allowed tokens has the text's bytes and a stop after it."""
    automaton = token_automaton(text.section, tokenizer.name)
    data = text.text.encode()
    states: list[set[State]] = [set() for _ in range(len(data) + 1)]
    states[0].add(automaton.start)
    for start in range(len(data)):
        for state in states[start]:
            if isinstance(automaton, SegmentedSession) and automaton.is_lost(state):
                continue
            allowed = automaton.allowed(state)
            for token in tokens_at(data, start, tokenizer):
                if np.any(allowed == token):
                    end = start + len(tokenizer.table.bytes_of[token])
                    states[end].add(automaton.advance(state, token))
    return any(np.any(automaton.allowed(state) == tokenizer.stop) for state in states[-1])


def reported_words(text: Text) -> tuple[str, ...]:
    report = text.section.vocabulary.checker.report(text.text)
    return (*report.out_of_list, *(piece for piece, _ in report.out_of_style))


def tokens_at(data: bytes, start: int, tokenizer: RealTokenizer) -> list[int]:
    """Return every token whose bytes come next."""
    by_bytes = tokens_by_bytes(tokenizer.name)
    longest = min(len(data) - start, tokenizer.table.sizes.max())
    return [
        token
        for size in range(1, longest + 1)
        for token in by_bytes.get(data[start : start + size], ())
    ]


@cache
def tokens_by_bytes(name: str) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for token, encoded in real_tokenizer(name).table.bytes_of.items():
        found.setdefault(encoded, []).append(token)
    return found


@cache
def token_automaton(section: Section, name: str) -> ConstraintSession:
    tokenizer, vocabulary = real_tokenizer(name), section.vocabulary
    if not vocabulary.spaced:
        table = tokens_of_texts(section.language, name)
        stops = [tokenizer.stop]
        spelling = SpellingAutomaton(vocabulary.automaton, table, TokenByteTrie(table), stops)
        if vocabulary.segment_verifier is None:
            return spelling
        return SegmentedSession(spelling, table, vocabulary.segment_verifier, np.array(stops))
    paths = WordPaths(vocabulary.lexicon, tokenizer.table, tokenizer.encode)
    return TokenAutomaton(paths, vocabulary.n_words, [tokenizer.stop], style=vocabulary.style)


@cache
def tokens_of_texts(language: str, name: str) -> TokenTable:
    """Return the tokens that occur in a text of the table, and the tokens of one byte.

    Whether a token is allowed does not depend on the others, and mask rows for all tokens of a
    tokenizer would take too long. With the single bytes every begun word can end, as with all
    tokens: after the T of 5T恤, which may begin 5TB, a B follows.
    """
    pieces = {
        data[start:end]
        for data in (text.text.encode() for text in TABLES[language].texts)
        for start in range(len(data))
        for end in range(start + 1, len(data) + 1)
    }
    table = copy(real_tokenizer(name).table)
    table.bytes_of = {
        token: each for token, each in table.bytes_of.items() if len(each) == 1 or each in pieces
    }
    return table


# --- the tables ----------------------------------------------------------------------------------


def wrong(language: str, is_right: Callable[[Text], bool]) -> list[str]:
    """Return a message for each line of a table with another result than expected."""
    return [
        f"{language}.txt, line {text.line}: {text.text!r} should be"
        f" {'accepted' if text.accepted else 'rejected'} ({text.why})"
        for text in TABLES[language].texts
        if not is_right(text)
    ]


@pytest.mark.parametrize("language", TABLES)
def test_character_by_character(language: str) -> None:
    assert wrong(language, lambda text: written_by_characters(text) is text.accepted) == []


@pytest.mark.parametrize(("language", "name"), WITH_TOKENIZER)
def test_token_by_token(language: str, name: str) -> None:
    tokenizer = real_tokenizer(name)
    assert wrong(language, lambda text: written_by_tokens(text, tokenizer) is text.accepted) == []


@pytest.mark.parametrize("language", TABLES)
def test_the_checker_finds_the_words_off_the_list(language: str) -> None:
    def is_right(text: Text) -> bool:
        reported = set(reported_words(text))
        return reported >= set(text.reported) and not (text.accepted and reported)

    assert wrong(language, is_right) == []


def test_every_pack_has_a_table_with_enough_texts() -> None:
    assert set(TABLES) == set(PACKS)
    for language, table in TABLES.items():
        counts = Counter(text.accepted for text in table.texts)
        more = (MORE / f"{language}.txt").exists()
        accepted, rejected = LEAST_TEXTS_MORE if more else LEAST_TEXTS
        assert counts[True] >= accepted, (language, counts)
        assert counts[False] >= rejected, (language, counts)
        assert all(text.why for text in table.texts), language


def test_no_text_stands_twice_under_one_list() -> None:
    texts = Counter((each.section, each.text) for table in TABLES.values() for each in table.texts)
    assert [text for (_, text), count in texts.items() if count > 1] == []


@pytest.mark.parametrize("line", ["The dog.", "! The cat.", "+ a => b", "== x: numbers", "? a"])
def test_the_reader_names_the_line_it_cannot_read(tmp_path: Path, line: str) -> None:
    path = tmp_path / "en.txt"
    path.write_text(f"words: a b\n+ a\n{line}\n")
    with pytest.raises(ValueError, match=r"en\.txt, line 3"):
        read_table(path)
