"""Token paths of words: the tokenizer's own, and what stands in where it has none."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from generation.constraint.canonical.token_automaton import TokenAutomaton
from generation.constraint.canonical.word_paths import (
    SPACE,
    Preceding,
    WordPaths,
    joined_marks,
    with_other_paths,
)
from generation.constraint.tokenizer.encode_words import WordEncoder, every_path
from generation.constraint.tokenizer.token_bytes import TokenTable
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.trie import NO_RANK, ROOT, RankTrie, build_trie
from vocab.words.word_forms import FormClass, LetterCase, Role

TABLE = tiny.loaded().table
WORDS = ["hola", "la", "casa", "es", "niño", "grande", "como", "sin embargo"]
STOP = tiny.loaded().stop_ids[0]


PLAIN = FormClass(Role.WORD, LetterCase.PLAIN, "")


def encode(texts: Sequence[str]) -> list[list[int]]:
    return tiny.loaded().encode(texts)


def lower_case(texts: Sequence[str]) -> list[list[int]]:
    """A tokenizer that normalises: capitals are lost."""
    return encode([text.lower() for text in texts])


def paths_of(trie: RankTrie | None) -> dict[tuple[int, ...], int]:
    """Return every path in a trie with its rank."""
    assert trie is not None
    found = {}
    pending: list[tuple[int, tuple[int, ...]]] = [(ROOT, ())]
    while pending:
        node, path = pending.pop()
        if trie.rank[node] < NO_RANK:
            found[path] = int(trie.rank[node])
        below = trie.children(node)
        pending += [(k, (*path, int(trie.label[k]))) for k in range(below.start, below.stop)]
    return found


def trie_of(spellings: WordEncoder, before: str) -> RankTrie:
    (found,) = spellings.paths([before])
    (lengths, symbols), ranks = with_other_paths(spellings, before, found)
    return build_trie(symbols, lengths, ranks)


def test_the_trie_holds_exactly_the_tokenizers_paths() -> None:
    forms = Lexicon(WORDS, "es").forms(PLAIN)
    trie = trie_of(WordEncoder(forms, encode, TABLE), SPACE)
    expected = {tuple(encode([SPACE + form])[0]): rank for form, rank in forms.items()}
    assert paths_of(trie) == expected


def spelt_by(text: str) -> set[tuple[int, ...]]:
    """Return every sequence of tokens with these bytes, found by cutting them in every way."""
    data = text.encode()
    found = set()
    for pieces in range(1, len(data) + 1):
        for cuts in itertools.combinations(range(1, len(data)), pieces - 1):
            parts = [data[a:b] for a, b in itertools.pairwise([0, *cuts, len(data)])]
            if all(part in TABLE.ids_of for part in parts):
                found.add(tuple(TABLE.ids_of[part] for part in parts))
    return found


@pytest.mark.parametrize("before", ["", SPACE])
def test_a_word_that_the_tokenizer_has_no_path_for_may_be_spelt_in_any_way(before: str) -> None:
    trie = trie_of(WordEncoder({"la": 1, "Hola": 2, "Niño": 3}, lower_case, TABLE), before)
    expected = {tuple(encode([before + "la"])[0]): 1}  # which has one of its own
    for text, rank in {"Hola": 2, "Niño": 3}.items():
        expected |= dict.fromkeys(spelt_by(before + text), rank)
    assert len(expected) > 3
    assert paths_of(trie) == expected


def test_the_more_words_lack_a_path_the_fewer_each_may_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("generation.constraint.canonical.word_paths.MAX_OTHER_PATHS", 6)
    forms = {"Grande": 1, "Hola": 2, "Niñola": 3}
    trie = trie_of(WordEncoder(forms, lower_case, TABLE), "")
    found = paths_of(trie)
    for text, rank in forms.items():
        sizes = sorted(len(path) for path in spelt_by(text))
        assert len(sizes) > 2
        assert sorted(len(path) for path, its in found.items() if its == rank) == sizes[:2]
        assert {path for path, its in found.items() if its == rank} <= spelt_by(text)


@pytest.mark.parametrize("text", ["hola", " casa", "niño", "Ñ", "词", "x"])
@pytest.mark.parametrize("most", [1, 3, 1000])
def test_every_path_is_found_the_shortest_first(text: str, most: int) -> None:
    expected = spelt_by(text)
    found = every_path(text, TABLE, most)
    assert len(found) == len(set(found)) == min(most, len(expected))
    assert expected.issuperset(found)
    assert [len(path) for path in found] == sorted(map(len, expected))[:most]


def test_a_text_that_no_tokens_spell_has_no_path() -> None:
    vocabulary = {"bytes_of": {1: b"ab"}}
    table = type("Table", (), {**vocabulary, "ids_of": {b"ab": 1}})()
    assert every_path("aba", table, 10) == []


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
        """Return a table whose tokens begin with these."""
        may_join = SimpleNamespace(may_join=lambda mark, letter: mark + letter in joining)
        return cast(TokenTable, may_join)

    assert joined_marks(WORDS, joins, table("(c", "(h", "“c"), ["(", "“"]) == {
        (Preceding.NOTHING, "(")
    }
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
