"""Token paths of words: the tokenizer's own, and what stands in where it has none."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from generation.constraint.automaton import TokenAutomaton
from generation.constraint.encoding import Spellings, shortest_path
from generation.constraint.paths import SPACE, Left, WordPaths, joined_marks, word_tries
from generation.constraint.tokens import TokenTable
from tests.generation import tiny
from vocab.words.forms import FormClass, LetterCase, Role
from vocab.words.lexicon import Lexicon
from vocab.words.trie import ROOT

TABLE = tiny.loaded().table
WORDS = ["hola", "la", "casa", "es", "niño", "grande", "como", "sin embargo"]
STOP = tiny.loaded().stop_ids[0]


PLAIN = FormClass(Role.WORD, LetterCase.PLAIN, "")


def encode(texts: Sequence[str]) -> list[list[int]]:
    return tiny.loaded().encode(texts)


def lower_case(texts: Sequence[str]) -> list[list[int]]:
    """A tokenizer that normalises: capitals are lost."""
    return encode([text.lower() for text in texts])


def test_the_trie_holds_exactly_the_tokenizers_paths() -> None:
    lexicon = Lexicon(WORDS, "es")
    (trie,) = word_tries(Spellings(lexicon.forms(PLAIN), encode, TABLE), [SPACE])
    assert trie is not None
    found = {}
    pending: list[tuple[int, tuple[int, ...]]] = [(ROOT, ())]
    while pending:
        node, path = pending.pop()
        if trie.rank[node] <= len(WORDS):
            found[path] = int(trie.rank[node])
        below = trie.children(node)
        pending += [(k, (*path, int(trie.label[k]))) for k in range(below.start, below.stop)]
    forms = lexicon.forms(PLAIN)
    assert found == {tuple(encode([SPACE + form])[0]): rank for form, rank in forms.items()}


def test_a_word_whose_own_path_does_not_spell_it_gets_the_shortest_one() -> None:
    lexicon = Lexicon(["Hola"], "es")
    (trie,) = word_tries(Spellings(lexicon.forms(PLAIN), lower_case, TABLE), [""])
    assert trie is not None
    node: int | None = ROOT
    for token in shortest_path("Hola", TABLE) or []:
        assert node is not None
        node = trie.child(node, token)
    assert node is not None
    assert trie.rank[node] == 1
    assert trie.child(ROOT, lower_case(["Hola"])[0][0]) is None


@pytest.mark.parametrize("text", ["hola", " casa", "niño", "Ñ", "词", "x"])
def test_the_shortest_path_is_the_shortest(text: str) -> None:
    path = shortest_path(text, TABLE)
    assert path is not None
    assert TABLE.text(path) == text.encode()
    data = text.encode()
    for pieces in range(1, len(path)):
        for cuts in itertools.combinations(range(1, len(data)), pieces - 1):
            edges = [0, *cuts, len(data)]
            parts = [data[a:b] for a, b in itertools.pairwise(edges)]
            assert not all(part in TABLE.ids_of for part in parts)


def test_a_text_that_no_tokens_spell_has_no_path() -> None:
    vocabulary = {"bytes_of": {1: b"ab"}}
    table = type("Table", (), {**vocabulary, "ids_of": {b"ab": 1}})()
    assert shortest_path("aba", table) is None


def test_this_tokenizer_joins_no_mark_to_letters() -> None:
    assert joined_marks(WORDS, encode, TABLE, list('"(«“—')) == frozenset()


def test_a_mark_that_shares_a_token_with_a_letter_is_joined() -> None:
    def joins(texts: Sequence[str]) -> list[list[int]]:
        """Like `encode`, but `(h` is one token."""
        return [
            [999, *encode([text[2:]])[0]] if text.startswith("(h") else encode([text])[0]
            for text in texts
        ]

    def table(*joining: str) -> TokenTable:
        """One with tokens that begin so."""
        may_join = SimpleNamespace(may_join=lambda mark, letter: mark + letter in joining)
        return cast(TokenTable, may_join)

    assert joined_marks(WORDS, joins, table("(c", "(h", "“c"), ["(", "“"]) == {(Left.NOTHING, "(")}
    assert joined_marks(WORDS, joins, table("(c", "“c"), ["(", "“"]) == frozenset()
    assert joined_marks(WORDS, joins, table(), ["("]) == frozenset()


def test_a_rows_parts_have_no_token_in_common() -> None:
    paths = WordPaths(Lexicon([*WORDS, "sin", "embargo"], "es"), TABLE, encode)
    automaton = TokenAutomaton(paths, 10, [STOP])
    state = automaton.start
    for token in encode(["hola sin"])[0]:
        state = automaton.advance(state, token)
    allowed = automaton.allowed(state).tolist()
    assert len(allowed) == len(set(allowed))
    assert encode([" embargo"])[0][0] in allowed
