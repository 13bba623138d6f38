"""Takes apart what a corpus holds as one word and a text joins from two: dell'anno, türkiye'de.

Both parts must be entries, each with the frequency of all the words it was found in.
"""

from __future__ import annotations

from collections.abc import Iterable

from vocab.words.frequency.tables import Tables
from vocab.words.segmenters import Segmenter


def cut(word: str, tables: Tables) -> tuple[str, ...]:
    """The parts of a lower-case word: one with its apostrophe and the rest, or the word itself.

    A word that is kept as a whole (aujourd'hui, don't) is never cut.
    """
    if word in tables.kept:
        return (word,)
    for prefix in tables.prefixes:
        bare = prefix[:-1]
        if word == bare and bare in tables.bare_prefixes:
            return (prefix,)
        if word.startswith(prefix) and len(word) > len(prefix):
            return (prefix, *cut(word[len(prefix) :], tables))
    for suffix in tables.suffixes:
        if word.endswith(suffix) and len(word) > len(suffix):
            return (*cut(word[: -len(suffix)], tables), suffix)
    return (word,)


def recount(
    ranked: Iterable[tuple[str, float]], tables: Tables, segmenter: Segmenter | None = None
) -> dict[str, float]:
    """Each part's frequency summed over the words that have it, the commonest part first.

    Words that nothing was added to stay in the order they came in where frequencies are equal.
    """
    total: dict[str, float] = {}
    for word, frequency in ranked:
        parts = cut(word, tables)
        if segmenter is not None and word not in tables.kept and tables.letters.issuperset(word):
            parts = segmenter(word)
        for part in parts:
            total[part] = total.get(part, 0.0) + frequency
    return dict(sorted(total.items(), key=lambda item: -item[1]))
