"""Which script the words of a language are written in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from vocab.words.language_tag import script_of

# How Unicode's names of the letters begin.
_NAMES = {
    "Arab": ("ARABIC",),
    "Armn": ("ARMENIAN",),
    "Beng": ("BENGALI",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH"),
    "Kore": ("HANGUL", "CJK"),
    "Latn": ("LATIN",),
    "Thai": ("THAI",),
}


@lru_cache(maxsize=256)
def script_names(language: str | None) -> tuple[str, ...]:
    """Return the beginnings of the names of a language's letters; empty if they are not known."""
    if not language:
        return ()
    return _NAMES.get(script_of(language), ())


@lru_cache(maxsize=4096)
def _letter_is_of(character: str, names: tuple[str, ...]) -> bool:
    return unicodedata.name(character, "").startswith(names)


def is_foreign(word: str, language: str | None) -> bool:
    """Return True if no letter of the word is in the language's script."""
    names = script_names(language)
    if not names:
        return False
    letters = [character for character in word if character.isalpha()]
    return bool(letters) and not any(_letter_is_of(character, names) for character in letters)
