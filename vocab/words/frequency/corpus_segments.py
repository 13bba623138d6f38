"""Splits corpus words of a language without spaces where the segmenter splits them in texts.

In a text without spaces the segmenter decides what a word is. The checker would never find an entry
that the segmenter always splits, and the list would lack the pieces.
"""

from __future__ import annotations

from functools import cache

from vocab.words.segmenting.segmenters import PACKAGES, Segmenter, japanese_tagger, segmenter_for

# Maximum number of segmentations looked at. The likeliest one of 会っ alone is 会 and っ, but the
# tagger's dictionary has 会っ, and in a sentence it is one word.
MAX_SEGMENTATIONS = 10


# A tagger of its own for each call would take two megabytes that are never given back.
@cache
def word_cutter(language: str) -> Segmenter | None:
    """Return a function that splits corpus words, or None for a language with spaces.

    Raises SegmenterMissing.
    """
    if language not in PACKAGES:
        return None
    cut = segmenter_for(language)
    return _leaving_words_whole(cut) if language == "ja" else cut


def _leaving_words_whole(cut: Segmenter) -> Segmenter:
    """Return a segmenter that keeps a word whole if any of its likeliest segmentations does."""
    tagger = japanese_tagger()

    def cut_word(word: str) -> tuple[str, ...]:
        units = cut(word)
        if len(units) == 1:
            return units
        if any(len(nodes) == 1 for nodes in tagger.nbestToNodeList(word, MAX_SEGMENTATIONS)):
            return (word,)
        return units

    return cut_word
