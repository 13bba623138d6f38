"""Which script the words of a language are written in."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from babel.core import get_global

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
    parts = language.replace("_", "-").split("-")
    script = next((part.title() for part in parts[1:] if len(part) == 4), None)
    if script is None:
        likely = get_global("likely_subtags").get(parts[0].lower(), "")
        script = next((part for part in likely.split("_") if len(part) == 4), "")
    return _NAMES.get(script, ())


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
