"""Slavic languages."""

from vocab.words.orthography.languages.slavic.bulgarian import BULGARIAN
from vocab.words.orthography.languages.slavic.polish import POLISH
from vocab.words.orthography.languages.slavic.russian import RUSSIAN

PACKS = (
    BULGARIAN,
    POLISH,
    RUSSIAN,
)
