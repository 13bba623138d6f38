"""Rules that drop corpus entries from a list, based on their letters and the tables."""

from __future__ import annotations

import re

from vocab.words.frequency.tables import Tables

NAME = "name"
PROFANITY = "profanity"
UNKNOWN = "not in the dictionary"

ROMAN_NUMERAL = re.compile(r"(?=[ivxlc]{2})c{0,3}(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
# Shorter ones are words too: vi is one of Spanish.
_MIN_NUMERAL = 3
# y counts as a vowel: "my", "rhythm".
_VOWELS = frozenset("aeiouyàâèéêëîïôöûüáíóú")
_THREE_ALIKE = re.compile(r"(.)\1\1")


def why_dropped(word: str, tables: Tables) -> str | None:
    """Return the cause for which a folded word is dropped, or None if it may stay.

    The order of the rules matters only for the counts: causes visible in the letters come first.
    """
    core = word
    if word in tables.prefixes:
        core = word[:-1]
    elif word in tables.suffixes:
        core = word[1:]
    elif word in tables.kept:
        return _why_in_drop_tables(word, tables)
    others = {char for char in core if char not in tables.letters}
    marks = {char for char in others if char in "'-"}
    if not core or any(not char.isalpha() for char in others - marks):
        return "digits or symbols"
    if marks - tables.marks or not _parts_are_words(core):
        return "apostrophe or hyphen out of place"
    if others - marks:
        return "letters of another language"
    if core != word:
        return None
    if len(word) >= _MIN_NUMERAL and ROMAN_NUMERAL.fullmatch(word):
        return "roman numeral"
    if len(word) == 1 and tables.one_letter is not None:
        return None if word in tables.one_letter else "single letter"
    if tables.longest is not None and len(word) > tables.longest:
        return "a phrase, not a word"
    return _why_in_drop_tables(word, tables) or _why_improbable(word, tables)


def _parts_are_words(word: str) -> bool:
    # Marks stand between letters. One hyphen makes a compound; more are debris (ha-ha-ha-ha).
    return word.count("-") <= 1 and all(re.split(r"['-]", word))


def _why_in_drop_tables(word: str, tables: Tables) -> str | None:
    if word in tables.debris:
        return "web or chat debris"
    if word in tables.misspellings:
        return "misspelling"
    if word in tables.profanity:
        return PROFANITY
    if word in tables.not_words:
        return "reviewed, not a word"
    return None


def _why_improbable(word: str, tables: Tables) -> str | None:
    if tables.without_vowels is not None:
        if _THREE_ALIKE.search(word):
            return "a letter three times running"
        if not set(word) & _VOWELS and word not in tables.without_vowels:
            return "no vowel"
    if tables.two_letters is not None and len(word) == 2 and word not in tables.two_letters:
        return "two letters, not a word"
    return None
