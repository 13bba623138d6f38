"""Capital letters, language by language.

Turkish and Azeri pair i with İ and ı with I, Greek capitals have no accents, Dutch ij is one
letter, German ß becomes SS or ẞ, and Armenian և becomes ԵՎ. `str.upper` is wrong for all of these.
This module never uses `str.casefold`, because it turns ß into ss.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

DOTTED_I_LANGUAGES = frozenset({"tr", "az"})
# Codes of a language that has the rules of another code: macrolanguages, and codes of the past.
_SAME_LANGUAGE = {
    "no": "nb",
    "tl": "fil",
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "mo": "ro",
    "sh": "sr",
}
# Stands before the capital: ʻAe.
OKINA = "ʻ"
_ARMENIAN_EV = "և"  # its capitals are two letters, and not those that Unicode has
_ACUTE = "\u0301"
_DIAERESIS = "\u0308"
# Not an apostrophe at the start: 'tis, 's avonds.
_END_OF_FIRST_PART = re.compile(r"(?<!^)[ '’-]")
_HIATUS = re.compile(rf"([ΑΕΟΥ]{_ACUTE})([ΙΥ])(?![{_ACUTE}{_DIAERESIS}])")


@lru_cache(maxsize=256)
def primary_language(tag: str) -> str:
    """Return the language whose rules a BCP-47 tag has: `es-419` -> `es`, `no` -> `nb`."""
    language = tag.replace("_", "-").split("-", 1)[0].lower()
    return _SAME_LANGUAGE.get(language, language)


def upper(text: str, language: str) -> str:
    """Return `text` in capitals, NFC."""
    primary = primary_language(language)
    if primary in DOTTED_I_LANGUAGES:
        text = text.replace("i", "İ")
    if primary == "el":
        return _greek_capitals(text)
    if primary == "ka":  # Unicode has capitals for headlines, but few fonts and no keyboards
        return unicodedata.normalize("NFC", text)
    if primary == "hy":
        text = text.replace(_ARMENIAN_EV, "եվ")
    return unicodedata.normalize("NFC", text.upper())


def lower(text: str, language: str) -> str:
    """Return `text` in lower case, NFC."""
    if primary_language(language) in DOTTED_I_LANGUAGES:
        text = text.replace("İ", "i").replace("I", "ı")
    return unicodedata.normalize("NFC", text.lower())


def capitalised(text: str, language: str) -> str:
    """Return `text` with its first letter in title case and the rest untouched, NFC.

    A word that begins with a digit (2nd) has no such spelling, nor has a letter whose capital is
    two letters (ß).
    """
    if text.isascii() and text[0].isalpha() and text[0] != "i":  # a fast path for most words
        return text[0].upper() + text[1:]
    primary = primary_language(language)
    if primary == "nl" and text[0] in "'’":  # 's Avonds: the second word takes the capital
        first, space, rest = text.partition(" ")
        return first + space + capitalised(rest, language) if rest else text
    for index, character in enumerate(text):
        if not character.isalnum() or character == OKINA:
            continue
        if not character.isalpha():
            return text
        width = 1
        if character == "i" and primary in DOTTED_I_LANGUAGES:
            title = "İ"
        elif primary == "hy" and character == _ARMENIAN_EV:
            title = "Եվ"
        elif primary == "nl" and text.startswith("ij", index):
            title, width = "IJ", 2
        else:
            title = character.title()  # not upper(): the title case of ǆ is ǅ
            if len(title) > 1:
                return text
        return unicodedata.normalize("NFC", text[:index] + title + text[index + width :])
    return text


def takes_capital(entry: str) -> bool:
    """Return whether an entry may have a capital first letter at the start of a sentence.

    Its first part must have no capital: guten Morgen and anti-American take one, iPhone does not.
    """
    first = _END_OF_FIRST_PART.split(entry, maxsplit=1)[0]
    return not has_capital(first)


def has_capital(text: str) -> bool:
    return text != text.lower()


def _greek_capitals(text: str) -> str:
    """Return Greek capitals, which have no tonos.

    Where the tonos separated two vowels, the capitals have a dialytika instead: ρολόι becomes
    ΡΟΛΟΪ. Source: the el-Upper transform of CLDR.
    """
    decomposed = unicodedata.normalize("NFD", text.upper())
    decomposed = _HIATUS.sub(rf"\1\2{_DIAERESIS}", decomposed)
    return unicodedata.normalize("NFC", decomposed.replace(_ACUTE, ""))
