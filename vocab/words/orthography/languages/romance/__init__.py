"""Romance languages."""

from vocab.words.orthography.languages.romance.french import FRENCH
from vocab.words.orthography.languages.romance.italian import ITALIAN
from vocab.words.orthography.languages.romance.portuguese import PORTUGUESE
from vocab.words.orthography.languages.romance.spanish import SPANISH

PACKS = (
    FRENCH,
    ITALIAN,
    PORTUGUESE,
    SPANISH,
)
