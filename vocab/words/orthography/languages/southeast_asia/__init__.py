"""Languages of Southeast Asia."""

from vocab.words.orthography.languages.southeast_asia.thai import THAI

PACKS = (THAI,)
