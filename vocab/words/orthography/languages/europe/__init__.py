"""The other languages of Europe."""

from vocab.words.orthography.languages.europe.greek import GREEK

PACKS = (GREEK,)
