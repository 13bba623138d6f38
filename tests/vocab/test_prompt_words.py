"""The words of a user's messages that a reply may use."""

from __future__ import annotations

import pytest

from vocab.words.checker.word_checker import WordChecker
from vocab.words.orthography import Style, orthography_for
from vocab.words.prompt_words import prompt_words

ENTRIES = ("write", "a", "story", "about", "and", "his", "dog", "rose", "l'", "homme", "it", "is")


def found(*texts: str, names: bool = False, words: bool = False, language: str = "en") -> list[str]:
    checker = WordChecker(ENTRIES, orthography_for(language), Style())
    facts = orthography_for(language)
    return list(prompt_words(texts, checker, set(ENTRIES), facts, names=names, words=words))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write a story about Lucía and his dog Toby.", ["Lucía", "Toby"]),
        ("Dragons and a dog. Castles.", []),  # a capital that the sentence gives
        ("It is a dog.\n“Castles!” «Towers»", []),
        ("a story: Dragons", []),
        ("about Rose and a rose", ["Rose"]),  # listed as another word
        ("about NASA, about NASA", ["NASA"]),
        ("about 3D and X-15", ["X-15"]),
        ("about O’Neil", ["O'Neil"]),
        ("about dragons", []),
        ("", []),
    ],
)
def test_names_have_a_capital_inside_a_sentence(text: str, expected: list[str]) -> None:
    assert found(text, names=True) == expected


def test_all_words_lose_the_capital_of_the_sentence() -> None:
    text = "Dragons about Toby and castles. castles"
    assert found(text, words=True) == ["dragons", "Toby", "castles"]
    assert found("Toby is a dog. about Toby", words=True) == ["toby", "Toby"]


def test_listed_parts_of_a_word_are_not_added() -> None:
    assert found("l'homme et l'arbre", words=True, language="fr") == ["et", "arbre"]
    assert found("about Ana's castle", words=True) == ["Ana", "castle"]


def test_several_messages() -> None:
    assert found("about Ana", "about Ana and Toby", names=True) == ["Ana", "Toby"]
    assert found("about Ana and castles") == []
