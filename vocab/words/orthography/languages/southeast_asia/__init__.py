"""Languages of Southeast Asia."""

from vocab.words.orthography.languages.southeast_asia.burmese import BURMESE
from vocab.words.orthography.languages.southeast_asia.khmer import KHMER
from vocab.words.orthography.languages.southeast_asia.lao import LAO
from vocab.words.orthography.languages.southeast_asia.thai import THAI

PACKS = (
    BURMESE,
    KHMER,
    LAO,
    THAI,
)
