"""The checker of texts for a language and a style."""

from __future__ import annotations

from collections.abc import Sequence

from vocab.words.checker.segment_checker import SegmentChecker
from vocab.words.checker.word_checker import WordChecker
from vocab.words.orthography import Orthography, Style, Units
from vocab.words.segmenting.segmenters import segmenter_for

TextChecker = WordChecker | SegmentChecker


def is_segmented(orthography: Orthography, style: Style) -> bool:
    """Return whether a segmenter decides what the words of a text are."""
    return not orthography.spaced and style.units is Units.WORDS


def text_checker(words: Sequence[str], orthography: Orthography, style: Style) -> TextChecker:
    """words: The entries that a text may use. Raises SegmenterMissing."""
    if is_segmented(orthography, style):
        segment = segmenter_for(orthography.language)
        return SegmentChecker(words, orthography, style, segment)
    return WordChecker(words, orthography, style)
