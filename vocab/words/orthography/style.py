"""What a request may choose about the writing around its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Numbers(StrEnum):
    """none: only listed ones. digits: whole numbers. all: decimals, times, dates, %, money too."""

    NONE = "none"
    DIGITS = "digits"
    ALL = "all"


class Punctuation(StrEnum):
    """plain: what prose has. minimal: full stops, commas, question and exclamation marks.
    markdown: plain, and headings, bullets and emphasis; never code.
    """

    PLAIN = "plain"
    MINIMAL = "minimal"
    MARKDOWN = "markdown"


class Case(StrEnum):
    """free: any word with a capital or all in capitals. sentence: a capital where a sentence
    starts. lower: entries as they stand.
    """

    FREE = "free"
    SENTENCE = "sentence"
    LOWER = "lower"


class Hyphens(StrEnum):
    """listed: only entries that have one. pairs: two listed words may be joined by one, too."""

    LISTED = "listed"
    PAIRS = "pairs"


class Units(StrEnum):
    """Of a language without spaces. words: a segmenter finds listed words only, see
    `vocab.words.segment_verdict`; the automatons let listed words follow one another. characters:
    the characters of the listed words, in any order.
    """

    WORDS = "words"
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True)
class Style:
    """Plain strings are taken too. Raises ValueError for an unknown one."""

    numbers: Numbers = Numbers.DIGITS
    punctuation: Punctuation = Punctuation.PLAIN
    case: Case = Case.SENTENCE
    hyphens: Hyphens = Hyphens.LISTED
    units: Units = Units.CHARACTERS

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            object.__setattr__(self, name, kind(getattr(self, name)))

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(getattr(self, name) for name in _KINDS)


_KINDS: dict[str, type[StrEnum]] = {
    "numbers": Numbers,
    "punctuation": Punctuation,
    "case": Case,
    "hyphens": Hyphens,
    "units": Units,
}
