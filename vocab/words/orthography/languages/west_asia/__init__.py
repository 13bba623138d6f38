"""Languages of West Asia."""

from vocab.words.orthography.languages.west_asia.arabic import ARABIC
from vocab.words.orthography.languages.west_asia.persian import PERSIAN
from vocab.words.orthography.languages.west_asia.turkish import TURKISH

PACKS = (
    ARABIC,
    PERSIAN,
    TURKISH,
)
