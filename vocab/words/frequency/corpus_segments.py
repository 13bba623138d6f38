"""Cuts what a corpus holds as one word where the language's segmenter, used on texts, cuts it.

In a text without spaces a word is what the segmenter says: an entry that it always takes apart
could never be found in a text, while its pieces would be missing from the list.
"""

from __future__ import annotations

from vocab.words.segmenters import PACKAGES, Segmenter, japanese_tagger, segmenter_for

# 会っ by itself is cut into 会 and っ, in a sentence it is not: the lexicon does have the word.
READINGS = 10


def word_cutter(language: str) -> Segmenter | None:
    """What cuts the language's words, or None for languages with spaces.

    Raises SegmenterMissing.
    """
    if language not in PACKAGES:
        return None
    cut = segmenter_for(language)
    return _leaving_words_whole(cut) if language == "ja" else cut


def _leaving_words_whole(cut: Segmenter) -> Segmenter:
    """UniDic's short units; a word that one of its likeliest readings leaves whole is one."""
    tagger = japanese_tagger()

    def cut_word(word: str) -> tuple[str, ...]:
        units = cut(word)
        if len(units) == 1:
            return units
        if any(len(reading) == 1 for reading in tagger.nbestToNodeList(word, READINGS)):
            return (word,)
        return units

    return cut_word
