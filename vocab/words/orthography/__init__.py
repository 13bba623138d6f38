"""How each language writes the marks around its words and the parts inside them.

A language tag comes in; an `Orthography` with that language's facts goes out. `style.py` has what a
request may choose. To add a language, see `languages/`.
"""

from vocab.words.orthography.entries import why_unwritable
from vocab.words.orthography.pack import Orthography
from vocab.words.orthography.packs import PACKS, orthography_for
from vocab.words.orthography.style import (
    Brackets,
    Case,
    Hyphens,
    Numbers,
    Punctuation,
    Style,
    Units,
)

__all__ = [
    "PACKS",
    "Brackets",
    "Case",
    "Hyphens",
    "Numbers",
    "Orthography",
    "Punctuation",
    "Style",
    "Units",
    "orthography_for",
    "why_unwritable",
]
