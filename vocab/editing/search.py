"""Finds entries by a part of them, whatever their case and accents: `strasse` finds `Straße`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

# Accents of Latin, Greek and Cyrillic, the points of Hebrew and the signs of Arabic. Not all
# combining marks: the vowels of Hindi and Thai are such marks, and no letter is left without them.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670]")
# Letters with a stroke and the like, which Unicode does not take apart, and signs that look alike.
_LOOKALIKES = str.maketrans(
    {
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ħ": "h",
        "æ": "ae",
        "œ": "oe",
        "’": "'",
        "ʼ": "'",
        "‐": "-",
        "‑": "-",
    }
)


class Found(NamedTuple):
    """An entry of a list and its rank, from 1."""

    rank: int
    word: str


def folded(text: str) -> str:
    """Return the text without case and accents. Each line stays a line.

    All four letters i of Turkish become i, so that a search needs no Turkish keyboard.
    """
    text = unicodedata.normalize("NFD", text).casefold()  # ß becomes ss, ς becomes σ
    return unicodedata.normalize("NFC", _ACCENTS.sub("", text).translate(_LOOKALIKES))


def find(words: Sequence[str], query: str) -> list[Found]:
    """Return the entries that contain the query; first those that are the query, then by rank.

    An empty query finds every entry.
    """
    wanted = folded(" ".join(query.split()))
    if not wanted:
        return [Found(rank, word) for rank, word in enumerate(words, 1)]
    same: list[Found] = []
    others: list[Found] = []
    # One call for all entries takes a fraction of the time of one for each.
    for rank, (word, line) in enumerate(
        zip(words, folded("\n".join(words)).split("\n"), strict=True), 1
    ):
        if wanted in line:
            (same if wanted == line else others).append(Found(rank, word))
    return same + others
