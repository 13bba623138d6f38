"""Slavic languages."""

from vocab.words.orthography.languages.slavic.bulgarian import BULGARIAN
from vocab.words.orthography.languages.slavic.czech_slovak import CZECH, SLOVAK
from vocab.words.orthography.languages.slavic.polish import POLISH
from vocab.words.orthography.languages.slavic.russian import RUSSIAN
from vocab.words.orthography.languages.slavic.serbian_croatian import CROATIAN, SERBIAN
from vocab.words.orthography.languages.slavic.ukrainian import UKRAINIAN

PACKS = (
    BULGARIAN,
    CROATIAN,
    CZECH,
    POLISH,
    RUSSIAN,
    SERBIAN,
    SLOVAK,
    UKRAINIAN,
)
