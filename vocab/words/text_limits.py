"""How long a text and its sentences may be, in words.

What counts as a word and as a sentence is said in `docs/vocabulary.md`. Two modules count without
sharing code: `generation/constraint/lengths/count.py` while a reply is written, and
`vocab/words/checker/lengths.py` in a finished text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vocab.words.orthography import Orthography

# In these languages without spaces a word is a character, as their writers count.
COUNTED_BY_CHARACTERS = frozenset({"zh", "ja", "yue", "wuu"})


@dataclass(frozen=True, slots=True)
class WordRange:
    """least, most: Numbers of words; None for no limit."""

    least: int = 0
    most: int | None = None

    def __contains__(self, words: int) -> bool:
        return self.least <= words and (self.most is None or words <= self.most)


@dataclass(frozen=True, slots=True)
class TextLimits:
    """reply: Words of the whole text. sentence: Words of each sentence."""

    reply: WordRange = field(default_factory=WordRange)
    sentence: WordRange = field(default_factory=WordRange)


def can_count_words(orthography: Orthography) -> bool:
    """Return whether the lengths of texts in this language are defined."""
    language = orthography.language.partition("-")[0]
    return orthography.spaced or language in COUNTED_BY_CHARACTERS
