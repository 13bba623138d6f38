"""Proposes entries for a refused cell. A person decides whether it is right."""

from __future__ import annotations

import unicodedata

from vocab.importing.cleaning.cells import clean_cell
from vocab.importing.cleaning.damage import is_number, is_sentence, why_damaged
from vocab.importing.proposal import Proposal
from vocab.words.parse import Limits, normalized, why_rejected

# What a spreadsheet writes for a word that it took for a logical value.
_LOGICAL = frozenset({"TRUE", "FALSE", "WAHR", "FALSCH", "VRAI", "FAUX"})


def suggest(refused: str, proposal: Proposal, limits: Limits) -> str | None:
    """Return what a person could type instead of the refused text, or None.

    Only marks at its ends are removed, because what is inside a word is part of it. The rest is
    cleaned like a cell of the file.
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
    if start == end or end - start == len(refused):
        return None
    language = (proposal.language or "").split("-")[0].lower()
    words = [
        normalized(word)
        for word in clean_cell(refused[start:end], proposal.cleaning, language).words
    ]
    tag = proposal.language or "und"
    if any(
        is_number(word) or is_sentence(word) or why_rejected(word, limits, tag) for word in words
    ):
        return None
    return ", ".join(words) or None


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"
