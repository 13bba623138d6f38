"""Germanic languages."""

from vocab.words.orthography.languages.germanic.danish_norwegian import BOKMAL, DANISH, NYNORSK
from vocab.words.orthography.languages.germanic.dutch import DUTCH
from vocab.words.orthography.languages.germanic.english import ENGLISH
from vocab.words.orthography.languages.germanic.german import GERMAN
from vocab.words.orthography.languages.germanic.icelandic import ICELANDIC
from vocab.words.orthography.languages.germanic.luxembourgish import LUXEMBOURGISH
from vocab.words.orthography.languages.germanic.swedish import SWEDISH

PACKS = (
    BOKMAL,
    DANISH,
    DUTCH,
    ENGLISH,
    GERMAN,
    ICELANDIC,
    LUXEMBOURGISH,
    NYNORSK,
    SWEDISH,
)
