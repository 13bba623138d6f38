from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.editing.search import Found, find, folded


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("strasse", "Straße"),
        ("STRASSE", "straße"),
        ("straße", "Strasse"),
        ("ano", "año"),
        ("año", "AÑO"),
        ("istanbul", "İstanbul"),
        ("ISPARTA", "Isparta"),
        ("isik", "ışık"),
        ("IŞIK", "ışık"),
        ("lodz", "Łódź"),
        ("λογος", "λόγος"),
        ("ΛΟΓΟΣ", "λόγος"),
        ("елка", "ёлка"),
        ("احمد", "أَحمد"),
        ("coeur", "cœur"),
        ("l'eau", "l’eau"),
        ("new  york", "New York"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_case_and_accents_do_not_matter(query: str, word: str) -> None:
    assert find(["otro", word], query) == [Found(2, word)]


@pytest.mark.parametrize(("query", "word"), [("कि", "कु"), ("กิ", "กุ"), ("が", "か")])
def test_a_vowel_sign_is_a_letter_and_no_accent(query: str, word: str) -> None:
    assert find([word], query) == []


def test_an_entry_that_is_the_query_comes_first_and_the_rest_by_rank() -> None:
    words = ["Paraguay", "agua", "sed", "Agua", "aguas"]
    assert [found.rank for found in find(words, "agua")] == [2, 4, 1, 5]


def test_an_empty_query_finds_all() -> None:
    assert find(["b", "a"], "  ") == [Found(1, "b"), Found(2, "a")]


@given(st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=8)))
def test_a_word_is_found_by_itself(words: list[str]) -> None:
    words = [unicodedata.normalize("NFC", word.strip()) for word in words]
    words = [word for word in words if " ".join(word.split()) == word and folded(word)]
    for rank, word in enumerate(words, 1):
        assert Found(rank, word) in find(words, word)
