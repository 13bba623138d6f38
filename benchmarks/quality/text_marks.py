"""What a reader sees in a text: repetition, and marks that a model writes instead of a word."""

from __future__ import annotations

import re
from itertools import pairwise

# What a model under a list may write where it wanted an unlisted word.
DODGES = {
    "breaks": re.compile(r"(?<=[^\s.!?…:;\"”»*])[ *_]*\n"),  # a line break inside a sentence
    "digits": re.compile(r"\d+(?:[.,:]\d+)*"),
    "brackets": re.compile(r"[(\[{]"),
    "ellipses": re.compile(r"…|\.\.+"),
}
SENTENCE_END = re.compile(r"[.!?…]")


def pairs_of_words(text: str) -> tuple[int, int]:
    """Return the number of pairs of neighbouring words, and of different ones."""
    pairs = list(pairwise(text.lower().split()))
    return len(pairs), len(set(pairs))


def dodges(text: str) -> dict[str, int]:
    return {name: len(pattern.findall(text)) for name, pattern in DODGES.items()}
