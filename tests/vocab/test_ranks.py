"""The checker tells the rank of each spelling that a list allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from vocab.words.checker.listed_words import ListedWords
from vocab.words.orthography import Style, Units, orthography_for


@pytest.mark.parametrize(
    ("language", "entries", "ranks"),
    [
        ("en", ["the", "dog", "Dog", "THE"], {"the": 1, "The": 1, "THE": 1, "Dog": 2, "DOG": 2}),
        ("en", ["a", "may", "i", "monday"], {"May": 2, "may": 2, "I": 3, "i": None, "Monday": 4}),
        ("en", ["dog", "dog"], {"dog": 1}),
        ("de", ["groß", "Straße"], {"GROSS": 1, "GROẞ": 1, "STRASSE": 2, "strasse": None}),
        ("el", ["ο", "λόγοσ"], {"λόγος": 2, "Λόγος": 2, "ΛΟΓΟΣ": 2, "λόγοσ": None}),
        ("tr", ["ilk", "ılık"], {"İlk": 1, "ILIK": 2, "Ilk": None}),
        ("ru", ["вы"], {"Вы": 1, "вы": 1, "ВЫ": 1}),
        ("nl", ["een", "ijs"], {"IJs": 2, "Ijs": None, "IJS": 2}),
        ("id", ["anak", "buku"], {"buku-buku": 2, "Anak-anak": 1}),
        ("fr", ["a", "le", "l'", "d'"], {"l'": 3, "L'": 3, "D'": 4, "l": None}),
        ("hy", ["և", "տուն"], {"Եվ": 1, "Տուն": 2}),
    ],
)
def test_each_spelling_has_the_best_rank(
    language: str, entries: list[str], ranks: dict[str, int | None]
) -> None:
    listed = ListedWords(entries, orthography_for(language), Style())
    assert {spelling: listed.rank_of(spelling) for spelling in ranks} == ranks


def test_a_character_has_the_rank_of_the_first_entry_with_it() -> None:
    style = Style(units=Units.CHARACTERS)
    listed = ListedWords(["学校", "学生", "生"], orthography_for("zh"), style)
    assert [listed.rank_of(each) for each in "学校生人"] == [1, 1, 2, None]


@pytest.mark.parametrize("language", ["en", "de", "tr", "el", "nl", "ru"])
def test_a_rank_is_the_number_of_first_words_that_are_enough(language: str) -> None:
    """The oracle: a list of the first n words has the spelling from n = rank on."""
    lines = Path(f"wordlists/{language}.txt").read_text().splitlines()
    words = [line for line in lines if line and not line.startswith("#")][:300]
    facts = orthography_for(language)
    listed = ListedWords(words, facts, Style())
    lists = [ListedWords(words[:n], facts, Style()) for n in range(301)]
    spellings = {each for word in words for each in (word, word.title(), word.upper())}
    for spelling in spellings:
        first = next((n for n, each in enumerate(lists) if each.lists(spelling)), None)
        assert listed.rank_of(spelling) == first, spelling
