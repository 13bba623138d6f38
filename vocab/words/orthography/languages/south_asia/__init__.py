"""Languages of South Asia."""

from vocab.words.orthography.languages.south_asia.bengali import BENGALI
from vocab.words.orthography.languages.south_asia.hindi import HINDI
from vocab.words.orthography.languages.south_asia.nepali import NEPALI
from vocab.words.orthography.languages.south_asia.tamil import TAMIL
from vocab.words.orthography.languages.south_asia.telugu import TELUGU
from vocab.words.orthography.languages.south_asia.urdu import URDU

PACKS = (
    BENGALI,
    HINDI,
    NEPALI,
    TAMIL,
    TELUGU,
    URDU,
)
