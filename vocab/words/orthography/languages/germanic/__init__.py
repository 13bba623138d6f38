"""Germanic languages."""

from vocab.words.orthography.languages.germanic.dutch import DUTCH
from vocab.words.orthography.languages.germanic.english import ENGLISH
from vocab.words.orthography.languages.germanic.german import GERMAN

PACKS = (
    DUTCH,
    ENGLISH,
    GERMAN,
)
