"""Slavic languages."""

from vocab.words.orthography.languages.slavic.polish import POLISH
from vocab.words.orthography.languages.slavic.russian import RUSSIAN

PACKS = (
    POLISH,
    RUSSIAN,
)
