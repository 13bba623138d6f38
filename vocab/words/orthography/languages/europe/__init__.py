"""The other languages of Europe."""

from vocab.words.orthography.languages.europe.baltic import LATVIAN, LITHUANIAN
from vocab.words.orthography.languages.europe.basque import BASQUE
from vocab.words.orthography.languages.europe.celtic import IRISH, WELSH
from vocab.words.orthography.languages.europe.esperanto import ESPERANTO
from vocab.words.orthography.languages.europe.finnic import ESTONIAN, FINNISH
from vocab.words.orthography.languages.europe.greek import GREEK
from vocab.words.orthography.languages.europe.hungarian import HUNGARIAN
from vocab.words.orthography.languages.europe.maltese import MALTESE

PACKS = (
    BASQUE,
    ESPERANTO,
    ESTONIAN,
    FINNISH,
    GREEK,
    HUNGARIAN,
    IRISH,
    LATVIAN,
    LITHUANIAN,
    MALTESE,
    WELSH,
)
