"""Languages of Southeast Asia."""

from vocab.words.orthography.languages.southeast_asia.burmese import BURMESE
from vocab.words.orthography.languages.southeast_asia.filipino import FILIPINO
from vocab.words.orthography.languages.southeast_asia.khmer import KHMER
from vocab.words.orthography.languages.southeast_asia.lao import LAO
from vocab.words.orthography.languages.southeast_asia.malayic import INDONESIAN, MALAY
from vocab.words.orthography.languages.southeast_asia.thai import THAI
from vocab.words.orthography.languages.southeast_asia.vietnamese import VIETNAMESE

PACKS = (
    BURMESE,
    FILIPINO,
    INDONESIAN,
    KHMER,
    LAO,
    MALAY,
    THAI,
    VIETNAMESE,
)
