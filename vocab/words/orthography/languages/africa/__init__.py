"""Languages of Africa."""

from vocab.words.orthography.languages.africa.hausa import HAUSA
from vocab.words.orthography.languages.africa.swahili import SWAHILI
from vocab.words.orthography.languages.africa.yoruba import YORUBA

PACKS = (
    HAUSA,
    SWAHILI,
    YORUBA,
)
