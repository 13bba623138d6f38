"""What the checker can say about a text in detail: each word with its place and rank, sentences,
numbers, and the ranks as a whole.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from vocab.words.checker.original_places import OriginalPlaces
from vocab.words.checker.rank_profile import RankProfile, rank_profile
from vocab.words.checker.report import VocabReport
from vocab.words.checker.sentences import Sentence, numbers_of, sentences_of
from vocab.words.checker.text_checker import TextChecker
from vocab.words.orthography import Orthography

# Takes a word and whether the checker has found it among its entries, and returns its rank.
RankOf = Callable[[str, bool], int | None]


class PlacedWord(NamedTuple):
    """A running word.

    start and end: Offsets in the text in code points; the end is behind the last character.
    rank: In the whole list, from 1. A word that the list has, but not among the first words that
        the request allows, has a rank too. None for other words off the list, and for a joined
        word without an entry of its own.
    """

    text: str
    start: int
    end: int
    listed: bool
    rank: int | None


class PlacedNumber(NamedTuple):
    """A number in digits. start and end: As for a word."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextAnalysis:
    """profile: None for a list that is not in order of rank; then no word has a rank."""

    report: VocabReport
    words: tuple[PlacedWord, ...]
    numbers: tuple[PlacedNumber, ...]
    sentences: tuple[Sentence, ...]
    profile: RankProfile | None

    @property
    def coverage(self) -> float | None:
        """The share of the running words that are on the list; None for a text without words."""
        listed = sum(word.listed for word in self.words)
        return listed / len(self.words) if self.words else None

    @property
    def longest_sentence(self) -> int:
        """The number of words of the longest sentence; 0 without sentences."""
        return max((sentence.words for sentence in self.sentences), default=0)

    def as_dict(self) -> dict[str, Any]:
        """Return the report with its `details`."""
        profile = self.profile
        return {
            **self.report.as_dict(),
            "details": {
                "words": [word._asdict() for word in self.words],
                "numbers": [number._asdict() for number in self.numbers],
                "sentences": [sentence._asdict() for sentence in self.sentences],
                "longest_sentence": self.longest_sentence,
                "coverage": self.coverage,
                "bands": None if profile is None else [band.as_dict() for band in profile.bands],
                "mean_rank": None if profile is None else profile.mean_rank,
                "highest_rank": None if profile is None else profile.highest_rank,
            },
        }


def analyse(
    text: str,
    checker: TextChecker,
    orthography: Orthography,
    size: int,
    *,
    ranked: bool,
    rank_in_list: RankOf | None = None,
) -> TextAnalysis:
    """size: Number of entries for the bands. ranked: Whether words have ranks.

    rank_in_list: By default a listed word has the rank that the checker knows.
    """
    pieces = checker.written(text)
    normalized = unicodedata.normalize("NFC", text)
    original = OriginalPlaces(text).original
    words = []
    spans = numbers_of(normalized, pieces)
    for piece in pieces:
        if piece.is_word:
            start, end = original(piece.start), original(piece.start + len(piece.text))
            rank = None
            if ranked and rank_in_list is not None:
                rank = rank_in_list(piece.text, piece.listed)
            elif ranked and piece.listed:
                rank = checker.rank_of(piece.text)
            words.append(PlacedWord(text[start:end], start, end, piece.listed, rank))
    return TextAnalysis(
        checker.report_on(pieces),
        tuple(words),
        tuple(PlacedNumber(normalized[a:b], original(a), original(b)) for a, b in spans),
        tuple(
            Sentence(original(a), original(b), count)
            for a, b, count in sentences_of(normalized, pieces, orthography)
        ),
        rank_profile(
            [(checker.lower(word.text), word.rank if word.listed else None) for word in words], size
        )
        if ranked
        else None,
    )
