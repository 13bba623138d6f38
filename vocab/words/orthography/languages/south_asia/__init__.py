"""Languages of South Asia."""

from vocab.words.orthography.languages.south_asia.hindi import HINDI

PACKS = (HINDI,)
