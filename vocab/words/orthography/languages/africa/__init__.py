"""Languages of Africa."""

from vocab.words.orthography.languages.africa.amharic import AMHARIC
from vocab.words.orthography.languages.africa.hausa import HAUSA
from vocab.words.orthography.languages.africa.swahili import SWAHILI
from vocab.words.orthography.languages.africa.yoruba import YORUBA
from vocab.words.orthography.languages.africa.zulu import ZULU

PACKS = (
    AMHARIC,
    HAUSA,
    SWAHILI,
    YORUBA,
    ZULU,
)
