"""Romance languages, and Latin."""

from vocab.words.orthography.languages.romance.catalan_occitan import CATALAN, OCCITAN
from vocab.words.orthography.languages.romance.french import FRENCH
from vocab.words.orthography.languages.romance.galician import GALICIAN
from vocab.words.orthography.languages.romance.italian import ITALIAN
from vocab.words.orthography.languages.romance.latin import LATIN
from vocab.words.orthography.languages.romance.portuguese import PORTUGUESE
from vocab.words.orthography.languages.romance.romanian import ROMANIAN
from vocab.words.orthography.languages.romance.spanish import SPANISH

PACKS = (
    CATALAN,
    FRENCH,
    GALICIAN,
    ITALIAN,
    LATIN,
    OCCITAN,
    PORTUGUESE,
    ROMANIAN,
    SPANISH,
)
