"""Proposes an entry for a refused cell. A person decides whether it is right."""

from __future__ import annotations

import unicodedata

from vocab.importing.cleaning.damage import is_number, is_sentence, why_damaged
from vocab.words.parse import Limits, normalized, why_rejected

# What a spreadsheet writes for a word that it took for a logical value.
_LOGICAL = frozenset({"TRUE", "FALSE", "WAHR", "FALSCH", "VRAI", "FAUX"})


def suggest(refused: str, limits: Limits) -> str | None:
    """Return an entry that the refused text may stand for, or None.

    Only marks at its ends are removed: what is inside a word is part of it.
    """
    if refused in _LOGICAL:
        return refused.lower()
    if len(refused) > limits.max_line_chars or why_damaged(refused):
        return None
    start, end = 0, len(refused)
    while start < end and not refused[start].isalnum():
        start += 1
    # A combining mark belongs to the letter before it.
    while end > start and not (refused[end - 1].isalnum() or _is_mark(refused[end - 1])):
        end -= 1
    word = normalized(refused[start:end])
    if not word or word == refused or is_number(word) or is_sentence(word):
        return None
    return None if why_rejected(word, limits) else word


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"
