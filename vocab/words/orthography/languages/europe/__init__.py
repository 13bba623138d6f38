"""The other languages of Europe."""

from vocab.words.orthography.languages.europe.baltic import LATVIAN, LITHUANIAN
from vocab.words.orthography.languages.europe.finnic import ESTONIAN, FINNISH
from vocab.words.orthography.languages.europe.greek import GREEK
from vocab.words.orthography.languages.europe.hungarian import HUNGARIAN

PACKS = (
    ESTONIAN,
    FINNISH,
    GREEK,
    HUNGARIAN,
    LATVIAN,
    LITHUANIAN,
)
