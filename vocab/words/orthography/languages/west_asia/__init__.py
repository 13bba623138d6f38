"""Languages of West Asia."""

from vocab.words.orthography.languages.west_asia.arabic import ARABIC
from vocab.words.orthography.languages.west_asia.armenian import ARMENIAN
from vocab.words.orthography.languages.west_asia.georgian import GEORGIAN
from vocab.words.orthography.languages.west_asia.hebrew import HEBREW
from vocab.words.orthography.languages.west_asia.persian import PERSIAN
from vocab.words.orthography.languages.west_asia.turkish import TURKISH

PACKS = (
    ARABIC,
    ARMENIAN,
    GEORGIAN,
    HEBREW,
    PERSIAN,
    TURKISH,
)
