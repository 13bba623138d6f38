"""What a finished text consists of: its words with their ranks, its sentences and numbers.

The checker decides what a word is. Like the checker, this shares no code with the mask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vocab.words.checker.rank_profile import RankProfile
from vocab.words.checker.report import Written
from vocab.words.checker.text_checker import TextChecker
from vocab.words.orthography import Orthography

_NUMBER = re.compile(r"\d+(?:[.,:٫٬']\d+)*")


@dataclass(frozen=True, slots=True)
class RankedWord:
    """A running word of a text.

    start, end: Its place in the text in NFC.
    rank: Of its entry, from 1; None if the list does not have it.
    """

    start: int
    end: int
    text: str
    rank: int | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """words: All running words. sentences: The number of words of each sentence that has some.
    numbers: The numbers in digits.
    """

    words: tuple[RankedWord, ...]
    sentences: tuple[int, ...]
    numbers: tuple[str, ...]

    @property
    def profile(self) -> RankProfile:
        ranks = tuple(word.rank for word in self.words if word.rank is not None)
        return RankProfile(len(self.words), ranks)


def analyse(text: str, checker: TextChecker, orthography: Orthography) -> Analysis:
    """text: In NFC."""
    written = checker.written(text)
    words = [piece for piece in written if piece.is_word]
    return Analysis(
        words=tuple(
            RankedWord(
                piece.start,
                piece.start + len(piece.text),
                piece.text,
                checker.rank_of(piece.text) if piece.listed else None,
            )
            for piece in words
        ),
        sentences=tuple(_sentence_lengths(text, words, orthography)),
        numbers=tuple(number[0] for number in _NUMBER.finditer(text)),
    )


def _sentence_lengths(
    text: str, words: Sequence[Written], orthography: Orthography
) -> Iterator[int]:
    """Yield the number of words of each sentence.

    A sentence ends at a line's end, and at a mark that ends sentences before a number or a word
    that does not begin with a small letter.
    """
    ends = set("".join(orthography.sentence_ends))
    length = 0
    for before, after in pairwise(words):
        length += 1
        gap = _NUMBER.sub("0", text[before.start + len(before.text) : after.start])
        at = next((at for at, mark in enumerate(gap) if mark in ends), len(gap))
        begins = "0" in gap[at:] or not after.text[0].islower()
        if "\n" in gap or (at < len(gap) and begins):
            yield length
            length = 0
    if words:
        yield length + 1
