"""The style of a reply: what a request may choose about its numbers, marks, capitals and words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Numbers(StrEnum):
    """Which numbers a reply may contain in addition to listed ones.

    none: No others.
    digits: Whole numbers.
    all: Also decimals, times, dates, percentages and prices.
    """

    NONE = "none"
    DIGITS = "digits"
    ALL = "all"


class Punctuation(StrEnum):
    """Which marks a reply may contain.

    plain: The marks of prose.
    minimal: Full stops, commas, question marks and exclamation marks.
    markdown: Plain, and headings, bullets and emphasis, but no code.
    exercise: Plain, and the marks of exercise sheets: gaps, labels, boxes and operators.
    """

    PLAIN = "plain"
    MINIMAL = "minimal"
    MARKDOWN = "markdown"
    EXERCISE = "exercise"


class Case(StrEnum):
    """Where a reply may write capitals that the entries do not have.

    free: Any word may begin with a capital or be all capitals.
    emphasis: As in `sentence`, and any word may be all capitals.
    sentence: The first word of a sentence may begin with a capital.
    lower: Nowhere.
    """

    FREE = "free"
    EMPHASIS = "emphasis"
    SENTENCE = "sentence"
    LOWER = "lower"


class Hyphens(StrEnum):
    """Where a reply may write hyphens.

    listed: Only inside entries that have one.
    pairs: Also between two listed words.
    """

    LISTED = "listed"
    PAIRS = "pairs"


class Brackets(StrEnum):
    """What a reply may write in brackets that touch a word.

    words: Nothing: a bracket holds whole words, and a space is before it.
    parts: Parts of words that the orthography declares, such as (s) in dog(s).
    """

    WORDS = "words"
    PARTS = "parts"


class Units(StrEnum):
    """What a reply consists of in a language without spaces.

    words: Words that a segmenter finds, all of them listed (see `vocab.words.segmenting.verifier`).
    characters: The characters of the listed words, in any order.
    """

    WORDS = "words"
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True)
class Style:
    """The style of one reply. Accepts plain strings; raises ValueError for an unknown value."""

    numbers: Numbers = Numbers.ALL
    punctuation: Punctuation = Punctuation.PLAIN
    case: Case = Case.SENTENCE
    hyphens: Hyphens = Hyphens.LISTED
    brackets: Brackets = Brackets.WORDS
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
    "brackets": Brackets,
    "units": Units,
}
