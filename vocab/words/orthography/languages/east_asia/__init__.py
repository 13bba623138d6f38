"""Languages of East Asia."""

from vocab.words.orthography.languages.east_asia.chinese import CHINESE
from vocab.words.orthography.languages.east_asia.japanese import JAPANESE
from vocab.words.orthography.languages.east_asia.korean import KOREAN

PACKS = (
    CHINESE,
    JAPANESE,
    KOREAN,
)
