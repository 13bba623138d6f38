"""Which words real tokenizers can write after a space: the first N entries of the list."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from generation.constraint.canonical.word_paths import WordsKey
from tests.generation.constraint.real.lists import WHOLE, canonical, first, paths
from tests.generation.constraint.real_tokenizers import RealTokenizer
from tests.vocab.definition import spellings
from tests.vocab.styles import style_of
from vocab.words.orthography import orthography_for
from vocab.words.trie import NO_RANK
from vocab.words.word_forms import FORM_CLASSES, LetterCase, Role


@pytest.mark.parametrize("case", LetterCase)
@pytest.mark.parametrize("language", WHOLE)
def test_the_words_after_a_space_are_the_first_n_entries(
    tokenizer: RealTokenizer, language: str, case: LetterCase
) -> None:
    found: dict[str, int] = {}
    for form_class in FORM_CLASSES:
        if (form_class.role, form_class.case) != (Role.WORD, case):
            continue
        found_here = paths(tokenizer.name, language).of(WordsKey(" ", form_class))
        if found_here is None:
            continue
        trie = found_here.trie
        spelt = [b""] * trie.node_count
        for node in range(trie.node_count):
            below = trie.children(node)
            for child in range(below.start, below.stop):
                spelt[child] = spelt[node] + tokenizer.table.bytes_of[int(trie.label[child])]
        for node in map(int, np.flatnonzero(trie.rank < NO_RANK)):
            found[spelt[node].decode()] = int(trie.rank[node])
        # A word that goes on below must be in reach: no node on its way is cut off.
        for n in (1, 100, 1_000):
            best = trie.best_rank <= n
            assert not (best & (trie.rank > n) & ~_has_child(trie, best)).any()
    for n in (1, 100, 1_000, 3_000, 20_000):
        kinds = spellings(first(language, n), orthography_for(language))
        expected = {
            " " + form
            for kind, forms in kinds.items()
            if kind.startswith(f"word {case.name.lower()}")
            for form in forms
        }
        assert {text for text, rank in found.items() if rank <= n} == expected


def _has_child(trie: Any, best: Any) -> Any:
    parents = np.repeat(np.arange(trie.node_count), np.diff(trie.first_child))
    found = np.zeros(trie.node_count, bool)
    found[parents[best[1:]]] = True
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_walking_after_a_space_meets_the_first_hundred_entries(
    tokenizer: RealTokenizer, language: str
) -> None:
    words = first(language, 100)
    style = style_of(numbers="none", punctuation="minimal")
    session, table = canonical(tokenizer, language, 100, style), tokenizer.table
    state = session.start
    for token in tokenizer.encode([words[0]])[0]:
        state = session.advance(state, token)
    found, pending = set(), [(state, b"")]
    while pending:
        state, text = pending.pop()
        allowed = session.allowed(state).tolist()
        if len(text) > 1 and tokenizer.stop in allowed:
            found.add(text.decode())
        for token in allowed:
            word = text + table.bytes_of.get(token, b"")
            # A word begins with a space and goes on with letters.
            if word != text and re.fullmatch(r" [\w'’\ufffd]*", word.decode(errors="replace")):
                pending.append((session.advance(state, token), word))
    # What attaches comes after each of them, and is no word of its own.
    kinds = spellings(words, orthography_for(language))
    plain = {form for kind in ("word plain ", "word plain '") for form in kinds.get(kind, ())}
    assert {" " + word for word in plain if re.fullmatch(r"[\w']+", word)} <= found
    ends = tuple(suffix for kind, forms in kinds.items() if "suffix" in kind for suffix in forms)
    written = {" " + form for kind, forms in kinds.items() if "plain" in kind for form in forms}
    assert {word for word in found - written if not word.endswith(ends)} == set()
