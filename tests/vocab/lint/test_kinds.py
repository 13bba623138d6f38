"""What each kind finds, what it leaves alone, and what its fix does."""

from __future__ import annotations

from pathlib import Path

import pytest

from vocab.lint.finding import Finding
from vocab.lint.kinds import spelling
from vocab.lint.report import lint
from vocab.words.frequency.dictionary import DIRECTORY

COMMON = ["the", "of", "school", "is", "was", "house", "has", "said"]


def finding_of(kind: str, words: list[str], language: str = "en") -> Finding | None:
    found = {finding.kind: finding for finding in lint(words, language).findings}
    return found.get(kind)


def fixed(kind: str, words: list[str], language: str = "en") -> list[str]:
    finding = finding_of(kind, words, language)
    assert finding is not None, f"nothing of the kind {kind} was found"
    return finding.fixed(words)


@pytest.mark.parametrize(
    ("kind", "language", "words", "after"),
    [
        ("ligatures", "en", ["ﬁnd", "oﬀer", "dog"], ["find", "offer", "dog"]),
        ("ligatures", "en", ["ｄｏｇ", "dog"], ["dog"]),
        ("ligatures", "nl", ["ĳs"], ["ijs"]),
        ("ligatures", "ja", ["ｶﾞｯｺｳ"], ["ガッコウ"]),
        ("script", "en", ["dog", "dоg", "собака", "犬"], ["dog"]),  # the second has Cyrillic о
        ("script", "en", ["hоuse"], ["house"]),
        ("script", "ru", ["собака", "мoре", "the"], ["собака", "море"]),  # a Latin o
        ("script", "zh", ["学校", "the", "T恤"], ["学校", "T恤"]),
        ("numbers", "en", ["dog", "1984", "2", "MP3", "3.5"], ["dog", "MP3"]),
        ("numbers", "hi", ["घर", "२०"], ["घर"]),
        ("letters", "en", ["a", "I", "i", "b", "X", "dog"], ["a", "I", "i", "dog"]),
        ("letters", "es", ["y", "o", "u", "e", "a", "k"], ["y", "o", "u", "e", "a"]),
        ("letters", "fr", ["l", "d", "à", "k"], ["l", "d", "à"]),  # l is l'
        ("letters", "ru", ["я", "в", "г"], ["я", "в"]),
        (
            "contractions",
            "en",
            ["you", "'t", "don", "can", "isn", "ll", "dog"],
            ["you", "don't", "can", "can't", "isn't", "'ll", "dog"],
        ),
        (
            "casing",
            "en",
            ["i", "monday", "london", "i'll", "tv", "dog", "rose"],
            ["I", "Monday", "London", "I'll", "TV", "dog", "rose"],
        ),
        ("casing", "en", ["The", "House", "Monday", "of"], ["the", "house", "Monday", "of"]),
        ("casing", "en", ["HELLO", "HOUSE", "BBC"], ["hello", "house", "BBC"]),
        (
            "casing",
            "de",
            ["haus", "kind", "essen", "gehen"],
            ["Haus", "Kind", "essen", "gehen"],
        ),
        ("casing", "tr", ["istanbul", "ılık"], ["İstanbul", "ılık"]),
        ("casing", "cy", ["cymraeg", "ci"], ["Cymraeg", "ci"]),  # by CLDR: there is no list
        ("misspellings", "en", ["dont", "alot", "dog"], ["don't", "dog"]),
        ("misspellings", "es", ["tambien", "dia"], ["también", "día"]),
        ("misspellings", "fr", ["coeur", "qui"], ["cœur", "qui"]),
        ("misspellings", "it", ["perchè", "qual'è"], ["perché"]),
        ("profanity", "en", ["dog", "shit", "Fuck"], ["dog"]),
        ("profanity", "de", ["Hund", "scheiße"], ["Hund"]),
        ("names", "en", ["dog", "John", "obama", "rose", "Mark"], ["dog", "rose", "Mark"]),
        ("names", "es", ["perro", "juan"], ["perro"]),
    ],
)
def test_what_a_fix_does(kind: str, language: str, words: list[str], after: list[str]) -> None:
    assert fixed(kind, words, language) == after
    assert finding_of(kind, after, language) is None


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        ("ligatures", "th", ["น้ำ", "ทำ"]),
        ("ligatures", "es", ["1º", "niño"]),
        ("script", "es", ["1ª", "2º", "niño"]),
        ("script", "ja", ["食べ", "テレビ", "時々", "Tシャツ"]),
        ("script", "el", ["σπίτι", "μ"]),
        ("letters", "zh", ["我", "你"]),
        ("contractions", "en", ["did", "n't", "do", "the"]),
        ("contractions", "en", ["don", "the", "haven", "s"]),  # one may be a word
        ("contractions", "fr", ["don", "'t", "isn", "doesn"]),
        ("casing", "de", ["Gehen", "Haus", "leben", "Leben"]),
        ("casing", "en", ["Rose", "rose", "the", "of", "house"]),
        ("casing", "es", ["lunes", "enero", "español"]),
        ("casing", "fr", ["français", "lundi"]),
        ("names", "en", ["mark", "rose", "will"]),
    ],
)
def test_what_is_left_alone(kind: str, language: str, words: list[str]) -> None:
    assert finding_of(kind, words, language) is None


