"""How each language writes what stands around and inside its words."""

from vocab.words.orthography.entries import why_unwritable
from vocab.words.orthography.pack import Orthography
from vocab.words.orthography.packs import PACKS, orthography_for
from vocab.words.orthography.style import Case, Hyphens, Numbers, Punctuation, Style, Units

__all__ = [
    "PACKS",
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
