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
_BETWEEN_SENTENCES = re.compile(r"[.!?…\n]+")
_NO_LETTERS = re.compile(r"[\W_]+")
# Shorter sentences, such as "Yes, I do", are often right to repeat.
MIN_WORDS = 4


def pairs_of_words(text: str) -> tuple[int, int]:
    """Return the number of pairs of neighbouring words, and of different ones."""
    pairs = list(pairwise(text.lower().split()))
    return len(pairs), len(set(pairs))


def has_sentence_twice(text: str) -> bool:
    sentences = [
        sentence
        for part in _BETWEEN_SENTENCES.split(text.lower())
        if len((sentence := _NO_LETTERS.sub(" ", part).strip()).split()) >= MIN_WORDS
    ]
    return len(set(sentences)) < len(sentences)


def dodges(text: str) -> dict[str, int]:
    return {name: len(pattern.findall(text)) for name, pattern in DODGES.items()}
