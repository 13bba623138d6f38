"""Finds the word that is meant by a spelling without its accents or its apostrophe.

`tambien` is también, `dont` is don't, `grosse` is große.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from vocab.lint.subject import Subject
from vocab.words.starter_lists import starter_list

_FOLDED = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "'": "", "’": "", "ı": "i"})


def restored(word: str, subject: Subject) -> str | None:
    """Return the commonest entry of the starter list with the same letters, or None."""
    if subject.starter is None or "'" in word:
        return None
    found = _by_letters(subject.starter.language).get(_letters(word))
    return found if found != word else None


@lru_cache(maxsize=2)
def _by_letters(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in starter_list(language).entries:
        found.setdefault(_letters(entry), entry)
    return found


def _letters(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.lower().translate(_FOLDED))
    return "".join(each for each in decomposed if unicodedata.category(each) != "Mn")
