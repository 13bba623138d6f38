"""Which characters an entry may have, so that a text can contain it as a word."""

from __future__ import annotations

import unicodedata

from vocab.words.orthography.pack import Orthography
from vocab.words.orthography.scripts import LETTER_SIGNS

# Marks that stand inside entries: don't, ice-cream, Sr., C++, AT&T, and/or, l·l, ई॰पू॰, צה״ל.
INNER_MARKS = frozenset("'’ʼ-‐.·/&+#॰׳״")
# The marks among these that an entry may begin or end with: 'tis, Sr., C++, C#, ג׳.
LEADING_MARKS = frozenset("'’ʼ")
TRAILING_MARKS = frozenset("'’ʼ.+#॰׳")
# The only word with a comma.
WITH_A_COMMA = frozenset({"ό,τι"})
# Words that are one sign.
SIGNS = frozenset("№")
# Persian and Indic scripts write zero-width joiners between letters.
JOINERS = frozenset("\u200c\u200d")
# How Unicode's names of the letters of these scripts begin.
_JOINING_SCRIPTS = (
    *("ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI"),
    *("ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "TIBETAN", "MYANMAR"),
    *("KHMER", "BALINESE", "JAVANESE"),
)


def why_unwritable(entry: str, orthography: Orthography) -> str | None:
    """Return the reason why no text can contain `entry` as a word, or None if a text can.

    A word consists of letters, their combining marks and digits, with single spaces and a few other
    marks inside. A language may have more marks inside its words, and suffixes that begin with one.
    """
    if entry in SIGNS:
        return None
    if not any(map(_is_letter_or_digit, entry)):
        return "it has no letter and no digit"
    if entry in orthography.suffixes or entry in orthography.hyphenated:
        return None
    for index, character in enumerate(entry):
        if _may_stand(entry, index, orthography):
            continue
        inside = 0 < index < len(entry) - 1
        name = unicodedata.name(character, "unnamed character").lower()
        where = "begin with" if index == 0 else "contain" if inside else "end with"
        code = f"U+{ord(character):04X}"
        mark = unicodedata.category(character)[0] == "M"
        if not character.isprintable() or mark:  # it cannot be seen by itself
            return f"a word cannot {where} the character {name} ({code})"
        return f"a word cannot {where} “{character}” ({name}, {code})"
    return None


def _may_stand(entry: str, index: int, orthography: Orthography) -> bool:
    """True if an entry may have its character at this index."""
    character = entry[index]
    before, after = entry[index - 1 : index], entry[index + 1 : index + 2]
    if _is_letter_or_digit(character):
        return True
    if unicodedata.category(character)[0] == "M":
        return _is_part_of_word(before) or before in JOINERS
    if character == "," and entry.lower() in WITH_A_COMMA:
        return True
    if not before:
        leads = character in LEADING_MARKS or character in orthography.suffix_marks
        return leads and after.isalnum()
    if not after:
        return character in TRAILING_MARKS
    if character in JOINERS:
        return unicodedata.name(before, "").startswith(_JOINING_SCRIPTS)
    if character in orthography.inner_marks:
        return _is_part_of_word(before) and after.isalpha() and after == after.lower()
    return character in INNER_MARKS or character == " "


def _is_part_of_word(character: str) -> bool:
    """True for letters, digits and combining marks; False for ""."""
    return _is_letter_or_digit(character) or unicodedata.category(character or " ")[0] == "M"


def _is_letter_or_digit(character: str) -> bool:
    """False for ""."""
    return character in LETTER_SIGNS or unicodedata.category(character or " ")[0] in "LN"
