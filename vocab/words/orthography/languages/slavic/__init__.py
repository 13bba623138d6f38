"""Slavic languages."""

from vocab.words.orthography.languages.slavic.belarusian import BELARUSIAN
from vocab.words.orthography.languages.slavic.bulgarian import BULGARIAN
from vocab.words.orthography.languages.slavic.czech_slovak import CZECH, SLOVAK
from vocab.words.orthography.languages.slavic.macedonian import MACEDONIAN
from vocab.words.orthography.languages.slavic.polish import POLISH
from vocab.words.orthography.languages.slavic.russian import RUSSIAN
from vocab.words.orthography.languages.slavic.serbian_croatian import BOSNIAN, CROATIAN, SERBIAN
from vocab.words.orthography.languages.slavic.slovene import SLOVENE
from vocab.words.orthography.languages.slavic.ukrainian import UKRAINIAN

PACKS = (
    BELARUSIAN,
    BOSNIAN,
    BULGARIAN,
    CROATIAN,
    CZECH,
    MACEDONIAN,
    POLISH,
    RUSSIAN,
    SERBIAN,
    SLOVAK,
    SLOVENE,
    UKRAINIAN,
)
