"""What the checker says about a finished text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vocab.words.checker.style_rules import Reason


@dataclass(frozen=True, slots=True)
class VocabReport:
    """The words of a reply.

    words: Number of words.
    distinct_words: Number of different words, ignoring case.
    out_of_list: Every unlisted word in the order of the text, with repetitions.
    word_parts: Number of parts of words that count as listed: (s) in dog(s).
    out_of_style: Every piece that the list has and the style does not allow, and why.
    """

    words: int
    distinct_words: int
    out_of_list: tuple[str, ...]
    word_parts: int = 0
    out_of_style: tuple[tuple[str, Reason], ...] = ()

    @property
    def no_words(self) -> bool:
        """True if the text has only numbers and marks, or nothing."""
        return self.words == 0

    def as_dict(self) -> dict[str, object]:
        return {
            "words": self.words,
            "distinct_words": self.distinct_words,
            "no_words": self.no_words,
            "out_of_list": list(self.out_of_list),
            "out_of_style": [
                {"text": text, "reason": str(reason)} for text, reason in self.out_of_style
            ],
            "word_parts": self.word_parts,
        }


class Written(NamedTuple):
    """A word, number, mark or other piece of a checked text (in NFC).

    start: Where it begins.
    is_word: Whether the report counts it as a word.
    is_part: Whether it is a part of a word that the orthography declares: (s) in dog(s).
    reason: Why the style does not allow it, if the list does.
    """

    start: int
    text: str
    is_word: bool
    listed: bool
    is_part: bool = False
    reason: Reason | None = None


def report_of(pieces: Sequence[Written], lower: Callable[[str], str]) -> VocabReport:
    words = [lower(piece.text) for piece in pieces if piece.is_word]
    missing = tuple(piece.text for piece in pieces if not piece.listed)
    parts = sum(piece.is_part for piece in pieces)
    broken = tuple((piece.text, piece.reason) for piece in pieces if piece.reason)
    return VocabReport(len(words), len(set(words)), missing, parts, broken)
