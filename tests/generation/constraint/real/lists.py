"""Word lists with real tokenizers, and the automata of both.

The tests of a tokenizer run language after language (`conftest.py`), so only one language is kept.
"""

from __future__ import annotations

import os
import random
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from generation.constraint.any_tokens.spelling_automaton import SpellingAutomaton, TokenByteTrie
from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import WordPaths
from tests.generation.constraint.oracle import TokenTree
from tests.generation.constraint.real_tokenizers import NAMES, RealTokenizer, real_tokenizer
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, orthography_for
from vocab.words.parse import parse
from vocab.words.starter_lists import languages
from vocab.words.vocabulary import Vocabulary

# How many times longer the walks and the texts are with `make test-long`.
LENGTH = 4 if "LONG_WALKS" in os.environ else 1
STARTERS = languages()
LANGUAGES = ["en", "es", "fr", "de", "hi", "ja"]
# Lists that are looked at whole: with words that attach, with other casing, with other letters.
WHOLE = ["en", "es", "fr", "tr", "el", "hi"]
# Every starter list with one tokenizer each, and the first two with all.
LISTS_AND_TOKENIZERS = [
    (language, name)
    for index, language in enumerate(STARTERS)
    for name in (NAMES if language in ("en", "es") else [NAMES[index % len(NAMES)]])
]
UNSPACED = [language for language in STARTERS if not orthography_for(language).spaced]


@lru_cache(maxsize=1)
def entries(language: str) -> tuple[str, ...]:
    path = Path(settings.BASE_DIR, "wordlists", f"{language}.txt")
    return tuple(parse(path.read_bytes()).words)


def first(language: str, n: int = 1_000) -> tuple[str, ...]:
    return entries(language)[:n]


@lru_cache(maxsize=1)
def lexicon(language: str) -> Lexicon:
    """Of a language without spaces: with its characters as words, which is the default style."""
    characters = not orthography_for(language).spaced
    return Lexicon(entries(language), language, characters=characters)


def vocabulary(language: str, n: int = 1_000) -> Vocabulary:
    return Vocabulary(language, lexicon(language), min(n, len(lexicon(language))))


@lru_cache(maxsize=1)
def paths(name: str, language: str) -> WordPaths:
    tokenizer = real_tokenizer(name)
    return WordPaths(lexicon(language), tokenizer.table, tokenizer.encode)


def canonical(
    tokenizer: RealTokenizer, language: str, n: int = 1_000, style: Style | None = None
) -> TokenAutomaton:
    n = min(n, len(lexicon(language)))
    return TokenAutomaton(paths(tokenizer.name, language), n, [tokenizer.stop], style=style)


@cache
def token_tree(name: str) -> TokenTree:
    return TokenTree(real_tokenizer(name).table.bytes_of)


@cache
def byte_trie(name: str) -> TokenByteTrie:
    return TokenByteTrie(real_tokenizer(name).table)


def spelling(tokenizer: RealTokenizer, language: str, n: int = 1_000) -> SpellingAutomaton:
    automaton = vocabulary(language, n).automaton
    return SpellingAutomaton(
        automaton, tokenizer.table, byte_trie(tokenizer.name), [tokenizer.stop]
    )


@cache
def mark_tokens(name: str) -> frozenset[int]:
    """Return the tokens without a letter. Part of a character does not count as one."""
    return frozenset(
        token
        for token, encoded in real_tokenizer(name).table.bytes_of.items()
        if not any(c.isalnum() or c == "\ufffd" for c in encoded.decode(errors="replace"))
    )


@cache
def marks_table(name: str) -> npt.NDArray[np.bool_]:
    """[ids]: `mark_tokens` as an array."""
    tokenizer = real_tokenizer(name)
    table = np.zeros(max(*tokenizer.table.bytes_of, *tokenizer.added) + 1, np.bool_)
    table[list(mark_tokens(name))] = True
    return table


def chosen(choice: random.Random, tokenizer: RealTokenizer, ways: set[int]) -> int:
    """Choose a token; half of the time one of marks, which would otherwise be one in a thousand."""
    marks = ways & mark_tokens(tokenizer.name)
    return choice.choice(sorted(marks if marks and choice.random() < 0.5 else ways))


# What takes memory for a tokenizer.
CACHES_OF_TOKENIZERS = (paths, token_tree, byte_trie, mark_tokens, marks_table)
