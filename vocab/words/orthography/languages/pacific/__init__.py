"""Languages of the Pacific."""

from vocab.words.orthography.languages.pacific.polynesian import HAWAIIAN, MAORI

PACKS = (
    HAWAIIAN,
    MAORI,
)