def test_a_language_without_data_is_named() -> None:
    unchecked = lint(["ci", "cath"], "cy").unchecked
    assert unchecked["names"] == "the project has no table of names in Welsh"
    assert unchecked["inflections"].endswith("inflected forms of Welsh")
    assert "casing" not in unchecked
    unchecked = lint(["a", "b"], "qaa").unchecked
    assert unchecked["script"] == "the script of qaa is not known here"


def test_changes_are_shown_as_a_person_reads_them() -> None:
    finding = finding_of("contractions", ["can", "'t", "isn", "ll"])
    assert finding is not None
    assert list(map(str, finding.changes)) == ["can + can't", "'t", "isn → isn't", "ll → 'll"]
    assert finding.count == 4


# --- spelling ------------------------------------------------------------------------------------


@pytest.mark.skipif(
    not (DIRECTORY / "de_DE_frami.dic").is_file(), reason="needs hunspell's dictionaries"
)
def test_the_dictionary_decides_spelling() -> None:
    words = ["Haus", "strasse", "bahnhofshalle", "xqzt", "z. B.", "Peter", "b", "1984", "ghz"]
    assert fixed("spelling", words, "de") == [
        *("Haus", "Straße", "Bahnhofshalle", "z. B.", "Peter", "b", "1984", "ghz")
    ]


@pytest.mark.skipif(not (DIRECTORY / "tr_TR.dic").is_file(), reason="needs hunspell's dictionaries")
def test_a_word_that_the_tables_keep_is_right() -> None:
    """The Turkish dictionary does not know it, and the list by frequency is too short for it."""
    assert fixed("spelling", ["büyükbabası", "büyükbabısı"], "tr") == ["büyükbabası"]


def test_a_missing_dictionary_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "DIRECTORY", tmp_path)
    report = lint(["the", "dog"], "en")
    assert report.unchecked["spelling"].startswith("there is no hunspell dictionary of English in")
    assert "hunspell-en" in report.unchecked["spelling"]


def test_the_country_chooses_the_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dictionary of three words, made here."""
    monkeypatch.setattr(spelling, "DIRECTORY", tmp_path)
    monkeypatch.setattr("vocab.words.frequency.dictionary.DIRECTORY", tmp_path)
    for name, word in (("xx_US", "color"), ("en_GB", "colour"), ("en_US", "color")):
        (tmp_path / f"{name}.aff").write_text("SET UTF-8\n", encoding="utf-8")
        (tmp_path / f"{name}.dic").write_text(f"2\n{word}qq\nparaqq\n", encoding="utf-8")
    words = ["colorqq", "colourqq", "paraqq", "the"]
    spelling._dictionary.cache_clear()
    assert fixed("spelling", words, "en") == ["colorqq", "paraqq", "the"]
    assert fixed("spelling", words, "en-GB") == ["colourqq", "paraqq", "the"]
    spelling._dictionary.cache_clear()
