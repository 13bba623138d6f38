"""Splits corpus words that consist of two words and an apostrophe: dell'anno, türkiye'de.

Each part becomes an entry with the total frequency of the words that contain it.
"""

from __future__ import annotations

from collections.abc import Iterable

from vocab.words.frequency.tables import Tables
from vocab.words.segmenting.segmenters import Segmenter


def split_clitics(word: str, tables: Tables) -> tuple[str, ...]:
    """Return the parts of a lower-case word (dell', anno), or the word itself.

    A word that is kept as a whole (aujourd'hui, don't) is never cut.
    """
    if word in tables.kept:
        return (word,)
    for prefix in tables.prefixes:
        bare = prefix[:-1]
        if word == bare and bare in tables.bare_prefixes:
            return (prefix,)
        if word.startswith(prefix) and len(word) > len(prefix):
            return (prefix, *split_clitics(word[len(prefix) :], tables))
    for suffix in tables.suffixes:
        if word.endswith(suffix) and len(word) > len(suffix):
            return (*split_clitics(word[: -len(suffix)], tables), suffix)
    return (word,)


def recount(
    ranked: Iterable[tuple[str, float]], tables: Tables, segmenter: Segmenter | None = None
) -> dict[str, float]:
    """Map each part to its total frequency over the words that contain it, the highest first.

    Parts of equal frequency stay in the order of `ranked`.
    """
    total: dict[str, float] = {}
    for word, frequency in ranked:
        parts = split_clitics(word, tables)
        if segmenter is not None and word not in tables.kept and tables.letters.issuperset(word):
            parts = segmenter(word)
        for part in parts:
            total[part] = total.get(part, 0.0) + frequency
    return dict(sorted(total.items(), key=lambda item: -item[1]))
