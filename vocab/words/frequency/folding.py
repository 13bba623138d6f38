"""Folds the case and the apostrophes of corpus words, as the keys of the tables are."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = str.maketrans("’ʼ`´", "''''")
# Tatweel and the vowel signs of Arabic: list entries are bare letters.
_ARABIC_SIGNS = re.compile("[\u0640\u064b-\u0652\u0670]")

# They only change how a conjunct looks: स्‍थान is स्थान.
_JOINERS = re.compile("[\u200c\u200d]")


def folded(raw: str, language: str) -> str:
    """Return the lower-case NFC form that the tables use, with ' for every apostrophe."""
    word = unicodedata.normalize("NFC", raw).translate(_APOSTROPHES)
    if language == "tr":
        word = word.replace("I", "ı").replace("İ", "i")
    word = unicodedata.normalize("NFC", word.lower())
    if language == "ar":
        word = _ARABIC_SIGNS.sub("", word)
    elif language == "hi":
        word = _JOINERS.sub("", word)
    elif language == "el":
        word = re.sub(r"σ(?=$|')", "ς", word) if len(word) > 1 else word
    return word
